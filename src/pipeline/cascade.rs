//! A month, and the later ones whose opening state changes with it.

use super::{Progress, Report, inputs, run_locked};
use crate::book::{Book, Lock, OpeningRecord};
use crate::calendar::Month;
use crate::error::{Error, Result};
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
    let _locks = locks(job, later)?;
    for &month in later {
        can_bill_again(job, month)?;
    }
    told(&run_locked(job, progress)?);
    let Some((book, months)) = cascade else { return Ok(()) };
    for month in months {
        if book.stale(month)?.is_some() {
            told(&run_locked(&job::later(job, month)?, progress)?);
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

fn locks(job: &Job, later: &[Month]) -> Result<Vec<Lock>> {
    match (&job.book, job.purpose) {
        (Some(book), Purpose::Publish) => std::iter::once(&job.month)
            .chain(later)
            .map(|&month| Lock::take(book, month, &job.holder))
            .collect(),
        _ => Ok(Vec::new()),
    }
}

/// Makes sure that a later month has a reason and its inputs.
fn can_bill_again(job: &Job, month: Month) -> Result<()> {
    if job.correction.reason.is_none() {
        return Err(Error::usage(format!("--cascade may publish a further revision of {month}"))
            .expected("--reason TEXT, which its notes will carry"));
    }
    let later = job::later(job, month)?;
    inputs::files(&later.again.usage, &later.usage, "usage log")?;
    inputs::files(&later.again.changes, &later.changes, "change log")?;
    Ok(())
}
