//! What differs between two revisions of a month, and why.
//!
//! Both revisions' tables are sorted by account, so one walk through all of them sees each
//! account in both revisions (`merge`), finds what differs (`account`), and says why (`evidence`):
//! from the tables and manifests alone, since the inputs may be gone.

mod account;
mod account_month;
mod account_pairs;
mod areas;
mod cause;
mod compare;
mod context;
mod evidence;
mod json;
mod outcome;
mod run_differences;
mod side;
mod summary;
mod tables;

pub use cause::{Cause, Causes};
pub use compare::compare;
pub use outcome::{AccountDifference, Differences, LineDifference, Totals};
pub use side::{Side, openings};
pub use tables::{account_differences, line_differences};
