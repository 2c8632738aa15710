//! What `reconcile` is asked.

use std::path::PathBuf;

use super::kinds::Kinds;
use crate::base::calendar::Month;
use crate::book::Book;
use crate::input::logs::{CsvDialect, Mapping};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// Where the payments are.
    pub payments: Vec<PathBuf>,
    /// Names of their columns.
    pub map: Mapping,
    /// How CSV is written.
    pub csv: CsvDialect,
    /// What the words of their kinds and statuses mean.
    pub kinds: Kinds,
    /// Whether amounts are in the currency's minor unit.
    pub minor_units: bool,
    /// Differences up to this amount are no breaks.
    pub tolerance: Option<String>,
    /// Where matches and breaks are written.
    pub out: Option<PathBuf>,
}
