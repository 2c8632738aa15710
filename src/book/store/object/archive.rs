//! Months of a book in object storage that are archived: `CURRENT` says so, by a conditional write, so that a run that
//! began before loses.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::super::super::places::{ARCHIVED, still_archived, still_whole};
use super::place::InStorage;
use super::pointer::Pointer;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::storage;

/// Makes a month an archived one: its record first, which nobody reads until `CURRENT` says so.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: it cannot be written; the month is still whole.
pub fn set_archived(book: &InStorage, month: Month, record: &str) -> Result<()> {
    let path = book.month(month).join(ARCHIVED);
    put_record(&path, record).map_err(|e| still_whole(&path, e))?;
    mark(book, month, true).map_err(|e| still_whole(&book.current(month), e))?;
    // Another run that was at the month without its lease may have removed it just now.
    put_record(&path, record).map_err(|e| still_whole(&path, e))
}

/// Puts the record there, in the place of one that a run left which was cut short. No object is written over, which a
/// bucket may forbid.
fn put_record(path: &Path, record: &str) -> io::Result<()> {
    storage::forget(path);
    match storage::create(path, record.to_owned()) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            storage::remove(path)?;
            storage::create(path, record.to_owned()).map(drop)
        }
        created => created.map(drop),
    }
}

/// Makes an archived month one of the book's again. Its record goes then; where that fails, nobody reads it.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: it cannot be written; the month is still archived.
pub fn set_whole(book: &InStorage, month: Month) -> Result<()> {
    mark(book, month, false).map_err(|e| still_archived(&book.current(month), e))?;
    let path = book.month(month).join(ARCHIVED);
    if let Err(error) = storage::remove(&path) {
        tracing::warn!(record = %path.display(), %error, "could not be removed");
    }
    storage::forget(&path);
    Ok(())
}

/// Has `CURRENT` say whether the month is archived, if it is as it was seen.
fn mark(book: &InStorage, month: Month, is_archived: bool) -> io::Result<()> {
    let seen = book.pointer(month).map_err(io::Error::other)?;
    let seen = seen.ok_or_else(|| io::Error::other("the month is not published"))?;
    let mut marked = Pointer::clone(&seen);
    marked.is_archived = is_archived;
    marked.version = storage::replace(&book.current(month), marked.text(), &seen.version)?;
    book.seen.set(month, marked);
    Ok(())
}
