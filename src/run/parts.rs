//! A month in parts: accounts that memory does not hold at once are billed part by part, here one after the other or
//! each by a process of its own, and then put together. It comes to the bytes of one run.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::billed_parts::BilledParts;
use super::documents::RevisionDocuments;
use super::draft::{BilledAccounts, Draft};
use super::facts::{self, MonthFacts, PartFacts};
use super::inputs::{Logs, files, schema};
use super::manifest::options;
use super::opening::{check_opens_with, recent_ids_before, rows_of_state};
use super::other_months;
use super::prepare::{Prepared, prepare};
use super::publish::publish;
use super::reading::basis;
use super::report::Report;
use super::request::{Machine, Process, Purpose, Request};
use super::stages::Stages;
use super::status::Status;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::digits::counted;
use crate::base::error::{Code, Error, Result};
use crate::base::files::make_folder;
use crate::base::part::Part;
use crate::base::progress::{Pass, Progress, Step};
use crate::base::scope::Scope;
use crate::base::scratch::ScratchFolder;
use crate::base::threads;
use crate::book::{Book, Options, PartsPlace, Role};
use crate::catalog::RecordedCatalog;
use crate::input::logs::{self, Source};
use crate::tables::{Form, RowsDigest};

/// Memory that an account takes that comes with the opening state, in bytes: measured, with its segments, sums and
/// what is made of it at once.
const OF_STATE: u64 = 500;
/// Memory that a change takes, and the account that it may make.
const OF_CHANGE: u64 = 500;
/// Of fewer accounts a part would save nothing: a run takes more than they do.
const LEAST_ACCOUNTS: u64 = 2_048;
/// Bytes of a row of text, if it is short.
const OF_ROW: u64 = 40;

/// In how many parts a month is billed. One that has a revision already is billed whole, since what
/// follows that is made beside it. Where the number cannot be told, the run will tell why.
pub fn how_many(request: &Request) -> Result<u32> {
    let is_first = match &request.book {
        Some(book) => book.current(request.month)?.is_none(),
        None => true,
    };
    if !is_first || !request.scope.is_all() {
        return Ok(1);
    }
    let changes = changes(request).unwrap_or(0);
    let accounts = rows_of_state(request).unwrap_or(0);
    let bytes = accounts.saturating_mul(OF_STATE).saturating_add(changes.saturating_mul(OF_CHANGE));
    let memory = request.process.machine.memory_of_accounts.max(1);
    if bytes <= memory {
        return Ok(1);
    }
    // A part's accounts share the memory with its events, and with what any run takes.
    let parts = bytes.saturating_mul(3).div_ceil(memory.saturating_mul(2));
    let parts = parts.min((accounts + changes) / LEAST_ACCOUNTS);
    Ok(u32::try_from(parts).unwrap_or(Part::MOST).clamp(1, Part::MOST))
}

/// The rows of the change log, more or less.
fn changes(request: &Request) -> Result<u64> {
    let log = &request.inputs.changes;
    let found = files(&log.recorded, &log.given, Role::Changes, &request.names)?;
    let sources = logs::open(found.files, &schema(request, Role::Changes)?)?;
    let rows = |source: &Source| source.rows().unwrap_or_else(|| source.bytes() / OF_ROW);
    Ok(sources.iter().map(rows).sum())
}

/// Bills a part of a month that has no revision yet, and writes its tables into a folder.
///
/// # Errors
/// As a run's; nothing of the part counts then.
fn bill_tables(
    request: &Request,
    part: Part,
    folder: &Path,
    stages: &mut Stages<'_>,
) -> Result<PartFacts> {
    let settings = settings(request)?;
    let request = &Request { scope: Scope::Part(part), ..request.clone() };
    let Prepared { facts, months, whole_usage, basis } = prepare(request, stages)?;
    let replays = &months.replay(&request.catalog.catalog);
    let accounts = BilledAccounts::Here { months: &months, replays };
    let draft = Draft::of(request, &facts, accounts)?;
    let documents = RevisionDocuments::issue(&draft)?;
    stages.end("documents");
    let outputs = draft.write_tables(documents.rows(), folder, Form::Part)?;
    stages.end("tables");
    let totals = draft.check(folder)?;
    outputs.flushed()?;
    let rows = RowsDigest::of_all(folder)?;
    stages.end("check");
    if !facts.kept_inputs.is_empty() {
        return Err(Error::new(Code::IMPOSSIBLE, "a first publication keeps no inputs"));
    }
    Ok(PartFacts {
        month: request.month,
        part,
        settings,
        basis,
        rows,
        totals,
        accounts: months.timeline.accounts.len() as u64,
        documents: documents.count,
        amounts: documents.amounts,
        whole_usage,
        of_month: facts,
    })
}

/// What a month is billed by, digested: the program, the catalogue, the options.
fn settings(request: &Request) -> Result<String> {
    #[derive(Serialize)]
    struct Settings<'a> {
        version: &'a str,
        month: Month,
        catalogue: RecordedCatalog,
        options: Options,
        issued_on: Option<String>,
    }
    let settings = Settings {
        version: env!("CARGO_PKG_VERSION"),
        month: request.month,
        catalogue: RecordedCatalog::from(&request.catalog.catalog),
        options: options(request),
        issued_on: request.correction.invoices_on.map(|day| day.to_string()),
    };
    Ok(digest::of_bytes(&serde_json::to_vec(&settings).map_err(|e| {
        Error::new(Code::IMPOSSIBLE, "what a part is billed by cannot be written").caused_by(e)
    })?))
}

/// Bills a month that has no revision yet in so many parts, and publishes what they come to where that is the purpose.
///
/// # Errors
/// As a run's.
pub fn bill_in_turn(
    request: &Request,
    parts: u32,
    stages: &mut Stages<'_>,
) -> Result<(Report, MonthFacts)> {
    tracing::info!(parts, "the accounts exceed the memory budget: billing them in parts");
    let scratch = scratch(request)?;
    let machine = &request.process.machine;
    let machine = Machine { memory: machine.memory / 2, ..machine.clone() };
    let of_part = Request {
        process: Process { machine, ..request.process.clone() },
        repeated_changes: Arc::default(), // of this month's log
        ..request.clone()
    };
    let (mut folders, mut billed) = (Vec::new(), Vec::new());
    for part in Part::all(parts) {
        let folder = scratch.path().join(part.number().to_string());
        fs::create_dir(&folder).map_err(|e| {
            Error::new(Code::BOOK_UNWRITABLE, "cannot be made").in_file(&folder).caused_by(e)
        })?;
        let progress = stages.progress();
        let told = |step| progress(of_all(step, part));
        let mut own_stages = Stages::start(&request.process, &told);
        let facts = bill_tables(&of_part, part, &folder, &mut own_stages)?;
        stages.take(own_stages);
        tracing::info!(%part, accounts = facts.accounts, "a part is billed");
        folders.push(folder);
        billed.push(facts);
    }
    let facts = facts::together(&billed)?;
    let parts = folders.into_iter().zip(billed).collect();
    let (report, facts) = put_together(request, facts, parts, stages)?;
    drop(scratch);
    if let Some(folder) = folder_in_book(request) {
        // It is empty now; what cannot be removed is cleared by the next run.
        drop(fs::remove_dir(folder));
    }
    Ok((report, facts))
}

/// A step of a part, among those of all parts.
fn of_all(step: Step, part: Part) -> Step {
    match step {
        Step::Pass(pass) => Step::Pass(Pass {
            number: pass.number + (part.number() - 1) * pass.of,
            of: pass.of * part.of(),
            share: pass.share / u64::from(part.of()),
            ..pass
        }),
        other => other,
    }
}

/// Where the parts lie meanwhile. What a run left there that was killed is cleared: this one holds the month's lock.
fn scratch(request: &Request) -> Result<ScratchFolder> {
    let failed = |folder: &Path, e: std::io::Error| {
        Error::new(Code::TEMPORARY_FOLDER, "no temporary folder can be made")
            .in_file(folder)
            .caused_by(e)
    };
    let Some(folder) = folder_in_book(request) else {
        let folder = request.spill_folder();
        return ScratchFolder::make(Some(folder)).map_err(|e| failed(folder, e));
    };
    match fs::remove_dir_all(&folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(&folder, e)),
        _ => make_folder(&folder).map_err(|e| failed(&folder, e))?,
    }
    ScratchFolder::make(Some(&folder)).map_err(|e| failed(&folder, e))
}

/// The folder of a book on this machine that the month is published in.
fn folder_in_book(request: &Request) -> Option<PathBuf> {
    let is_published = request.purpose == Purpose::Publish && request.plan.is_none();
    let book = request.book.as_ref().filter(|_| is_published)?;
    book.folder_of_own_parts(request.month)
}

/// Bills a part of a month that has no revision yet, and leaves it in the book until all of them are put together.
/// Nothing is published, and no lock is taken: parts are billed side by side.
///
/// # Errors
/// As a run's.
pub fn bill_part(request: &Request, part: Part, progress: Progress<'_>) -> Result<Answer> {
    let book = book(request)?;
    book.not_archived(request.month)?;
    if book.current(request.month)?.is_some() {
        return Err(Error::new(Code::OPTION_VALUE, format!("{} is published", request.month))
            .hint("--part is for a month's first publication; a rerun bills the month whole"));
    }
    let making = PartsPlace::of(book, request.month).begin(part)?;
    let facts = threads::start(request.process.machine.threads)?.install(|| {
        let mut stages = Stages::start(&request.process, progress);
        bill_tables(request, part, making.folder(), &mut stages)
    })?;
    let text = serde_json::to_vec_pretty(&facts).map_err(|e| {
        Error::new(Code::IMPOSSIBLE, "what a part is cannot be written").caused_by(e)
    })?;
    let folder = making.keep(&text)?;
    let (month, folder) = (request.month, folder.display().to_string());
    let PartFacts { accounts, documents, of_month, .. } = facts;
    let events = of_month.usage.used.rows;
    let text = format!(
        "{month} part {part} billed: {}, {}, {}; nothing is published yet\n  {folder}\n",
        counted(accounts, "account"),
        counted(events, "event"),
        counted(documents, "document"),
    );
    let (status, exit_code) = ("part-billed", 0);
    let result =
        PartResult { status, exit_code, month, part, accounts, events, documents, folder: &folder };
    Ok(Answer::new(text, &result, exit_code))
}

/// A part that is billed, for machines.
#[derive(Serialize)]
struct PartResult<'a> {
    status: &'static str,
    exit_code: u8,
    month: Month,
    part: Part,
    accounts: u64,
    events: u64,
    documents: u64,
    folder: &'a str,
}

/// Puts the parts of a month together, and publishes it.
///
/// # Errors
/// [`crate::base::error::Kind::Unavailable`]: parts are missing; else as a run's.
pub fn publish_parts(request: &Request, stages: &mut Stages<'_>) -> Result<(Report, MonthFacts)> {
    let book = book(request)?;
    if book.current(request.month)?.is_some() {
        let message = format!("{} has been published meanwhile", request.month);
        return Err(Error::new(Code::OUTRUN, message).hint("run again: it is left as it is then"));
    }
    let place = PartsPlace::of(book, request.month);
    let parts = all_parts(request, &place)?;
    let facts = facts::together(&parts)?;
    check_opens_with(request, &facts.opening_record)?;
    let basis = basis(&Logs::open(request)?, &facts.opening_record)?;
    if parts.iter().any(|part| part.basis != basis) {
        let message = "the logs are others by now than the parts were billed from";
        return Err(Error::new(Code::PARTS_DISAGREE, message)
            .in_file(place.folder())
            .hint("bill all parts again, from the logs of now"));
    }
    let scratch = ScratchFolder::make(None).map_err(|e| {
        Error::new(Code::TEMPORARY_FOLDER, "no temporary folder can be made").caused_by(e)
    })?;
    let at_hand = |facts: PartFacts| Ok((place.at_hand(facts.part, scratch.path())?, facts));
    let parts = parts.into_iter().map(at_hand).collect::<Result<_>>()?;
    stages.end("open");
    let (report, facts) = put_together(request, facts, parts, stages)?;
    if let Status::Published { .. } = report.status {
        place.clear();
    }
    Ok((report, facts))
}

/// All parts of the month, which were billed by what the request says.
fn all_parts(request: &Request, place: &PartsPlace) -> Result<Vec<PartFacts>> {
    let disagree = |what: String| {
        Error::new(Code::PARTS_DISAGREE, what)
            .in_file(place.folder())
            .hint("bill all parts again, with the options of now; or remove the folder")
    };
    let (settings, mut parts) = (settings(request)?, Vec::new());
    for (part, bytes) in place.all()? {
        let facts: PartFacts = serde_json::from_slice(&bytes)
            .map_err(|e| disagree(format!("part {part} does not say what it is")).caused_by(e))?;
        if (facts.part, facts.month) != (part, request.month) || facts.settings != settings {
            let what = "by another version, catalogue or other options";
            return Err(disagree(format!("part {part} was billed {what}")));
        }
        parts.push(facts);
    }
    let of = parts.first().map_or(0, |first| first.part.of());
    if parts.iter().any(|facts| facts.part.of() != of) {
        return Err(disagree("parts of several numbers of parts lie there".to_owned()));
    }
    let is_there = |part: &Part| parts.iter().any(|facts| facts.part == *part);
    let missing = Part::all(of).filter(|part| !is_there(part)).map(|part| part.to_string());
    let missing: Vec<String> = missing.collect();
    if parts.is_empty() || !missing.is_empty() {
        let which = if parts.is_empty() { "any".to_owned() } else { missing.join(", ") };
        let message = format!("parts of {} are missing", request.month);
        return Err(Error::new(Code::PARTS_MISSING, message)
            .in_file(place.folder())
            .with_value(which)
            .hint(format!("bill them: monthend run --month {} --part K/N …", request.month)));
    }
    Ok(parts)
}

fn book(request: &Request) -> Result<&Book> {
    request.book.as_ref().ok_or_else(|| Error::new(Code::NO_BOOK, "there is no book to publish in"))
}

/// Puts all parts of a month together, given their folders and what they come to in all, and publishes the month where
/// that is the purpose.
///
/// # Errors
/// As of [`publish`].
fn put_together(
    request: &Request,
    mut facts: MonthFacts,
    parts: Vec<(PathBuf, PartFacts)>,
    stages: &mut Stages<'_>,
) -> Result<(Report, MonthFacts)> {
    facts.late_usage = other_months::late_usage(request, &facts.inputs);
    let parts = BilledParts::of(parts, &facts.opening_record, recent_ids_before(request)?);
    let report = publish(request, &facts, BilledAccounts::InParts(&parts), stages)?;
    Ok((report, facts))
}
