//! A month, and the later ones whose opening state changes with it.

use super::{Report, inputs, run_locked};
use crate::base::calendar::Month;
use crate::base::error::{Error, Kind, Result};
use crate::base::progress::Progress;
use crate::book::{self, Book, Lock, OpeningRecord};
use crate::job::{self, Job, Purpose};

/// Runs a job and, where it asks for that, bills the later months again that are stale then, in
/// order. `told` is given each month's report when the month is done.
///
/// # Errors
/// Whatever stops a month; those told of before are published then, and the later ones stay
/// stale until the job is run again.
pub fn run_all(job: &Job, progress: Progress<'_>, told: &mut dyn FnMut(&Report)) -> Result<()> {
    let cascade = match &job.book {
        Some(book) if job.correction.cascade && job.purpose == Purpose::Publish => {
            Some((book, chain(book, job.month)?))
        }
        _ => None,
    };
    // All that could stop a later month is looked at before the first one is published.
    let later = cascade.as_ref().map_or(&[][..], |(_, months)| months);
    let _locks = locked(job, later)?;
    for &month in later {
        can_bill_again(job, month)?;
    }
    let first = run_locked(job, progress)?;
    told(&first);
    let Some((book, months)) = cascade else { return Ok(()) };
    let mut done = vec![first.headline()];
    for month in months {
        if book.stale(month)?.is_some() {
            let again = job::later(job, month).and_then(|job| run_locked(&job, progress));
            let report = again.map_err(|e| e.after(&done))?;
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
pub(super) fn locked(job: &Job, later: &[Month]) -> Result<Vec<Lock>> {
    let Some(book) = job.book.as_ref().filter(|_| job.purpose == Purpose::Publish) else {
        return Ok(Vec::new());
    };
    let months = std::iter::once(job.month).chain(later.iter().copied());
    let lock = |month| {
        let lock = Lock::take(book, month, &job.holder)?;
        book.recover(month)?;
        book.complete_journal(month)?;
        book::clear_staging(book, month)?;
        Ok(lock)
    };
    let locks = months.map(lock).collect::<Result<_>>()?;
    check_base(job, book)?;
    Ok(locks)
}

/// Makes sure that the manifest which a rerun was made from is still that of the revision in
/// force: it was read before the lock was taken.
fn check_base(job: &Job, book: &Book) -> Result<()> {
    let Some(based_on) = &job.again.based_on else { return Ok(()) };
    let in_force = book.current(job.month)?.map(|revision| revision.name);
    if in_force.as_ref() == Some(based_on) {
        return Ok(());
    }
    let in_force = in_force.unwrap_or_default();
    let message = format!("{} is in force by now as {in_force}, not as {based_on}", job.month);
    Err(Error::new(Kind::Locked, message).hint("run again, from what that revision records"))
}

/// Makes sure that a later month has a reason and its inputs.
fn can_bill_again(job: &Job, month: Month) -> Result<()> {
    if job.correction.reason.is_none() {
        return Err(Error::usage(format!("--cascade may publish a further revision of {month}"))
            .expected("--reason TEXT, which its notes will carry"));
    }
    let later = job::later(job, month)?;
    inputs::files(&later.again.usage, &later.usage, inputs::USAGE)?;
    inputs::files(&later.again.changes, &later.changes, inputs::CHANGES)?;
    Ok(())
}
