//! `monthend`: the month-end batch job for credit-based subscriptions.
//!
//! The way through, from upstream to downstream: [`logs`] → [`opening`], [`changes`] →
//! [`timeline`] → [`rollup`] → [`replay`] (by the [`rules`]) → [`documents`] → [`tables`] →
//! [`check`] → [`book`]; [`pipeline`] holds it together, [`job`] says what is to be done.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod accounts;
pub mod book;
pub mod calendar;
pub mod catalog;
pub mod changes;
pub mod check;
pub mod cli;
pub mod credits;
pub mod digest;
pub mod digits;
pub mod documents;
pub mod error;
pub mod exceptions;
pub mod job;
pub mod logs;
pub mod money;
pub mod opening;
pub mod pipeline;
pub mod replay;
pub mod rollup;
pub mod rules;
pub mod tables;
pub mod timeline;
