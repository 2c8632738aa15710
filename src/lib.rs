//! `monthend`: the month-end batch job for credit-based subscriptions.
//!
//! The rooms, from what is typed down to what everything rests on; each imports only from rooms below it: [`cli`] →
//! `job` → [`run`], [`desk`] → [`book`], [`check`] → [`billing`] → [`tables`] → [`input`] → [`catalog`] → [`base`].
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// A number cut short would be a wrong invoice. Generators of logs, in tests and examples, may cut theirs.
#![warn(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

pub mod base;
pub mod billing;
pub mod book;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod desk;
pub mod input;
mod job;
pub mod run;
pub mod tables;
