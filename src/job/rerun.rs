//! What `rerun` means: a month's manifest, and where the request departs from it.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::Utc;

use super::{ask, correction_of, holder, machine, reject_share, replacements};
use crate::base::error::{Error, Result};
use crate::book::{Book, Manifest, Relocation, Revision};
use crate::catalog;
use crate::cli::{CorrectionArgs, DiffArgs, MachineArgs, RerunArgs};
use crate::run::recorded_run::{RecordedRun, Rerun, published};
use crate::run::request::{Corrections, OpeningChoice, Process, Purpose, Request};

/// Resolves what was typed.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is wrong, or names an input that the manifest does
/// not record; [`crate::base::error::Kind::Book`]: the month is not in the book.
#[expect(clippy::disallowed_methods, reason = "the edge: the clock is read here")]
pub fn rerun(args: &RerunArgs) -> Result<Request> {
    let (started_at, stopwatch) = (Utc::now(), std::time::Instant::now());
    let month = ask::month(&args.month)?;
    let book = ask::book(&args.book)?;
    let moved = ask::moved(&args.moved)?;
    let correction = correction_of(&args.correction, started_at)?;
    let revision = published(&book, month)?;
    let rerun = Rerun {
        purpose: if args.dry_run { Purpose::DryRun } else { Purpose::Publish },
        correction,
        corrections: corrections(args, moved, &revision)?,
        process: Process {
            machine: machine::machine(&args.machine)?,
            holder: holder(started_at),
            stopwatch,
        },
    };
    let mut request = rerun.request(&book, month, &revision)?;
    if let Some(path) = &args.catalog {
        request.catalog = catalog::load(path, month)?;
    }
    match args.opening.as_deref() {
        None => {}
        Some("book") => request.opening = OpeningChoice::Book,
        Some("genesis") => request.opening = OpeningChoice::Genesis,
        Some("stale-ok") => request.keep_opening(&revision.manifest),
        Some(path) => request.opening = OpeningChoice::File(path.into()),
    }
    if let Some(share) = &args.max_reject_share {
        request.inputs.max_reject_share = reject_share(share)?;
    }
    if let Some(list) = &args.drop_events {
        // A list that was given before is read as it is now; it may leave out less than it did.
        let dropped = &mut request.inputs.dropped;
        let before = dropped.recorded.len();
        let is_list = |path: &Path| match (path.canonicalize(), list.canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => path == list,
        };
        dropped.recorded.retain(|recorded| !is_list(&recorded.path));
        dropped.replaces_recorded = dropped.recorded.len() < before;
        dropped.given = Some(list.clone());
    }
    request.accounts = accounts(&args.accounts)?;
    if request.accounts.is_some() {
        only_accounts(args, &book, &mut request, &revision.manifest)?;
    }
    Ok(request)
}

/// Corrections of the logs, as the month's manifest understands them.
fn corrections(
    args: &RerunArgs,
    moved: Vec<Relocation>,
    revision: &Revision,
) -> Result<Corrections> {
    let recorded = RecordedRun::of(revision, &moved);
    let resolve = |option: &str, pairs: &[String], role: &str| {
        replacements::resolve(option, pairs, &recorded.files(role))
    };
    Ok(Corrections {
        replace_usage: resolve("--replace-usage", &args.replace_usage, "usage")?,
        replace_changes: resolve("--replace-changes", &args.replace_changes, "changes")?,
        add_usage: args.add_usage.clone(),
        add_changes: args.add_changes.clone(),
        moved,
    })
}

/// `diff --what-if`: the month under another catalogue, without publishing.
///
/// # Errors
/// As [`rerun`].
#[expect(clippy::disallowed_methods, reason = "the edge: the clock is read here")]
pub fn what_if(args: &DiffArgs) -> Result<Request> {
    let (started_at, stopwatch) = (Utc::now(), std::time::Instant::now());
    let (month, book) = (ask::month(&args.month)?, ask::book(&args.book)?);
    let corrections = Corrections { moved: ask::moved(&args.moved)?, ..Corrections::default() };
    let correction = CorrectionArgs { differences: args.out.clone(), ..CorrectionArgs::default() };
    let rerun = Rerun {
        purpose: Purpose::DryRun,
        correction: correction_of(&correction, started_at)?,
        corrections,
        process: Process {
            machine: machine::machine(&MachineArgs::default())?,
            holder: holder(started_at),
            stopwatch,
        },
    };
    let revision = published(&book, month)?;
    let mut request = rerun.request(&book, month, &revision)?;
    if let Some(path) = &args.catalog {
        request.catalog = catalog::load(path, month)?;
    }
    // Only the catalogue is to differ.
    request.keep_opening(&revision.manifest);
    Ok(request)
}

/// A dispute: what all accounts share must stay as it is, since all others are carried over.
fn only_accounts(
    args: &RerunArgs,
    book: &Book,
    request: &mut Request,
    manifest: &Manifest,
) -> Result<()> {
    let opening = args.opening.as_deref().filter(|opening| *opening != "stale-ok");
    if args.catalog.is_some() || opening.is_some() {
        return Err(Error::usage("--accounts bills some accounts anew, on the same terms as all")
            .expected("no --catalog, and no --opening but stale-ok")
            .hint("bill the whole month again: leave --accounts out"));
    }
    if !request.stale_ok && book.stale(request.month)?.is_some() {
        return Err(Error::input(format!("{} rests on a stale opening state", request.month))
            .hint("bill the whole month again first; or say --opening stale-ok"));
    }
    let stale_ok = request.stale_ok;
    request.keep_opening(manifest);
    request.stale_ok = stale_ok;
    Ok(())
}

/// The accounts of a dispute: ids, or files with one id a line.
fn accounts(given: &[String]) -> Result<Option<BTreeSet<String>>> {
    let mut accounts = BTreeSet::new();
    for one in given {
        let path = Path::new(one);
        if !path.is_file() {
            accounts.insert(one.clone());
            continue;
        }
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::usage("the list of accounts cannot be read")
                .in_file(path)
                .caused_by(e)
                .expected("UTF-8 text with one account id a line")
        })?;
        let lines = text.lines().map(|line| line.trim_end_matches('\r'));
        accounts.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
    }
    if !given.is_empty() && accounts.is_empty() {
        return Err(Error::usage("--accounts names no account")
            .expected("ids, or a file with one id a line"));
    }
    Ok((!accounts.is_empty()).then_some(accounts))
}
