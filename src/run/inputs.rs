//! The logs' files: those that a manifest records, and those that were given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::input_files::{changed, input_file, recorded_file};
use super::request::{Inputs, Log, Request};
use crate::base::error::{Error, Faults, Result};
use crate::book::{InputFile, RecordedInput, Role};
use crate::catalog::Version;
use crate::input::dropped_events::{self, DroppedEvents};
use crate::input::logs::{self, Found, LogSchema, PassedOver, Source, WhyPassedOver};

/// A log's files in the order of their names: `recorded` as they were, and what `given` means. A
/// file that is recorded already is there once: a month may have been billed with it since.
pub(super) fn files(recorded: &[RecordedInput], given: &[PathBuf], role: Role) -> Result<Found> {
    let mut files = recorded.iter().map(recorded_file).collect::<Result<Vec<_>>>()?;
    let what = match role {
        Role::Usage => "usage log",
        Role::Changes => "change log",
        _ => "list of events",
    };
    let known: Vec<PathBuf> = files.iter().filter_map(|f| f.path.canonicalize().ok()).collect();
    let found = logs::find(given, what)?;
    for file in found.files {
        if file.path.canonicalize().is_ok_and(|path| known.contains(&path)) {
            tracing::info!(file = file.name, "is among the recorded inputs already");
        } else {
            files.push(file);
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Found { files, ..found })
}

/// What is passed over: now, and as recorded, where that is still there and not read by now.
fn passed_over(inputs: &Inputs, found: [&Found; 2]) -> Vec<PassedOver> {
    let is_read = |name: &str| found.iter().any(|of| of.files.iter().any(|f| f.name == name));
    let recorded = inputs.passed_over.iter();
    let is_there = |over: &PassedOver| {
        over.reason == WhyPassedOver::NameNotUtf8 || Path::new(&over.file).exists()
    };
    let recorded = recorded.filter(|over| is_there(over) && !is_read(&over.file));
    let all = recorded.chain(found.iter().flat_map(|of| &of.passed_over)).cloned();
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The files that are read row by row, opened.
pub(super) struct Logs {
    pub usage: Vec<Source>,
    pub usage_table: LogSchema,
    pub changes: Vec<Source>,
    pub changes_table: LogSchema,
    drops: Vec<Source>,
    /// What was come upon and not read: now, or when the month was billed that is billed again.
    pub passed_over: Vec<PassedOver>,
}

/// Events that are left out.
pub(super) struct LeftOut {
    pub all: DroppedEvents,
    /// Those that were listed now, and not for the revision before: the usage must have them.
    new: DroppedEvents,
}

impl Logs {
    /// Finds and opens all files, before any row is read.
    pub fn open(inputs: &Inputs) -> Result<Self> {
        let Inputs { usage, changes, dropped, event_ids, .. } = inputs;
        let usage_table = LogSchema::usage(&usage.columns, *event_ids)?.written(usage.dialect);
        let changes_table = LogSchema::changes(&changes.columns)?.written(changes.dialect);
        let mut faults = Faults::default();
        let mut open = |log: &Log, role: Role, table: &LogSchema| {
            let found = files(&log.recorded, &log.given, role);
            let opened =
                found.and_then(|found| Ok((logs::open(found.files.clone(), table)?, found)));
            faults.take(opened)
        };
        let opened =
            (open(usage, Role::Usage, &usage_table), open(changes, Role::Changes, &changes_table));
        faults.check("faults in the logs")?;
        let (Some((usage, usage_found)), Some((changes, changes_found))) = opened else {
            return Err(Error::input("the logs cannot be opened"));
        };
        let passed_over = passed_over(inputs, [&usage_found, &changes_found]);
        let dropped_events = files(&dropped.recorded, dropped.given.as_slice(), Role::DropEvents)?;
        let mut drops = dropped_events.files;
        // Those that were listed now come last.
        drops.sort_by_key(|file| Some(&file.path) == dropped.given.as_ref());
        if !drops.is_empty() && !event_ids {
            return Err(Error::usage("--drop-events needs event ids, and the log has none"));
        }
        Ok(Logs {
            usage,
            usage_table,
            changes,
            changes_table,
            drops: logs::open(drops, &LogSchema::dropped_events())?,
            passed_over,
        })
    }

    /// The events that are left out.
    pub fn drops(&self, inputs: &Inputs) -> Result<LeftOut> {
        let new = self.drops.len() - usize::from(inputs.dropped.given.is_some());
        Ok(LeftOut {
            all: dropped_events::read(&self.drops)?,
            new: dropped_events::read(&self.drops[new..])?,
        })
    }

    /// All files with their roles.
    pub fn all(&self) -> impl Iterator<Item = (Role, &Source)> {
        let usage = self.usage.iter().map(|source| (Role::Usage, source));
        let changes = self.changes.iter().map(|source| (Role::Changes, source));
        usage.chain(changes).chain(self.drops.iter().map(|source| (Role::DropEvents, source)))
    }

    /// When each input had been changed last, as it was opened.
    pub fn times_of_change(&self) -> BTreeMap<String, String> {
        let time = |source: &Source| Some((source.file.name.clone(), source.modified()?));
        self.all().filter_map(|(_, source)| time(source)).collect()
    }

    /// The size and digest of every input, checked against what the manifest records of it. A
    /// dispute reads little of the usage, and takes an input that has its recorded size and time
    /// of change for the recorded one.
    pub fn digests(&self, request: &Request) -> Result<Vec<InputFile>> {
        let recorded = || request.inputs.recorded();
        let is_as_recorded = |file: &RecordedInput, source: &Source| {
            file.input.file == source.file.name
                && file.modified.is_some()
                && file.modified == source.modified()
        };
        let files: Vec<(Role, &Source)> = self.all().collect();
        let of_file = |&(role, source): &(Role, &Source)| {
            let same = recorded().find(|file| is_as_recorded(file, source));
            match same.filter(|_| !request.scope.is_all()) {
                None => input_file(role, &source.file),
                Some(recorded) => Ok(recorded.input.clone()),
            }
        };
        let mut inputs = files.par_iter().map(of_file).collect::<Result<Vec<_>>>()?;
        for input in &inputs {
            if let Some(recorded) = recorded().find(|recorded| recorded.input.file == input.file)
                && recorded.input.sha256 != input.sha256
            {
                return Err(changed(recorded, "has another digest"));
            }
        }
        let Version { file, bytes, sha256, .. } = &request.catalog;
        let (role, file, sha256) = (Role::Catalogue, file.clone(), sha256.clone());
        inputs.push(InputFile { role, file, bytes: *bytes, sha256 });
        Ok(inputs)
    }
}

impl LeftOut {
    /// Makes sure that every event that was listed now is there to be left out.
    pub fn check_found(&self, found: &[bool]) -> Result<()> {
        let is_found = |id: &str| self.all.find(id).is_some_and(|at| found.get(at) == Some(&true));
        let missing: Vec<&str> =
            (0..self.new.len()).map(|at| self.new.id(at)).filter(|id| !is_found(id)).collect();
        let Some(first) = missing.first() else {
            return Ok(());
        };
        let events = match missing.len() {
            1 => "an event".to_owned(),
            many => format!("{many} events"),
        };
        Err(Error::input(format!(
            "--drop-events lists {events} that the month's usage does not have"
        ))
        .with_value(*first)
        .expected("ids of events of the month, of the accounts that are billed anew")
        .hint("correct the list; events of other accounts belong in a list of their own"))
    }
}
