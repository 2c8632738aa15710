//! A month from its logs to its publication, and the later ones whose opening state changes with it.

use rayon::ThreadPool;

use super::documents::check_issued_on;
use super::earlier_documents;
use super::expectations;
use super::inputs;
use super::prepare::prepare;
use super::publish::publish;
use super::report::Report;
use super::request::{Inputs, Purpose, Request};
use super::stages::Stages;
use super::status::later_months;
use crate::base::calendar::Month;
use crate::base::error::{Error, Kind, Result};
use crate::base::progress::{Progress, Step};
use crate::base::threads;
use crate::book::{self, Book, Holder, Lock, Role};

/// Bills a month.
///
/// # Errors
/// Whatever stops it; nothing is published then.
pub fn run(request: &Request, progress: Progress<'_>) -> Result<Report> {
    let threads = threads::start(request.process.machine.threads)?;
    let _locks = locked(request, &[], progress)?;
    run_locked(request, &threads, progress)
}

/// Bills a month that is locked, where it publishes.
fn run_locked(request: &Request, threads: &ThreadPool, progress: Progress<'_>) -> Result<Report> {
    threads.install(|| {
        let mut stages = Stages::start(&request.process, progress);
        let prepared = prepare(request, &mut stages)?;
        publish(request, &prepared, &prepared.replay(&request.catalog.catalog), &mut stages)
    })
}

/// Bills a month and, where the request asks for that, bills the later months again that are stale
/// then, in order. `on_report` is given each month's report when the month is done, and `progress`
/// is told of each revision as soon as it is in force.
///
/// # Errors
/// Whatever stops a month; what `progress` was told of before is published then, and the later
/// months stay stale until they are billed again.
pub fn run_all(
    request: &Request,
    progress: Progress<'_>,
    on_report: &mut dyn FnMut(&Report),
) -> Result<()> {
    expectations::check_is_over(request)?;
    let cascades = request.correction.cascade && request.purpose == Purpose::Publish;
    let cascade = request.book.as_ref().filter(|_| cascades);
    // All that could stop a later month is looked at before the first one is published.
    let later = match cascade {
        Some(book) => later_months(book, request.month)?,
        None => Vec::new(),
    };
    let threads = threads::start(request.process.machine.threads)?;
    let _locks = locked(request, &later, progress)?;
    for &month in &later {
        can_bill_again(request, month)?;
    }
    on_report(&run_locked(request, &threads, progress)?);
    let Some(book) = cascade else { return Ok(()) };
    for month in later {
        if book.stale(month)?.is_some() {
            let later = request.of_later_month(month)?;
            on_report(&run_locked(&later, &threads, progress)?);
        }
    }
    Ok(())
}

/// Makes sure that a later month has a reason, its inputs, and a date that its notes can bear.
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
    let issued_on = request.correction.invoices_on;
    let published = request.book.as_ref().filter(|_| issued_on.is_some());
    if let Some(revision) = published.map(|book| book.current(month)).transpose()?.flatten() {
        let latest = earlier_documents::latest(revision.tables()?, month)?;
        check_issued_on(issued_on, latest.as_ref())?;
    }
    Ok(())
}

/// Takes the locks of all months that may be published, before the long work: a book that cannot
/// be written is found out at once. What a crash cut short is completed first.
fn locked(request: &Request, later: &[Month], progress: Progress<'_>) -> Result<Vec<Lock>> {
    let Some(book) = &request.book else { return Ok(Vec::new()) };
    if request.purpose != Purpose::Publish {
        return book.not_archived(request.month).map(|()| Vec::new());
    }
    let months = std::iter::once(request.month).chain(later.iter().copied());
    let lock = |month| {
        let lock = Lock::take(book, month, &request.process.holder)?;
        book.not_archived(month)?;
        if let Some(revision) = book.recover(month)? {
            progress(Step::Published { month, revision });
        }
        book.complete_journal(month)?;
        book::clear_staging(book, month)?;
        Ok(lock)
    };
    let locks = months.map(lock).collect::<Result<_>>()?;
    check_based_on(request, book)?;
    Ok(locks)
}

/// Puts in force what a crash kept from it, so that a rerun is made from that; gives the revision, if
/// there was one.
///
/// # Errors
/// [`Kind::Locked`] where another run holds the month's lock, [`Kind::Book`] where the book cannot be
/// written.
pub fn complete(book: &Book, month: Month, holder: &Holder) -> Result<Option<u32>> {
    // Where the month is not published, there is nothing to write.
    if book.current(month)?.is_none() {
        return Ok(None);
    }
    let _lock = Lock::take(book, month, holder)?;
    book.not_archived(month)?;
    book.recover(month)
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
