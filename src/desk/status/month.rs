//! A month of a book; for machines with these names and in this order.

use std::path::PathBuf;

use serde::{Serialize, Serializer};

use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::book::{Accepted, InputFile, MonthTotals, OpeningRecord, Role, Stale};
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
