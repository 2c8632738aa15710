//! `monthend`: the month-end batch job for credit-based subscriptions.
#![forbid(unsafe_code)]

pub mod calendar;
pub mod catalog;
pub mod credits;
pub mod error;
pub mod logs;
pub mod money;
