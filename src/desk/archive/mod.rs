//! Old months leave the book for an archive, and come back.

mod moved;
mod put_back;
mod request;
mod sound;
mod store;

use crate::base::error::{Code, Error, Result};
use crate::book::Book;

pub use put_back::put_back;
pub use request::{ArchiveRequest, PutBackRequest};
pub use store::archive;

/// Makes sure that a book is on a disk: what is old in object storage the bucket's own rules move to where it costs
/// less.
fn on_a_disk(book: &Book) -> Result<()> {
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
