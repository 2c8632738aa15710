//! A month from its logs to its publication, locked meanwhile.

use rayon::ThreadPool;

use super::draft::{BilledAccounts, check_based_on};
use super::parts;
use super::plan::Plan;
use super::prepare::{Prepared, prepare};
use super::publish::publish;
use super::report::Report;
use super::request::{Purpose, Request};
use super::stages::Stages;
use crate::base::calendar::Month;
use crate::base::error::{Kind, Result};
use crate::base::progress::{Progress, Step};
use crate::base::threads;
use crate::book::{Book, Holder, InputFile, Lock};

/// Bills a month.
///
/// # Errors
/// Whatever stops it; nothing is published then.
pub fn run(request: &Request, progress: Progress<'_>) -> Result<Report> {
    let threads = threads::start(request.process.machine.threads)?;
    let _locks = locked(request, &[], progress)?;
    if request.purpose == Purpose::Publish {
        return Ok(bill(request, &threads, progress)?.report);
    }
    let plan = Plan::begin(None)?;
    Ok(bill(&plan.request(request), &threads, progress)?.report)
}

/// What a month was billed from, and what it came to.
pub(super) struct Billed {
    pub report: Report,
    pub inputs: Vec<InputFile>,
}

/// Bills a month, which is locked where it is published.
pub(super) fn bill(
    request: &Request,
    threads: &ThreadPool,
    progress: Progress<'_>,
) -> Result<Billed> {
    threads.install(|| {
        let mut stages = Stages::start(&request.process, progress);
        let parts = if request.puts_together { None } else { Some(parts::how_many(request)?) };
        let (report, facts) = match parts {
            None => parts::publish_parts(request, &mut stages)?,
            Some(1) => {
                let Prepared { facts, months, .. } = prepare(request, &mut stages)?;
                let replays = &months.replay(&request.catalog.catalog);
                let accounts = BilledAccounts::Here { months: &months, replays };
                (publish(request, &facts, accounts, &mut stages)?, facts)
            }
            Some(parts) => parts::bill_in_turn(request, parts, &mut stages)?,
        };
        Ok(Billed { report, inputs: facts.inputs })
    })
}

/// Takes the locks of all months that may be published, before the long work: a book that cannot
/// be written is found out at once. What a crash cut short is completed first.
pub(super) fn locked(
    request: &Request,
    later: &[Month],
    progress: Progress<'_>,
) -> Result<Vec<Lock>> {
    let Some(book) = &request.book else { return Ok(Vec::new()) };
    if request.purpose != Purpose::Publish {
        return book.not_archived(request.month).map(|()| Vec::new());
    }
    let months = std::iter::once(request.month).chain(later.iter().copied());
    let lock = |month| lock(book, month, &request.process.holder, progress);
    let locks = months.map(lock).collect::<Result<_>>()?;
    book.try_to_renew_current_tables();
    check_based_on(request, book.current(request.month)?.as_ref())?;
    Ok(locks)
}

/// Takes the lock of a month, and makes good what a crash left of it.
fn lock(book: &Book, month: Month, holder: &Holder, progress: Progress<'_>) -> Result<Lock> {
    let (lock, recovered) = book.lock(month, holder)?;
    if let Some(revision) = recovered {
        progress(Step::Published { month, revision });
    }
    Ok(lock)
}

/// Makes good what a crash left of a published month which no run bills now, unless another run is
/// at it.
///
/// # Errors
/// [`Kind::Book`] where the book cannot be written.
pub fn make_good(book: &Book, month: Month, holder: &Holder, progress: Progress<'_>) -> Result<()> {
    if book.archived(month)?.is_none() {
        match lock(book, month, holder, progress) {
            Err(error) if error.kind() != Kind::Locked => return Err(error),
            _ => {}
        }
    }
    book.try_to_renew_current_tables();
    Ok(())
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
