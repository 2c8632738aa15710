//! What of a book's folder the program makes for itself, or for readers; and how folders are looked at.

use std::path::{Path, PathBuf};

use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;

/// The file of a month that names the revision in force.
pub const CURRENT: &str = "CURRENT";

/// The folder with what is in force, by table.
pub const CURRENT_TABLES: &str = "current";

/// The journal of a book.
pub const JOURNAL: &str = ".journal";

/// The file of an archived month that says so.
pub const ARCHIVED: &str = "ARCHIVED";

/// The folder of the locks.
pub(super) const LOCKS: &str = ".lock";

/// A lock of a book, or a lease, by its name.
pub(super) fn lock_path(book: &Path, name: &str) -> PathBuf {
    book.join(LOCKS).join(name)
}

/// Where revisions of a book are made.
pub(super) fn staging_root(book: &Path) -> PathBuf {
    book.join(".staging")
}

/// Where imported openings of a book lie.
pub(super) fn imports_root(book: &Path) -> PathBuf {
    book.join("openings")
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
pub(super) fn is_folder(path: &Path) -> Result<bool> {
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

/// The months that folders in a folder are named by, in order.
pub(super) fn months_in(folder: &Path) -> Result<Vec<Month>> {
    let mut months: Vec<Month> =
        entries(folder)?.iter().filter_map(|name| Month::parse(name)).collect();
    months.sort();
    Ok(months)
}

/// That a file or folder of a book cannot be written.
pub(super) fn unwritable(path: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::BOOK_UNWRITABLE, "cannot be written")
        .in_file(path)
        .caused_by(cause)
        .hint("check the disk's free space and that this user may write to the book")
}

/// That the disk has not taken a folder.
pub(super) fn unflushed(folder: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::NOT_FLUSHED, "could not be flushed to the disk")
        .in_file(folder)
        .caused_by(cause)
        .hint("run the same command again once the disk answers")
}

/// That a month cannot be made an archived one.
pub(super) fn still_whole(record: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::BOOK_UNWRITABLE, "cannot be written").in_file(record).caused_by(cause).hint(
        "check the disk's free space and that this user may write to the book; the month is still \
         whole in it",
    )
}

/// That an archived month cannot be made one of the book's again.
pub(super) fn still_archived(record: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::BOOK_UNWRITABLE, "cannot be removed: the month is still archived")
        .in_file(record)
        .caused_by(cause)
        .hint("check that this user may write to the book")
}
