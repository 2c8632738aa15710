//! `rollup.json`, which an engine writes last: who it was, of which request, and which files its tables have.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::request::RollupRequest;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;

/// A rollup that is finished.
pub(super) struct Finished {
    /// Where it is.
    pub folder: PathBuf,
    /// What was requested.
    pub request: RollupRequest,
    /// What its engine says of it.
    pub written: Written,
}

/// A file of a table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct TableFile {
    /// Its name in the table's folder.
    pub file: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// What an engine writes last.
#[derive(Deserialize)]
pub(super) struct Written {
    version: u32,
    /// The SHA-256 of the request.
    pub request: String,
    /// Who rolled up.
    pub engine: String,
    /// Its version.
    pub engine_version: String,
    tables: BTreeMap<String, Vec<TableFile>>,
}

impl Finished {
    const FILE: &str = "rollup.json";

    /// Reads what lies in a folder, or below an address.
    ///
    /// # Errors
    /// [`Code::ROLLUP_UNFINISHED`], [`Code::ROLLUP_UNREADABLE`]; [`Code::ROLLUP_DISAGREES`] where the
    /// request is not the one that was rolled up.
    pub fn read(folder: &Path) -> Result<Self> {
        let (place, bytes) = read(folder, Self::FILE)?;
        let unreadable = |place: &Path, cause| unreadable(place).caused_by(cause);
        let written: Written = serde_json::from_slice(&bytes).map_err(|e| unreadable(&place, e))?;
        if written.version != RollupRequest::VERSION {
            return Err(self::unreadable(&place)
                .with_value(written.version.to_string())
                .expected(format!("version {} of the contract", RollupRequest::VERSION)));
        }
        let (place, bytes) = read(folder, RollupRequest::FILE)?;
        let is = digest::of_bytes(&bytes);
        if is != written.request {
            return Err(disagrees("is not the request that was rolled up")
                .in_file(place)
                .with_value(is)
                .expected(format!("the SHA-256 that rollup.json names: {}", written.request)));
        }
        let request = serde_json::from_slice(&bytes).map_err(|e| unreadable(&place, e))?;
        Ok(Finished { folder: folder.to_owned(), request, written })
    }

    /// The files of a table, each with its path.
    ///
    /// # Errors
    /// [`Code::ROLLUP_UNREADABLE`]: the table is not named, or a file's name leads elsewhere.
    pub fn files(&self, table: &str) -> Result<Vec<(PathBuf, &TableFile)>> {
        let place = self.folder.join(Self::FILE);
        let Some(files) = self.written.tables.get(table) else {
            return Err(unreadable(&place).expected(format!("the files of `{table}`")));
        };
        let path = |file: &TableFile| self.folder.join(table).join(&file.file);
        let leads_elsewhere = |file: &&TableFile| {
            file.file.contains(['/', '\\']) || file.file.starts_with('.') || file.file.is_empty()
        };
        if let Some(file) = files.iter().find(leads_elsewhere) {
            return Err(unreadable(&place)
                .with_value(&file.file)
                .expected(format!("names of files in the folder `{table}`")));
        }
        Ok(files.iter().map(|file| (path(file), file)).collect())
    }
}

fn read(folder: &Path, file: &str) -> Result<(PathBuf, Vec<u8>)> {
    let path = folder.join(file);
    match storage::read(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            Err(Error::new(Code::ROLLUP_UNFINISHED, "is not there: the rollup is not finished")
                .in_file(path)
                .hint("wait until the engine is done, or look why it failed; or correct --rollup"))
        }
        Err(e) => Err(unreadable(&path).caused_by(e)),
    }
}

/// That something of a rollup is not as the contract says.
pub(super) fn unreadable(place: &Path) -> Error {
    Error::new(Code::ROLLUP_UNREADABLE, "is not as docs/ROLLUP.md says")
        .in_file(place)
        .hint("have it rolled up again by an engine that keeps to it")
}

/// That a rollup does not add up.
pub(super) fn disagrees(what: impl Into<String>) -> Error {
    Error::new(Code::ROLLUP_DISAGREES, what).hint(
        "nothing is billed: have it rolled up again; keep this one and report it if it comes again",
    )
}
