//! What differs between two revisions of a month, and why.

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
    /// The two revisions; the one in force and the one before it where none are named.
    pub revisions: Option<(String, String)>,
    /// Where the tables of differences are written.
    pub out: Option<PathBuf>,
}

/// Answers.
///
/// # Errors
/// Whatever stops it.
pub fn run(_request: &Request) -> Result<Answer> {
    Err(Error::usage("is not built yet"))
}
