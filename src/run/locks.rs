//! The locks of the months that a run may publish.

use super::request::{Purpose, Request};
use crate::base::calendar::Month;
use crate::base::error::{Error, Kind, Result};
use crate::book::{self, Book, Lock};

/// Takes the locks of all months that may be published, before the long work: a book that cannot
/// be written is found out at once. What a crash cut short is completed first.
pub(super) fn take(request: &Request, later: &[Month]) -> Result<Vec<Lock>> {
    let Some(book) = request.book.as_ref().filter(|_| request.purpose == Purpose::Publish) else {
        return Ok(Vec::new());
    };
    let months = std::iter::once(request.month).chain(later.iter().copied());
    let lock = |month| {
        let lock = Lock::take(book, month, &request.process.holder)?;
        book.recover(month)?;
        book.complete_journal(month)?;
        book::clear_staging(book, month)?;
        Ok(lock)
    };
    let locks = months.map(lock).collect::<Result<_>>()?;
    check_based_on(request, book)?;
    Ok(locks)
}

/// Makes sure that the manifest which a rerun was made from is still that of the revision in
/// force: it was read before the lock was taken.
fn check_based_on(request: &Request, book: &Book) -> Result<()> {
    let Some(based_on) = &request.based_on else { return Ok(()) };
    let in_force = book.current(request.month)?.map(|revision| revision.name);
    let message = match in_force {
        Some(name) if name == *based_on => return Ok(()),
        Some(name) => format!("{} is in force by now as {name}, not as {based_on}", request.month),
        None => format!("{} is not in the book any more as {based_on}", request.month),
    };
    Err(Error::new(Kind::Locked, message).hint("run again, from what that revision records"))
}
