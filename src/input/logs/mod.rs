//! Logs: files found, opened and read as typed columns, whatever their format.
//!
//! Every format becomes batches of Arrow columns: Parquet row groups as they are, CSV and
//! NDJSON as columns of text. [`scan()`] hands them out in parallel, never all in memory.
//! What stops a run is found early: [`open()`] reads headers and footers of all files before
//! the first row is read. A row that cannot be read becomes a [`crate::base::rejects::Reject`].

mod columns;
mod find;
mod open;
mod parquet;
mod scan;
mod schema;
mod text;
mod wanted_rows;

pub use columns::ids::{IdColumn, uuid_of, uuid_text};
pub use columns::values::{CellFault, CreditsColumn, InstantColumn, flag, value_text, word};
pub use find::{Compression, Format, LogFile, find};
pub use open::{Source, open};
pub use scan::{Batch, Piece, Rows, Scan, Unplaced, scan};
pub use schema::{Column, ColumnKind, Mapping, Table};
