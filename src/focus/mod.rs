//! A month as FOCUS 1.2 cost and usage rows.

use std::path::PathBuf;

use crate::answer::Answer;
use crate::book::Book;
use crate::calendar::Month;
use crate::error::{Error, Result};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// Where the export is written.
    pub out: PathBuf,
}

/// Answers.
///
/// # Errors
/// Whatever stops it.
pub fn run(_request: &Request) -> Result<Answer> {
    Err(Error::usage("is not built yet"))
}
