//! What `report` is asked.

use std::path::PathBuf;

use crate::base::calendar::{Month, MonthRange};
use crate::book::Book;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The months.
    pub asked: Asked,
    /// Where the page is written, if it is wanted.
    pub out: Option<PathBuf>,
    /// The folder that the figures are written into as Parquet, a file for each section, if they are wanted.
    pub parquet: Option<PathBuf>,
}

/// Which months a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A month beside the twelve before it, as far as the book has them.
    Month(Month),
    /// The months from one to another, about the last of which it is.
    Span(MonthRange),
}
