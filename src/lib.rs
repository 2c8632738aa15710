//! `monthend`: the month-end batch job for credit-based subscriptions.
//!
//! The way through, from upstream to downstream: [`logs`] → [`opening`], [`changes`] →
//! [`timeline`] → [`rollup`] → [`replay`] (by the [`rules`]) → [`documents`] → [`tables`] →
//! [`check`] → [`book`]; [`pipeline`] holds it together, [`job`] says what is to be done.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod accounts;
pub mod answer;
pub mod book;
pub mod calendar;
pub mod catalog;
pub mod changes;
pub mod check;
pub mod cli;
pub mod credits;
pub mod diff;
pub mod digest;
pub mod digits;
pub mod documents;
pub mod drops;
pub mod error;
pub mod exceptions;
pub mod explain;
pub mod focus;
pub mod job;
pub mod logs;
pub mod money;
pub mod notes;
pub mod opening;
pub mod pipeline;
pub mod progress;
pub mod reconcile;
pub mod replay;
pub mod rollup;
pub mod rules;
pub mod standing;
pub mod status;
pub mod tables;
pub mod timeline;
pub mod verify;
