//! What a run is asked: which month, of what inputs, and what becomes of the result.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::base::calendar::{self, Month, PaymentTerm};
use crate::base::error::Result;
use crate::base::ids::EventId;
use crate::base::path_names::PathNames;
use crate::base::scope::Scope;
use crate::book::{
    Book, Expectations, Holder, RecordedInput, Whereabouts, revision_name, revision_number,
};
use crate::catalog::Version;
use crate::input::changes::RepeatedIds;
use crate::input::logs::{Dialect, Mapping, PassedOver, Words};

/// A month to bill, fully resolved.
#[derive(Debug, Clone)]
pub struct Request {
    /// What becomes of the result.
    pub purpose: Purpose,
    /// The month.
    pub month: Month,
    /// The book; a check or a dry run may do without.
    pub book: Option<Book>,
    /// The catalogue that bills the month.
    pub catalog: Version,
    /// How paths of inputs are named in the manifest and in rejects.
    pub names: PathNames,
    /// What is read row by row.
    pub inputs: Inputs,
    /// When the documents that it issues are to be paid, if that is said.
    pub payment_term: Option<PaymentTerm>,
    /// Where a rollup of the month lies that was made elsewhere, if it is billed by one.
    pub rollup: Option<PathBuf>,
    /// Whether its accounts were billed in parts by other processes, and are put together now.
    pub puts_together: bool,
    /// Which ids of changes may come more than once, once one of several parts has looked for them.
    pub repeated_changes: Arc<OnceLock<RepeatedIds>>,
    /// What the month starts from.
    pub opening: OpeningChoice,
    /// Whether the month may be billed on an opening state that is stale.
    pub stale_ok: bool,
    /// The accounts that are billed; where they are not all, the others are carried over.
    pub scope: Scope,
    /// What is expected of the month.
    pub expect: Expectations,
    /// How a later revision is published.
    pub correction: Correction,
    /// The revision whose manifest the request was made from, if it was.
    pub based_on: Option<String>,
    /// What was corrected, for the later months that are billed again with this one.
    pub corrections: Corrections,
    /// Of a run that publishes nothing, the folder that the months lie in meanwhile.
    pub plan: Option<PathBuf>,
    /// The digest that the month's result must have, or it is not published.
    pub expected: Option<String>,
    /// The process that runs it.
    pub process: Process,
}

impl Request {
    /// The revision that a rerun is about to make: what it is given by hand is kept with it.
    pub(super) fn rerun_name(&self) -> Option<String> {
        let before = self.based_on.as_deref().and_then(revision_number)?;
        Some(revision_name(before + 1))
    }

    /// Where what exceeds the memory budget lies meanwhile: with the book that the run writes in,
    /// since there must be room for a month; or where this machine has what is there meanwhile.
    pub fn spill_folder(&self) -> &Path {
        let book = self.book.as_ref().filter(|_| self.purpose == Purpose::Publish);
        let folder = book.and_then(Book::folder_of_this_machine);
        folder.unwrap_or(&self.process.machine.scratch)
    }
}

/// What becomes of the result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// It is published.
    #[default]
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
    Recorded(Box<RecordedOpening>),
    /// The closing state of this revision of the month before, whether or not it is in force.
    Revision(String),
    /// The state that was imported for the month, whose `state.parquet` has this SHA-256, whether
    /// or not the month before is in the book by now.
    Imported(String),
}

/// The files of an opening state that a manifest records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedOpening {
    /// The state.
    pub state: RecordedInput,
    /// Its grants, if it has some.
    pub grants: Option<RecordedInput>,
}

/// Of so many hours ids are kept unless the job says otherwise (L1): as long as payment APIs keep
/// idempotency keys.
pub const RECENT_HOURS: u32 = 24;

/// What is read row by row, and how.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The usage log.
    pub usage: Log,
    /// The change log.
    pub changes: Log,
    /// Adjustments.
    pub adjustments: Log,
    /// Lists of events to leave out.
    pub dropped: DroppedEvents,
    /// Whether usage has event ids.
    pub event_ids: bool,
    /// The largest share of rows that may be unreadable.
    pub max_reject_share: Decimal,
    /// Of how many hours before E the ids of the usage that is billed are kept for the next month
    /// (L1); of none where it is 0.
    pub recent_hours: u32,
    /// What a manifest records as not read.
    pub passed_over: Vec<PassedOver>,
}

impl Corrections {
    /// Whether files are added or replaced.
    pub fn has_files(&self) -> bool {
        !self.add_usage.is_empty()
            || !self.add_changes.is_empty()
            || !self.add_adjustments.is_empty()
            || !self.replace_usage.is_empty()
            || !self.replace_changes.is_empty()
    }

    /// All paths that were given.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        let instead = self.replace_usage.iter().chain(&self.replace_changes).map(|r| &r.instead);
        let others = self.drop_events.iter().chain(&self.catalog);
        let added = self.add_usage.iter().chain(&self.add_changes).chain(&self.add_adjustments);
        added.chain(instead).chain(others)
    }
}

impl Inputs {
    /// Whether the usage is the recorded one, without additions or replacements, and with no more
    /// events than were billed.
    pub fn usage_is_as_recorded(&self) -> bool {
        self.usage.given.is_empty() && !self.dropped.replaces_recorded
    }
}

/// A log: its files, and what its columns are called.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Files that a manifest records.
    pub recorded: Vec<RecordedInput>,
    /// Files, folders or globs that were given now.
    pub given: Vec<PathBuf>,
    /// Of these, logs that are recorded already and read as they are now.
    pub updated: Vec<PathBuf>,
    /// Files that the manifest records and that are not read any more.
    pub replaced: Vec<RecordedInput>,
    /// Names of the columns, where they differ.
    pub columns: Mapping,
    /// How its files are written.
    pub dialect: Dialect,
    /// Words that mean another one, in the change log.
    pub words: Words,
}

impl Log {
    /// Takes out the recorded files that are replaced, and adds what is read instead. A replaced
    /// file that is not among them is another month's.
    pub fn replace(&mut self, replacements: &[Replacement]) {
        let before = self.recorded.clone();
        let same = |one: &Path, other: &Path| {
            let at = |path: &Path| path.canonicalize().ok();
            at(one).is_some_and(|path| at(other) == Some(path))
        };
        for Replacement { name, path, instead } in replacements {
            let same_file =
                |file: &RecordedInput| file.input.file == *name || same(path, &file.path);
            // One file may be replaced by several.
            if before.iter().any(same_file) {
                if before.iter().any(|file| same(instead, &file.path)) {
                    self.updated.push(instead.clone());
                }
                self.replaced.extend(self.recorded.extract_if(.., |file| same_file(file)));
                self.given.push(instead.clone());
            }
        }
    }
}

/// Lists of events to leave out.
#[derive(Debug, Clone, Default)]
pub struct DroppedEvents {
    /// Lists that a manifest records.
    pub recorded: Vec<RecordedInput>,
    /// A list that was given now.
    pub given: Option<PathBuf>,
    /// Whether the given list is a recorded one as it is now: it may leave out less than it did.
    pub replaces_recorded: bool,
    /// The accounts that the given list is for.
    pub accounts: Scope,
    /// Events on it that later months have, where these are billed again as well: this one need not
    /// have them.
    pub elsewhere: Option<BTreeSet<EventId>>,
}

/// How a later revision is published.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// Why there is another revision; without it a published month is left alone.
    pub reason: Option<String>,
    /// Why a month is published that does not meet what is expected of it; without it, none is.
    pub accept: Option<String>,
    /// The day on which notes are issued.
    pub notes_on: NaiveDate,
    /// The day on which late invoices are issued; the first of the next month where none is said.
    pub invoices_on: Option<NaiveDate>,
    /// Which later months are billed again with the one asked for.
    pub reach: Reach,
    /// Where the tables of what differs are written.
    pub differences: Option<PathBuf>,
    /// The digest of the result that was approved: no other is published.
    pub only_if: Option<String>,
    /// Where a dry run writes the tables.
    pub out: Option<PathBuf>,
}

/// Which later months are billed again with the one asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Those that are stale then, or that the correction touches (L3).
    pub cascade: bool,
    /// All up to this one.
    pub through: Option<Month>,
}

impl Reach {
    /// Whether it is the month asked for alone.
    pub fn is_one_month(self) -> bool {
        self == Reach::default()
    }

    /// The later published months that may be billed again with one.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be read.
    pub fn later_months(self, book: &Book, first: Month) -> Result<Vec<Month>> {
        if self.is_one_month() {
            return Ok(Vec::new());
        }
        let mut months = book.months()?;
        months.retain(|&month| month > first && (self.cascade || self.includes(month)));
        Ok(months)
    }

    /// Whether a later month is billed again whatever becomes of the ones before it.
    pub fn includes(self, month: Month) -> bool {
        self.through.is_some_and(|through| month <= through)
    }
}

/// Corrections, which hold for the month asked for and for the later months that are billed again
/// with it.
#[derive(Debug, Clone, Default)]
pub struct Corrections {
    /// Where recorded inputs are now.
    pub whereabouts: Whereabouts,
    /// The folder that relative paths lead from.
    pub working_folder: PathBuf,
    /// Usage files, folders or globs that are added.
    pub add_usage: Vec<PathBuf>,
    /// Change logs that are added.
    pub add_changes: Vec<PathBuf>,
    /// Adjustments that are added.
    pub add_adjustments: Vec<PathBuf>,
    /// The folder that the command wrote files of its own into, if it did.
    pub written: Option<PathBuf>,
    /// Usage files that are read instead of recorded ones.
    pub replace_usage: Vec<Replacement>,
    /// Change logs that are read instead of recorded ones.
    pub replace_changes: Vec<Replacement>,
    /// A list of events to leave out, where it may have events of later months.
    pub drop_events: Option<PathBuf>,
    /// Another catalogue, or a folder of them, for the months up to that of [`Reach::through`].
    pub catalog: Option<PathBuf>,
    /// The accounts that are billed anew.
    pub scope: Scope,
    /// Another share of rows that may be unreadable.
    pub max_reject_share: Option<Decimal>,
}

/// An input that is read instead of a recorded one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The recorded path.
    pub name: String,
    /// Where that file is, or was.
    pub path: PathBuf,
    /// What is read instead.
    pub instead: PathBuf,
}

/// The process that runs it. Nothing of it changes a result.
#[derive(Debug, Clone)]
pub struct Process {
    /// Threads and memory.
    pub machine: Machine,
    /// Who it is, for the lock and `run.json`.
    pub holder: Holder,
    /// When it began: a month is billed when it is over by then (L4).
    pub began: calendar::Instant,
    /// Runs since it started.
    pub stopwatch: Instant,
    /// Its exit code where someone should look at what it has published.
    pub findings_exit_code: u8,
}

/// What a run may use of the machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Threads.
    pub threads: usize,
    /// Bytes of memory that may be held by what grows with the number of events. More than that
    /// goes to the disk meanwhile.
    pub memory: u64,
    /// Bytes of memory that accounts may take at once; more of them are billed in parts.
    pub memory_of_accounts: u64,
    /// Where a run that has no book of its own to write in puts what goes to the disk.
    pub scratch: PathBuf,
}
