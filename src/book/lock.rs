//! One run a month at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::holder::Holder;
use super::months::Book;
use super::places::{LOCKS, lock_path, staging_root};
use super::store::Lease;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{make_folder, open_unlinked};
use crate::base::scratch::ScratchFolder;

/// The lock on a month of a book; on a disk the system releases it even when the process dies.
#[derive(Debug)]
pub struct Lock(Held);

#[derive(Debug)]
enum Held {
    File(File),
    Lease(#[expect(dead_code, reason = "it ends when it is dropped")] Lease),
}

impl Drop for Lock {
    /// It ends here, though a program that another thread is just starting may have inherited the file.
    fn drop(&mut self) {
        if let Held::File(file) = &self.0 {
            let _ = file.unlock();
        }
    }
}

impl Lock {
    /// Takes the lock on a month.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Locked`] where another run holds it, [`crate::base::error::Kind::Book`]
    /// where the book cannot be
    /// written.
    pub fn take(book: &Book, month: Month, holder: &Holder) -> Result<Self> {
        let name = month.to_string();
        if book.is_in_storage() {
            let run = ScratchFolder::name_of_its_own()
                .map_err(|e| failed(&lock_path(book.folder(), &name), e))?;
            let lease = Lease::take(lock_path(book.folder(), &name), month, holder, &run)?;
            return Ok(Lock(Held::Lease(lease)));
        }
        let failed = |e: std::io::Error| failed(&lock_path(book.folder(), &name), e);
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
        Ok(Lock(Held::File(file)))
    }

    /// Waits for a lock on what several runs may write at once, each for a moment.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub(super) fn wait(book: &Book, name: &str) -> Result<Self> {
        let file = open(book, name)?;
        file.lock().map_err(|e| failed(&lock_path(book.folder(), name), e))?;
        Ok(Lock(Held::File(file)))
    }
}

/// The file of a lock; it is made where there is none.
fn open(book: &Book, name: &str) -> Result<File> {
    let path = lock_path(book.folder(), name);
    let folder = book.folder().join(LOCKS);
    [&folder, &staging_root(book.folder())].into_iter().try_for_each(|own| no_link(own))?;
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
        let book = Book::at(folder.path());
        let holder = Holder { host: "here".to_owned(), pid: 1, since: String::new() };
        let month = Month::parse("2026-04").unwrap();
        let lock = Lock::take(&book, month, &holder).unwrap();
        // As a program inherits it between its start and its first instruction.
        let Held::File(file) = &lock.0 else { panic!("a lease on a disk") };
        let _inherited = file.try_clone().unwrap();
        assert!(Lock::take(&book, month, &holder).is_err());
        drop(lock);
        Lock::take(&book, month, &holder).unwrap();
    }
}
