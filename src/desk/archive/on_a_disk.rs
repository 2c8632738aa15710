//! A book in object storage has no archive.

use crate::base::error::{Code, Error, Result};
use crate::book::Book;

/// Makes sure that a book is on a disk: what is old in object storage the bucket's own rules move to where it costs
/// less.
pub(super) fn on_a_disk(book: &Book) -> Result<()> {
    if !book.is_in_storage() {
        return Ok(());
    }
    Err(Error::new(Code::ARCHIVE_PLACE, "a book in object storage has no archive")
        .in_file(book.folder())
        .expected("a book on a disk")
        .hint(
            "let a rule of the bucket move what is old to a class that costs less: docs/OPERATIONS.md has one; \
             monthend book copy makes a copy",
        ))
}
