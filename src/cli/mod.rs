//! What can be typed, and how answers are printed: arguments become requests; text, JSON, exit code.

mod args;
mod bill;
pub mod errors;
mod execute;
mod generated;
mod guard;
mod interrupt;
mod json_log;
mod monitoring;
mod output;
pub mod payment_requests;
mod prompt;
mod published;
pub mod requests;
pub mod run_requests;
mod summary;
mod version;

pub use args::{Cli, Command, StateCommand};
pub use execute::main;
