//! Accounts' states: shown, and imported from another billing system.

mod account_state;
mod import;
mod opening;
mod request;
mod show;

pub use import::import;
pub use request::{ImportRequest, ShowRequest};
pub use show::show;
