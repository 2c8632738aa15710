//! What of a book's folder the program keeps for itself.

use std::path::PathBuf;

use super::months::Book;

/// The folder of the locks.
pub(super) const LOCKS: &str = ".lock";

/// A lock, or a lease, by its name.
pub(super) fn lock_path(book: &Book, name: &str) -> PathBuf {
    book.folder().join(LOCKS).join(name)
}

/// Where revisions are made.
pub(super) fn staging_root(book: &Book) -> PathBuf {
    book.folder().join(".staging")
}
