//! The months of a book, and which revision of each is in force.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::{ArchiveRecord, Archived};
use super::manifest::Manifest;
use super::places::CURRENT_TABLES;
use super::revision::{Revision, revision_number};
use super::store::{Objects, Pointer};
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;

/// The file of a month that names the revision in force.
pub const CURRENT: &str = "CURRENT";

/// A folder of published months.
#[derive(Debug, Clone)]
pub struct Book {
    folder: PathBuf,
    /// Where archived months are now, if that was said.
    archive: Option<PathBuf>,
    /// Where revisions lie that are only planned, if there may be any.
    pub(super) planned: Option<PathBuf>,
    /// What was seen of it, if it is in object storage.
    objects: Option<Objects>,
}

impl Book {
    /// The book in `folder`, which need not exist yet; it may be an address in object storage.
    pub fn at(folder: &Path) -> Self {
        let objects = storage::is_address(folder).then(Objects::default);
        Book { folder: folder.to_owned(), archive: None, planned: None, objects }
    }

    /// Whether it is in object storage.
    pub fn is_in_storage(&self) -> bool {
        self.objects.is_some()
    }

    /// What a month's `CURRENT` in object storage said when it was looked at first; `None` where there is none.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it cannot be understood, or the storage does not answer.
    pub(super) fn pointer(&self, month: Month) -> Result<Option<Arc<Pointer>>> {
        match &self.objects {
            Some(objects) => objects.pointer(month, &self.month_folder(month).join(CURRENT)),
            None => Ok(None),
        }
    }

    /// Notes what it says by now.
    pub(super) fn set_pointer(&self, month: Month, pointer: Pointer) {
        if let Some(objects) = &self.objects {
            objects.set(month, pointer);
        }
    }

    /// Looks at a book in object storage as it is from now on; of a month all is read as of one moment otherwise. What
    /// lies below the prefix of a revision is never another.
    pub fn look_afresh(&self) {
        if let Some(objects) = &self.objects {
            objects.forget();
            storage::forget(&self.folder.join(CURRENT_TABLES));
        }
    }

    /// The folder of a month's revision, which need not exist.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the month's `CURRENT` cannot be understood, or does not name the revision.
    pub fn revision_folder(&self, month: Month, name: &str) -> Result<PathBuf> {
        let home = self.month_folder(month);
        if !self.is_in_storage() {
            return Ok(home.join(name));
        }
        let pointer = self.pointer(month)?;
        pointer.and_then(|pointer| pointer.folder_of(&home, name)).ok_or_else(|| {
            Error::new(Code::POINTER_DAMAGED, format!("does not name {name}"))
                .in_file(home.join(CURRENT))
                .changed_by_hand()
        })
    }

    /// The same book, with its archived months in a folder; where none is named, they are where
    /// they were moved to.
    pub fn with_archive(self, archive: Option<PathBuf>) -> Self {
        Book { archive, ..self }
    }

    /// Where archived months are now, if that was said.
    pub fn archive(&self) -> Option<&Path> {
        self.archive.as_deref()
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of a month, which need not exist.
    pub fn month_folder(&self, month: Month) -> PathBuf {
        self.folder.join(month.to_string())
    }

    /// The revision of a month that is in force; `None` where the month is not published.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the month's folder is there, but cannot be understood.
    pub fn current(&self, month: Month) -> Result<Option<Revision>> {
        if let Some(planned) = self.planned(month)? {
            return Ok(Some(planned));
        }
        self.name_in_force(month)?.map(|name| self.open(month, name)).transpose()
    }

    /// The name of the revision of a month that is in force; `None` where the month is not
    /// published.
    pub(super) fn name_in_force(&self, month: Month) -> Result<Option<String>> {
        if self.is_in_storage() {
            let pointer = self.pointer(month)?;
            return Ok(pointer.and_then(|p| p.in_force().map(|named| named.name.clone())));
        }
        let folder = self.month_folder(month);
        if !is_there(&folder)? {
            return Ok(None);
        }
        let pointer = folder.join(CURRENT);
        let damaged = |message: &str| {
            Error::new(Code::POINTER_DAMAGED, message)
                .in_file(&pointer)
                .expected("the name of a revision beside it, such as r001")
                .changed_by_hand()
        };
        let text = storage::read_to_string(&pointer).map_err(|e| {
            damaged("does not tell which revision is in force").caused_by(e).or_unread()
        })?;
        let name = text.trim().to_owned();
        if revision_number(&name).is_none() || !is_folder(&folder.join(&name))? {
            return Err(damaged("names no revision").with_value(name));
        }
        Ok(Some(name))
    }

    /// A month of a book in object storage, if it is published: what a run that was cut short uploaded makes none. Its
    /// manifest is fetched meanwhile, which whoever asks for months mostly wants next.
    fn looked_at(&self, month: Month) -> Result<Option<Month>> {
        match self.pointer(month) {
            Ok(None) => Ok(None),
            Ok(Some(pointer)) => {
                let named = pointer.in_force().map(|named| named.name.as_str());
                let folder =
                    named.and_then(|name| pointer.folder_of(&self.month_folder(month), name));
                let _ = folder.map(|folder| storage::read(&folder.join(Manifest::FILE)));
                Ok(Some(month))
            }
            // That a month cannot be understood is told where it is asked for.
            Err(e) if !e.kind().is_of_the_machine() => Ok(Some(month)),
            Err(e) => Err(e),
        }
    }

    /// A revision by its name.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`] where the month has none of that name,
    /// [`crate::base::error::Kind::Book`] where its manifest cannot be read.
    pub fn revision(&self, month: Month, name: &str) -> Result<Revision> {
        let known = self.revisions(month)?;
        if !known.iter().any(|known| known == name) {
            let message = format!("{month} has no revision `{name}`");
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Error::new(Code::REVISION_UNKNOWN, message)
                .expected(format!("one of those in the book: {known}")));
        }
        self.open(month, name.to_owned())
    }

    pub(super) fn open(&self, month: Month, name: String) -> Result<Revision> {
        if let Some(planned) = self.planned(month)?.filter(|planned| planned.name == name) {
            return Ok(planned);
        }
        let folder = self.revision_folder(month, &name)?;
        let manifest = Manifest::read(&folder)?;
        if self.is_in_storage() {
            return Ok(Revision { name, manifest, in_book: folder, archived: None });
        }
        let archived = ArchiveRecord::read(&self.month_folder(month))?.map(|record| Archived {
            month,
            book: self.folder.clone(),
            folder: record.folder_in(self.archive()).join(&name),
            manifest_sha256: record.manifest_of(&name).map(str::to_owned),
        });
        Ok(Revision { name, manifest, in_book: folder, archived })
    }

    /// The SHA-256 of a revision's manifest.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it cannot be read.
    pub(super) fn manifest_sha256(&self, month: Month, name: &str) -> Result<String> {
        let path = self.revision_folder(month, name)?.join(Manifest::FILE);
        digest::of_file(&path).map(|(_, sha256)| sha256).map_err(|e| {
            Error::new(Code::MANIFEST_UNREADABLE, "the manifest cannot be read")
                .in_file(path)
                .caused_by(e)
                .changed_by_hand()
        })
    }

    /// The names of a month's revisions, in order, whatever `CURRENT` says; none where the month
    /// is not published.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the month's folder cannot be read.
    pub fn revisions(&self, month: Month) -> Result<Vec<String>> {
        let folder = self.month_folder(month);
        let mut names = Vec::new();
        if self.is_in_storage() {
            let pointer = self.pointer(month)?;
            names
                .extend(pointer.iter().flat_map(|p| p.revisions()).map(|named| named.name.clone()));
        } else {
            names = self.folders_of_revisions(&folder)?;
        }
        names.extend(self.planned(month)?.map(|planned| planned.name));
        names.sort_by_key(|name| revision_number(name));
        Ok(names)
    }

    fn folders_of_revisions(&self, folder: &Path) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for name in if is_there(folder)? { entries(folder)? } else { Vec::new() } {
            if revision_number(&name).is_some() && is_folder(&folder.join(&name))? {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// The months that are published, in order.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book's folder cannot be read.
    pub fn months(&self) -> Result<Vec<Month>> {
        let is_there = self.is_in_storage() || is_there(&self.folder)?;
        let names = if is_there { entries(&self.folder)? } else { Vec::new() };
        let mut months: Vec<Month> = names.iter().filter_map(|name| Month::parse(name)).collect();
        months.sort();
        if self.is_in_storage() {
            let published = storage::at_once(&months, |month| self.looked_at(*month));
            let published = published.into_iter().collect::<Result<Vec<_>>>()?;
            months = published.into_iter().flatten().collect();
        }
        Ok(months)
    }
}

/// Whether there is anything at a path.
pub(super) fn is_there(path: &Path) -> Result<bool> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match storage::about(path) {
        Ok(_) => Ok(true),
        Err(e) if matches!(e.kind(), NotFound | NotADirectory) => Ok(false),
        Err(e) => Err(unknown(path, e)),
    }
}

/// Whether there is a folder at a path.
fn is_folder(path: &Path) -> Result<bool> {
    Ok(is_there(path)? && storage::about(path).map_err(|e| unknown(path, e))?.is_folder())
}

fn unknown(path: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::BOOK_UNREADABLE, "cannot be looked at")
        .in_file(path)
        .caused_by(cause)
        .hint("check that this user may read the book")
}

/// The names in a folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<String>> {
    let entries = storage::entries_of(folder).map_err(|e| {
        Error::new(Code::BOOK_UNREADABLE, "cannot be listed")
            .in_file(folder)
            .caused_by(e)
            .hint("check that it is a folder, and that this user may read it")
    })?;
    Ok(entries.into_iter().filter_map(|entry| entry.name.into_string().ok()).collect())
}
