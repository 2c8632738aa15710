//! A file of a log: its name, and the form that follows from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::error::{Code, Error, Result};
use crate::base::storage::{Object, RangedFile, WholeFile};

/// A file format that logs are read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated text with a header (RFC 4180).
    Csv,
    /// JSON objects, one a line or several.
    Ndjson,
}

/// How a text file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
    /// `.br`
    Brotli,
}

/// A file of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Where it is.
    pub path: PathBuf,
    /// The path as text, for messages, rejects and the manifest.
    pub name: String,
    /// Its format, from the name.
    pub format: Format,
    /// Its compression, from the name.
    pub compression: Compression,
}

impl LogFile {
    /// The names of files that are read, for messages.
    pub(super) const FORMATS: &'static str =
        ".parquet, .csv, .ndjson, .jsonl or .json; text also with .gz, .zst or .br";

    /// Opens the file, to read some ranges of it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`]: it is not there, is no plain file, or this user may
    /// not read it.
    pub(super) fn open(&self) -> Result<RangedFile> {
        RangedFile::open(&self.path).map_err(|e| self.unopened(e))
    }

    /// The object that the file is, where it lies in storage; nothing is opened of a file of this machine.
    ///
    /// # Errors
    /// As [`LogFile::open`].
    pub(super) fn object(&self) -> Result<Option<Arc<Object>>> {
        Object::at(&self.path).map_err(|e| self.unopened(e))
    }

    /// Opens the file, to read all of it.
    ///
    /// # Errors
    /// As [`LogFile::open`].
    pub(super) fn open_whole(&self) -> Result<WholeFile> {
        WholeFile::open(&self.path).map_err(|e| self.unopened(e))
    }

    fn unopened(&self, cause: std::io::Error) -> Error {
        Error::new(Code::INPUT_UNREADABLE, "cannot be opened")
            .in_file(&self.name)
            .caused_by(cause)
            .hint("check that it exists and that this user may read it")
    }

    /// The same file under the name that a manifest records it by.
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The file at `path`, if its name ends in a known format.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let (stem, compression) = match name.rsplit_once('.')? {
            (stem, "gz") => (stem, Compression::Gzip),
            (stem, "zst") => (stem, Compression::Zstd),
            (stem, "br") => (stem, Compression::Brotli),
            _ => (name.as_str(), Compression::None),
        };
        let format = match stem.rsplit_once('.')?.1 {
            "parquet" if compression == Compression::None => Format::Parquet,
            "csv" => Format::Csv,
            "ndjson" | "jsonl" | "json" => Format::Ndjson,
            _ => return None,
        };
        let name = path.display().to_string();
        Some(LogFile { path: path.to_owned(), name, format, compression })
    }
}

/// What was come upon in a folder or by a glob, and not read: someone should look at it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PassedOver {
    /// The path, as the job names it.
    pub file: String,
    /// Why it was not read.
    pub reason: WhyPassedOver,
}

impl PassedOver {
    /// The kind of finding that are files which were not read.
    pub const KIND: &'static str = "passed-over";

    /// The first of them, for people; `None` where there are none.
    pub fn list(all: &[PassedOver]) -> Option<String> {
        const TOLD: usize = 5;
        let told = all.iter().take(TOLD);
        let told: Vec<String> =
            told.map(|over| format!("{} ({})", over.file, over.reason.in_words())).collect();
        match all.len().checked_sub(TOLD) {
            None | Some(0) => (!told.is_empty()).then(|| told.join(", ")),
            Some(more) => Some(format!("{}, and {more} more", told.join(", "))),
        }
    }
}

/// Why a file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyPassedOver {
    /// Its name does not end in a known format.
    UnknownForm,
    /// It is a pipe, a socket or a device.
    NoPlainFile,
    /// No manifest could name it.
    NameNotUtf8,
}

impl WhyPassedOver {
    /// The reason, for people.
    pub fn in_words(self) -> &'static str {
        match self {
            WhyPassedOver::UnknownForm => "unknown form",
            WhyPassedOver::NoPlainFile => "no plain file",
            WhyPassedOver::NameNotUtf8 => "its name is not UTF-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_follow_from_names() {
        let of = |name: &str| LogFile::of(Path::new(name)).map(|f| (f.format, f.compression));
        assert_eq!(of("a/b.parquet"), Some((Format::Parquet, Compression::None)));
        assert_eq!(of("b.CSV.gz"), Some((Format::Csv, Compression::Gzip)));
        assert_eq!(of("b.jsonl.zst"), Some((Format::Ndjson, Compression::Zstd)));
        assert_eq!(of("b.json.br"), Some((Format::Ndjson, Compression::Brotli)));
        assert_eq!(of("b.json"), Some((Format::Ndjson, Compression::None)));
        assert_eq!(of("b.parquet.gz"), None);
        assert_eq!(of("notes.txt"), None);
    }
}
