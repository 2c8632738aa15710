//! Which files a path means: a file, a folder, or a glob.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::base::error::{Error, Result};

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

const FORMATS: &str = ".parquet, .csv, .ndjson, .jsonl or .json; text also with .gz, .zst or .br";

impl LogFile {
    /// Opens the file.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`]: it is not there, or this user may not read it.
    pub(super) fn open(&self) -> Result<File> {
        File::open(&self.path).map_err(|e| {
            Error::input("cannot be opened")
                .in_file(&self.name)
                .caused_by(e)
                .hint("check that it exists and that this user may read it")
        })
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

/// The files that `paths` mean, sorted by name, each once however many paths mean it.
///
/// A folder is searched, with its subfolders, for the formats that are read; hidden files are
/// passed over.
///
/// # Errors
/// A path that means no file, cannot be read, or names a file of unknown format.
pub fn find(paths: &[PathBuf], what: &str) -> Result<Vec<LogFile>> {
    // The same file under two names (a folder and a glob, say) would count its rows twice.
    let mut found: BTreeMap<PathBuf, LogFile> = BTreeMap::new();
    for path in paths {
        let mut files = Vec::new();
        expand(path, &mut files)?;
        if files.is_empty() {
            return Err(Error::input(format!("no {what} is there"))
                .in_file(path)
                .expected(format!("a file, a folder or a glob with {FORMATS}"))
                .hint("correct the path; a log without rows still needs a file"));
        }
        for file in files {
            let identity = file.path.canonicalize().map_err(|e| unreadable(&file.path, e))?;
            let kept = found.entry(identity).or_insert_with(|| file.clone());
            if file.name < kept.name {
                *kept = file;
            }
        }
    }
    let mut files: Vec<LogFile> = found.into_values().collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn expand(path: &Path, files: &mut Vec<LogFile>) -> Result<()> {
    if path.is_dir() {
        return search(path, files);
    }
    if path.exists() {
        let file = LogFile::of(path).ok_or_else(|| {
            Error::input("is of no format that is read")
                .in_file(path)
                .expected(FORMATS)
                .hint("the end of its name tells a file's format; rename the file if it misleads")
        })?;
        files.push(file);
        return Ok(());
    }
    let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']));
    let Some(pattern) = pattern else {
        return Ok(());
    };
    let matches = glob::glob(pattern).map_err(|e| {
        Error::usage("is not there, nor is it a glob that can be understood")
            .in_file(path)
            .caused_by(e)
            .expected("a file, a folder, or a glob such as 'usage/2026-04-*.csv'")
    })?;
    for found in matches {
        let found = found.map_err(|e| unreadable(path, e.into()))?;
        take(&found, files)?;
    }
    Ok(())
}

fn search(folder: &Path, files: &mut Vec<LogFile>) -> Result<()> {
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect);
    let mut entries: Vec<std::fs::DirEntry> = entries.map_err(|e| unreadable(folder, e))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        take(&entry.path(), files)?;
    }
    Ok(())
}

/// Takes what a search or a glob came upon: a folder is searched, another format passed over.
fn take(path: &Path, files: &mut Vec<LogFile>) -> Result<()> {
    if path.is_dir() {
        return search(path, files);
    }
    match LogFile::of(path) {
        Some(file) => files.push(file),
        None => tracing::warn!(file = %path.display(), "not read: its format is unknown"),
    }
    Ok(())
}

fn unreadable(path: &Path, cause: std::io::Error) -> Error {
    Error::input("cannot be read")
        .in_file(path)
        .caused_by(cause)
        .hint("check that it exists and that this user may read it")
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
        assert_eq!(of("b.parquet.gz"), None);
        assert_eq!(of("notes.txt"), None);
    }

    #[test]
    fn a_file_that_two_paths_mean_is_read_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("u.csv");
        std::fs::write(&file, "").unwrap();
        let paths = [dir.path().to_owned(), file, dir.path().join("*.csv")];
        assert_eq!(find(&paths, "usage log").unwrap().len(), 1);
    }
}
