//! Written aside, flushed, then published by one rename.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::months::{Book, CURRENT};
use super::revision::FIRST_REVISION;
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};

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
}

impl Staging {
    /// Begins a revision of a month. What a crashed run left behind is cleared: the caller holds
    /// the month's lock.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn begin(book: &Book, month: Month, name: &str) -> Result<Self> {
        let folder = staging_folder(book, month);
        let target = book.month_folder(month);
        if target.join(name).exists() {
            return Err(Error::book("is there already, but is not in force")
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

    fn create(folder: PathBuf, target: PathBuf, name: &str) -> Result<Self> {
        clear(&folder)?;
        let (name, unflushed) = (name.to_owned(), Vec::new());
        let staging = Staging { folder, target, name, unflushed, published: false };
        fs::create_dir_all(staging.revision()).map_err(|e| failed(&staging.folder, e))?;
        Ok(staging)
    }

    /// The folder of the revision.
    pub fn revision(&self) -> PathBuf {
        self.folder.join(&self.name)
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

    /// Publishes the revision. A month's first one appears with its folder and `CURRENT`, by one
    /// rename; a later one is moved beside the others, and is in force once `CURRENT` names it,
    /// by one rename, too.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]; what was in force before is then still in force.
    pub fn publish(mut self) -> Result<()> {
        if self.name != FIRST_REVISION {
            self.flush(&[&self.revision()])?;
            let place = self.target.join(&self.name);
            fs::rename(self.revision(), place).map_err(|e| failed(&self.folder, e))?;
            flush_folder(&self.target).map_err(|e| failed(&self.folder, e))?;
            return replace_current(&self.target, &self.name);
        }
        self.write_at(self.folder.join(CURRENT), format!("{}\n", self.name).as_bytes())?;
        self.flush(&[&self.revision(), &self.folder])?;
        fs::rename(&self.folder, &self.target).map_err(|e| failed(&self.folder, e))?;
        self.published = true;
        let book = self.target.parent().map(Path::to_owned).unwrap_or_default();
        flush_published(&book)
    }

    /// Flushes what was written, and these folders, all at once: each waits for the disk alone.
    fn flush(&self, folders: &[&Path]) -> Result<()> {
        let file = |path: &Path| match path.is_dir() {
            true => flush_folder(path).map_err(|e| unwritable(path, e)),
            false => {
                File::open(path).and_then(|file| file.sync_all()).map_err(|e| unwritable(path, e))
            }
        };
        let folder = |path: &Path| flush_folder(path).map_err(|e| failed(&self.folder, e));
        std::thread::scope(|scope| {
            let files = self.unflushed.iter().map(|path| scope.spawn(move || file(path)));
            let folders = folders.iter().map(|path| scope.spawn(move || folder(path)));
            let flushing: Vec<_> = files.chain(folders).collect();
            let gone = |_| Err(Error::book("the revision could not be flushed to the disk"));
            flushing.into_iter().try_for_each(|flushing| flushing.join().unwrap_or_else(gone))
        })
    }
}

/// Clears what a crashed run of a month left aside; the caller holds the month's lock.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the book cannot be written.
pub fn clear_staging(book: &Book, month: Month) -> Result<()> {
    clear(&staging_folder(book, month))
}

fn staging_folder(book: &Book, month: Month) -> PathBuf {
    book.folder().join(".staging").join(month.to_string())
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        tracing::warn!(folder = %folder.display(), "clearing what a crashed run left");
        fs::remove_dir_all(folder).map_err(|e| failed(folder, e))?;
    }
    Ok(())
}

fn failed(folder: &Path, cause: std::io::Error) -> Error {
    Error::book("the revision cannot be written")
        .in_file(folder)
        .caused_by(cause)
        .hint("check the disk's free space and that this user may write to the book")
}

/// Makes `CURRENT` of a month name another revision, by one rename.
pub(super) fn replace_current(month: &Path, name: &str) -> Result<()> {
    let aside = month.join(".CURRENT");
    write_flushed(&aside, format!("{name}\n").as_bytes())?;
    fs::rename(&aside, month.join(CURRENT)).map_err(|e| {
        Error::book("cannot be made to name another revision")
            .in_file(month.join(CURRENT))
            .caused_by(e)
            .hint("check that this user may write to the book, and run again")
    })?;
    flush_published(month)
}

fn flush_published(folder: &Path) -> Result<()> {
    flush_folder(folder).map_err(|e| {
        Error::book("published, but the book's folder could not be flushed")
            .in_file(folder)
            .caused_by(e)
            .hint("the revision is there; run again to confirm that nothing changes")
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
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e: std::io::Error| unwritable(path, e))
}

fn unwritable(path: &Path, cause: std::io::Error) -> Error {
    Error::book("cannot be written")
        .in_file(path)
        .caused_by(cause)
        .hint("check the disk's free space and that this user may write to the book")
}

/// Flushes a folder's entries; not every file system can, and those need it not.
pub(super) fn flush_folder(folder: &Path) -> std::io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(e) if e.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}
