//! One run a month at a time, on a disk: the system releases a lock even when the process dies.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::super::super::holder::Holder;
use super::super::super::places::{LOCKS, lock_path, staging_root};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{make_folder, open_unlinked};

/// A lock of a book.
#[derive(Debug)]
pub struct FileLock(File);

impl Drop for FileLock {
    /// It ends here, though a program that another thread is just starting may have inherited the file.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl FileLock {
    /// Takes the lock on a month.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Locked`] where another run holds it, [`crate::base::error::Kind::Book`] where the
    /// book cannot be written.
    pub fn take(book: &Path, month: Month, holder: &Holder) -> Result<Self> {
        let name = month.to_string();
        let failed = |e: std::io::Error| failed(&lock_path(book, &name), e);
        let mut file = open(book, &name)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held_by(&mut file, month)),
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        let text = serde_json::to_string(holder).map_err(|e| failed(e.into()))?;
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        writeln!(file, "{text}").map_err(failed)?;
        Ok(FileLock(file))
    }

    /// Waits for a lock on what several runs may write at once, each for a moment.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn wait(book: &Path, name: &str) -> Result<Self> {
        let file = open(book, name)?;
        file.lock().map_err(|e| failed(&lock_path(book, name), e))?;
        Ok(FileLock(file))
    }
}

/// The file of a lock; it is made where there is none.
fn open(book: &Path, name: &str) -> Result<File> {
    let path = lock_path(book, name);
    let folder = book.join(LOCKS);
    [&folder, &staging_root(book)].into_iter().try_for_each(|own| no_link(own))?;
    make_folder(&folder).map_err(|e| failed(&path, e))?;
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    open_unlinked(options, &path).map_err(|e| failed(&path, e))
}

fn failed(path: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::BOOK_UNWRITABLE, "the book cannot be written")
        .in_file(path)
        .caused_by(cause)
        .hint("check --book and that this user may write to it")
}

/// Makes sure that a folder of the book's own is not somewhere else, where it would be cleared.
fn no_link(folder: &Path) -> Result<()> {
    if !fs::symlink_metadata(folder).is_ok_and(|about| about.is_symlink()) {
        return Ok(());
    }
    Err(Error::new(
        Code::BOOK_LINK,
        "is a link, and the book's own folders are not written through one",
    )
    .in_file(folder)
    .hint("remove it: a run makes the folder anew"))
}

fn held_by(file: &mut File, month: Month) -> Error {
    let mut text = String::new();
    // Without its text the lock is still held; only its holder stays unknown.
    let read = file.read_to_string(&mut text);
    Holder::held_by(month, read.ok().and_then(|_| serde_json::from_str(&text).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_with_its_run_though_its_file_is_still_open_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let holder = Holder { host: "here".to_owned(), pid: 1, since: String::new() };
        let month = Month::parse("2026-04").unwrap();
        let lock = FileLock::take(folder.path(), month, &holder).unwrap();
        // As a program inherits it between its start and its first instruction.
        let _inherited = lock.0.try_clone().unwrap();
        assert!(FileLock::take(folder.path(), month, &holder).is_err());
        drop(lock);
        FileLock::take(folder.path(), month, &holder).unwrap();
    }
}
