//! The logs' files: those that a manifest records, and those that were given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::input_files::{InputKeeper, KeptFile, recorded_file};
use super::recorded_run::RecordedRun;
use super::request::{Inputs, Log, Request};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Faults, Result};
use crate::base::file_digest::Algorithm;
use crate::base::ids::EventId;
use crate::base::path_names::PathNames;
use crate::base::storage::{self, leads_from};
use crate::book::{self, EarlierDigests, InputFile, RecordedInput, Role};
use crate::catalog::{Content, Version};
use crate::input::dropped_events::DroppedEvents;
use crate::input::logs::{self, Found, LogSchema, PassedOver, Source, WhyPassedOver};

/// A log's files in the order of their names: `recorded` as they were, and what `given` means. A
/// file that is recorded already is there once: a month may have been billed with it since.
pub(super) fn files(
    recorded: &[RecordedInput],
    given: &[PathBuf],
    role: Role,
    names: &PathNames,
) -> Result<Found> {
    let mut files = recorded.iter().map(recorded_file).collect::<Result<Vec<_>>>()?;
    let new = new_files(recorded, given, role, names)?;
    files.extend(new.files);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Found { files, ..new })
}

/// What `given` means, but for files that are `recorded` already.
pub(super) fn new_files(
    recorded: &[RecordedInput],
    given: &[PathBuf],
    role: Role,
    names: &PathNames,
) -> Result<Found> {
    let what = match role {
        Role::Usage => "usage log",
        Role::Changes => "change log",
        Role::Adjustments => "log of adjustments",
        _ => "list of events",
    };
    let found = logs::find(given, what)?;
    let mut files = Vec::new();
    for file in found.files {
        let name = names.name(&file.path);
        if is_recorded(&file.path, &name, role, recorded)? {
            tracing::info!(file = name, "is among the recorded inputs already");
        } else {
            files.push(file.named(&name));
        }
    }
    let named = |over: PassedOver| PassedOver { file: names.name(Path::new(&over.file)), ..over };
    let passed_over = found.passed_over.into_iter().map(named).collect();
    Ok(Found { files, passed_over })
}

/// What a log's columns are called, and how they are written.
pub(super) fn schema(request: &Request, role: Role) -> Result<LogSchema> {
    let Inputs { usage, changes, event_ids, .. } = &request.inputs;
    match role {
        Role::Changes => {
            let table = LogSchema::changes(&changes.columns)?.written(changes.dialect);
            Ok(table.in_words(&changes.words))
        }
        Role::Adjustments => Ok(LogSchema::adjustments()),
        _ => Ok(LogSchema::usage(&usage.columns, *event_ids)?.written(usage.dialect)),
    }
}

/// What is passed over: now, and as recorded, where that is still there and not read by now.
fn passed_over(request: &Request, found: [&Found; 3]) -> Vec<PassedOver> {
    let is_read = |name: &str| found.iter().any(|of| of.files.iter().any(|f| f.name == name));
    let recorded = request.inputs.passed_over.iter();
    let is_there = |over: &PassedOver| {
        over.reason == WhyPassedOver::NameNotUtf8
            || !storage::is_gone(&leads_from(request.names.folder(), Path::new(&over.file)))
    };
    let recorded = recorded.filter(|over| is_there(over) && !is_read(&over.file));
    let all = recorded.chain(found.iter().flat_map(|of| &of.passed_over)).cloned();
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The adjustments that a month had before: those that its manifest records; where it is run from
/// scratch, those that it was given by hand since, which stand (A4).
fn adjustments_before(request: &Request) -> Result<Vec<RecordedInput>> {
    let before = match &request.book {
        Some(book) if request.based_on.is_none() => book.current(request.month)?,
        _ => return Ok(request.inputs.adjustments.recorded.clone()),
    };
    let Some(before) = before else { return Ok(Vec::new()) };
    let recorded = RecordedRun::of(&before, &request.corrections.whereabouts);
    let by_hand = |file: &RecordedInput| file.input.kept.is_some();
    Ok(recorded.files(Role::Adjustments).into_iter().filter(by_hand).collect())
}

/// Whether a file is among the recorded ones: the very file, or what a revision keeps a copy of. A
/// list of events may have the name of another one.
fn is_recorded(path: &Path, name: &str, role: Role, recorded: &[RecordedInput]) -> Result<bool> {
    let real = storage::identity(path).ok();
    if recorded.iter().any(|file| real.is_some() && storage::identity(&file.path).ok() == real) {
        return Ok(true);
    }
    let mut namesakes = recorded.iter().filter(|file| file.input.file == name);
    let Some(namesake) = namesakes.next().filter(|_| role != Role::DropEvents) else {
        return Ok(false);
    };
    if namesake.input.digest.is_of_file(path).unwrap_or(false) {
        return Ok(true);
    }
    let instead = |option: &str| {
        format!("rename it; or read it instead of that one: {option} '{name}={}'", path.display())
    };
    let hint = match role {
        Role::Usage => instead("--replace-usage"),
        Role::Changes => instead("--replace-changes"),
        _ => "rename it: what was given before stays as it is".to_owned(),
    };
    let message = "a file of this name is among the recorded inputs already, with other content";
    Err(Error::new(Code::NAMESAKE, message).in_file(name).hint(hint))
}

/// The files that are read row by row, opened.
pub(super) struct Logs {
    pub usage: Vec<Source>,
    pub usage_table: LogSchema,
    pub changes: Vec<Source>,
    pub changes_table: LogSchema,
    pub adjustments: Vec<Source>,
    pub adjustments_table: LogSchema,
    /// Those that the month had before.
    adjustments_before: Vec<RecordedInput>,
    drops: Vec<Source>,
    /// What was come upon and not read: now, or when the month was billed that is billed again.
    pub passed_over: Vec<PassedOver>,
}

/// Events that are left out.
pub(super) struct LeftOut {
    pub all: DroppedEvents,
    /// Whether the newest list was given now, and not for the revision before: the usage must have
    /// its events.
    is_new: bool,
    /// But for those that later months have, where these are billed again as well.
    elsewhere: Option<BTreeSet<EventId>>,
}

/// What went in.
#[derive(Default)]
pub(super) struct Digested {
    /// Every file.
    pub inputs: Vec<InputFile>,
    /// What is kept with the revision.
    pub kept: Vec<KeptFile>,
    /// Whether the list of events that was given now names none of the month.
    pub is_list_idle: bool,
}

impl Logs {
    /// Finds and opens all files, before any row is read.
    pub fn open(request: &Request) -> Result<Self> {
        let (inputs, names) = (&request.inputs, &request.names);
        let Inputs { usage, changes, adjustments, dropped, event_ids, .. } = inputs;
        let usage_table = schema(request, Role::Usage)?;
        let changes_table = schema(request, Role::Changes)?;
        let adjustments_table = schema(request, Role::Adjustments)?;
        let adjustments_before = adjustments_before(request)?;
        let mut faults = Faults::default();
        let mut open = |log: &Log, role: Role, table: &LogSchema| {
            let recorded = match role {
                Role::Adjustments => &adjustments_before,
                _ => &log.recorded,
            };
            let found = files(recorded, &log.given, role, names);
            let opened =
                found.and_then(|found| Ok((logs::open(found.files.clone(), table)?, found)));
            faults.take(opened)
        };
        let opened = (
            open(usage, Role::Usage, &usage_table),
            open(changes, Role::Changes, &changes_table),
            open(adjustments, Role::Adjustments, &adjustments_table),
        );
        faults.check("faults in the logs")?;
        let (Some((usage, found)), Some((changes, changes_found)), Some((adjustments, others))) =
            opened
        else {
            return Err(Error::new(Code::IMPOSSIBLE, "the logs cannot be opened"));
        };
        let passed_over = passed_over(request, [&found, &changes_found, &others]);
        let given = dropped.given.as_slice();
        let drops = files(&dropped.recorded, given, Role::DropEvents, names)?.files;
        if !drops.is_empty() && !event_ids {
            let message = "--drop-events needs event ids, and the log has none";
            return Err(Error::new(Code::EVENTS_WITHOUT_IDS, message));
        }
        Ok(Logs {
            usage,
            usage_table,
            changes,
            changes_table,
            adjustments,
            adjustments_table,
            adjustments_before,
            drops: logs::open(drops, &LogSchema::dropped_events())?,
            passed_over,
        })
    }

    /// The events that are left out.
    pub fn drops(&self, request: &Request) -> Result<LeftOut> {
        let dropped = &request.inputs.dropped;
        let unread = Algorithm::Blake3.of_bytes(b"");
        let entry = |source: &Source| match recorded_as(&dropped.recorded, source) {
            Some(recorded) => recorded.input.clone(),
            None => InputFile {
                since: request.rerun_name(),
                accounts: dropped.accounts.clone(),
                ..InputFile::of(Role::DropEvents, source.file.name.clone(), 0, unread.clone())
            },
        };
        let entries: Vec<InputFile> = self.drops.iter().map(entry).collect();
        let all = book::dropped_events(entries.iter().zip(&self.drops))?;
        let elsewhere = dropped.elsewhere.clone();
        Ok(LeftOut { all, is_new: dropped.given.is_some(), elsewhere })
    }

    /// All files with their roles.
    pub fn all(&self) -> impl Iterator<Item = (Role, &Source)> {
        let usage = self.usage.iter().map(|source| (Role::Usage, source));
        let changes = self.changes.iter().map(|source| (Role::Changes, source));
        let adjustments = self.adjustments.iter().map(|source| (Role::Adjustments, source));
        usage
            .chain(changes)
            .chain(adjustments)
            .chain(self.drops.iter().map(|source| (Role::DropEvents, source)))
    }

    /// When each input had been changed last, as it was opened.
    pub fn times_of_change(&self) -> BTreeMap<String, String> {
        let time = |source: &Source| Some((source.file.name.clone(), source.changed_at()?));
        self.all().filter_map(|(_, source)| time(source)).collect()
    }

    /// The size and digest of every input, checked against what the manifest records of it, and
    /// what is kept with the revision. A dispute reads little of the usage, and takes an input that
    /// has its recorded size and time of change for the recorded one.
    pub fn digests(&self, request: &Request) -> Result<Digested> {
        let Inputs { usage, changes, dropped, .. } = &request.inputs;
        let keeper = InputKeeper {
            given_to: request.rerun_name(),
            accounts: &dropped.accounts,
            updated: usage.updated.iter().chain(&changes.updated).collect(),
            earlier: EarlierDigests::of(request.book.as_ref()),
        };
        let files: Vec<(Role, &Source)> = self.all().collect();
        let of_file = |&(role, source): &(Role, &Source)| {
            let recorded = match role {
                Role::Usage => &usage.recorded,
                Role::Changes => &changes.recorded,
                Role::Adjustments => &self.adjustments_before,
                _ => &dropped.recorded,
            };
            let Some(recorded) = recorded_as(recorded, source) else {
                return keeper.given(role, &source.file);
            };
            let is_as_recorded =
                recorded.modified.is_some() && recorded.modified == source.changed_at();
            if is_as_recorded && !request.scope.is_all() && role != Role::DropEvents {
                return Ok((recorded.input.clone(), None));
            }
            keeper.recorded(recorded, &source.file)
        };
        let found = files.par_iter().map(of_file).collect::<Result<Vec<_>>>()?;
        let (mut inputs, kept) = InputKeeper::with_places(found);
        let Version { file, content, .. } = &request.catalog;
        let (bytes, digest) = match content {
            Content::Read(text) => (text.len() as u64, keeper.earlier.digest_of(text.as_bytes())),
            Content::Recorded { bytes, digest } => (*bytes, digest.clone()),
        };
        inputs.push(InputFile::of(Role::Catalogue, file.clone(), bytes, digest));
        Ok(Digested { inputs, kept, is_list_idle: false })
    }
}

impl Digested {
    /// Puts in each usage file's rows by month, given in the order of the opened files.
    pub fn count_rows(&mut self, usage: &[Source], rows_by_month: &mut [BTreeMap<Month, u64>]) {
        let rows = rows_by_month.iter_mut().map(std::mem::take);
        let names = usage.iter().map(|source| source.file.name.as_str());
        let mut counted: BTreeMap<&str, BTreeMap<Month, u64>> = names.zip(rows).collect();
        for input in self.inputs.iter_mut().filter(|input| input.role == Role::Usage) {
            input.rows_by_month = counted.remove(input.file.as_str());
        }
    }
}

/// The recorded input that an opened file is.
fn recorded_as<'a>(recorded: &'a [RecordedInput], source: &Source) -> Option<&'a RecordedInput> {
    recorded.iter().find(|recorded| recorded.path == source.file.path)
}

impl LeftOut {
    /// Whether there is none of the events that were listed now.
    pub fn is_idle(&self, found: &[bool]) -> bool {
        self.is_new && !self.all.of_newest().any(|(_, entry)| found.get(entry) == Some(&true))
    }

    /// Makes sure that every event that was listed now is there to be left out.
    pub fn check_found(&self, found: &[bool]) -> Result<()> {
        let is_missing = |(_, entry): &(&str, usize)| found.get(*entry) != Some(&true);
        let listed = self.all.of_newest().filter(|_| self.is_new);
        let missing = listed.filter(is_missing).map(|(id, _)| id);
        let is_elsewhere = |id: &&str| self.elsewhere.as_ref().is_some_and(|ids| ids.contains(*id));
        let missing: Vec<&str> = missing.filter(|id| !is_elsewhere(id)).collect();
        let Some(first) = missing.first() else {
            return Ok(());
        };
        let events = match missing.len() {
            1 => "an event".to_owned(),
            many => format!("{many} events"),
        };
        let lack = match &self.elsewhere {
            None => "the month's usage does not have",
            Some(_) => "neither the month's usage has nor that of a later one",
        };
        Err(Error::new(Code::EVENT_LIST, format!("--drop-events lists {events} that {lack}"))
            .with_value(*first)
            .expected("ids of events of the month, of the accounts that are billed anew")
            .hint("correct the list; events of other accounts belong in a list of their own"))
    }
}
