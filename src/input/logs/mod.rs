//! Logs: files found, opened and read as typed columns, whatever their format.
//!
//! Every format becomes batches of Arrow columns: Parquet row groups as they are, CSV and
//! NDJSON as columns of text. [`scan()`] hands them out in parallel, never all in memory.
//! What stops a run is found early: [`open()`] reads headers and footers of all files before
//! the first row is read. A row that cannot be read becomes a [`crate::base::rejects::Reject`].

mod batch;
mod columns;
mod content;
mod dialect;
mod find;
mod log_file;
mod open;
mod parquet;
mod sample;
mod scan;
mod scanning;
mod schema;
mod source;
mod survey;
mod table_folder;
mod text;

pub use batch::{Batch, CellError, CellResult, RowFault, RowNumbers};
pub use columns::{CellFault, CreditsColumn, IdColumn, InstantColumn, flag, value_text, word};
pub use dialect::{CsvDialect, Dialect, Mapping, Words};
pub use find::{Found, find, would_find};
pub use log_file::{Compression, Format, LogFile, PassedOver, WhyPassedOver};
pub use open::open;
pub use parquet::engine_types::engine_types;
pub use sample::Sample;
pub use scan::{IdsAtHand, Scan, Scanned, Visit};
pub use scanning::{collect, scan};
pub use schema::{Column, ColumnKind, LogSchema, usage_columns};
pub use source::Source;
pub use survey::{RowCheck, Survey, Surveyed};
