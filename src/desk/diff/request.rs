//! What `diff` is asked.

use std::path::PathBuf;

use crate::base::calendar::Month;
use crate::book::Book;

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
