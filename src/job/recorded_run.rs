//! What a later revision of a month adds to a job.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};

use super::replace::Replacement;
use crate::base::error::{Error, Result};
use crate::book::Relocation;
use crate::cli::CorrectionArgs;

/// How a later revision is published.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// Why there is another revision; without it a published month is left alone.
    pub reason: Option<String>,
    /// The day on which notes are issued.
    pub notes_on: NaiveDate,
    /// The day on which late invoices are issued; the first of the next month where none is said.
    pub invoices_on: Option<NaiveDate>,
    /// Whether later months whose opening changes are billed again.
    pub cascade: bool,
    /// Where the tables of what differs are written.
    pub differences: Option<PathBuf>,
}

impl Correction {
    /// What was typed, with today's date where none was said.
    pub(super) fn of(args: &CorrectionArgs, now: DateTime<Utc>) -> Result<Self> {
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
}

fn date(text: &str) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| {
        Error::usage(format!("--issued-on {text} is no date")).expected("a date such as 2026-06-15")
    })
}

/// What a rerun takes from the month's manifest, and where it departs from it.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// The revision whose manifest was read; none where nothing was taken from a manifest.
    pub based_on: Option<String>,
    /// Usage files as recorded.
    pub usage: Vec<RecordedFile>,
    /// Change logs as recorded.
    pub changes: Vec<RecordedFile>,
    /// Lists of events to leave out, as recorded.
    pub drops: Vec<RecordedFile>,
    /// A list of events to leave out, given now.
    pub drop_events: Option<PathBuf>,
    /// The accounts that are billed anew; all where `None`.
    pub accounts: Option<BTreeSet<String>>,
    /// Whether the usage is the recorded one, without additions or replacements, and with no more
    /// events than were billed.
    pub same_usage: bool,
    /// What was corrected, for the later months of a cascade.
    pub corrections: Corrections,
}

/// Corrections of the logs, which hold for the month asked for and for the later months of a
/// cascade.
#[derive(Debug, Clone, Default)]
pub struct Corrections {
    /// Where recorded inputs are now.
    pub moved: Vec<Relocation>,
    /// Usage files, folders or globs that are added.
    pub add_usage: Vec<PathBuf>,
    /// Change logs that are added.
    pub add_changes: Vec<PathBuf>,
    /// Usage files that are read instead of recorded ones.
    pub replace_usage: Vec<Replacement>,
    /// Change logs that are read instead of recorded ones.
    pub replace_changes: Vec<Replacement>,
}

/// An input that a manifest records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFile {
    /// The path as recorded, which messages, rejects and the new manifest repeat.
    pub name: String,
    /// Where the file is now.
    pub path: PathBuf,
    /// The size that it must have.
    pub bytes: u64,
    /// The SHA-256 that it must have.
    pub sha256: String,
    /// When it had been changed last as it was read then, if that was noted.
    pub modified: Option<String>,
}
