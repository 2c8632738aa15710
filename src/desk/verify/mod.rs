//! An auditor's check of everything in a book: that nothing is missing, strange or changed, that
//! the revisions and months follow from one another, and that credits and money add up.
//!
//! It reads the book, and the recorded usage where accounts were billed from more than one, writes
//! nothing and takes no lock. Where a run publishes
//! meanwhile, it looks again.

mod archived;
mod billed_twice;
mod conservation;
mod current_tables;
mod document;
mod documents;
mod earlier_verification;
mod entries;
mod finding;
mod format_parity;
mod history;
mod journal;
mod kept_inputs;
mod listing;
mod look;
mod openings;
mod report;
mod revision;

pub use finding::FindingCode;
pub use look::{Request, run};
