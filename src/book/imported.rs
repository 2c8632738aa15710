//! Opening states that were imported: how accounts stood that were billed elsewhere until now.
//!
//! ```text
//! book/openings/2026-04/state.parquet, state.csv   the table `state`
//! book/openings/2026-04/opening.json               where it came from; sealed
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::months::{Book, entries, is_there};
use super::seal::{is_sealed, seal};
use super::staging::write_flushed;
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::base::files::{flush_folder, make_folder};
use crate::base::plain_file;
use crate::tables::Output;

/// `opening.json`: what an imported state is, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// The program's version.
    pub version: String,
    /// The month that the state opens.
    pub month: Month,
    /// The file that it came from.
    pub source: ImportSource,
    /// The name of the catalogue whose plans it has.
    pub catalogue: String,
    /// That catalogue's currency.
    pub currency: String,
    /// The number of accounts.
    pub accounts: u64,
    /// `state.parquet` and `state.csv`.
    pub outputs: Vec<Output>,
}

/// The file that an imported state came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSource {
    /// Its path, as it was given.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// An imported state.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is.
    pub record: ImportRecord,
}

impl ImportRecord {
    /// The file's name.
    pub const FILE: &'static str = "opening.json";

    /// One of the two tables.
    pub fn output(&self, file: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.file == file)
    }

    /// Whether another import has the same rows.
    pub fn same_rows(&self, other: &ImportRecord) -> bool {
        let rows = |record: &ImportRecord| {
            let csv = record.output("state.csv")?;
            Some((csv.rows, csv.sha256.clone(), csv.apostrophes))
        };
        rows(self).is_some() && rows(self) == rows(other)
    }
}

impl Book {
    /// The folder of a month's imported opening, which need not exist.
    pub fn import_folder(&self, month: Month) -> PathBuf {
        self.imports_folder().join(month.to_string())
    }

    fn imports_folder(&self) -> PathBuf {
        self.folder().join("openings")
    }

    /// The months with an imported opening, in order.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be read.
    pub fn imports(&self) -> Result<Vec<Month>> {
        let folder = self.imports_folder();
        let names = if is_there(&folder)? { entries(&folder)? } else { Vec::new() };
        let mut months: Vec<Month> = names.iter().filter_map(|name| Month::parse(name)).collect();
        months.sort();
        Ok(months)
    }

    /// A month's imported opening; `None` where there is none.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: its record is not there, or not as it was written.
    pub fn imported(&self, month: Month) -> Result<Option<Imported>> {
        let folder = self.import_folder(month);
        if !is_there(&folder)? {
            return Ok(None);
        }
        let path = folder.join(ImportRecord::FILE);
        let damaged = |message: &str| restore(Error::book(message), &folder).in_file(&path);
        let text = plain_file::read_to_string(&path)
            .map_err(|e| damaged("cannot be read").caused_by(e))?;
        if !is_sealed(&text) {
            return Err(damaged("is not as it was written"));
        }
        let record: ImportRecord =
            serde_json::from_str(&text).map_err(|e| damaged("is not understood").caused_by(e))?;
        if record.month != month {
            return Err(damaged("is of another month").with_value(record.month.to_string()));
        }
        Ok(Some(Imported { folder, record }))
    }

    /// Begins an import; the caller holds the month's lock.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn begin_import(&self, month: Month) -> Result<ImportStaging> {
        let folder = self.folder().join(".staging").join(format!("openings-{month}"));
        let staging = ImportStaging { folder, target: self.import_folder(month) };
        staging
            .clear()
            .and_then(|()| fs::create_dir_all(staging.folder()))
            .map_err(failed(&staging.folder))?;
        Ok(staging)
    }
}

/// An import in the making; removed again unless it is finished.
#[derive(Debug)]
pub struct ImportStaging {
    folder: PathBuf,
    target: PathBuf,
}

impl ImportStaging {
    /// The folder that the tables are written into.
    pub fn folder(&self) -> PathBuf {
        self.folder.join("new")
    }

    /// Makes the import the month's opening, in place of an earlier one. A crash between leaves
    /// the earlier one, the new one, or none, but never a part of one.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn finish(self, record: &ImportRecord) -> Result<()> {
        let (new, old) = (self.folder(), self.folder.join("old"));
        write_flushed(&new.join(ImportRecord::FILE), seal(record)?.as_bytes())?;
        let parent = self.target.parent().unwrap_or(&self.target);
        let rename = || {
            flush_folder(&new)?;
            make_folder(parent)?;
            let replaces = self.target.exists();
            if replaces {
                fs::rename(&self.target, &old)?;
            }
            if let Err(error) = fs::rename(&new, &self.target) {
                if replaces {
                    fs::rename(&old, &self.target)?;
                }
                return Err(error);
            }
            flush_folder(parent)
        };
        rename().map_err(failed(&self.target))
    }

    fn clear(&self) -> std::io::Result<()> {
        if self.folder.exists() { fs::remove_dir_all(&self.folder) } else { Ok(()) }
    }
}

impl Drop for ImportStaging {
    fn drop(&mut self) {
        // What cannot be removed now is cleared by the month's next import.
        if let Err(error) = self.clear() {
            tracing::warn!(folder = %self.folder.display(), %error, "could not be cleared");
        }
    }
}

fn failed(place: &Path) -> impl Fn(std::io::Error) -> Error {
    let place = place.to_owned();
    move |cause| {
        Error::book("the imported state cannot be written")
            .in_file(&place)
            .caused_by(cause)
            .hint("check the disk's free space and that this user may write to the book")
    }
}

/// What to do about an imported state in `folder` that is damaged.
pub(super) fn restore(error: Error, folder: &Path) -> Error {
    error.hint_of_damage(format!(
        "restore {} from a copy of the book; for a month that is not billed yet, import the state \
         again with --replace",
        folder.display()
    ))
}
