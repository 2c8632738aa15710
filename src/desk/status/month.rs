//! A month of a book; for machines with these names and in this order.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::{Amount, Currency};
use crate::book::{InputFile, OpeningRecord, Role, Stale};
use crate::input::logs::PassedOver;
use crate::tables::{DocumentType, Word};

/// A month between the first and the last of the book.
#[derive(Serialize)]
pub(super) struct BookMonth {
    pub month: Month,
    #[serde(flatten)]
    pub status: MonthStatus,
}

/// Whether a month is there.
#[derive(Serialize)]
#[serde(tag = "standing", rename_all = "lowercase")]
pub(super) enum MonthStatus {
    Published(Box<PublishedMonth>),
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
    /// When the run started that published it.
    pub started_at: String,
    /// The first day on which any document was issued.
    #[serde(serialize_with = "as_text")]
    pub issued_first: Option<NaiveDate>,
    /// The last day.
    #[serde(serialize_with = "as_text")]
    pub issued_last: Option<NaiveDate>,
    /// The rows of `statements`.
    pub accounts: u64,
    /// How many documents there are of each type.
    pub documents: BTreeMap<DocumentType, u64>,
    pub currency: Currency,
    pub subscription_amount: Amount,
    pub overage_amount: Amount,
    pub total_amount: Amount,
    /// Groups by kind.
    pub exceptions: BTreeMap<Word<ExceptionKind>, u64>,
    /// Groups of exceptions that someone should look at.
    pub to_look_at: u64,
    /// The rows of `rejects`.
    pub rejects: u64,
    /// What was come upon where the logs are, and not read.
    pub passed_over: Vec<PassedOver>,
    pub opening: OpeningRecord,
    /// Why its opening is stale, if it is; or why that cannot be known.
    #[serde(serialize_with = "if_known")]
    pub stale: Result<Option<Stale>>,
    /// Its recorded inputs as they are now, where that was asked.
    pub inputs: Option<Vec<InputNow>>,
    /// The folder of the revision.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Its recorded inputs.
    #[serde(skip)]
    pub recorded: Vec<InputFile>,
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
    /// The published month, where it is one.
    pub fn published(&self) -> Option<&PublishedMonth> {
        match &self.status {
            MonthStatus::Published(published) => Some(published),
            MonthStatus::Missing | MonthStatus::Damaged { .. } => None,
        }
    }
}

impl PublishedMonth {
    /// How many documents there are of some types.
    pub fn count(&self, of: &[DocumentType]) -> u64 {
        of.iter().filter_map(|of| self.documents.get(of)).sum()
    }
}

fn as_text<S: Serializer>(date: &Option<NaiveDate>, to: S) -> std::result::Result<S::Ok, S::Error> {
    date.map(|date| date.to_string()).serialize(to)
}

fn if_known<S: Serializer>(
    stale: &Result<Option<Stale>>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    stale.as_ref().ok().and_then(Option::as_ref).serialize(to)
}
