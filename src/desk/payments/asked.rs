//! What is asked of payments.

use std::path::PathBuf;

use chrono::NaiveDate;

use super::kinds::Kinds;
use crate::input::logs::{CsvDialect, Mapping};

/// Payments, and how they are held against documents.
#[derive(Debug, Clone)]
pub struct Asked {
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
    /// The day by whose end something was paid or is open; of the last payment or the last month's last day, whichever
    /// is later, where none is said.
    pub as_of: Option<NaiveDate>,
}
