//! The whole flow: from logs to a published month.

mod dispute;
mod documents;
mod draft;
mod inputs;
mod manifest;
mod month;
mod month_tables;
mod opening;
mod prepare;
mod publish;
mod reading;
pub mod recorded_run;
mod replayed;
mod report;
pub mod request;
mod run_json;
mod stages;
mod status;

pub use month::{run, run_all};
pub use month_tables::{Documents, MonthResult};
pub use prepare::{Prepared, prepare};
pub use publish::publish;
pub use replayed::Replayed;
pub use report::{Report, Reports, TableRows};
pub use stages::{StageTime, Stages};
pub use status::{DIFFERENCES_TOLD, Status};
