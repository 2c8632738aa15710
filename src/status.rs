//! The months of a book at a glance.

use crate::answer::Answer;
use crate::book::{Book, Relocation};
use crate::error::{Error, Result};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// Whether recorded inputs are digested again.
    pub inputs: bool,
    /// Where they are now.
    pub moved: Vec<Relocation>,
}

/// Answers.
///
/// # Errors
/// Whatever stops it.
pub fn run(_request: &Request) -> Result<Answer> {
    Err(Error::usage("is not built yet"))
}
