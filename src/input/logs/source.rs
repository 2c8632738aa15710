//! A file of a log whose columns have been found.

use chrono::SecondsFormat;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use super::log_file::LogFile;
use crate::base::error::{Code, Error, Result};
use crate::base::storage::{self, About};

/// A file of a log whose columns have been found.
pub struct Source {
    /// The file.
    pub file: LogFile,
    /// What is known of its inside.
    pub(super) layout: Layout,
    /// What was known of it when it was opened.
    about: About,
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

impl Source {
    /// A file, and what `look` finds inside it.
    pub(super) fn open(
        file: LogFile,
        look: impl FnOnce(&LogFile) -> Result<Layout>,
    ) -> Result<Self> {
        let about = file.open()?.about(); // before it is looked into: what comes later is a change
        let about = about.map_err(|e| unseen(&file, e))?;
        Ok(Source { layout: look(&file)?, file, about })
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
        self.about.bytes
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
        Some(self.about.changed?.to_rfc3339_opts(SecondsFormat::Nanos, true))
    }

    /// What names the file's content: the tag that storage gives it, or else when it was changed last.
    pub fn version(&self) -> Option<String> {
        self.about.etag.clone().or_else(|| self.changed_at())
    }

    /// Makes sure that the file has not changed since it was opened: what was read, and the
    /// digest of it, would not be of one content.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where it has.
    pub fn check_unchanged(&self) -> Result<()> {
        let now = storage::about(&self.file.path).map_err(|e| unseen(&self.file, e))?;
        if now == self.about {
            return Ok(());
        }
        Err(Error::new(Code::INPUT_CHANGING, "was changed while it was read")
            .in_file(&self.file.name)
            .hint("run again when the file is complete"))
    }
}

fn unseen(file: &LogFile, cause: std::io::Error) -> Error {
    Error::new(Code::INPUT_UNREADABLE, "cannot be looked at").in_file(&file.name).caused_by(cause)
}
