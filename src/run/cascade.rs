//! A month, and the later ones whose opening state changes with it.

use super::month::run_locked;
use super::report::Report;
use super::request::{Purpose, Request};
use super::{inputs, later_months, locks};
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::base::progress::Progress;
use crate::book::Role;

/// Bills a month and, where the request asks for that, bills the later months again that are stale
/// then, in order. `told` is given each month's report when the month is done.
///
/// # Errors
/// Whatever stops a month; those told of before are published then, and the later ones stay
/// stale until they are billed again.
pub fn run_all(
    request: &Request,
    progress: Progress<'_>,
    told: &mut dyn FnMut(&Report),
) -> Result<()> {
    let cascades = request.correction.cascade && request.purpose == Purpose::Publish;
    let cascade = request.book.as_ref().filter(|_| cascades);
    // All that could stop a later month is looked at before the first one is published.
    let later = match cascade {
        Some(book) => later_months::chain(book, request.month)?,
        None => Vec::new(),
    };
    let _locks = locks::take(request, &later)?;
    for &month in &later {
        can_bill_again(request, month)?;
    }
    let first = run_locked(request, progress)?;
    told(&first);
    let mut done = vec![first.headline()];
    let Some(book) = cascade else { return Ok(()) };
    for month in later {
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

/// Makes sure that a later month has a reason and its inputs.
fn can_bill_again(request: &Request, month: Month) -> Result<()> {
    if request.correction.reason.is_none() {
        return Err(Error::usage(format!("--cascade may publish a further revision of {month}"))
            .expected("--reason TEXT, which its notes will carry"));
    }
    let later = request.of_later_month(month)?.inputs;
    inputs::files(&later.usage.recorded, &later.usage.given, Role::Usage)?;
    inputs::files(&later.changes.recorded, &later.changes.given, Role::Changes)?;
    Ok(())
}
