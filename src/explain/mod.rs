//! An account's month, told as a person would.

use crate::answer::Answer;
use crate::book::{Book, Relocation};
use crate::calendar::Month;
use crate::error::{Error, Result};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// The account's id.
    pub account: String,
    /// The revision; the one in force where none is named.
    pub revision: Option<String>,
    /// Whether every event is listed.
    pub events: bool,
    /// Where recorded inputs are now.
    pub moved: Vec<Relocation>,
}

/// Answers.
///
/// # Errors
/// Whatever stops it.
pub fn run(_request: &Request) -> Result<Answer> {
    Err(Error::usage("is not built yet"))
}
