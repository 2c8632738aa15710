//! What `book copy` is asked.

use crate::book::{Book, Holder};

/// A book, and where its copy is.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub from: Book,
    /// Its copy, which need not exist.
    pub to: Book,
    /// Who copies, for the locks.
    pub holder: Holder,
}
