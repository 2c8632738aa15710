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

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::months::Book;
use super::places::{imports_root, is_there, months_in};
use super::seal::{is_sealed, seal};
use super::store::{ImportWay, write_flushed};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::file_digest::FileDigest;
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
        imports_root(self.folder()).join(month.to_string())
    }

    /// The folder with the files of a month's imported opening; `None` where there is none.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where that cannot be told.
    pub fn imported_folder(&self, month: Month) -> Result<Option<PathBuf>> {
        self.store().imported(month).map_err(|e| match e.code() == Code::IMPORT_DAMAGED {
            true => restore(e, &self.import_folder(month)),
            false => e,
        })
    }

    /// The months with an imported opening, in order.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be read.
    pub fn imports(&self) -> Result<Vec<Month>> {
        let folder = imports_root(self.folder());
        if is_there(&folder)? { months_in(&folder) } else { Ok(Vec::new()) }
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
        let way = self.store().begin_import(month).map_err(failed(&target))?;
        Ok(ImportStaging { way, target })
    }
}

/// An import in the making; removed again unless it is finished.
#[derive(Debug)]
pub struct ImportStaging {
    way: Box<dyn ImportWay>,
    target: PathBuf,
}

impl ImportStaging {
    /// The folder that the tables are written into.
    pub fn folder(&self) -> PathBuf {
        self.way.folder()
    }

    /// Makes the import the month's opening, by one step, in place of an earlier one.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn finish(self, record: &ImportRecord) -> Result<()> {
        write_flushed(&self.folder().join(ImportRecord::FILE), seal(record)?.as_bytes())?;
        self.way.finish().map_err(failed(&self.target))
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
