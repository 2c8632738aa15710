//! Rows that could not be read.

use serde::Serialize;

use super::error::Error;

/// Values in rejects are cut at this many characters.
pub const VALUE_CHARS_MAX: usize = 200;

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reject {
    /// The file as the job names it.
    pub file: String,
    /// The data row, from 1; a CSV header is not counted.
    pub row: u64,
    /// The column's name in the file; empty where the row as a whole is at fault.
    pub column: String,
    /// What was read, cut at [`VALUE_CHARS_MAX`] characters.
    pub value: String,
    /// Why it cannot be read, and what was expected.
    pub reason: String,
}

impl Reject {
    /// The reject as a fault that stops: where no row may be lost.
    pub fn into_error(self) -> Error {
        let Reject { file, row, column, value, reason } = self;
        let error = Error::input(reason).in_file(file).at_row(row).with_value(value);
        if column.is_empty() { error } else { error.in_column(column) }
    }
}

/// A reason without what was expected, and what that was; empty where it does not say.
pub fn split_expected(reason: &str) -> (&str, &str) {
    reason.split_once("; expected ").unwrap_or((reason, ""))
}

/// Cuts a value for people at [`VALUE_CHARS_MAX`] characters.
pub fn shortened(value: &str) -> String {
    value.chars().take(VALUE_CHARS_MAX).collect()
}
