//! What `export journal` is asked.

use std::path::PathBuf;

use chrono::NaiveDate;

use super::form::{Detail, Face};
use crate::base::calendar::Month;
use crate::book::Book;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// One revision's entries; all revisions' where `None`.
    pub revision: Option<String>,
    /// Where the export is written.
    pub out: PathBuf,
    /// How fine the entries are.
    pub detail: Detail,
    /// The files beside the table.
    pub faces: Vec<Face>,
    /// A TOML file with the names of accounts; the program's own where `None`.
    pub account_names: Option<PathBuf>,
    /// The first day that is open in the company's ledger: what later revisions corrected before it
    /// is dated this day.
    pub open_from: Option<NaiveDate>,
}
