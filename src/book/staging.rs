//! Written aside, flushed, then published by one rename.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

use super::months::{Book, CURRENT, is_there};
use super::places::{lock_path, staging_root};
use super::revision::FIRST_REVISION;
use super::store::Publication;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{flush_folder, remove_file};
use crate::base::scratch::ScratchFolder;
use crate::base::storage;

/// A revision in the making; removed again unless it is published.
#[derive(Debug)]
pub struct Staging {
    /// The folder that stands for the month's.
    folder: PathBuf,
    /// The month's folder in the book.
    target: PathBuf,
    name: String,
    /// Files of the revision, and folders in it, that are not flushed to the disk yet.
    unflushed: Vec<PathBuf>,
    published: bool,
    /// Its way to a book in object storage, and the folder of this machine in which it is made.
    to_storage: Option<(Publication, ScratchFolder)>,
}

impl Staging {
    /// Begins a revision of a month. What a crashed run left behind is cleared: the caller holds
    /// the month's lock.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn begin(book: &Book, month: Month, name: &str) -> Result<Self> {
        if book.is_in_storage() {
            return Staging::to_storage(book, month, name);
        }
        let folder = staging_folder(book, month);
        let target = book.month_folder(month);
        if is_there(&target.join(name))? {
            return Err(Error::new(
                Code::REVISION_NOT_WHOLE,
                "is there already, but is not in force",
            )
            .in_file(target.join(name))
            .changed_by_hand());
        }
        Staging::create(folder, target, name)
    }

    /// Begins a revision that will not be published, outside any book.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be written.
    pub fn aside(scratch: &Path, month: Month, name: &str) -> Result<Self> {
        let folder = scratch.join(month.to_string());
        Staging::create(folder.clone(), folder, name)
    }

    /// Begins a revision of a book in object storage, in a folder of this machine.
    fn to_storage(book: &Book, month: Month, name: &str) -> Result<Self> {
        let failed = |e: std::io::Error| {
            Error::new(Code::TEMPORARY_FOLDER, "no temporary folder can be made")
                .caused_by(e)
                .hint("set TMPDIR to a folder with free space")
        };
        let scratch = ScratchFolder::make(None).map_err(failed)?;
        let run = ScratchFolder::name_of_its_own().map_err(failed)?;
        let publication = Publication::begin(book, month, name, &run)?;
        let mut staging = Staging::aside(scratch.path(), month, name)?;
        staging.to_storage = Some((publication, scratch));
        Ok(staging)
    }

    fn create(folder: PathBuf, target: PathBuf, name: &str) -> Result<Self> {
        clear(&folder)?;
        let (name, unflushed) = (name.to_owned(), Vec::new());
        let to_storage = None;
        let staging = Staging { folder, target, name, unflushed, published: false, to_storage };
        fs::create_dir_all(staging.revision()).map_err(|e| failed(&staging.folder, e))?;
        Ok(staging)
    }

    /// The folder of the revision.
    pub fn revision(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// The folder that the revision will have once it is published.
    pub fn place(&self) -> PathBuf {
        match &self.to_storage {
            Some((publication, _)) => publication.folder(),
            None => self.target.join(&self.name),
        }
    }

    /// Writes a file of the revision; it is flushed to the disk when the revision is published.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where that fails.
    pub fn write(&mut self, file: &str, bytes: &[u8]) -> Result<()> {
        let (revision, path) = (self.revision(), self.revision().join(file));
        if let Some(folder) = path.parent().filter(|folder| *folder != revision)
            && !folder.exists()
        {
            fs::create_dir(folder).map_err(|e| failed(folder, e))?;
            self.unflushed.push(folder.to_owned());
        }
        self.write_at(path, bytes)
    }

    fn write_at(&mut self, path: PathBuf, bytes: &[u8]) -> Result<()> {
        fs::write(&path, bytes).map_err(|e| unwritable(&path, e))?;
        self.unflushed.push(path);
        Ok(())
    }

    /// Takes all that is written to where it will be published, where that takes long: to object storage.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it cannot be written, [`crate::base::error::Kind::Unavailable`] where
    /// the storage does not answer.
    pub fn upload(&mut self) -> Result<()> {
        let revision = self.revision();
        match &mut self.to_storage {
            Some((publication, _)) => publication.upload(&revision),
            None => Ok(()),
        }
    }

    /// Publishes the revision. A month's first one appears with its folder and `CURRENT`, by one
    /// rename; a later one is moved beside the others, and is in force once `CURRENT` names it,
    /// by one rename, too. Gives what went wrong once it was in force.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]; what was in force before is then still in force. Where a
    /// later revision lies beside the others by then, the message says so.
    pub fn publish(mut self) -> Result<Option<Error>> {
        if let Some((publication, _scratch)) = self.to_storage.take() {
            return publication.publish().map(|()| None);
        }
        if self.name != FIRST_REVISION {
            self.flush(&[&self.revision()])?;
            let pointer = Pointer::prepare(&self.target, &self.name)?;
            let place = self.target.join(&self.name);
            if let Err(e) = fs::rename(self.revision(), &place) {
                pointer.give_up();
                return Err(failed(&self.folder, e));
            }
            flush_folder(&self.target).map_err(|e| not_in_force(&place, e))?;
            return pointer.switch();
        }
        self.write_at(self.folder.join(CURRENT), format!("{}\n", self.name).as_bytes())?;
        self.flush(&[&self.revision(), &self.folder])?;
        fs::rename(&self.folder, &self.target).map_err(|e| failed(&self.folder, e))?;
        self.published = true;
        let book = self.target.parent().map(Path::to_owned).unwrap_or_default();
        Ok(flush_published(&book))
    }

    /// Keeps a revision that was begun outside any book; where it is `planned`, it is in force for a
    /// book with that plan.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be written.
    pub fn keep(mut self, planned: bool) -> Result<()> {
        if planned {
            self.write_at(self.folder.join(CURRENT), format!("{}\n", self.name).as_bytes())?;
        }
        self.published = true;
        Ok(())
    }

    /// Flushes what was written, and these folders, all at once: each waits for the disk alone,
    /// unless there is no thread for it.
    fn flush(&self, folders: &[&Path]) -> Result<()> {
        let file = |path: &Path| match path.is_dir() {
            true => flush_folder(path).map_err(|e| unwritable(path, e)),
            false => {
                File::open(path).and_then(|file| file.sync_all()).map_err(|e| unwritable(path, e))
            }
        };
        let folder = |path: &Path| flush_folder(path).map_err(|e| failed(&self.folder, e));
        thread::scope(|scope| {
            let mut flushing = Vec::new();
            for path in &self.unflushed {
                match thread::Builder::new().spawn_scoped(scope, move || file(path)) {
                    Ok(thread) => flushing.push(thread),
                    Err(_) => file(path)?,
                }
            }
            folders.iter().try_for_each(|path| folder(path))?;
            let gone = |_| {
                Err(Error::new(Code::NOT_FLUSHED, "the revision could not be flushed to the disk"))
            };
            flushing.into_iter().try_for_each(|flushing| flushing.join().unwrap_or_else(gone))
        })
    }
}

/// Clears what a crashed run of a month left aside; the caller holds the month's lock.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the book cannot be written.
pub fn clear_staging(book: &Book, month: Month) -> Result<()> {
    if !book.is_in_storage() {
        return clear(&staging_folder(book, month));
    }
    // The lease was written just now, by the storage's clock.
    let lease = lock_path(book.folder(), &month.to_string());
    match storage::about(&lease).map(|about| about.changed) {
        Ok(Some(now)) => book.clear_leftovers(month, now),
        Ok(None) => Ok(()),
        // Whoever has removed it: what is left is cleared another time.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(unwritable(&lease, e)),
    }
}

fn staging_folder(book: &Book, month: Month) -> PathBuf {
    staging_root(book.folder()).join(month.to_string())
}

fn clear(folder: &Path) -> Result<()> {
    if is_there(folder)? {
        tracing::warn!(folder = %folder.display(), "clearing what a crashed run left");
        fs::remove_dir_all(folder).map_err(|e| failed(folder, e))?;
    }
    Ok(())
}

fn failed(folder: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::BOOK_UNWRITABLE, "the revision cannot be written")
        .in_file(folder)
        .caused_by(cause)
        .hint("check the disk's free space and that this user may write to the book")
}

/// Where `CURRENT` is written before it takes the place of the one before.
pub const NEXT_CURRENT: &str = ".CURRENT";

/// A `CURRENT` that names another revision, ready to take the place of the one before.
pub(super) struct Pointer<'a> {
    month: &'a Path,
    name: &'a str,
}

impl<'a> Pointer<'a> {
    /// Writes it beside the one before. What a crashed run left there is cleared.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the month's folder cannot be written.
    pub fn prepare(month: &'a Path, name: &'a str) -> Result<Self> {
        let pointer = Pointer { month, name };
        clear_pointer(month)?;
        let written = write_flushed(&pointer.aside(), format!("{name}\n").as_bytes());
        written.inspect_err(|_| pointer.give_up())?;
        Ok(pointer)
    }

    fn aside(&self) -> PathBuf {
        self.month.join(NEXT_CURRENT)
    }

    /// Puts the revision in force, by one rename. Gives what went wrong after that.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the one before is still in force.
    pub fn switch(self) -> Result<Option<Error>> {
        fs::rename(self.aside(), self.month.join(CURRENT))
            .map_err(|e| not_in_force(&self.month.join(self.name), e))?;
        Ok(flush_published(self.month))
    }

    /// Leaves the one before. What cannot be removed now is cleared by the next run of the month.
    pub fn give_up(&self) {
        if let Err(error) = remove_file(&self.aside()) {
            tracing::warn!(file = %self.aside().display(), %error, "could not be removed");
        }
    }
}

/// Clears a `CURRENT` that a crashed run had prepared.
pub(super) fn clear_pointer(month: &Path) -> Result<()> {
    let path = month.join(NEXT_CURRENT);
    remove_file(&path).map_err(|e| unwritable(&path, e))
}

/// A revision that lies in the book, and is not in force.
fn not_in_force(revision: &Path, cause: std::io::Error) -> Error {
    Error::new(
        Code::NOT_IN_FORCE,
        "lies in the book and is whole, but CURRENT could not be made to name it: the next run of \
         the month completes the publication",
    )
    .in_file(revision)
    .caused_by(cause)
    .hint("check that this user may write to the book, and run again")
}

fn flush_published(folder: &Path) -> Option<Error> {
    flush_folder(folder).err().map(|e| {
        Error::new(Code::NOT_FLUSHED, "published, but the folder could not be flushed to the disk")
            .in_file(folder)
            .caused_by(e)
            .hint("copy the book once the disk answers; a loss of power may undo the publication")
    })
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After a later revision's publication it is empty. What cannot be removed now is cleared
        // by the next run of the month.
        if !self.published
            && self.folder.exists()
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(folder = %self.folder.display(), %error, "could not be cleared");
        }
    }
}

/// Writes a file and flushes it to the disk.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where that fails.
pub(super) fn write_flushed(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e: std::io::Error| unwritable(path, e))
}

fn unwritable(path: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::BOOK_UNWRITABLE, "cannot be written")
        .in_file(path)
        .caused_by(cause)
        .hint("check the disk's free space and that this user may write to the book")
}
