//! Written aside, flushed, then published by one rename.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Book, FIRST_REVISION};
use crate::calendar::Month;
use crate::error::{Error, Result};

/// A month in the making; removed again unless it is published.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
    target: PathBuf,
    published: bool,
}

impl Staging {
    /// Begins the first revision of a month. What a crashed run left behind is cleared: the
    /// caller holds the month's lock.
    ///
    /// # Errors
    /// [`crate::error::Kind::Book`] where the book cannot be written.
    pub fn begin(book: &Book, month: Month) -> Result<Self> {
        let folder = book.folder().join(".staging").join(month.to_string());
        Staging::create(folder, book.month_folder(month))
    }

    /// Begins a revision that will not be published, outside any book.
    ///
    /// # Errors
    /// [`crate::error::Kind::Book`] where the folder cannot be written.
    pub fn aside(scratch: &Path, month: Month) -> Result<Self> {
        let folder = scratch.join(month.to_string());
        Staging::create(folder.clone(), folder)
    }

    fn create(folder: PathBuf, target: PathBuf) -> Result<Self> {
        let staging = Staging { folder, target, published: false };
        if staging.folder.exists() {
            tracing::warn!(folder = %staging.folder.display(), "clearing what a crashed run left");
            fs::remove_dir_all(&staging.folder).map_err(|e| staging.failed(e))?;
        }
        fs::create_dir_all(staging.revision()).map_err(|e| staging.failed(e))?;
        Ok(staging)
    }

    /// The folder of the revision.
    pub fn revision(&self) -> PathBuf {
        self.folder.join(FIRST_REVISION)
    }

    fn failed(&self, cause: std::io::Error) -> Error {
        Error::book("the revision cannot be written")
            .in_file(&self.folder)
            .caused_by(cause)
            .hint("check the disk's free space and that this user may write to the book")
    }

    /// Publishes the month: its folder appears whole, with the revision and `CURRENT`.
    ///
    /// # Errors
    /// [`crate::error::Kind::Book`]; the book is then as it was.
    pub fn publish(mut self) -> Result<()> {
        let parent = self.target.parent().map(Path::to_owned).unwrap_or_default();
        write_flushed(&self.folder.join("CURRENT"), format!("{FIRST_REVISION}\n").as_bytes())?;
        for folder in [&self.revision(), &self.folder] {
            flush_folder(folder).map_err(|e| self.failed(e))?;
        }
        fs::rename(&self.folder, &self.target).map_err(|e| self.failed(e))?;
        self.published = true;
        flush_folder(&parent).map_err(|e| {
            Error::book("published, but the book's folder could not be flushed")
                .in_file(&parent)
                .caused_by(e)
                .hint("the revision is there; run again to confirm that nothing changes")
        })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is cleared by the next run of the month.
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
/// [`crate::error::Kind::Book`] where that fails.
pub fn write_flushed(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e: std::io::Error| {
        Error::book("cannot be written")
            .in_file(path)
            .caused_by(e)
            .hint("check the disk's free space and that this user may write to the book")
    })
}

/// Flushes a folder's entries; not every file system can, and those need it not.
fn flush_folder(folder: &Path) -> std::io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(e) if e.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}
