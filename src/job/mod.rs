//! What was meant: command line and job file, resolved and checked.
//!
//! The last reader of the clock and the environment. Nothing downstream sees the command line.

mod ask;
mod file;
mod machine;
mod recorded_run;
mod replace;
mod rerun;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::book::{Book, Holder};
use crate::catalog::{self, Version};
use crate::cli::{CorrectionArgs, InputArgs, LogFormat, MachineArgs, SpeakArgs};
use crate::input::logs::Mapping;
use file::JobFile;

pub use machine::Machine;
pub use recorded_run::{Again, Correction, Corrections, RecordedFile};
pub use replace::Replacement;

pub use ask::{diff, explain, focus, reconcile, state_import, state_show, status, verify};
pub use rerun::{later, rerun, what_if};

/// What becomes of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is published.
    Publish,
    /// It is told what would be published.
    DryRun,
    /// It is only checked that all is well.
    Check,
}

/// What the month starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpeningChoice {
    /// The closing state of the month before, in the book.
    Book,
    /// No history.
    Genesis,
    /// A state file.
    File(PathBuf),
    /// A state file that a manifest records.
    Recorded(RecordedFile),
    /// The closing state of this revision of the month before, whether or not it is in force.
    Revision(String),
    /// The state that was imported for the month, whose `state.parquet` has this SHA-256, whether
    /// or not the month before is in the book by now.
    Imported(String),
}

/// A run, fully resolved.
#[derive(Debug, Clone)]
pub struct Job {
    /// What becomes of the result.
    pub purpose: Purpose,
    /// The month.
    pub month: Month,
    /// The catalogue that bills it.
    pub catalog: Version,
    /// Where the change log is.
    pub changes: Vec<PathBuf>,
    /// Where the usage log is.
    pub usage: Vec<PathBuf>,
    /// The book; a check or a dry run may do without.
    pub book: Option<Book>,
    /// What the month starts from.
    pub opening: OpeningChoice,
    /// Whether the month may be billed on an opening state that is stale.
    pub stale_ok: bool,
    /// How a later revision is published.
    pub correction: Correction,
    /// What a rerun takes from the manifest.
    pub again: Again,
    /// Names of the usage log's columns.
    pub map_usage: Mapping,
    /// Names of the change log's columns.
    pub map_changes: Mapping,
    /// Whether usage has event ids.
    pub event_ids: bool,
    /// The largest share of rows that may be unreadable.
    pub max_reject_share: Decimal,
    /// Threads and memory.
    pub machine: Machine,
    /// Who runs it, for the lock and `run.json`.
    pub holder: Holder,
    /// Runs since it started.
    pub stopwatch: std::time::Instant,
}

impl Job {
    /// Where what exceeds the memory budget is kept meanwhile: with the book that the job writes
    /// in, since there must be room for a month.
    pub fn spill_folder(&self) -> &Path {
        match &self.book {
            Some(book) if self.purpose == Purpose::Publish => book.folder(),
            _ => &self.machine.scratch,
        }
    }
}

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
pub fn resolve(args: &InputArgs, correction: &CorrectionArgs, purpose: Purpose) -> Result<Job> {
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
    Ok(Job {
        purpose,
        month,
        catalog: catalog::load(
            &catalog.ok_or_else(|| missing("catalog", "a TOML file or a folder of them"))?,
            month,
        )?,
        changes: required(changes, "changes", "the change log's files")?,
        usage: required(usage, "usage", "the usage log's files")?,
        book: book.as_deref().map(Book::at),
        opening,
        stale_ok: args.opening.as_deref() == Some("stale-ok"),
        correction: Correction::of(correction, started_at)?,
        again: Again::default(),
        map_usage: mapping(&args.map_usage, &file.map_usage, "--map-usage")?,
        map_changes: mapping(&args.map_changes, &file.map_changes, "--map-changes")?,
        event_ids: !(args.no_event_ids || file.no_event_ids.unwrap_or(false)),
        max_reject_share: reject_share(share.as_deref().unwrap_or(MAX_REJECT_SHARE))
            .map_err(|e| of_file(e, args.max_reject_share.is_some()))?,
        machine,
        holder: holder(started_at),
        stopwatch,
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
