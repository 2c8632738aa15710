//! A month from its logs to its publication, and the later ones whose opening state changes with it.

use super::inputs;
use super::prepare::prepare;
use super::publish::publish;
use super::report::Report;
use super::request::{Inputs, Purpose, Request};
use super::stages::Stages;
use super::status::later_months;
use crate::base::calendar::Month;
use crate::base::error::{Error, Kind, Result};
use crate::base::progress::Progress;
use crate::book::{self, Book, Lock, Role};

/// Bills a month.
///
/// # Errors
/// Whatever stops it; nothing is published then.
pub fn run(request: &Request, progress: Progress<'_>) -> Result<Report> {
    let _locks = locked(request, &[])?;
    run_locked(request, progress)
}

/// Bills a month that is locked, where it publishes.
fn run_locked(request: &Request, progress: Progress<'_>) -> Result<Report> {
    let threads = request.process.machine.threads;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Error::usage("the threads cannot be started").caused_by(e))?;
    pool.install(|| {
        let mut stages = Stages::start(&request.process, progress);
        let prepared = prepare(request, &mut stages)?;
        publish(request, &prepared, &prepared.replay(&request.catalog.catalog), &mut stages)
    })
}

/// Bills a month and, where the request asks for that, bills the later months again that are stale
/// then, in order. `on_report` is given each month's report when the month is done.
///
/// # Errors
/// Whatever stops a month; those reported before are published then, and the later ones stay
/// stale until they are billed again.
pub fn run_all(
    request: &Request,
    progress: Progress<'_>,
    on_report: &mut dyn FnMut(&Report),
) -> Result<()> {
    let cascades = request.correction.cascade && request.purpose == Purpose::Publish;
    let cascade = request.book.as_ref().filter(|_| cascades);
    // All that could stop a later month is looked at before the first one is published.
    let later = match cascade {
        Some(book) => later_months(book, request.month)?,
        None => Vec::new(),
    };
    let _locks = locked(request, &later)?;
    for &month in &later {
        can_bill_again(request, month)?;
    }
    let first = run_locked(request, progress)?;
    on_report(&first);
    let mut done = vec![first.headline()];
    let Some(book) = cascade else { return Ok(()) };
    for month in later {
        if book.stale(month)?.is_some() {
            let later = request.of_later_month(month);
            let report = later.and_then(|later| run_locked(&later, progress));
            let report = report.map_err(|e| e.after(&done))?;
            on_report(&report);
            done.push(report.headline());
        }
    }
    Ok(())
}

/// Makes sure that a later month has a reason and its inputs.
fn can_bill_again(request: &Request, month: Month) -> Result<()> {
    if request.correction.reason.is_none() {
        return Err(Error::usage(format!("--cascade may publish a further revision of {month}"))
            .expected("--reason TEXT, which its notes will carry"));
    }
    let later = request.of_later_month(month)?;
    let Inputs { usage, changes, dropped, .. } = &later.inputs;
    inputs::files(&usage.recorded, &usage.given, Role::Usage, &later.names)?;
    inputs::files(&changes.recorded, &changes.given, Role::Changes, &later.names)?;
    inputs::files(&dropped.recorded, &[], Role::DropEvents, &later.names)?;
    Ok(())
}

/// Takes the locks of all months that may be published, before the long work: a book that cannot
/// be written is found out at once. What a crash cut short is completed first.
fn locked(request: &Request, later: &[Month]) -> Result<Vec<Lock>> {
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
