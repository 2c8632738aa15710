//! A file of a log whose columns have been found.

use std::fs::Metadata;

use chrono::{DateTime, SecondsFormat, Utc};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use super::log_file::LogFile;
use crate::base::error::{Code, Error, Result};

/// A file of a log whose columns have been found.
pub struct Source {
    /// The file.
    pub file: LogFile,
    /// What is known of its inside.
    pub(super) layout: Layout,
    /// Its size and time of change when it was opened.
    stamp: Stamp,
}

/// Our columns' places among a file's, in the order of the schema; `None` where it has none.
pub(super) type Places = Vec<Option<usize>>;

/// What the header or footer says.
pub(super) enum Layout {
    Parquet(ParquetLayout),
    Csv(CsvLayout),
    /// Names are in every row.
    Ndjson,
}

pub(super) struct ParquetLayout {
    pub metadata: ArrowReaderMetadata,
    /// The same, with ids as keys of a dictionary.
    pub keyed: ArrowReaderMetadata,
    /// The same, with every column in the type that it has by itself.
    pub plain: ArrowReaderMetadata,
    /// Places of columns with instants of 12 bytes, in order.
    pub int96: Vec<usize>,
    pub places: Places,
}

pub(super) struct CsvLayout {
    pub places: Places,
    /// The number of cells in the header.
    pub width: usize,
    /// What stands between cells.
    pub delimiter: u8,
}

/// A file's size, and when anything of it was changed last: a time of modification can be put back.
#[derive(PartialEq)]
struct Stamp {
    bytes: u64,
    changed: Option<DateTime<Utc>>,
}

impl Source {
    /// A file, and what `look` finds inside it.
    pub(super) fn open(
        file: LogFile,
        look: impl FnOnce(&LogFile) -> Result<Layout>,
    ) -> Result<Self> {
        let stamp = Stamp::of(&file)?; // before it is looked into: what comes later is a change
        Ok(Source { layout: look(&file)?, file, stamp })
    }

    /// Whether the file has the schema's column at this index, as far as its header tells; NDJSON
    /// has none, and tells row by row.
    pub fn has(&self, column: usize) -> bool {
        match &self.layout {
            Layout::Parquet(ParquetLayout { places, .. })
            | Layout::Csv(CsvLayout { places, .. }) => places[column].is_some(),
            Layout::Ndjson => true,
        }
    }

    /// The file's size in bytes.
    pub fn bytes(&self) -> u64 {
        self.stamp.bytes
    }

    /// Whether the file is text, which must be taken apart before anything can be read.
    pub fn is_text(&self) -> bool {
        !matches!(self.layout, Layout::Parquet(_))
    }

    /// How many rows the file has, where its footer tells.
    pub fn rows(&self) -> Option<u64> {
        match &self.layout {
            Layout::Parquet(ParquetLayout { metadata, .. }) => {
                u64::try_from(metadata.metadata().file_metadata().num_rows()).ok()
            }
            Layout::Csv(_) | Layout::Ndjson => None,
        }
    }

    /// When the file was changed last, as RFC 3339 with nanoseconds; `None` where the file system
    /// does not tell.
    pub fn changed_at(&self) -> Option<String> {
        Some(self.stamp.changed?.to_rfc3339_opts(SecondsFormat::Nanos, true))
    }

    /// Makes sure that the file has not changed since it was opened: what was read, and the
    /// digest of it, would not be of one content.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where it has.
    pub fn check_unchanged(&self) -> Result<()> {
        if Stamp::of(&self.file)? == self.stamp {
            return Ok(());
        }
        Err(Error::new(Code::INPUT_CHANGING, "was changed while it was read")
            .in_file(&self.file.name)
            .hint("run again when the file is complete"))
    }
}

impl Stamp {
    fn of(file: &LogFile) -> Result<Self> {
        let metadata = file.open()?.metadata().map_err(|e| {
            Error::new(Code::INPUT_UNREADABLE, "cannot be looked at")
                .in_file(&file.name)
                .caused_by(e)
        })?;
        Ok(Stamp { bytes: metadata.len(), changed: changed_at(&metadata) })
    }
}

/// When content, name or times of a file were changed last; nobody can set it.
#[cfg(unix)]
fn changed_at(metadata: &Metadata) -> Option<DateTime<Utc>> {
    use std::os::unix::fs::MetadataExt;
    DateTime::from_timestamp(metadata.ctime(), u32::try_from(metadata.ctime_nsec()).ok()?)
}

#[cfg(not(unix))]
fn changed_at(metadata: &Metadata) -> Option<DateTime<Utc>> {
    metadata.modified().ok().map(DateTime::from)
}
