//! `monthend`: the month-end batch job for credit-based subscriptions.
#![forbid(unsafe_code)]

pub mod accounts;
pub mod calendar;
pub mod catalog;
pub mod changes;
pub mod credits;
pub mod error;
pub mod exceptions;
pub mod logs;
pub mod money;
pub mod opening;
pub mod replay;
pub mod rollup;
pub mod rules;
pub mod timeline;
