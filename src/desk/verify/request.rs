//! What `verify` is asked.

use std::path::PathBuf;

use crate::book::Book;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// What an earlier verification printed with `--json`.
    pub since: Option<PathBuf>,
}
