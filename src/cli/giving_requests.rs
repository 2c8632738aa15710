//! Arguments → requests of what accounts are given: money, overage of an incident, credits.

use super::args::{AdjustArgs, GivingArgs, GrantArgs, WaiveArgs};
use super::published;
use super::requests::{Place, correction, job_file, place, purpose};
use crate::base::error::Result;
use crate::book::Book;
use crate::desk::explain::waive::{self, Waivers};
use crate::input::grant_request::GrantRequest;
use crate::job::{self, AdjustSettings, Giving, GrantSettings, RerunSettings, WaiveSettings};

/// The rerun that `adjust` and `waive` come to, but for what they give.
fn giving(args: GivingArgs) -> Result<RerunSettings> {
    let Place { job_file, whereabouts, book } = place(args.book, &args.moved)?;
    let month = job::published_month(&args.month, &book)?;
    Ok(RerunSettings {
        purpose: purpose(&args.plan),
        correction: correction(args.correction, args.plan),
        threads: args.machine.threads,
        memory_budget: args.machine.memory_budget,
        findings_exit_code: job::findings_exit_code(args.findings.findings_exit_code, &job_file)?,
        ..RerunSettings::as_recorded(month, book, whereabouts)
    })
}

/// What `adjust` asks.
pub(super) fn adjust(args: AdjustArgs) -> Result<Giving> {
    let AdjustArgs { account, amount, description, at, id, giving: args } = args;
    let rerun = giving(args)?;
    let (book, month, account) = (rerun.book.clone(), rerun.month, account.into());
    let settings = AdjustSettings { rerun, account, amount, description, at, id };
    job::adjusting(settings, &mut |revision| published::note(&book, month, revision))
}

/// What `waive` asks.
pub(super) fn waive(args: WaiveArgs) -> Result<Giving> {
    let WaiveArgs { accounts, overage: _, from, until, description, giving: args } = args;
    let rerun = RerunSettings { accounts, ..giving(args)? };
    let (book, month) = (rerun.book.clone(), rerun.month);
    let on_completed = &mut |revision| published::note(&book, month, revision);
    let settings = WaiveSettings { rerun, from, until, description };
    let asked = job::waiving(settings, on_completed)?;
    let request = waive::Request {
        book: &book,
        month,
        from: asked.from,
        until: asked.until,
        whereabouts: &asked.rerun.whereabouts,
        accounts: &asked.accounts,
        description: asked.description.as_deref(),
        at: asked.at(),
    };
    let Waivers { adjustments, nothing_for } =
        waive::waivers(&request, &|account| asked.rows(account))?;
    asked.giving(adjustments, nothing_for, on_completed)
}

/// What `grant` asks, and of which book.
pub(super) fn grant(args: GrantArgs) -> Result<(Book, GrantRequest)> {
    let GrantArgs { account, kind, credits, expires, at, reason, id, dry_run, book, output: _ } =
        args;
    let job_file = job_file(&book.job)?;
    let book = book.book;
    let settings = GrantSettings { book, account, kind, credits, expires, at, reason, id, dry_run };
    job::grant_request(settings, &job_file)
}
