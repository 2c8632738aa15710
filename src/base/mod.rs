//! What everything rests on: time, credits, money, ids, digests, errors.

pub mod accounts;
pub mod answer;
pub mod calendar;
pub mod credits;
pub(crate) mod damaged_file;
pub mod digest;
pub mod digits;
pub mod error;
pub mod exceptions;
pub mod fetch;
pub mod files;
pub mod ids;
pub mod money;
pub mod named;
pub mod number;
pub mod path_names;
pub(crate) mod plain_file;
pub mod progress;
mod refusal;
pub mod rejects;
pub mod scope;
pub mod six_decimals;
pub(crate) mod sorted_runs;
pub(crate) mod spill_file;
pub mod spreadsheet;
pub mod text_table;
pub mod threads;
