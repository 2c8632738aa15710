//! Other months: which of them a correction reaches by its files (L3): later ones of which there are rows in files that
//! are read now and were not before, or that record a file which is read no more as it was; and earlier ones that were
//! billed from a file which it replaces. And late usage (L2): rows of earlier months among a run's inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::inputs::{new_files, schema};
use super::request::{OpeningChoice, Replacement, Request};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::exceptions::{Exception, ExceptionKind};
use crate::book::{BilledUsage, InputFile, LateUsage, RecordedInput, Role, months_in};
use crate::input::logs::{self, LogFile, Scan, usage_columns};
use crate::tables::{ExceptionRow, records};

/// The files of a correction, and the months that they have rows of.
#[derive(Debug, Default)]
pub(super) struct Touch {
    /// What the first month was billed from, by role and name.
    counted: BTreeMap<(Role, String), InputFile>,
    /// The months of files that were looked at for want of a count.
    seen: BTreeMap<PathBuf, BTreeSet<Month>>,
}

impl Touch {
    /// Of the correction of a month that was billed from these files.
    pub fn of(inputs: Vec<InputFile>) -> Self {
        let by_name = |input: InputFile| ((input.role, input.file.clone()), input);
        Touch { counted: inputs.into_iter().map(by_name).collect(), seen: BTreeMap::new() }
    }

    /// Whether the correction that `later` carries touches its month.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`]: a file that would be read now cannot be.
    pub fn touches(&mut self, later: &Request) -> Result<bool> {
        for (log, role) in [
            (&later.inputs.usage, Role::Usage),
            (&later.inputs.changes, Role::Changes),
            (&later.inputs.adjustments, Role::Adjustments),
        ] {
            let new = new_files(&log.recorded, &log.given, role, &later.names)?.files;
            let is_new =
                |file: &LogFile| !log.replaced.iter().any(|old| self.is_as_it_was(old, file));
            let is_there =
                |old: &RecordedInput| new.iter().any(|file| self.is_as_it_was(old, file));
            if !log.replaced.iter().all(is_there) {
                return Ok(true);
            }
            let new: Vec<LogFile> = new.iter().filter(|file| is_new(file)).cloned().collect();
            for file in new {
                if self.has_rows(file, later, role)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn has_rows(&mut self, file: LogFile, later: &Request, role: Role) -> Result<bool> {
        let counted = self.counted.get(&(role, file.name.clone()));
        match counted.and_then(|input| input.rows_by_month.as_ref()) {
            Some(rows) => Ok(concerns(later, rows.keys())),
            None => Ok(concerns(later, self.months(file, later, role)?)),
        }
    }

    /// Whether a recorded file that is replaced is read all the same, as it was.
    fn is_as_it_was(&self, recorded: &RecordedInput, file: &LogFile) -> bool {
        let RecordedInput { input, .. } = recorded;
        let now = self.counted.get(&(input.role, file.name.clone()));
        now.is_some_and(|now| (&now.file, &now.digest) == (&input.file, &input.digest))
    }

    /// The months that a file has rows of, as far as their instants can be read.
    fn months(&mut self, file: LogFile, read: &Request, role: Role) -> Result<&BTreeSet<Month>> {
        let path = file.path.clone();
        if !self.seen.contains_key(&path) {
            let schema = schema(read, role)?;
            let sources = logs::open(vec![file], &schema)?;
            let scan =
                Scan { only_columns: Some(&[usage_columns::AT]), ..Scan::whole(&sources, &schema) };
            let months = logs::collect(&scan, &|batch| {
                let instants = batch.instants(usage_columns::AT);
                let months =
                    (0..batch.len).filter_map(|row| Some(Month::of(instants.get(row).ok()?)));
                Ok(months.collect::<BTreeSet<Month>>().into_iter().collect())
            })?;
            self.seen.insert(path.clone(), months.into_iter().collect());
        }
        Ok(&self.seen[&path])
    }
}

/// Whether rows of these months are of a month's concern: its own, and where it began with no history
/// all before it.
pub(super) fn concerns<'a>(request: &Request, months: impl IntoIterator<Item = &'a Month>) -> bool {
    let reads_before = request.opening == OpeningChoice::Genesis;
    let month = request.month;
    months.into_iter().any(|of| *of == month || reads_before && *of < month)
}

/// The published months before the one asked for that record a usage file with rows of theirs which
/// is replaced now: the correction reaches later months only, and what they have of that file would stand for
/// ever, if nobody said so. A log that has only grown since is none: what it has more of them is late usage.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: a month cannot be read.
pub(super) fn billed_from_replaced(request: &Request) -> Result<Vec<Month>> {
    let replaced = &request.corrections.replace_usage;
    let (mut found, Some(book)) = (Vec::new(), &request.book) else { return Ok(Vec::new()) };
    if replaced.is_empty() {
        return Ok(found);
    }
    for month in book.months()?.into_iter().filter(|month| *month < request.month) {
        if book.archived(month)?.is_some() {
            continue;
        }
        let Some(revision) = book.current(month)? else { continue };
        let is_replaced = |input: &InputFile| {
            let mut by = replaced.iter().filter(|by| by.name == input.file);
            input.rows_of(month) != Some(0) && by.any(|by| is_another(request, by, input))
        };
        if revision.manifest.inputs_of(Role::Usage).any(is_replaced) {
            found.push(month);
        }
    }
    Ok(found)
}

/// Whether what is read instead of a recorded file is another one, by name or by how it begins.
fn is_another(request: &Request, by: &Replacement, recorded: &InputFile) -> bool {
    let found = || recorded.digest.is_of_beginning(&by.instead, recorded.bytes);
    request.names.name(&by.instead) != recorded.file
        || !found().is_ok_and(|(_, begins_so)| begins_so)
}

/// Rows of earlier months that stand in the month's inputs, and that these were not billed from.
/// What cannot be told, for a damaged month, keeps no other month from being billed: it is a
/// warning.
pub(super) fn late_usage(request: &Request, inputs: &[InputFile]) -> Vec<LateUsage> {
    let Some(book) = &request.book else { return Vec::new() };
    let mut billed = BilledUsage::of(book);
    let earlier = months_in(inputs).into_iter().filter(|month| *month < request.month);
    let found = earlier.map(|month| {
        let late = billed.late(month, inputs, Some(request.names.folder()));
        late.unwrap_or_else(|error| {
            tracing::warn!("late usage of {month} cannot be told: {}", error.in_one_line());
            Vec::new()
        })
    });
    let (working, folder) = (request.names.working(), request.names.folder());
    found.flatten().map(|late| late.seen_from(working, Some(folder))).collect()
}

/// The group of exceptions that late usage is.
pub(super) fn late_exception(late: &LateUsage) -> Exception {
    Exception {
        account: "".into(),
        kind: ExceptionKind::LateUsage,
        detail: format!("{}: {}", late.month, late.file),
        rows: Some(late.rows),
        credits: None,
        first_at: None,
        last_at: None,
        sample_id: String::new(),
    }
}

/// Whether two tables of exceptions are the same but for late usage, which follows from how other
/// months stand.
pub(super) fn differ_by_late_usage_alone(before: &Path, after: &Path) -> Result<bool> {
    let rows = |folder| -> Result<_> {
        let rows = records::<ExceptionRow>(folder)?;
        Ok(rows.filter(|row| !row.as_ref().is_ok_and(|row| row.kind == ExceptionKind::LateUsage)))
    };
    let (mut before, mut after) = (rows(before)?, rows(after)?);
    loop {
        match (before.next().transpose()?, after.next().transpose()?) {
            (None, None) => return Ok(true),
            (before, after) if before != after => return Ok(false),
            _ => {}
        }
    }
}
