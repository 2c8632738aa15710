//! The months of a book, and which revision of each is in force.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::Archived;
use super::holder::Holder;
use super::manifest::Manifest;
use super::revision::{Revision, revision_number};
use super::store::{self, Layout, Leftover, Lock, Store};
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};

/// A folder of published months.
#[derive(Debug, Clone)]
pub struct Book {
    folder: PathBuf,
    store: Arc<dyn Store>,
    /// Where archived months are now, if that was said.
    archive: Option<PathBuf>,
    /// Where revisions lie that are only planned, if there may be any.
    pub(super) planned: Option<PathBuf>,
}

impl Book {
    /// The book in `folder`, which need not exist yet; it may be an address in object storage.
    pub fn at(folder: &Path) -> Self {
        let store = store::at(folder);
        Book { folder: folder.to_owned(), store, archive: None, planned: None }
    }

    /// The place that it lies in.
    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// How its folders lie.
    pub fn layout(&self) -> Layout {
        self.store.layout()
    }

    /// A folder of this machine that lies in the same place, if there is one: with room for what a month needs
    /// meanwhile.
    pub fn folder_of_this_machine(&self) -> Option<&Path> {
        self.store.folder_of_this_machine()
    }

    /// Looks at the book as it is from now on; of a month all is read as of one moment otherwise.
    pub fn look_afresh(&self) {
        self.store.look_afresh();
    }

    /// Takes the lock on a month.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Locked`] where another run holds it, [`crate::base::error::Kind::Book`] where the
    /// book cannot be written.
    pub fn lock_alone(&self, month: Month, holder: &Holder) -> Result<Lock> {
        self.store.lock(month, holder)
    }

    /// What runs of a month left that were cut short, as far as the next one does not clear it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the month cannot be looked at.
    pub fn leftovers(&self, month: Month) -> Result<Vec<Leftover>> {
        self.store.leftovers(month)
    }

    /// Makes `current/` what the months' `CURRENT` say. Archived months have nothing there.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: a part of it could not be made.
    pub fn renew_current_tables(&self) -> Result<()> {
        self.store.renew_current_tables()
    }

    /// The same, where it is no reason to stop that it cannot be done: it is warned of.
    pub fn try_to_renew_current_tables(&self) {
        if let Err(error) = self.renew_current_tables() {
            tracing::warn!("{}", error.in_one_line());
        }
    }

    /// The folder of a month's revision, which need not exist.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the month's `CURRENT` cannot be understood, or does not name the revision.
    pub fn revision_folder(&self, month: Month, name: &str) -> Result<PathBuf> {
        self.store.revision_folder(month, name)
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
        self.store.in_force(month)?.map(|name| self.open(month, name)).transpose()
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
        let archived = self.archived(month)?.map(|record| Archived {
            month,
            book: self.folder.clone(),
            folder: self.archive_of(&record).join(&name),
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
        let mut names = self.store.revisions(month)?;
        names.extend(self.planned(month)?.map(|planned| planned.name));
        names.sort_by_key(|name| revision_number(name));
        Ok(names)
    }

    /// The months that are published, in order.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book's folder cannot be read.
    pub fn months(&self) -> Result<Vec<Month>> {
        self.store.months()
    }
}
