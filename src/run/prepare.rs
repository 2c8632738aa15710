//! Inputs read, usage rolled up, every account replayed.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::Stages;
use super::inputs::Logs;
use super::opening::{Opened, open_state};
use super::partial::Partial;
use super::replayed::Replayed;
use super::request::Request;
use crate::base::error::{Error, Place, Result};
use crate::base::exceptions::Exception;
use crate::base::rejects::Reject;
use crate::billing::replay::Replay;
use crate::billing::rollup::{Boundaries, Selection, Sum, UsageControl, local};
use crate::billing::timeline::{self, Opening, Timeline};
use crate::book::{InputFile, OpeningRecord};
use crate::catalog::Catalog;
use crate::check::ChangeControl;
use crate::input::changes::{self, ChangeLog};

/// All that is known before anything is written.
pub struct Prepared {
    /// What the month started from.
    pub opening: Opening,
    /// Where that came from.
    pub opening_record: OpeningRecord,
    /// Every file that went in.
    pub inputs: Vec<InputFile>,
    /// The accounts and their months.
    pub timeline: Timeline,
    /// Each segment's usage.
    pub sums: Vec<Sum>,
    /// What the accounts' months come to in all.
    pub replayed: Replayed,
    /// Rows that cannot be billed.
    pub exceptions: Vec<Exception>,
    /// Rows that cannot be read.
    pub rejects: Vec<Reject>,
    /// What became of every usage row.
    pub usage: UsageControl,
    /// What became of every change.
    pub changes: ChangeControl,
    /// When each input had been changed last, as RFC 3339.
    pub times_of_change: BTreeMap<String, String>,
    /// Accounts whose events share an id with another account's; `None` where that is not known.
    pub sharing_ids: Option<BTreeSet<String>>,
    /// Bytes of event ids that exceeded the memory budget, and went to the disk meanwhile.
    pub spilled: u64,
    /// Bytes that rows of packed text took on the disk meanwhile.
    pub kept: u64,
}

impl Prepared {
    /// What each account's month comes to, given the catalogue that it was prepared with.
    pub fn replay<'a>(&'a self, catalog: &'a Catalog) -> Replay<'a> {
        Replay { timeline: &self.timeline, sums: &self.sums, catalog }
    }
}

/// Reads and replays.
///
/// # Errors
/// [`crate::base::error::Kind::Input`], naming the fault; nothing has been written then.
pub fn prepare(request: &Request, stages: &mut Stages<'_>) -> Result<Prepared> {
    let partial = Partial::of(request)?;
    let logs = Logs::open(&request.inputs)?;
    let catalog = &request.catalog.catalog;
    let Opened { opening, record: opening_record, file: opening_file } = open_state(request)?;
    let drops = logs.drops(&request.inputs)?;
    stages.end("open");

    let mut log = match &partial {
        Some(partial) => changes::read_of(&logs.changes, &logs.changes_table, partial.only)?,
        None => changes::read(&logs.changes, &logs.changes_table)?,
    };
    let change_rejects = std::mem::take(&mut log.rejects);
    check_rejects(
        request,
        "change log",
        change_rejects.len() as u64,
        log.rows_read,
        &change_rejects,
    )?;
    let others = partial.as_ref().map_or(0, |partial| partial.narrow(&mut log));
    let mut timeline = timeline::build(&opening, &mut log, catalog, request.month);
    let changes = change_control(&log, &timeline, change_rejects.len() as u64, others);
    if let Some(partial) = &partial {
        partial.check_known(&timeline)?;
    }
    drop(log); // what was read is not needed any more, and is large
    stages.end("timeline");

    let ids_are_apart = match &partial {
        Some(partial) => partial.ids_are_apart(request)?,
        None => false,
    };
    let selection = Selection {
        drops: Some(&drops.all).filter(|drops| !drops.is_empty()),
        only: partial.as_ref().map(|partial| partial.only),
        ids_are_apart,
    };
    let boundaries = Boundaries::of(&timeline, matches!(opening, Opening::Genesis), selection);
    let (sources, table) = (&logs.usage, &logs.usage_table);
    let (memory, spill) = (request.process.machine.memory, request.spill_folder());
    let progress = stages.progress;
    let input = local::Input { sources, table, boundaries: &boundaries, memory, spill, progress };
    let (rollup, digested) = rayon::join(|| local::run(&input), || logs.digests(request));
    let (rollup, mut inputs) = (rollup?, digested?);
    logs.all().try_for_each(|(_, source)| source.check_unchanged())?;
    inputs.extend(opening_file);
    inputs.sort();
    let control = &rollup.control;
    let rows = control.of_concern + control.other_accounts.rows;
    check_rejects(request, "usage log", control.rejected.rows, rows, &rollup.rejects)?;
    drops.check_found(&rollup.drops_found)?;
    if let Some(partial) = &partial {
        partial.check_displaced(&rollup.displaced)?;
    }
    let sharing_ids = match &partial {
        Some(partial) => partial.sharing_ids(request, rollup.sharing_ids),
        None => rollup.sharing_ids,
    };
    timeline.accounts.seldom_sought();
    stages.end("rollup");

    let sums = rollup.sums;
    let replay = Replay { timeline: &timeline, sums: &sums, catalog };
    let mut replayed = Replayed::of(&replay, &timeline.accounts)?;
    let mut exceptions = std::mem::take(&mut timeline.exceptions).finish();
    exceptions.extend(rollup.exceptions);
    exceptions.append(&mut replayed.unbilled);
    exceptions.par_sort();
    let mut rejects = change_rejects;
    rejects.extend(rollup.rejects);
    rejects.sort();
    if let Some(partial) = partial.as_ref().filter(|_| ids_are_apart) {
        rejects = partial.rejects(request, rejects)?;
    }
    stages.end("replay");
    Ok(Prepared {
        opening,
        opening_record,
        inputs,
        timeline,
        sums,
        replayed,
        exceptions,
        rejects,
        usage: rollup.control,
        changes,
        times_of_change: logs.times_of_change(),
        sharing_ids,
        spilled: rollup.spilled,
        kept: rollup.kept,
    })
}

fn change_control(
    log: &ChangeLog,
    timeline: &Timeline,
    rejected: u64,
    other_accounts: u64,
) -> ChangeControl {
    ChangeControl {
        read: log.rows_read,
        applied: timeline.counts.applied,
        duplicates: log.duplicates,
        rejected,
        excepted: timeline.counts.excepted + log.conflicting,
        outside: timeline.counts.outside,
        other_accounts,
    }
}

/// Stops the run where too many rows cannot be read.
fn check_rejects(
    request: &Request,
    log: &str,
    rejected: u64,
    rows: u64,
    rejects: &[Reject],
) -> Result<()> {
    let allowed = request.inputs.max_reject_share.checked_mul(Decimal::from(rows));
    if rejected == 0 || allowed.is_some_and(|allowed| Decimal::from(rejected) <= allowed) {
        return Ok(());
    }
    let message = format!(
        "{rejected} of {rows} rows of the {log} cannot be read, more than --max-reject-share {}",
        request.inputs.max_reject_share
    );
    let error = Error::input(message)
        .hint("correct the log; or raise --max-reject-share to publish without these rows");
    let Some(first) = rejects.iter().min() else {
        return Err(error);
    };
    let place = Place {
        file: Some(first.file.clone()),
        row: Some(first.row),
        column: Some(first.column.clone()).filter(|column| !column.is_empty()),
        value: Some(first.value.clone()),
        ..Place::default()
    };
    Err(error.caused_by(format!("the first is {place}: {}", first.reason)))
}
