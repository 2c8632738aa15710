//! A book in object storage, where nothing can be renamed and no clock is trusted.
//!
//! ```text
//! book/2026-04/CURRENT               all revisions, the one in force first: name, prefix, SHA-256 of the manifest
//! book/2026-04/r002-x9Kq2LmPz01a/…   a revision, below a prefix of its own
//! book/2024-12/ARCHIVED              of an archived month, as CURRENT says: where its tables went
//! book/.journal/2026-04/r002-SHA256  that it was published
//! book/.lock/2026-04                 the lease of the run that is at it
//! book/current/statements/…          copies of what is in force
//! book/openings/2026-04/CURRENT      below which prefix the imported state lies
//! ```
//!
//! A revision is uploaded below a prefix that nobody reads; to write `CURRENT` on the condition that it is as it was
//! when the run began is the publication. Whoever has read an older one loses. What a crash leaves is a prefix that
//! `CURRENT` does not name. docs/BOOK.md has the model.

mod archive;
mod copies;
mod imports;
mod journal;
mod lease;
mod leftovers;
mod parts;
mod place;
mod pointer;
mod publication;
mod seen;
#[cfg(test)]
mod simulated;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

pub use self::copies::MADE_FROM;
use self::imports::Upload;
use self::journal::JournalOfObjects;
use self::lease::Lease;
pub use self::lease::give_up_leases;
pub use self::place::InStorage;
use self::place::remove_all;
pub use self::pointer::is_prefix;
use self::publication::Publication;
use super::super::holder::Holder;
use super::super::manifest::Manifest;
use super::super::places::{
    CURRENT_TABLES, JOURNAL, imports_root, is_there, lock_path, months_in, unwritable,
};
use super::made::Made;
use super::seam::{ImportWay, Journaling, Layout, Leftover, Lock, Store, Way};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::scratch::ScratchFolder;
use crate::base::storage;

impl InStorage {
    /// A month, if it is published: what a run that was cut short uploaded makes none. Its manifest is fetched
    /// meanwhile, which whoever asks for months mostly wants next.
    fn looked_at(&self, month: Month) -> Result<Option<Month>> {
        match self.pointer(month) {
            Ok(None) => Ok(None),
            Ok(Some(pointer)) => {
                let named = pointer.in_force().map(|named| named.name.as_str());
                let folder = named.and_then(|name| pointer.folder_of(&self.month(month), name));
                let _ = folder.map(|folder| storage::read(&folder.join(Manifest::FILE)));
                Ok(Some(month))
            }
            // That a month cannot be understood is told where it is asked for.
            Err(e) if !e.kind().is_of_the_machine() => Ok(Some(month)),
            Err(e) => Err(e),
        }
    }
}

impl Store for InStorage {
    fn look_afresh(&self) {
        // What lies below the prefix of a revision is never another.
        self.seen.forget();
        storage::forget(&self.folder.join(CURRENT_TABLES));
    }

    fn months(&self) -> Result<Vec<Month>> {
        let months = months_in(&self.folder)?;
        let published = storage::at_once(&months, |month| self.looked_at(*month));
        let published = published.into_iter().collect::<Result<Vec<_>>>()?;
        Ok(published.into_iter().flatten().collect())
    }

    fn revisions(&self, month: Month) -> Result<Vec<String>> {
        let pointer = self.pointer(month)?;
        let named = pointer.iter().flat_map(|pointer| pointer.revisions());
        Ok(named.map(|named| named.name.clone()).collect())
    }

    fn in_force(&self, month: Month) -> Result<Option<String>> {
        let pointer = self.pointer(month)?;
        Ok(pointer.and_then(|pointer| pointer.in_force().map(|named| named.name.clone())))
    }

    fn revision_folder(&self, month: Month, name: &str) -> Result<PathBuf> {
        let pointer = self.pointer(month)?;
        let folder = pointer.and_then(|pointer| pointer.folder_of(&self.month(month), name));
        folder.ok_or_else(|| {
            Error::new(Code::POINTER_DAMAGED, format!("does not name {name}"))
                .in_file(self.current(month))
                .changed_by_hand()
        })
    }

    fn layout(&self) -> Layout {
        Layout::ByPrefix
    }

    fn folder_of_this_machine(&self) -> Option<&Path> {
        None
    }

    fn lock(&self, month: Month, holder: &Holder) -> Result<Lock> {
        let path = lock_path(&self.folder, &month.to_string());
        let run = ScratchFolder::name_of_its_own().map_err(|e| lease::unwritable(&path, e))?;
        Ok(Lock(Box::new(Lease::take(path, month, holder, &run)?)))
    }

    fn begin(&self, month: Month, name: &str) -> Result<(Made, Box<dyn Way>)> {
        let failed = |e: io::Error| {
            Error::new(Code::TEMPORARY_FOLDER, "no temporary folder can be made")
                .caused_by(e)
                .hint("set TMPDIR to a folder with free space")
        };
        let scratch = ScratchFolder::make(None).map_err(failed)?;
        let run = ScratchFolder::name_of_its_own().map_err(failed)?;
        let publication = Publication::begin(self, month, name, &run)?;
        let made = Made::begin(scratch.path().join(month.to_string()), name)?;
        Ok((made, Box::new((publication, scratch))))
    }

    fn not_in_force(&self, _: Month) -> Result<Option<String>> {
        Ok(None) // one write does all of a publication
    }

    fn put_in_force(&self, _: Month, _: &str) -> Result<Option<Error>> {
        Err(Error::new(
            Code::IMPOSSIBLE,
            "what lies in storage is in force, or was, or is nobody's",
        ))
    }

    fn clear(&self, month: Month) -> Result<()> {
        // The lease was written just now, by the storage's clock.
        let lease = lock_path(&self.folder, &month.to_string());
        match storage::about(&lease).map(|about| about.changed) {
            Ok(Some(now)) => self.clear_leftovers(month, now),
            Ok(None) => Ok(()),
            // Whoever has removed it: what is left is cleared another time.
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            Err(e) => Err(unwritable(&lease, e)),
        }
    }

    fn leftovers(&self, month: Month) -> Result<Vec<Leftover>> {
        self.prefixes_of_nobody(month)
    }

    fn journal_text(&self) -> io::Result<Vec<u8>> {
        journal::text(&self.folder.join(JOURNAL))
    }

    fn open_journal(&self) -> io::Result<Box<dyn Journaling>> {
        Ok(Box::new(JournalOfObjects::at(self.folder.join(JOURNAL))))
    }

    fn renew_current_tables(&self) -> Result<()> {
        self.renew_copies()
    }

    fn imported(&self, month: Month) -> Result<Option<PathBuf>> {
        let home = imports_root(&self.folder).join(month.to_string());
        imports::imported_in(&home).map_err(|e| {
            Error::new(Code::IMPORT_DAMAGED, "cannot be found").in_file(home).caused_by(e)
        })
    }

    fn begin_import(&self, month: Month) -> io::Result<Box<dyn ImportWay>> {
        let home = imports_root(&self.folder).join(month.to_string());
        Ok(Box::new(Upload::to(home)?))
    }

    fn is_archived(&self, month: Month) -> Result<bool> {
        Ok(self.pointer(month)?.is_some_and(|pointer| pointer.is_archived))
    }

    fn set_archived(&self, month: Month, record: &str) -> Result<()> {
        archive::set_archived(self, month, record)
    }

    fn set_whole(&self, month: Month) -> Result<()> {
        archive::set_whole(self, month)
    }

    fn scratch_for(&self, _: &Path) -> io::Result<ScratchFolder> {
        ScratchFolder::make(None)
    }

    fn keep(&self, made: &Path, to: &Path, last: &str) -> io::Result<()> {
        parts::keep(made, to, Path::new(last))
    }

    fn at_hand(&self, folder: &Path, scratch: &Path) -> io::Result<PathBuf> {
        parts::fetch(folder, scratch)
    }

    fn on_the_way(&self, to: &Path) -> PathBuf {
        to.to_owned()
    }

    fn arrive(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn has_arrived(&self, folder: &Path, last: &str) -> Result<bool> {
        is_there(&folder.join(last))
    }

    fn make_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn put_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        if !storage::is_address(from) {
            return storage::upload(from, to);
        }
        let mut copy = NamedTempFile::new()?;
        io::copy(&mut storage::open(from)?, &mut copy)?;
        storage::upload(copy.path(), to)
    }

    fn put_text(&self, text: &str, to: &Path) -> io::Result<()> {
        storage::create(to, text.to_owned()).map(drop)
    }

    fn files_below(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(storage::below(folder)?.into_iter().map(|object| object.name.into()).collect())
    }

    fn remove_file(&self, folder: &Path, file: &Path) -> io::Result<()> {
        let path = folder.join(file);
        storage::remove(&path)?;
        storage::forget(&path);
        Ok(())
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        remove_all(folder, &storage::below(folder)?)
    }
}
