//! What was meant: command line and job file, resolved and checked.
//!
//! The last reader of the clock and the environment. Nothing downstream sees the command line.

mod ask;
mod file;
mod machine;
mod replacements;
mod rerun;

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::book::{Book, Holder};
use crate::catalog;
use crate::cli::{CorrectionArgs, InputArgs, LogFormat, MachineArgs, SpeakArgs};
use crate::input::logs::Mapping;
use crate::run::request::{
    Correction, Corrections, DroppedEvents, Inputs, Log, Machine, OpeningChoice, Process, Purpose,
    Request,
};
use file::JobFile;

pub use ask::{diff, explain, focus, reconcile, state_import, state_show, status, verify};
pub use rerun::{rerun, what_if};

/// How a run speaks; no part of what it does.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Whether the result is printed as JSON.
    pub json: bool,
    /// The log's form.
    pub log_format: LogFormat,
    /// Whether more is said.
    pub verbose: bool,
    /// Whether less is said.
    pub quiet: bool,
}

/// The share of unreadable rows that stops a run unless told otherwise: 0.1 %.
const MAX_REJECT_SHARE: &str = "0.001";

impl Manner {
    /// How the command line wants the run to speak.
    pub fn of(args: &SpeakArgs) -> Self {
        Manner {
            json: args.json,
            log_format: args.log_format.unwrap_or(LogFormat::Text),
            verbose: args.verbose,
            quiet: args.quiet,
        }
    }
}

/// Resolves what was typed.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is missing or wrong, the job file cannot be
/// understood, or no catalogue is in force.
#[expect(clippy::disallowed_methods, reason = "the edge: the clock and the machine are read here")]
pub fn resolve(args: &InputArgs, correction: &CorrectionArgs, purpose: Purpose) -> Result<Request> {
    let (started_at, stopwatch) = (Utc::now(), std::time::Instant::now());
    let file = args.job.as_deref().map(JobFile::read).transpose()?.unwrap_or_default();
    // What was not typed is the job file's.
    let of_file = |error: Error, typed: bool| match &args.job {
        Some(job) if !typed => error.in_file(job),
        _ => error,
    };
    let month = month(args.month.as_deref().or(file.month.as_deref()), started_at)
        .map_err(|e| of_file(e, args.month.is_some()))?;
    let catalog = args.catalog.clone().map(Ok).or(file.path("catalog", Some(month))).transpose()?;
    let changes = either(&args.changes, file.paths("changes", month))?;
    let usage = either(&args.usage, file.paths("usage", month))?;
    let book = args.book.clone().map(Ok).or(file.path("book", Some(month))).transpose()?;
    let opening = match args.opening.as_deref() {
        Some("book" | "stale-ok") => OpeningChoice::Book,
        Some("genesis") => OpeningChoice::Genesis,
        Some(path) => OpeningChoice::File(path.into()),
        None => file.opening(month)?,
    };
    if book.is_none() && (purpose == Purpose::Publish || opening == OpeningChoice::Book) {
        return Err(missing("book", "the folder that months are published in"));
    }
    let share = args.max_reject_share.clone().or(file.max_reject_share.clone());
    let MachineArgs { threads, memory_budget } = &args.machine;
    let memory = memory_budget.as_deref().or(file.memory_budget.as_deref());
    let machine = Machine {
        threads: machine::threads(threads.or(file.threads))
            .map_err(|e| of_file(e, threads.is_some()))?,
        memory: machine::memory(memory).map_err(|e| of_file(e, memory_budget.is_some()))?,
        scratch: machine::scratch(),
    };
    Ok(Request {
        purpose,
        month,
        book: book.as_deref().map(Book::at),
        catalog: catalog::load(
            &catalog.ok_or_else(|| missing("catalog", "a TOML file or a folder of them"))?,
            month,
        )?,
        inputs: Inputs {
            changes: Log {
                recorded: Vec::new(),
                given: required(changes, "changes", "the change log's files")?,
                columns: mapping(&args.map_changes, &file.map_changes, "--map-changes")?,
            },
            usage: Log {
                recorded: Vec::new(),
                given: required(usage, "usage", "the usage log's files")?,
                columns: mapping(&args.map_usage, &file.map_usage, "--map-usage")?,
            },
            dropped: DroppedEvents::default(),
            event_ids: !(args.no_event_ids || file.no_event_ids.unwrap_or(false)),
            max_reject_share: reject_share(share.as_deref().unwrap_or(MAX_REJECT_SHARE))
                .map_err(|e| of_file(e, args.max_reject_share.is_some()))?,
        },
        opening,
        stale_ok: args.opening.as_deref() == Some("stale-ok"),
        accounts: None,
        correction: correction_of(correction, started_at)?,
        based_on: None,
        corrections: Corrections::default(),
        process: Process { machine, holder: holder(started_at), stopwatch },
    })
}

fn missing(option: &str, what: &str) -> Error {
    Error::usage(format!("--{option} is missing"))
        .expected(format!("--{option} on the command line or `{option}` in the job file: {what}"))
}

fn required(paths: Vec<PathBuf>, option: &str, what: &str) -> Result<Vec<PathBuf>> {
    if paths.is_empty() { Err(missing(option, what)) } else { Ok(paths) }
}

fn either(typed: &[PathBuf], file: Result<Vec<PathBuf>>) -> Result<Vec<PathBuf>> {
    if typed.is_empty() { file } else { Ok(typed.to_vec()) }
}

fn month(text: Option<&str>, now: DateTime<Utc>) -> Result<Month> {
    let text = text.ok_or_else(|| missing("month", "such as 2026-04, or `previous`"))?;
    if text == "previous" {
        return Ok(Month::of_date(now.date_naive()).previous());
    }
    Month::parse(text).ok_or_else(|| {
        Error::usage(format!("--month {text} is no month"))
            .expected("a month such as 2026-04, or `previous`")
    })
}

fn mapping(typed: &[String], file: &Mapping, option: &str) -> Result<Mapping> {
    let mut mapping = file.clone();
    for pair in typed {
        let (ours, theirs) = pair.split_once('=').ok_or_else(|| {
            Error::usage(format!("{option} {pair} maps nothing"))
                .expected(format!("pairs such as {option} at=timestamp"))
        })?;
        mapping.insert(ours.trim().to_owned(), theirs.trim().to_owned());
    }
    Ok(mapping)
}

fn reject_share(text: &str) -> Result<Decimal> {
    let share = Decimal::from_str_exact(text).ok();
    share.filter(|share| (Decimal::ZERO..=Decimal::ONE).contains(share)).ok_or_else(|| {
        Error::usage(format!("--max-reject-share {text} is no share"))
            .expected("a number from 0 to 1, such as 0.001 for one row in a thousand")
    })
}

/// Who runs this job.
fn holder(since: DateTime<Utc>) -> Holder {
    let since = since.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    Holder { host: host_name(), pid: std::process::id(), since }
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// How a later revision is published, with today's date where none was said.
fn correction_of(args: &CorrectionArgs, now: DateTime<Utc>) -> Result<Correction> {
    let reason = args.reason.as_deref().map(str::trim);
    if reason.is_some_and(|reason| reason.is_empty() || reason.contains(char::is_control)) {
        return Err(Error::usage("--reason is empty or holds control characters")
            .expected("one line of text, which every note will carry"));
    }
    let issued_on = args.issued_on.as_deref().map(date).transpose()?;
    Ok(Correction {
        reason: reason.map(str::to_owned),
        notes_on: issued_on.unwrap_or_else(|| now.date_naive()),
        invoices_on: issued_on,
        cascade: args.cascade,
        differences: args.differences.clone(),
    })
}

fn date(text: &str) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| {
        Error::usage(format!("--issued-on {text} is no date")).expected("a date such as 2026-06-15")
    })
}
