//! A month, and the later ones whose opening state changes with it.

use super::request::{Purpose, Request};
use super::{Report, inputs, run_locked};
use crate::base::calendar::Month;
use crate::base::error::{Error, Kind, Result};
use crate::base::progress::Progress;
use crate::book::{self, Book, Lock, OpeningRecord, Role};

/// Bills a month and, where the request asks for that, bills the later months again that are stale then, in
/// order. `told` is given each month's report when the month is done.
///
/// # Errors
/// Whatever stops a month; those told of before are published then, and the later ones stay
/// stale until they are billed again.
pub fn run_all(
    request: &Request,
    progress: Progress<'_>,
    told: &mut dyn FnMut(&Report),
) -> Result<()> {
    let cascade = match &request.book {
        Some(book) if request.correction.cascade && request.purpose == Purpose::Publish => {
            Some((book, chain(book, request.month)?))
        }
        _ => None,
    };
    // All that could stop a later month is looked at before the first one is published.
    let later = cascade.as_ref().map_or(&[][..], |(_, months)| months);
    let _locks = locked(request, later)?;
    for &month in later {
        can_bill_again(request, month)?;
    }
    let first = run_locked(request, progress)?;
    told(&first);
    let Some((book, months)) = cascade else { return Ok(()) };
    let mut done = vec![first.headline()];
    for month in months {
        if book.stale(month)?.is_some() {
            let later = request.of_later_month(month);
            let report = later.and_then(|later| run_locked(&later, progress));
            let report = report.map_err(|e| e.after(&done))?;
            told(&report);
            done.push(report.headline());
        }
    }
    Ok(())
}

/// The published months after `month`, each opened with the closing state of the one before.
pub(super) fn chain(book: &Book, month: Month) -> Result<Vec<Month>> {
    let mut months = Vec::new();
    let mut next = month.next();
    while let Some(revision) = book.current(next)? {
        if !matches!(revision.manifest.opening, OpeningRecord::Book { .. }) {
            break;
        }
        months.push(next);
        next = next.next();
    }
    Ok(months)
}

/// Takes the locks of all months that may be published, before the long work: a book that cannot
/// be written is found out at once. What a crash cut short is completed first.
pub(super) fn locked(request: &Request, later: &[Month]) -> Result<Vec<Lock>> {
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
    check_base(request, book)?;
    Ok(locks)
}

/// Makes sure that the manifest which a rerun was made from is still that of the revision in
/// force: it was read before the lock was taken.
fn check_base(request: &Request, book: &Book) -> Result<()> {
    let Some(based_on) = &request.based_on else { return Ok(()) };
    let in_force = book.current(request.month)?.map(|revision| revision.name);
    if in_force.as_ref() == Some(based_on) {
        return Ok(());
    }
    let in_force = in_force.unwrap_or_default();
    let message = format!("{} is in force by now as {in_force}, not as {based_on}", request.month);
    Err(Error::new(Kind::Locked, message).hint("run again, from what that revision records"))
}

/// Makes sure that a later month has a reason and its inputs.
fn can_bill_again(request: &Request, month: Month) -> Result<()> {
    if request.correction.reason.is_none() {
        return Err(Error::usage(format!("--cascade may publish a further revision of {month}"))
            .expected("--reason TEXT, which its notes will carry"));
    }
    let later = request.of_later_month(month)?;
    inputs::files(&later.inputs.usage.recorded, &later.inputs.usage.given, Role::Usage)?;
    inputs::files(&later.inputs.changes.recorded, &later.inputs.changes.given, Role::Changes)?;
    Ok(())
}
