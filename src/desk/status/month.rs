//! The months of a book, each from its manifest and a few columns of its tables; for machines with these names and in
//! this order.

use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Serialize, Serializer};

use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::book::{
    Accepted, Book, ChainedMonth, InputFile, MonthTotals, OpeningRecord, Revision, Role, RunRecord,
    Stale, revision_number,
};
use crate::input::logs::PassedOver;

/// A month between the first and the last of the book.
#[derive(Serialize)]
pub(super) struct BookMonth {
    pub month: Month,
    #[serde(flatten)]
    pub status: MonthStatus,
}

/// Whether a month is there, and where.
#[derive(Serialize)]
#[serde(tag = "standing", rename_all = "lowercase")]
pub(super) enum MonthStatus {
    Published(Box<PublishedMonth>),
    Archived(Box<PublishedMonth>),
    Missing,
    Damaged { error: Error },
}

/// A published month, as the revision in force has it.
#[derive(Serialize)]
pub(super) struct PublishedMonth {
    pub revision: String,
    /// All its revisions, in order.
    pub revisions: Vec<String>,
    /// Revisions after the one in force: a publication was cut short, or is under way.
    pub unfinished: Vec<String>,
    /// Why there is the revision, if it is not the first.
    pub reason: Option<String>,
    /// What was expected and not met, and why it was published all the same.
    pub accepted: Option<Accepted>,
    /// When the run started that published it.
    pub started_at: String,
    /// What it comes to.
    #[serde(flatten)]
    pub totals: MonthTotals,
    /// What was come upon where the logs are, and not read.
    pub passed_over: Vec<PassedOver>,
    pub opening: OpeningRecord,
    /// Why its opening is stale, if it is; or why that cannot be known.
    #[serde(serialize_with = "if_known")]
    pub stale: Result<Option<Stale>>,
    /// Its recorded inputs as they are now, where that was asked.
    pub inputs: Option<Vec<InputNow>>,
    /// Where the month went, if it is archived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<ArchivedTo>,
    /// The folder of the revision.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Its recorded inputs.
    #[serde(skip)]
    pub recorded: Vec<InputFile>,
    /// The folder that their relative paths led from, where it is known.
    #[serde(skip)]
    pub inputs_folder: Option<String>,
}

/// Where an archived month went.
#[derive(Serialize)]
pub(super) struct ArchivedTo {
    pub archived_at: String,
    /// Its folder in the archive.
    pub folder: String,
    /// Whether it is found there.
    pub at_hand: bool,
}

/// A recorded input as it is now.
#[derive(Serialize)]
pub(super) struct InputNow {
    pub role: Role,
    /// Its path as recorded.
    pub file: String,
    /// Where it was looked for.
    pub now: String,
    pub condition: Condition,
    /// Its size, where it is as it was or has grown.
    pub bytes: Option<u64>,
    pub recorded_bytes: u64,
    /// Why it cannot be read.
    #[serde(skip)]
    pub why: Option<String>,
}

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Condition {
    /// It is as it was billed.
    Same,
    /// A log that begins with what was billed, and goes on.
    Grown,
    /// Its bytes are others.
    Changed,
    /// It is not where it was.
    Missing,
    /// It is there, but cannot be read.
    Unreadable,
}

impl BookMonth {
    /// The published month, where it is one, be it archived or not.
    pub fn published(&self) -> Option<&PublishedMonth> {
        match &self.status {
            MonthStatus::Published(month) | MonthStatus::Archived(month) => Some(month),
            MonthStatus::Missing | MonthStatus::Damaged { .. } => None,
        }
    }
}

fn if_known<S: Serializer>(
    stale: &Result<Option<Stale>>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    stale.as_ref().ok().and_then(Option::as_ref).serialize(to)
}

/// All months from the first published one to the last.
pub(super) fn read(book: &Book) -> Result<Vec<BookMonth>> {
    let mut months: Vec<(Month, Result<Option<Stale>>)> = Vec::new();
    for ChainedMonth { month, stale } in book.chain()? {
        // Months between two that are published are missing.
        let next = |months: &[(Month, _)]| months.last().map(|(last, _)| last.next());
        while let Some(missing) = next(&months).filter(|next| *next < month) {
            months.push((missing, Ok(None)));
        }
        months.push((month, stale));
    }
    let months = months.into_par_iter();
    Ok(months
        .map(|(month, stale)| BookMonth { month, status: status(book, month, stale) })
        .collect())
}

fn status(book: &Book, month: Month, stale: Result<Option<Stale>>) -> MonthStatus {
    let published = || match book.current(month)? {
        Some(revision) => published(book, revision, book.revisions(month)?, stale).map(Some),
        None => Ok(None),
    };
    match published() {
        Ok(Some(month)) if month.archived.is_some() => MonthStatus::Archived(Box::new(month)),
        Ok(Some(published)) => MonthStatus::Published(Box::new(published)),
        Ok(None) => MonthStatus::Missing,
        Err(error) => MonthStatus::Damaged { error },
    }
}

fn published(
    book: &Book,
    revision: Revision,
    revisions: Vec<String>,
    stale: Result<Option<Stale>>,
) -> Result<PublishedMonth> {
    let archive = book.archived(revision.manifest.month)?;
    let archived = archive.as_ref().map(|record| ArchivedTo {
        archived_at: record.archived_at.clone(),
        folder: book.archive_of(record).display().to_string(),
        at_hand: revision.tables().is_ok(),
    });
    let totals = match archive {
        Some(record) => record.totals,
        None => MonthTotals::of(&revision)?,
    };
    let folder = revision.folder().to_owned();
    let manifest = revision.manifest;
    let in_force = revision_number(&manifest.revision);
    let unfinished = revisions.iter().filter(|name| revision_number(name) > in_force);
    let run = RunRecord::read(&folder)?;
    Ok(PublishedMonth {
        unfinished: unfinished.cloned().collect(),
        revisions,
        started_at: run.started_at,
        inputs_folder: run.inputs_folder,
        totals,
        passed_over: manifest.passed_over,
        stale,
        inputs: None,
        revision: manifest.revision,
        reason: manifest.reason,
        accepted: manifest.accepted,
        opening: manifest.opening,
        recorded: manifest.inputs,
        archived,
        folder,
    })
}
