//! What there is to say of a book beside its table, and whether it deserves a look.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::month::{BookMonth, Condition, InputNow, MonthStatus, PublishedMonth};
use super::request::Request;
use crate::base::calendar::Month;
use crate::base::digits::with_thousands;
use crate::base::error::Result;
use crate::base::named::named_enum;
use crate::book::{
    BilledUsage, Book, JournalEntry, LateUsage, Leftover, OpeningRecord, StateInBook, months_in,
};
use crate::input::logs::PassedOver;

/// Something to be said of a month; for machines in this order.
#[derive(Serialize)]
pub(super) struct Finding {
    pub month: Month,
    code: FindingCode,
    pub deserves_a_look: bool,
    /// What there is to say, with the month left out.
    pub message: String,
    /// Of late usage, each file with its rows and the command that bills them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    late_usage: Vec<LateUsage>,
}

named_enum! {
    /// What a finding is about.
    pub enum FindingCode {
        /// A month that is over is not published, though one before or after it is.
        MissingMonth = "missing-month",
        /// A month was published, and is no longer in the book.
        LostMonth = "lost-month",
        /// A month has lost a revision that was published.
        LostRevision = "lost-revision",
        /// A month cannot be understood.
        DamagedMonth = "damaged-month",
        /// A publication was cut short, or is under way: a newer revision than the one in force is
        /// there.
        UnfinishedPublication = "unfinished-publication",
        /// A month did not begin with how the one before it closes, though that is in the book.
        ForeignOpening = "foreign-opening",
        /// A month rests on a revision that is no longer in force.
        StaleOpening = "stale-opening",
        /// Whether a month is stale cannot be told.
        OpeningUnknown = "opening-unknown",
        /// An input is not what the month was billed from.
        ChangedInput = "changed-input",
        /// An input that the month was billed from is not there.
        MissingInput = "missing-input",
        /// An input that the month was billed from cannot be read.
        UnreadableInput = "unreadable-input",
        /// A log has more rows than when the month was billed from it.
        GrownInput = "grown-input",
        /// A month was billed without files that are of no format that is read.
        PassedOver = "passed-over",
        /// A state was imported for a month that is not billed yet.
        ImportedOpening = "imported-opening",
        /// An imported state is not as it was imported.
        DamagedImport = "damaged-import",
        /// A run that was cut short left objects in storage that belong to no revision.
        LeftBehind = "left-behind",
        /// A month has usage in files that it was not billed from.
        LateUsage = "late-usage",
    }
}

impl Finding {
    fn new(month: Month, code: FindingCode, message: String) -> Self {
        let deserves_a_look = !matches!(
            code,
            FindingCode::PassedOver | FindingCode::ImportedOpening | FindingCode::LeftBehind
        );
        Finding { month, code, deserves_a_look, message, late_usage: Vec::new() }
    }
}

/// All findings, by month.
pub(super) fn of(request: &Request, months: &[BookMonth]) -> Result<Vec<Finding>> {
    let book = &request.book;
    let lost = lost(book)?;
    let mut findings: Vec<Finding> =
        lost.iter().map(|(month, lost)| of_lost(*month, lost)).collect();
    let mut lost_months = lost.iter().filter(|(_, lost)| lost.is_all).map(|(month, _)| *month);
    findings.extend(of_due(request, months, lost_months.next_back())?);
    let mut before = None;
    for BookMonth { month, status } in months {
        match status {
            MonthStatus::Missing if lost.get(month).is_some_and(|lost| lost.is_all) => {}
            MonthStatus::Missing => {
                let message = format!(
                    "is missing: a month after it is published; monthend run --month {month} …"
                );
                findings.push(Finding::new(*month, FindingCode::MissingMonth, message));
            }
            MonthStatus::Damaged { error } => {
                let message = format!("is damaged: {}", error.in_one_line());
                findings.push(Finding::new(*month, FindingCode::DamagedMonth, message));
            }
            MonthStatus::Published(published) | MonthStatus::Archived(published) => {
                findings.extend(of_publication(*month, published));
                findings.extend(of_foreign_opening(*month, published, before));
                findings.extend(of_opening(*month, published));
                findings.extend(PassedOver::list(&published.passed_over).map(|over| {
                    let message = format!("was billed without what cannot be read: {over}");
                    Finding::new(*month, FindingCode::PassedOver, message)
                }));
                findings.extend(of_inputs(*month, published.inputs.as_deref().unwrap_or_default()));
                findings
                    .extend(book.leftovers(*month)?.iter().map(|left| of_leftover(*month, left)));
            }
        }
        before = Some(status);
    }
    findings.extend(of_late_usage(&late_usage(request, months)));
    findings.extend(of_imports(book, months)?);
    findings.sort_by_key(|finding| finding.month);
    Ok(findings)
}

/// Revisions of a month that were published, and that the book has no more.
struct Lost {
    revisions: Vec<String>,
    /// Whether nothing is left of the month.
    is_all: bool,
}

/// What is lost, by month.
fn lost(book: &Book) -> Result<BTreeMap<Month, Lost>> {
    let mut noted: BTreeMap<Month, Vec<String>> = BTreeMap::new();
    for entry in book.journal()?.iter().filter_map(|line| JournalEntry::parse(line)) {
        noted.entry(entry.month).or_default().push(entry.revision);
    }
    let mut lost = BTreeMap::new();
    for (month, mut revisions) in noted {
        let there = book.revisions(month)?;
        revisions.retain(|revision| !there.contains(revision));
        if !revisions.is_empty() {
            lost.insert(month, Lost { revisions, is_all: there.is_empty() });
        }
    }
    Ok(lost)
}

fn of_lost(month: Month, lost: &Lost) -> Finding {
    let gone = lost.revisions.join(", ");
    let (code, message) = match lost.is_all {
        true => (
            FindingCode::LostMonth,
            format!(
                "was published as {gone}, and is no longer in the book: restore it from a copy"
            ),
        ),
        false => (
            FindingCode::LostRevision,
            format!("has lost {gone}, which was published: restore it from a copy of the book"),
        ),
    };
    Finding::new(month, code, message)
}

/// Months after the last one that is or was published, or from an imported opening on, that are
/// over and not billed.
fn of_due(
    request: &Request,
    months: &[BookMonth],
    last_lost: Option<Month>,
) -> Result<Option<Finding>> {
    let last = months.last().map(|last| last.month).max(last_lost);
    let first = match last {
        Some(last) => Some(last.next()),
        None => request.book.imports()?.first().copied(),
    };
    let Some(first) = first.filter(|first| *first <= request.due) else {
        return Ok(None);
    };
    let also = match request.due == first {
        true => String::new(),
        false => format!(", nor is any month up to {}", request.due),
    };
    let message = format!("is over, and not published{also}; monthend run --month {first} …");
    Ok(Some(Finding::new(first, FindingCode::MissingMonth, message)))
}

/// A month that did not begin with how the one before it closed, though that is in the book.
fn of_foreign_opening(
    month: Month,
    published: &PublishedMonth,
    before: Option<&MonthStatus>,
) -> Option<Finding> {
    let began_with = match &published.opening {
        OpeningRecord::Book { .. } => return None,
        OpeningRecord::Genesis => "no history (genesis)".to_owned(),
        OpeningRecord::Imported { .. } => "an imported state".to_owned(),
        OpeningRecord::File { file, .. } => format!("the file {file}"),
    };
    // Where the month before is missing, that is told.
    before.filter(|status| !matches!(status, MonthStatus::Missing))?;
    let before = month.previous();
    let message = format!(
        "began with {began_with}, and not with how {before} closes; monthend rerun --month {month} \
         --opening book --reason '…'"
    );
    Some(Finding::new(month, FindingCode::ForeignOpening, message))
}

fn of_publication(month: Month, published: &PublishedMonth) -> Option<Finding> {
    if published.unfinished.is_empty() {
        return None;
    }
    let message = format!(
        "has {}, but {} is in force: a publication was cut short, or is under way; the month's \
         next run puts it in force",
        published.unfinished.join(", "),
        published.revision
    );
    Some(Finding::new(month, FindingCode::UnfinishedPublication, message))
}

fn of_opening(month: Month, published: &PublishedMonth) -> Option<Finding> {
    let (code, message) = match &published.stale {
        Ok(None) => return None,
        Ok(Some(stale)) if stale.month.next() == month => (
            FindingCode::StaleOpening,
            format!(
                "is stale: {}; monthend rerun --month {month} --cascade --reason '…'",
                stale.in_words()
            ),
        ),
        Ok(Some(stale)) => (
            FindingCode::StaleOpening,
            format!("is stale, too: it rests on {}", stale.month.next()),
        ),
        Err(error) => {
            (FindingCode::OpeningUnknown, format!("may be stale: {}", error.in_one_line()))
        }
    };
    Some(Finding::new(month, code, message))
}

/// Of inputs that are not as they were, a finding for each way in which they are not.
fn of_inputs(month: Month, inputs: &[InputNow]) -> impl Iterator<Item = Finding> {
    let not_there = "; if moved, say --moved OLD=NEW";
    let still = "; what was billed is still its beginning";
    let ways = [
        (
            Condition::Changed,
            FindingCode::ChangedInput,
            ["has changed since", "have changed since"],
            "",
        ),
        (
            Condition::Missing,
            FindingCode::MissingInput,
            ["is not there", "are not there"],
            not_there,
        ),
        (Condition::Unreadable, FindingCode::UnreadableInput, ["cannot be read"; 2], ""),
        (Condition::Grown, FindingCode::GrownInput, ["has grown since", "have grown since"], still),
    ];
    ways.into_iter().filter_map(move |(condition, code, [one, many], hint)| {
        let found: Vec<&InputNow> = inputs.iter().filter(|i| i.condition == condition).collect();
        let first = found.first()?;
        let (what, more) = if found.len() > 1 { (many, " and others") } else { (one, "") };
        let grown_by = first.bytes.map(|bytes| bytes - first.recorded_bytes);
        let why = first.why.as_ref().map(|why| format!(" ({why})"));
        let why = why.or_else(|| Some(format!(" ({} bytes more)", with_thousands(grown_by?))));
        let message = format!(
            "was billed from {} inputs; {} {what}: {}{}{more}{hint}",
            inputs.len(),
            found.len(),
            first.now,
            why.unwrap_or_default()
        );
        Some(Finding::new(month, code, message))
    })
}

/// Late usage by month, and the command that bills it.
fn of_late_usage(late_usage: &[LateUsage]) -> impl Iterator<Item = Finding> {
    LateUsage::by_month(late_usage).filter_map(|of_month| {
        let message = format!(
            "has late usage that it was not billed from: {}; {}",
            LateUsage::in_words(of_month),
            LateUsage::command(of_month)
        );
        let late_usage = of_month.to_vec();
        let month = of_month.first()?.month;
        Some(Finding { late_usage, ..Finding::new(month, FindingCode::LateUsage, message) })
    })
}

/// What a run that was cut short left in object storage, unless it is one that is at it.
fn of_leftover(month: Month, left: &Leftover) -> Finding {
    let Leftover { folder, objects, bytes } = left;
    let message = format!(
        "has {} objects of no revision below {folder}, {} bytes: a run that was cut short left them, or is at it; the \
         month's next run clears what is older than a week",
        with_thousands(*objects as u64),
        with_thousands(*bytes),
    );
    Finding::new(month, FindingCode::LeftBehind, message)
}

/// Imported openings of months that are not billed yet.
fn of_imports(book: &Book, months: &[BookMonth]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for month in book.imports()? {
        let entry = months.iter().find(|entry| entry.month == month);
        if entry.is_some_and(|entry| !matches!(entry.status, MonthStatus::Missing)) {
            continue;
        }
        let accounts = || match book.imported(month)? {
            Some(imported) => {
                let state = StateInBook::imported(&imported)?;
                state.check().and_then(|()| state.recent_ids())?;
                Result::Ok(Some(imported.record.accounts))
            }
            None => Ok(None),
        };
        let (code, message) = match accounts() {
            Ok(None) => continue,
            Ok(Some(accounts)) => {
                let accounts = with_thousands(accounts);
                let message = format!(
                    "has an imported opening of {accounts} accounts, and is not billed yet"
                );
                (FindingCode::ImportedOpening, message)
            }
            Err(error) => {
                let message = format!("has a damaged imported opening: {}", error.in_one_line());
                (FindingCode::DamagedImport, message)
            }
        };
        findings.push(Finding::new(month, code, message));
    }
    Ok(findings)
}

/// What months of a book were not billed from, though the inputs of a later month have it; by month
/// and file. A file that several months read is told once, as it is where it has most. Of a month
/// that is damaged nothing is known.
fn late_usage(request: &Request, months: &[BookMonth]) -> Vec<LateUsage> {
    let mut billed = BilledUsage::of(&request.book);
    let mut found: BTreeMap<(Month, String), LateUsage> = BTreeMap::new();
    for (reader, published) in months.iter().filter_map(|of| Some((of.month, of.published()?))) {
        let inputs = &published.recorded;
        let folder = published.inputs_folder.as_deref().map(Path::new);
        for month in months_in(inputs).into_iter().filter(|month| *month < reader) {
            for late in billed.late(month, inputs, folder).unwrap_or_default() {
                let late = late.seen_from(&request.working_folder, folder);
                let key = (month, late.file.clone());
                if found.get(&key).is_none_or(|known| known.rows < late.rows) {
                    found.insert(key, late);
                }
            }
        }
    }
    found.into_values().collect()
}
