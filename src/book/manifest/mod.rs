//! `manifest.json` of a revision: what was run, on what, and what came out.
//!
//! Nothing in it depends on the clock, the machine or the number of threads. Entries that a later
//! version of the program adds are kept when a manifest is read.

mod control_totals;
mod expectations;
mod file;
mod inputs;
mod opening;
mod options;

pub use control_totals::{AdjustmentTotals, ControlTotals, Controls, Stated};
pub use expectations::{Accepted, Bounds, ComparedMonth, Expectations, Unmet};
pub use file::{Manifest, Previous};
pub use inputs::{INPUTS_FOLDER, InputFile, Role, rows_by_month};
pub use opening::OpeningRecord;
pub use options::{OpeningOption, Options};
