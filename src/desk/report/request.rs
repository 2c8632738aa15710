//! What `report` is asked.

use std::path::PathBuf;

use crate::base::calendar::{Month, MonthRange};
use crate::book::Book;
use crate::desk::payments;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The months.
    pub asked: Asked,
    /// What was paid, where it is to be held against the months' documents.
    pub payments: Option<payments::Asked>,
    /// Where the page is written, if it is wanted.
    pub out: Option<PathBuf>,
    /// Where the workbook is written, if it is wanted.
    pub xlsx: Option<PathBuf>,
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

/// How many months before the one that is asked for stand beside it.
const BESIDE: usize = 12;

impl Asked {
    /// The months that the report tells of, as far as the book has them.
    pub fn months(self) -> MonthRange {
        match self {
            Asked::Span(months) => months,
            Asked::Month(last) => {
                let first = (0..BESIDE).fold(last, |month, _| month.previous());
                MonthRange::of(first, last).unwrap_or(MonthRange::only_of(last))
            }
        }
    }
}
