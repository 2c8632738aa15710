//! Logs: files found, opened and read as typed columns, whatever their format.
//!
//! Every format becomes batches of Arrow columns: Parquet row groups as they are, CSV and
//! NDJSON as columns of text. [`scan()`] hands them out in parallel, never all in memory.
//! What stops a run is found early: [`open()`] reads headers and footers of all files before
//! the first row is read. A row that cannot be read becomes a [`Reject`].

mod accounts;
mod blocks;
mod cells;
mod columns;
mod csv;
mod cut;
mod find;
mod ids;
mod marks;
mod ndjson;
mod open;
mod parquet;
mod picked;
mod pieces;
mod scan;
mod schema;
mod shape;
#[cfg(test)]
mod testing;

use std::fmt;

pub use columns::{CellFault, CreditsColumn, InstantColumn, flag, value_text, word};
pub use find::{Compression, Format, LogFile, find};
pub use ids::{IdColumn, uuid_of, uuid_text};
pub use open::{Source, open};
pub use scan::{Batch, Piece, Rows, Scan, Unplaced, scan};
pub use schema::{Column, ColumnKind, Mapping, Table};

/// The longest id in bytes.
pub const ID_BYTES_MAX: usize = 256;
/// Values in rejects are cut at this many characters.
pub const VALUE_CHARS_MAX: usize = 200;

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// Why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdFault {
    /// No text.
    Empty,
    /// Longer than [`ID_BYTES_MAX`].
    TooLong,
    /// Contains a control character.
    Control(char),
}

impl fmt::Display for IdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdFault::Empty => f.write_str("is empty; expected an id of 1 to 256 bytes"),
            IdFault::TooLong => {
                f.write_str("is longer than 256 bytes; expected an id of 1 to 256 bytes")
            }
            IdFault::Control(found) => {
                let code = u32::from(*found);
                write!(f, "contains the control character U+{code:04X}; expected plain text")
            }
        }
    }
}

/// Checks that a text is an id: 1 to 256 bytes without control characters.
///
/// # Errors
/// The first [`IdFault`] found.
pub fn check_id(text: &str) -> Result<(), IdFault> {
    if text.is_empty() {
        return Err(IdFault::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(IdFault::TooLong);
    }
    if is_plain(text) {
        return Ok(());
    }
    match text.chars().find(|c| c.is_control()) {
        Some(found) => Err(IdFault::Control(found)),
        None => Ok(()),
    }
}

/// Whether a text is an id of plain ASCII, the usual case, which is settled without decoding
/// characters.
#[inline]
fn is_plain(text: &str) -> bool {
    let plain = text.bytes().fold(true, |plain, b| plain & (0x20..0x7f).contains(&b));
    plain && (1..=ID_BYTES_MAX).contains(&text.len())
}

/// Cuts a value for people at [`VALUE_CHARS_MAX`] characters.
pub fn cut(value: &str) -> String {
    value.chars().take(VALUE_CHARS_MAX).collect()
}
