//! What of a book's folder the program makes for itself, or for readers.

use std::path::{Path, PathBuf};

/// The folder with what is in force, by table.
pub const CURRENT_TABLES: &str = "current";

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
