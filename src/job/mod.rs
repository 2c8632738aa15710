//! What was meant: what was typed, the job file and a month's manifest, resolved and checked.
//!
//! The last reader of the clock and the environment. It knows the names of the options, which its
//! messages tell, and not how they are typed.

mod dialects;
mod due;
mod environment;
mod expectations;
mod giving;
mod grant;
mod job_file;
mod month;
mod payments;
mod rerun;
mod settings;
mod side_files;
mod values;

pub use dialects::{CsvSettings, assume_utc, csv, per_log};
pub use due::{DueMonths, due_months};
pub use environment::{Beginning, LineageParent, holder, working_folder};
pub use giving::{AdjustSettings, Given, Giving, WaiveSettings, adjusting, waiving};
pub use grant::{GrantSettings, grant_request};
pub use job_file::{
    FILE as JOB_FILE, JobFile, book, book_if_named, catalog, findings_exit_code, whereabouts,
};
pub use month::{due_month, month_request};
pub use payments::{Payments, payments};
pub use rerun::{accounts, rerun_request, what_if_request};
pub use settings::{CorrectionSettings, PaymentSettings, RerunOptions, RerunSettings, Settings};
pub use side_files::{LineageSettings, SideFiles, side_files};
pub use values::{
    LATEST, book_folder, date, mapping, meanings, month, published_month, published_months,
};
