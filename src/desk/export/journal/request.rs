//! What `export journal` is asked: how fine entries are, and the forms that they are written in.

use std::path::PathBuf;

use chrono::NaiveDate;

use crate::base::calendar::Month;
use crate::base::named::named_enum;
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

named_enum! {
    /// A form of the entries.
    pub enum Face {
        /// hledger and ledger, one file.
        Ledger = "ledger",
        /// beancount.
        Beancount = "beancount",
        /// QuickBooks Online's import of journal entries.
        QuickBooks = "quickbooks",
        /// Xero's import of manual journals.
        Xero = "xero",
    }
}

/// How fine the entries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// One for each kind and day.
    Summary,
    /// One for each kind and document, or account where there is none.
    Document,
}
