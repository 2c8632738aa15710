//! Inputs read, usage rolled up, every account replayed.

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::{Progress, Stages};
use crate::book::{InputFile, OpeningRecord, Revision};
use crate::calendar::Month;
use crate::catalog::Catalog;
use crate::changes::{self, ChangeLog};
use crate::check::ChangeControl;
use crate::digest;
use crate::error::{Error, Place, Result};
use crate::exceptions::{Exception, ExceptionKind};
use crate::job::{Job, OpeningChoice};
use crate::logs::{self, LogFile, Reject, Source, Table};
use crate::opening;
use crate::replay::{Outcome, replay};
use crate::rollup::{Boundaries, UsageControl, local};
use crate::timeline::{self, Opening, Timeline};

/// All that is known before anything is written.
pub struct Prepared {
    /// What the month started from.
    pub opening: Opening,
    /// Where that came from.
    pub opening_record: OpeningRecord,
    /// Every file that went in.
    pub inputs: Vec<InputFile>,
    /// The accounts and their months.
    pub timeline: Timeline,
    /// What each account's month comes to.
    pub outcomes: Vec<Outcome>,
    /// Rows that cannot be billed.
    pub exceptions: Vec<Exception>,
    /// Rows that cannot be read.
    pub rejects: Vec<Reject>,
    /// What became of every usage row.
    pub usage: UsageControl,
    /// What became of every change.
    pub changes: ChangeControl,
}

/// Reads and replays.
///
/// # Errors
/// [`crate::error::Kind::Input`], naming the fault; nothing has been written then.
pub fn prepare(job: &Job, progress: Progress<'_>, stages: &mut Stages) -> Result<Prepared> {
    let usage_table = Table::usage(&job.map_usage, job.event_ids)?;
    let changes_table = Table::changes(&job.map_changes)?;
    let usage = logs::open(logs::find(&job.usage, "usage log")?, &usage_table)?;
    let change_files = logs::open(logs::find(&job.changes, "change log")?, &changes_table)?;
    let catalog = &job.catalog.catalog;
    let (opening, opening_record, opening_file) = open_state(job, catalog)?;
    stages.end("open");

    let mut log = changes::read(&change_files, &changes_table)?;
    let change_rejects = std::mem::take(&mut log.rejects);
    check_rejects(job, "change log", change_rejects.len() as u64, log.rows_read, &change_rejects)?;
    let mut timeline = timeline::build(&opening, &mut log, catalog, job.month);
    let changes = change_control(&log, &timeline, change_rejects.len() as u64);
    stages.end("timeline");

    let boundaries = Boundaries::of(&timeline, matches!(opening, Opening::Genesis));
    let input =
        local::Input { sources: &usage, table: &usage_table, boundaries: &boundaries, progress };
    let files: Vec<(&str, &Source)> = usage
        .iter()
        .map(|s| ("usage", s))
        .chain(change_files.iter().map(|s| ("changes", s)))
        .collect();
    let (rollup, inputs) = rayon::join(|| local::run(&input), || digests(job, &files));
    let (rollup, mut inputs) = (rollup?, inputs?);
    usage.iter().chain(&change_files).try_for_each(Source::check_unchanged)?;
    inputs.extend(opening_file);
    inputs.sort();
    let control = &rollup.control;
    check_rejects(job, "usage log", control.rejected.rows, control.of_concern, &rollup.rejects)?;
    stages.end("rollup");

    let numbers = 0..timeline.accounts.len() as u32;
    let outcomes: Result<Vec<Outcome>> = numbers
        .into_par_iter()
        .map(|number| replay(number, &timeline, &rollup.sums, catalog))
        .collect();
    let outcomes = outcomes?;
    let mut exceptions = std::mem::take(&mut timeline.exceptions).finish();
    exceptions.extend(rollup.exceptions);
    exceptions.extend(unbilled(&outcomes, &timeline));
    exceptions.par_sort();
    let mut rejects = change_rejects;
    rejects.extend(rollup.rejects);
    rejects.sort();
    stages.end("replay");
    Ok(Prepared {
        opening,
        opening_record,
        inputs,
        timeline,
        outcomes,
        exceptions,
        rejects,
        usage: rollup.control,
        changes,
    })
}

/// Finds the opening state and where it comes from.
fn open_state(job: &Job, catalog: &Catalog) -> Result<(Opening, OpeningRecord, Option<InputFile>)> {
    let read = |file: LogFile| opening::read(file, catalog, job.month).map(Opening::States);
    let as_log = |path: &std::path::Path| {
        LogFile::of(path).ok_or_else(|| {
            Error::usage("is of no format that is read")
                .in_file(path)
                .expected("--opening genesis, or a .parquet, .csv or .ndjson file")
        })
    };
    match &job.opening {
        OpeningChoice::Genesis => Ok((Opening::Genesis, OpeningRecord::Genesis, None)),
        OpeningChoice::File(path) => {
            let opening = read(as_log(path)?)?;
            let (bytes, sha256) = sha256_of(path)?;
            let file = path.display().to_string();
            let record = OpeningRecord::File { file: file.clone(), sha256: sha256.clone() };
            Ok((opening, record, Some(InputFile { role: "opening".into(), file, bytes, sha256 })))
        }
        OpeningChoice::Book => {
            let before = job.month.previous();
            let book = job.book.as_ref().ok_or_else(|| no_opening(before, None, true))?;
            let Some(revision) = book.current(before)? else {
                return Err(no_opening(before, book.current(job.month)?, book.is_empty()));
            };
            let path = revision.folder.join("state.parquet");
            let (_, sha256) = digest::of_file(&path).map_err(|e| {
                Error::book("cannot be read")
                    .in_file(&path)
                    .caused_by(e)
                    .hint("restore the revision from a copy of the book")
            })?;
            if revision.manifest.output("state.parquet").map(|o| &o.sha256) != Some(&sha256) {
                return Err(Error::book("is not what its manifest says: it was changed")
                    .in_file(&path)
                    .hint("restore the revision from a copy of the book"));
            }
            let opening = read(as_log(&path)?)?;
            let (month, revision) = (before.to_string(), revision.name);
            Ok((opening, OpeningRecord::Book { month, revision, sha256 }, None))
        }
    }
}

fn no_opening(before: Month, published: Option<Revision>, empty_book: bool) -> Error {
    let opening = published.map(|revision| revision.manifest.opening);
    let hint = match (opening, empty_book) {
        (Some(OpeningRecord::Genesis), _) => {
            "the month was published with --opening genesis; say so again".to_owned()
        }
        (Some(OpeningRecord::File { file, .. }), _) => {
            format!("the month was published with --opening {file}; say so again")
        }
        (_, true) => "for the first month of a book say --opening genesis, or --opening FILE with \
                 the state of accounts billed elsewhere until now"
            .to_owned(),
        (_, false) => format!("run {before} first: monthend run --month {before} …"),
    };
    Error::input(format!("{before} is not in the book, so the month has no opening state"))
        .hint(hint)
}

fn change_control(log: &ChangeLog, timeline: &Timeline, rejected: u64) -> ChangeControl {
    ChangeControl {
        read: log.rows_read,
        applied: timeline.counts.applied,
        duplicates: log.duplicates,
        rejected,
        excepted: timeline.counts.excepted + log.conflicting,
        outside: timeline.counts.outside,
    }
}

/// Stops the run where too many rows cannot be read.
fn check_rejects(job: &Job, log: &str, rejected: u64, rows: u64, rejects: &[Reject]) -> Result<()> {
    let allowed = job.max_reject_share.checked_mul(Decimal::from(rows));
    if rejected == 0 || allowed.is_some_and(|allowed| Decimal::from(rejected) <= allowed) {
        return Ok(());
    }
    let message = format!(
        "{rejected} of {rows} rows of the {log} cannot be read, more than --max-reject-share {}",
        job.max_reject_share
    );
    let error = Error::input(message)
        .hint("correct the log; or raise --max-reject-share to publish without these rows");
    let Some(first) = rejects.iter().min() else {
        return Err(error);
    };
    let place = Place {
        file: Some(first.file.clone()),
        row: Some(first.row),
        column: Some(first.column.clone()).filter(|column| !column.is_empty()),
        value: Some(first.value.clone()),
        ..Place::default()
    };
    Err(error.caused_by(format!("the first is {place}: {}", first.reason)))
}

/// A file's size and digest.
fn sha256_of(path: &std::path::Path) -> Result<(u64, String)> {
    digest::of_file(path).map_err(|e| {
        Error::input("cannot be read")
            .in_file(path)
            .caused_by(e)
            .hint("check that it exists and that this user may read it")
    })
}

fn digests(job: &Job, files: &[(&str, &Source)]) -> Result<Vec<InputFile>> {
    let of_file = |(role, source): &(&str, &Source)| {
        let (bytes, sha256) = sha256_of(&source.file.path)?;
        Ok(InputFile { role: (*role).to_owned(), file: source.file.name.clone(), bytes, sha256 })
    };
    let mut inputs = files.par_iter().map(of_file).collect::<Result<Vec<_>>>()?;
    // Of the text that bills the month: the file may have changed since it was read.
    let (file, text) = (job.catalog.file.clone(), job.catalog.text.as_bytes());
    let (bytes, sha256) = (text.len() as u64, digest::of_bytes(text));
    inputs.push(InputFile { role: "catalogue".to_owned(), file, bytes, sha256 });
    Ok(inputs)
}

/// Usage over the cap that is charged nothing: one group for each account and reason (O5).
fn unbilled(outcomes: &[Outcome], timeline: &Timeline) -> Vec<Exception> {
    let group = |outcome: &Outcome, reason: &str, credits: i128| Exception {
        account: timeline.accounts.id(outcome.account).to_owned(),
        kind: ExceptionKind::UnbilledUsage,
        detail: reason.to_owned(),
        rows: None,
        credits: Some(credits),
        first_at: None,
        last_at: None,
        sample_id: String::new(),
    };
    let reasons = |outcome: &'_ Outcome| outcome.over_cap.reasons().collect::<Vec<_>>();
    let groups = outcomes.par_iter().flat_map_iter(|outcome| {
        reasons(outcome)
            .into_iter()
            .map(move |(reason, credits)| group(outcome, reason.name(), credits.micros().into()))
    });
    groups.collect()
}
