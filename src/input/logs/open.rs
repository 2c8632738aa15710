//! Files opened, with their columns found and their types checked, before any row is read.

use arrow_schema::DataType;
use chrono::{DateTime, SecondsFormat, Utc};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use super::parquet::read::open_parquet;
use super::text::blocks::Blocks;
use super::{ColumnKind, Compression, Format, LogFile, Table};
use crate::base::error::{Error, Result};

/// A file of a log whose columns have been found.
pub struct Source {
    /// The file.
    pub file: LogFile,
    /// What is known of its inside.
    pub(super) layout: Layout,
    stamp: Stamp,
}

/// A file's size and time of change.
type Stamp = (u64, Option<std::time::SystemTime>);

impl Source {
    /// Whether the file has the table's column at this index, as far as its header tells; NDJSON
    /// has none, and tells row by row.
    pub fn has(&self, column: usize) -> bool {
        match &self.layout {
            Layout::Parquet { places, .. } | Layout::Csv { places, .. } => places[column].is_some(),
            Layout::Ndjson => true,
        }
    }

    /// The file's size in bytes.
    pub fn bytes(&self) -> u64 {
        self.stamp.0
    }

    /// Whether the file is text that must be unpacked, by one core, before it can be read.
    pub fn is_packed(&self) -> bool {
        self.file.compression != Compression::None
    }

    /// How many rows the file has, where its footer tells.
    pub fn rows(&self) -> Option<u64> {
        match &self.layout {
            Layout::Parquet { metadata, .. } => {
                u64::try_from(metadata.metadata().file_metadata().num_rows()).ok()
            }
            Layout::Csv { .. } | Layout::Ndjson => None,
        }
    }

    /// When the file was changed last, as RFC 3339 with nanoseconds; `None` where the file system
    /// does not tell.
    pub fn modified(&self) -> Option<String> {
        let at = DateTime::<Utc>::from(self.stamp.1?);
        Some(at.to_rfc3339_opts(SecondsFormat::Nanos, true))
    }

    /// Makes sure that the file has not changed since it was opened: what was read, and the
    /// digest of it, would not be of one content.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where it has.
    pub fn check_unchanged(&self) -> Result<()> {
        if stamp(&self.file)? == self.stamp {
            return Ok(());
        }
        Err(Error::input("was changed while it was read")
            .in_file(&self.file.name)
            .hint("run again when the file is complete"))
    }
}

fn stamp(file: &LogFile) -> Result<Stamp> {
    let metadata = file
        .open()?
        .metadata()
        .map_err(|e| Error::input("cannot be looked at").in_file(&file.name).caused_by(e))?;
    Ok((metadata.len(), metadata.modified().ok()))
}

/// What the header or footer says.
pub(super) enum Layout {
    /// The footer, and our columns' places among the file's.
    Parquet {
        metadata: ArrowReaderMetadata,
        /// The same, with ids as keys of a dictionary.
        keyed: ArrowReaderMetadata,
        places: Vec<Option<usize>>,
    },
    /// Our columns' places among the cells, and the number of cells.
    Csv { places: Vec<Option<usize>>, width: usize },
    /// Names are in every row.
    Ndjson,
}

/// Opens every file and finds the table's columns in it.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: a file cannot be opened, is truncated, lacks a column, or has
/// one of a type that is not read.
pub fn open(files: Vec<LogFile>, table: &Table) -> Result<Vec<Source>> {
    files.into_iter().map(|file| open_one(file, table)).collect()
}

fn open_one(file: LogFile, table: &Table) -> Result<Source> {
    let stamp = stamp(&file)?;
    let layout = match file.format {
        Format::Parquet => open_parquet(&file, table)?,
        Format::Csv => open_csv(&file, table)?,
        Format::Ndjson => Layout::Ndjson,
    };
    Ok(Source { file, layout, stamp })
}

fn open_csv(file: &LogFile, table: &Table) -> Result<Layout> {
    let header = Blocks::open(file, true)?.take_header()?.ok_or_else(|| {
        let names: Vec<&str> = table.columns.iter().map(|c| c.in_file.as_str()).collect();
        Error::input("is empty: there is not even a header row")
            .in_file(&file.name)
            .expected(format!("a header with {}", names.join(", ")))
            .hint("a log without rows still needs its header; check the export")
    })?;
    let names = super::text::csv::header_names(&header, file)?;
    let places = table.locate(&names, &file.name)?;
    Ok(Layout::Csv { places, width: names.len() })
}

/// Checks that a Parquet column's type is one that its kind is read from.
pub(super) fn check_type(
    data_type: &DataType,
    kind: ColumnKind,
    column: &str,
    file: &str,
) -> Result<()> {
    let fits = match kind {
        ColumnKind::Id | ColumnKind::Word => *data_type == DataType::Utf8View,
        ColumnKind::EventId => matches!(
            data_type,
            DataType::Utf8View | DataType::BinaryView | DataType::FixedSizeBinary(16)
        ),
        ColumnKind::Instant => matches!(data_type, DataType::Timestamp(..)),
        ColumnKind::Credits => {
            matches!(data_type, DataType::Decimal128(_, scale) if *scale >= 0)
                || data_type.is_integer()
                || *data_type == DataType::Float64
        }
        ColumnKind::Flag => *data_type == DataType::Boolean,
        ColumnKind::Amount => {
            matches!(data_type, DataType::Decimal128(_, scale) if *scale >= 0)
                || data_type.is_integer()
                || matches!(data_type, DataType::Float64 | DataType::Utf8View)
        }
        ColumnKind::Moment => {
            data_type.is_integer()
                || matches!(
                    data_type,
                    DataType::Timestamp(..) | DataType::Date32 | DataType::Utf8View
                )
        }
    };
    if fits || *data_type == DataType::Null {
        return Ok(());
    }
    let found = match data_type {
        DataType::Utf8View => "text".to_owned(),
        DataType::BinaryView => "binary".to_owned(),
        other => other.to_string(),
    };
    Err(Error::input(format!("is of type {found}"))
        .in_file(file)
        .in_column(column)
        .expected(kind.expected())
        .hint("write the column with that type, or map another column"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_event_ids_may_be_binary() {
        let fits = |kind| check_type(&DataType::BinaryView, kind, "column", "file").is_ok();
        assert!(fits(ColumnKind::EventId));
        assert!(!fits(ColumnKind::Id) && !fits(ColumnKind::Credits));
        assert!(!fits(ColumnKind::Amount) && !fits(ColumnKind::Moment));
    }
}
