//! Payments held against the documents in force.

use std::path::PathBuf;

use crate::answer::Answer;
use crate::book::Book;
use crate::calendar::Month;
use crate::error::{Error, Result};
use crate::logs::Mapping;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// Where the payments are.
    pub payments: Vec<PathBuf>,
    /// Names of their columns.
    pub map: Mapping,
    /// Whether amounts are in the currency's minor unit.
    pub minor_units: bool,
    /// Differences up to this amount are no breaks.
    pub tolerance: Option<String>,
    /// Where matches and breaks are written.
    pub out: Option<PathBuf>,
}

/// Answers.
///
/// # Errors
/// Whatever stops it.
pub fn run(_request: &Request) -> Result<Answer> {
    Err(Error::usage("is not built yet"))
}
