//! Accounts' states: shown, and imported from another billing system.

mod import;
mod opening;
mod recent_ids;
mod request;
mod show;

pub use import::import;
pub use request::{ImportRequest, ShowRequest};
pub use show::show;
