//! A revision in the making, in a folder of this machine.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;

use super::super::places::{is_there, unwritable};
use crate::base::error::{Code, Error, Result};
use crate::base::files::flush_folder;

/// A revision in the making.
#[derive(Debug)]
pub struct Made {
    /// The folder that stands for the month's.
    pub folder: PathBuf,
    /// The revision's name.
    pub name: String,
    /// Files of the revision, and folders in it, that are not flushed to the disk yet.
    unflushed: Vec<PathBuf>,
}

impl Made {
    /// Begins one in a folder; what a crashed run left there is cleared.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be written.
    pub fn begin(folder: PathBuf, name: &str) -> Result<Self> {
        clear(&folder)?;
        let made = Made { folder, name: name.to_owned(), unflushed: Vec::new() };
        fs::create_dir_all(made.revision()).map_err(|e| failed(&made.folder, e))?;
        Ok(made)
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

    /// Writes a file that stands for one of the month's, likewise.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where that fails.
    pub fn write_at(&mut self, path: PathBuf, bytes: &[u8]) -> Result<()> {
        fs::write(&path, bytes).map_err(|e| unwritable(&path, e))?;
        self.unflushed.push(path);
        Ok(())
    }

    /// Flushes what was written, and these folders, all at once: each waits for the disk alone,
    /// unless there is no thread for it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where that fails.
    pub fn flush(&self, folders: &[&Path]) -> Result<()> {
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

/// Clears what a crashed run left in a folder of this machine.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where that fails.
pub fn clear(folder: &Path) -> Result<()> {
    if is_there(folder)? {
        tracing::warn!(folder = %folder.display(), "clearing what a crashed run left");
        fs::remove_dir_all(folder).map_err(|e| failed(folder, e))?;
    }
    Ok(())
}

/// That a revision's folder cannot be written.
pub fn failed(folder: &Path, cause: io::Error) -> Error {
    Error::new(Code::BOOK_UNWRITABLE, "the revision cannot be written")
        .in_file(folder)
        .caused_by(cause)
        .hint("check the disk's free space and that this user may write to the book")
}

/// Writes a file and flushes it to the disk.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where that fails.
pub fn write_flushed(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e: io::Error| unwritable(path, e))
}

/// All files below a folder, by their paths within it, with their sizes.
///
/// # Errors
/// They cannot be listed.
pub fn files_below(folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let (mut files, mut open) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(within) = open.pop() {
        for entry in fs::read_dir(folder.join(&within))? {
            let entry = entry?;
            let (path, about) = (within.join(entry.file_name()), entry.metadata()?);
            match about.is_dir() {
                true => open.push(path),
                false => files.push((path, about.len())),
            }
        }
    }
    files.sort();
    Ok(files)
}
