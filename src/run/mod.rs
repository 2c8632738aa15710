//! The whole flow: from logs to a published month.

mod dispute;
mod documents;
mod draft;
mod earlier_documents;
mod expectations;
mod input_files;
mod inputs;
mod late_usage;
mod manifest;
mod month;
mod month_tables;
mod opening;
mod prepare;
mod publish;
mod reading;
pub(crate) mod recorded_run;
mod replayed;
mod report;
pub mod request;
mod run_json;
mod stages;
mod status;
mod unreadable;

pub use month::{complete, run, run_all};
pub use month_tables::{Documents, MonthResult};
pub use prepare::{Prepared, prepare};
pub use publish::publish;
pub use replayed::Replayed;
pub(crate) use report::Reports;
pub use report::{Finding, Report, TableRows};
pub use stages::{StageTime, Stages};
pub(crate) use status::DIFFERENCES_TOLD;
pub use status::Status;
