//! Arguments → requests of what accounts are given: money, overage of an incident, credits.

use super::args::{AdjustArgs, GivingArgs, GrantArgs, WaiveArgs};
use super::published;
use super::requests::{Place, correction, job_file, place, purpose};
use crate::base::error::Result;
use crate::book::Book;
use crate::input::grant_request::GrantRequest;
use crate::job::{
    self, AdjustSettings, Giving, GrantSettings, RerunOptions, RerunSettings, WaiveSettings,
};
use crate::run::request::Corrections;

/// The rerun that `adjust` and `waive` come to, but for what they give.
fn giving(args: GivingArgs) -> Result<RerunSettings> {
    let Place { job_file, whereabouts, book } = place(args.book, &args.moved)?;
    let month = job::published_month(&args.month, &book)?;
    let options = RerunOptions {
        purpose: purpose(&args.plan),
        correction: correction(args.correction, args.plan),
        corrections: Corrections { whereabouts, ..Corrections::default() },
        threads: args.machine.threads,
        memory_budget: args.machine.memory_budget,
        findings_exit_code: job::findings_exit_code(args.findings.findings_exit_code, &job_file)?,
        ..RerunOptions::default()
    };
    Ok(RerunSettings { month, book, options })
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
    let mut rerun = giving(args)?;
    rerun.options.accounts = accounts;
    let (book, month) = (rerun.book.clone(), rerun.month);
    let settings = WaiveSettings { rerun, from, until, description };
    job::waiving(settings, &mut |revision| published::note(&book, month, revision))
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
