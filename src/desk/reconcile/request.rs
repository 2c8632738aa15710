//! What `reconcile` is asked.

use std::path::PathBuf;

use crate::base::calendar::MonthRange;
use crate::book::Book;
use crate::desk::payments::Asked;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The months whose documents are matched together.
    pub months: MonthRange,
    /// What they are matched with.
    pub asked: Asked,
    /// Where matches and breaks are written.
    pub out: Option<PathBuf>,
}
