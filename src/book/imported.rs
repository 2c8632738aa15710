//! Opening states that were imported: how accounts stood that were billed elsewhere until now.
//!
//! ```text
//! book/openings/2026-04/state.parquet, state.csv   the table `state`
//! book/openings/2026-04/recent_ids.parquet         the table `recent_ids`, where ids were imported
//! book/openings/2026-04/grants.parquet, grants.csv the table `grants`, where grants were imported
//! book/openings/2026-04/opening.json               where it came from; sealed
//! ```
#![expect(
    clippy::disallowed_types,
    reason = "serde's derive names floats where entries are flattened; no field here is one"
)]

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::months::{Book, entries, is_there};
use super::places::staging_root;
use super::seal::{is_sealed, seal};
use super::staging::write_flushed;
use super::store;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::file_digest::FileDigest;
use crate::base::files::{flush_folder, make_folder};
use crate::base::scratch::ScratchFolder;
use crate::base::storage;
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
    /// The file that ids came from which were billed before, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recent_ids: Option<ImportSource>,
    /// The file that grants came from, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<ImportSource>,
    /// `state.parquet` and `state.csv`; of ids `recent_ids.parquet`; of grants `grants.parquet` and
    /// `grants.csv`.
    pub outputs: Vec<Output>,
}

/// The file that an imported state came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSource {
    /// Its path, as it was given.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// The digest of its bytes.
    #[serde(flatten)]
    pub digest: FileDigest,
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

    fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.outputs.iter()
    }

    /// Whether another import has the same rows.
    pub fn same_rows(&self, other: &ImportRecord) -> bool {
        let contents = |record| ImportRecord::outputs(record).filter_map(Output::content);
        contents(self).eq(contents(other))
    }
}

impl Book {
    /// Where a month's imported opening is, if there is one.
    pub fn import_folder(&self, month: Month) -> PathBuf {
        self.imports_folder().join(month.to_string())
    }

    /// The folder with the files of a month's imported opening; `None` where there is none.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where that cannot be told.
    pub fn imported_folder(&self, month: Month) -> Result<Option<PathBuf>> {
        let folder = self.import_folder(month);
        if !self.is_in_storage() {
            return Ok(is_there(&folder)?.then_some(folder));
        }
        store::imported_in(&folder).map_err(|e| {
            restore(Error::new(Code::IMPORT_DAMAGED, "cannot be found"), &folder)
                .in_file(&folder)
                .caused_by(e)
        })
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
        let Some(folder) = self.imported_folder(month)? else { return Ok(None) };
        let path = folder.join(ImportRecord::FILE);
        let damaged = |message: &str| {
            restore(Error::new(Code::IMPORT_DAMAGED, message), &folder).in_file(&path)
        };
        let text =
            storage::read_to_string(&path).map_err(|e| damaged("cannot be read").caused_by(e))?;
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

    /// Begins an import; the caller holds the month's lock. An earlier one that a crash left aside is
    /// put back first.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn begin_import(&self, month: Month) -> Result<ImportStaging> {
        let target = self.import_folder(month);
        if self.is_in_storage() {
            let scratch = ScratchFolder::make(None).map_err(failed(&target))?;
            let (folder, to_storage) = (scratch.path().to_owned(), Some(scratch));
            let staging = ImportStaging { folder, target, to_storage };
            fs::create_dir(staging.folder()).map_err(failed(&staging.folder))?;
            return Ok(staging);
        }
        let folder = staging_root(self.folder()).join(format!("openings-{month}"));
        let staging = ImportStaging { folder, target, to_storage: None };
        staging
            .put_back()
            .and_then(|()| staging.clear())
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
    /// The folder of this machine, if the book is in object storage.
    to_storage: Option<ScratchFolder>,
}

impl ImportStaging {
    /// The folder that the tables are written into.
    pub fn folder(&self) -> PathBuf {
        self.folder.join("new")
    }

    /// Makes the import the month's opening, in place of an earlier one. A crash leaves the earlier
    /// one or the new one; where the file system cannot exchange the two at once, perhaps none, until
    /// the month's next import has put the earlier one back.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn finish(self, record: &ImportRecord) -> Result<()> {
        let new = self.folder();
        write_flushed(&new.join(ImportRecord::FILE), seal(record)?.as_bytes())?;
        if self.to_storage.is_some() {
            let run = ScratchFolder::name_of_its_own().map_err(failed(&self.target))?;
            return store::put_import(&new, &self.target, &run).map_err(failed(&self.target));
        }
        let parent = self.target.parent().unwrap_or(&self.target);
        let rename = || {
            flush_folder(&new)?;
            make_folder(parent)?;
            match self.target.try_exists()? {
                false => fs::rename(&new, &self.target)?,
                true => match renameat_with(CWD, &new, CWD, &self.target, RenameFlags::EXCHANGE) {
                    Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => self.exchange_by_parts()?,
                    exchanged => exchanged?,
                },
            }
            flush_folder(parent)
        };
        rename().map_err(failed(&self.target))
    }

    /// Where an earlier import is, while the new one takes its place.
    fn aside(&self) -> PathBuf {
        self.folder.join("old")
    }

    fn exchange_by_parts(&self) -> std::io::Result<()> {
        fs::rename(&self.target, self.aside())?;
        fs::rename(self.folder(), &self.target).or_else(|error| {
            self.put_back()?;
            Err(error)
        })
    }

    /// Puts an earlier import back that nothing has taken the place of.
    fn put_back(&self) -> std::io::Result<()> {
        match self.aside().try_exists()? && !self.target.try_exists()? {
            true => fs::rename(self.aside(), &self.target),
            false => Ok(()),
        }
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
        Error::new(Code::BOOK_UNWRITABLE, "the imported state cannot be written")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::file_digest::Algorithm;

    fn record(month: Month, source: &str) -> ImportRecord {
        let digest = Algorithm::Blake3.of_bytes(source.as_bytes());
        ImportRecord {
            version: "0.2.0".to_owned(),
            month,
            source: ImportSource { file: source.to_owned(), bytes: 1, digest },
            catalogue: "Sample".to_owned(),
            currency: "USD".to_owned(),
            accounts: 0,
            recent_ids: None,
            grants: None,
            outputs: Vec::new(),
        }
    }

    #[test]
    fn an_earlier_import_is_there_until_the_new_one_is() {
        let sandbox = tempfile::tempdir().unwrap();
        let book = Book::at(&sandbox.path().join("book"));
        let month = Month::parse("2026-04").unwrap();
        let source = || book.imported(month).unwrap().map(|found| found.record.source.file);
        let import = |file: &str| {
            book.begin_import(month).unwrap().finish(&record(month, file)).unwrap();
            assert_eq!(source().as_deref(), Some(file));
        };
        import("first.csv");
        import("second.csv");
        // As a crash leaves it where two folders are not exchanged at once.
        let left = sandbox.path().join("book/.staging/openings-2026-04");
        fs::create_dir_all(&left).unwrap();
        fs::rename(book.import_folder(month), left.join("old")).unwrap();
        assert_eq!(source(), None);
        drop(book.begin_import(month).unwrap());
        assert_eq!(source().as_deref(), Some("second.csv"));
        // There, two renames do.
        let staging = book.begin_import(month).unwrap();
        let third = seal(&record(month, "third.csv")).unwrap();
        fs::write(staging.folder().join(ImportRecord::FILE), third).unwrap();
        staging.exchange_by_parts().unwrap();
        drop(staging);
        assert_eq!(source().as_deref(), Some("third.csv"));
        import("fourth.csv");
        assert!(!left.exists());
    }
}
