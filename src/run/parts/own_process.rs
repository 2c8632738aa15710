//! Parts of a month that are billed by processes of their own, and put together by another.

use serde::Serialize;

use super::bill::{bill, settings};
use super::put_together::put_together;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::counted;
use crate::base::error::{Code, Error, Result};
use crate::base::part::Part;
use crate::base::progress::Progress;
use crate::base::scratch::ScratchFolder;
use crate::base::threads;
use crate::book::{Book, PartsPlace};
use crate::run::facts::MonthFacts;
use crate::run::inputs::Logs;
use crate::run::opening::check_opens_with;
use crate::run::part_facts::{self, PartFacts};
use crate::run::reading::basis;
use crate::run::report::Report;
use crate::run::request::Request;
use crate::run::stages::Stages;
use crate::run::status::Status;

/// The answer for machines.
#[derive(Serialize)]
struct PartResult {
    status: &'static str,
    exit_code: u8,
    month: Month,
    part: Part,
    accounts: u64,
    events: u64,
    documents: u64,
    folder: String,
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
        bill(request, part, making.folder(), &mut stages)
    })?;
    let text = serde_json::to_vec_pretty(&facts).map_err(|e| {
        Error::new(Code::IMPOSSIBLE, "what a part is cannot be written").caused_by(e)
    })?;
    let folder = making.keep(&text)?;
    let result = PartResult {
        status: "part-billed",
        exit_code: 0,
        month: request.month,
        part,
        accounts: facts.accounts,
        events: facts.usage.used.rows,
        documents: facts.documents,
        folder: folder.display().to_string(),
    };
    let PartResult { month, accounts, events, documents, folder, .. } = &result;
    let text = format!(
        "{month} part {part} billed: {}, {}, {}; nothing is published yet\n  {folder}\n",
        counted(*accounts, "account"),
        counted(*events, "event"),
        counted(*documents, "document"),
    );
    Ok(Answer::new(text, &result, 0))
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
    let facts = part_facts::together(&parts)?;
    check_opens_with(request, &facts.opening_record)?;
    let basis = basis(&Logs::open(request)?, &facts.opening_record)?;
    if parts.iter().any(|part| part.basis != basis) {
        return Err(Error::new(
            Code::PARTS_DISAGREE,
            "the logs are others by now than the parts were billed from",
        )
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
        return Err(Error::new(
            Code::PARTS_MISSING,
            format!("parts of {} are missing", request.month),
        )
        .in_file(place.folder())
        .with_value(which)
        .hint(format!("bill them: monthend run --month {} --part K/N …", request.month)));
    }
    Ok(parts)
}

fn book(request: &Request) -> Result<&Book> {
    request.book.as_ref().ok_or_else(|| Error::new(Code::NO_BOOK, "there is no book to publish in"))
}
