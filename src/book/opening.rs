//! What a month begins with: found, and held against the digest that is recorded of it.

use std::path::{Path, PathBuf};

use super::imported::{ImportRecord, Imported};
use super::manifest::{Manifest, OpeningRecord, Role};
use super::months::Book;
use super::recorded_input::{InputPlaces, RecordedInput};
use super::revision::Revision;
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::input::logs::LogFile;
use crate::tables::Output;
use crate::tables::opening::OpeningFiles;

/// The file of a state that is read.
const STATE: &str = "state.parquet";
/// The file of the ids that were billed before.
const RECENT_IDS: &str = "recent_ids.parquet";
/// The file of the grants that go on.
const GRANTS: &str = "grants.parquet";

/// What a month began with.
#[derive(Debug, Clone)]
pub enum OpeningSource {
    /// No history.
    Genesis,
    /// A state in the book.
    InBook(StateInBook),
    /// A file that the manifest records.
    File(RecordedInput),
}

/// A state in the book: that with which a revision closed, or one that was imported.
#[derive(Debug, Clone)]
pub struct StateInBook {
    /// What the manifest of a month says that begins with it.
    pub record: OpeningRecord,
    /// The folder with the table `state`.
    pub folder: PathBuf,
    /// The digest that its Parquet file must have.
    sha256: String,
}

impl StateInBook {
    /// The state with which a revision closed.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: its manifest lists no state.
    pub fn closing(revision: &Revision) -> Result<Self> {
        let (manifest, name, folder) = (&revision.manifest, &revision.name, revision.in_book());
        let output = manifest.output(STATE).ok_or_else(|| changed(&folder.join(STATE), None))?;
        let (month, revision, sha256) = (manifest.month, name.clone(), output.sha256.clone());
        let recent_ids_sha256 = manifest.output(RECENT_IDS).map(|output| output.sha256.clone());
        let record = OpeningRecord::Book {
            month,
            revision,
            sha256: sha256.clone(),
            recent_ids_sha256,
            grants_sha256: grants_sha256(manifest.output(GRANTS)),
        };
        Ok(StateInBook { record, folder: folder.to_owned(), sha256 })
    }

    /// A state that was imported.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: its record lists no state.
    pub fn imported(imported: &Imported) -> Result<Self> {
        let folder = imported.folder.clone();
        let output = imported.record.output(STATE);
        let output = output.ok_or_else(|| changed(&folder.join(STATE), Some(&folder)))?;
        let sha256 = output.sha256.clone();
        let recent_ids = imported.record.output(RECENT_IDS);
        let recent_ids_sha256 = recent_ids.map(|output| output.sha256.clone());
        let grants_sha256 = grants_sha256(imported.record.output(GRANTS));
        let record =
            OpeningRecord::Imported { sha256: sha256.clone(), recent_ids_sha256, grants_sha256 };
        Ok(StateInBook { record, folder, sha256 })
    }

    /// The state as the manifest of a month records it that was billed with it: an earlier version
    /// took no ids along.
    fn recorded_in(mut self, record: &OpeningRecord) -> Self {
        if let OpeningRecord::Book { recent_ids_sha256, .. }
        | OpeningRecord::Imported { recent_ids_sha256, .. } = &mut self.record
            && record.recent_ids_sha256().is_none()
        {
            *recent_ids_sha256 = None;
        }
        self
    }

    /// The Parquet file.
    pub fn path(&self) -> PathBuf {
        self.folder.join(STATE)
    }

    /// Makes sure that the Parquet file is what is recorded of it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it is not, or cannot be read.
    pub fn check(&self) -> Result<()> {
        self.check_file(STATE, &self.sha256)
    }

    /// The folder with the table `recent_ids`, once that is checked; `None` where no ids are known.
    ///
    /// # Errors
    /// As [`StateInBook::check`].
    pub fn recent_ids(&self) -> Result<Option<&Path>> {
        let Some(sha256) = self.record.recent_ids_sha256() else { return Ok(None) };
        self.check_file(RECENT_IDS, sha256)?;
        Ok(Some(&self.folder))
    }

    fn check_file(&self, file: &str, due: &str) -> Result<()> {
        let path = self.folder.join(file);
        let import = matches!(self.record, OpeningRecord::Imported { .. }).then_some(&*self.folder);
        let (_, sha256) = digest::of_file(&path)
            .map_err(|e| damaged("cannot be read", &path, import).caused_by(e))?;
        if sha256 == due { Ok(()) } else { Err(changed(&path, import)) }
    }

    /// The Parquet files to be read, once they are checked.
    ///
    /// # Errors
    /// As [`StateInBook::check`].
    pub fn files(&self) -> Result<OpeningFiles> {
        let log = |file: &str, sha256: &str| {
            self.check_file(file, sha256)?;
            let path = self.folder.join(file);
            LogFile::of(&path)
                .ok_or_else(|| Error::new(Code::IMPORT_DAMAGED, "is no state").in_file(&path))
        };
        let grants = self.record.grants_sha256().map(|sha256| log(GRANTS, sha256));
        Ok(OpeningFiles { state: log(STATE, &self.sha256)?, grants: grants.transpose()? })
    }
}

/// The digest of grants that go on; `None` where none do.
fn grants_sha256(output: Option<&Output>) -> Option<String> {
    output.filter(|output| output.rows > 0).map(|output| output.sha256.clone())
}

impl Book {
    /// What a month begins with that is run now: the state with which the month before closed, or
    /// an imported one; `None` where the book has neither.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where what the book has cannot be understood.
    pub fn opening_now(&self, month: Month) -> Result<Option<StateInBook>> {
        if let Some(before) = self.current(month.previous())? {
            return StateInBook::closing(&before).map(Some);
        }
        self.imported(month)?.as_ref().map(StateInBook::imported).transpose()
    }

    /// What the revision with a manifest began with, whose inputs are at these places. Whether files
    /// are as they were is for the caller to check.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book does not hold that state any more.
    pub fn opening_of(
        &self,
        manifest: &Manifest,
        places: &InputPlaces<'_>,
    ) -> Result<OpeningSource> {
        match &manifest.opening {
            OpeningRecord::Genesis => Ok(OpeningSource::Genesis),
            OpeningRecord::File { .. } => {
                let file = manifest.inputs_of(Role::Opening).next();
                let file = file.ok_or_else(|| {
                    Error::new(Code::OPENING_DAMAGED, "the manifest names no opening state")
                })?;
                Ok(OpeningSource::File(places.locate(file)))
            }
            OpeningRecord::Imported { sha256, .. } => {
                let state = self.import_with(manifest.month, sha256)?;
                Ok(OpeningSource::InBook(state.recorded_in(&manifest.opening)))
            }
            OpeningRecord::Book { month, revision, .. } => {
                let state = self.revision(*month, revision).map_err(|e| {
                    Error::new(
                        Code::OPENING_DAMAGED,
                        format!("the month opened with {month} {revision}, which cannot be read"),
                    )
                    .caused_by(e)
                    .hint_of_damage("restore that revision from a copy of the book")
                })?;
                let state = StateInBook::closing(&state)?.recorded_in(&manifest.opening);
                if state.record == manifest.opening {
                    return Ok(OpeningSource::InBook(state));
                }
                Err(Error::new(
                    Code::OPENING_DAMAGED,
                    "is not the closing state that the month was opened with",
                )
                .in_file(state.path())
                .changed_by_hand())
            }
        }
    }

    /// The state that was imported for a month, where it is the one with this digest.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it is gone, or another.
    pub fn import_with(&self, month: Month, sha256: &str) -> Result<StateInBook> {
        let fault = match self.imported(month)? {
            None => "is gone",
            Some(imported) => {
                let state = StateInBook::imported(&imported)?;
                if state.sha256 == sha256 {
                    return Ok(state);
                }
                "is not the one that the manifest records"
            }
        };
        Err(Error::new(
            Code::IMPORT_DAMAGED,
            format!("the imported state that the month began with {fault}"),
        )
        .in_file(self.import_folder(month))
        .hint("restore it from a copy of the book; or say --opening PATH"))
    }
}

fn changed(path: &Path, import: Option<&Path>) -> Error {
    let record = if import.is_some() { ImportRecord::FILE } else { "its manifest" };
    damaged(&format!("is not what {record} says: it was changed"), path, import)
}

/// Of a state file; `import` is the folder of an imported one.
fn damaged(message: &str, path: &Path, import: Option<&Path>) -> Error {
    let of = |code| Error::new(code, message).in_file(path);
    match import {
        Some(folder) => super::imported::restore(of(Code::IMPORT_DAMAGED), folder),
        None => {
            of(Code::OPENING_DAMAGED).hint_of_damage("restore the revision from a copy of the book")
        }
    }
}
