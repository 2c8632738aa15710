//! A month's inputs, opened and read: the opening state, the changes, the usage.

use super::dispute::{Dispute, UsageNow};
use super::inputs::{Digested, LeftOut, Logs};
use super::opening::{Opened, open_state};
use super::request::Request;
use super::unreadable::{self, CountedLog};
use crate::base::calendar::Instant;
use crate::base::digest;
use crate::base::error::{Code, Error, Faults, Result};
use crate::base::progress::Progress;
use crate::base::rejects::{RejectCollector, Rejects};
use crate::base::scope::Scope;
use crate::billing::rollup::{
    BilledBefore, Boundaries, Retries, Rollup, Selection, UsageInput, elsewhere, roll_up,
};
use crate::billing::timeline::{self, ChangeControl, Opening, Timeline};
use crate::book::{OpeningRecord, Role};
use crate::input::adjustments::{self, AdjustmentControl};
use crate::input::changes::{self, ChangeLog, RepeatedIds};
use crate::input::logs::Source;

/// All inputs of a month, open.
pub(super) struct Reading<'a> {
    request: &'a Request,
    dispute: Option<Dispute<'a>>,
    pub logs: Logs,
    dropped: LeftOut,
    pub opened: Opened,
}

/// What the opening state and the changes come to.
pub(super) struct TimelineRead {
    pub timeline: Timeline,
    /// What became of every change.
    pub control: ChangeControl,
    /// What became of every adjustment.
    pub adjustments: AdjustmentControl,
    /// Changes and adjustments that cannot be read.
    pub rejects: Rejects,
}

impl<'a> Reading<'a> {
    /// Finds and opens all inputs, before any row of a log is read.
    pub fn open(request: &'a Request) -> Result<Self> {
        let dispute = Dispute::of(request)?;
        let mut faults = Faults::default();
        let logs = faults.take(Logs::open(request));
        let opened = faults.take(open_state(request));
        faults.check("faults in the inputs")?;
        let (Some(logs), Some(opened)) = (logs, opened) else {
            return Err(Error::new(Code::IMPOSSIBLE, "the inputs cannot be opened"));
        };
        let dropped = logs.drops(request)?;
        Ok(Reading { request, dispute, logs, dropped, opened })
    }

    /// Reads the change log, and lays out each account's month.
    pub fn timeline(&self) -> Result<TimelineRead> {
        let Reading { request, dispute, logs, .. } = self;
        let rejects = RejectCollector::new(request.spill_folder());
        let (sources, table, scope) = (&logs.changes, &logs.changes_table, &request.scope);
        let mut log = match scope.part() {
            Some(part) => {
                changes::read_part(sources, table, part, self.repeated_changes()?, &rejects)?
            }
            None => changes::read(sources, table, scope, Some(&rejects))?,
        };
        let catalog = &request.catalog.catalog;
        let adjustments = adjustments::read(
            &logs.adjustments,
            &logs.adjustments_table,
            catalog.currency,
            request.month,
            &request.scope,
            Some(&rejects),
        )?;
        let rejects = if scope.is_of_files() { rejects.finish(false)? } else { Rejects::default() };
        unreadable::check(request, logs, CountedLog::Changes, log.rejected, log.rows_read)?;
        let rows = log.rows_read - log.rejected;
        unreadable::check_years(request.month, table, log.of_1970, rows)?;
        let (rejected, rows) = (adjustments.control.rejected, adjustments.control.read);
        unreadable::check(request, logs, CountedLog::Adjustments, rejected, rows)?;
        let others = match scope {
            Scope::All => 0,
            scope => narrow(&mut log, scope),
        };
        let mut timeline = timeline::build(&self.opened.opening, &mut log, catalog, request.month);
        let adjustments = timeline.adjust(adjustments);
        let control = change_control(&log, &timeline, others);
        if let Some(dispute) = dispute {
            dispute.check_known(&timeline)?;
        }
        Ok(TimelineRead { timeline, control, adjustments, rejects })
    }

    /// The ids of changes that may come more than once. Parts that one process bills look for them once.
    fn repeated_changes(&self) -> Result<RepeatedIds> {
        let Reading { request, logs, .. } = self;
        if let Some(known) = request.repeated_changes.get() {
            return Ok(known.clone());
        }
        let (sources, table) = (&logs.changes, &logs.changes_table);
        let found = RepeatedIds::of(sources, table, request.spill_folder())?;
        Ok(request.repeated_changes.get_or_init(|| found).clone())
    }

    /// Which rows of the usage log count.
    fn selection(&self) -> Selection<'_> {
        Selection {
            drops: &self.dropped.all,
            scope: &self.request.scope,
            ids_are_apart: self.dispute.as_ref().is_some_and(|dispute| dispute.ids_are_apart),
        }
    }

    fn is_genesis(&self) -> bool {
        matches!(self.opened.opening, Opening::Genesis)
    }

    /// Where the segments begin.
    pub fn boundaries<'b>(&'b self, timeline: &'b Timeline) -> Boundaries<'b> {
        Boundaries::of(timeline, self.is_genesis(), self.selection())
    }

    /// What is asked of the usage log.
    pub fn usage<'b>(
        &'b self,
        boundaries: &'b Boundaries<'b>,
        progress: Progress<'b>,
    ) -> UsageInput<'b> {
        let Reading { request, logs, opened, .. } = self;
        UsageInput {
            sources: &logs.usage,
            table: &logs.usage_table,
            boundaries,
            retries: Retries::of_last(
                if request.inputs.event_ids { request.inputs.recent_hours } else { 0 },
                request.month,
                BilledBefore { folder: opened.recent_ids.as_deref() },
            ),
            memory: request.process.machine.memory,
            spill: request.spill_folder(),
            progress,
        }
    }

    /// Rolls up the usage, or takes in a rollup that was made elsewhere; digests all inputs meanwhile.
    pub fn roll_up(
        &self,
        timeline: &Timeline,
        progress: Progress<'_>,
    ) -> Result<(Rollup, Digested)> {
        let Reading { request, dispute, logs, dropped, opened } = self;
        let (selection, is_genesis) = (self.selection(), self.is_genesis());
        let boundaries = self.boundaries(timeline);
        let input = self.usage(&boundaries, progress);
        let rolled_up = || match &request.rollup {
            Some(folder) => elsewhere::take_in(&input, folder),
            None => roll_up(&input),
        };
        let is_counted = request.scope.is_of_files();
        let digests = || if is_counted { logs.digests(request) } else { Ok(Digested::default()) };
        let (rollup, digested) = rayon::join(rolled_up, digests);
        let (mut rollup, mut digested) = (rollup?, digested?);
        logs.all().try_for_each(|(_, source)| source.check_unchanged())?;
        // A dispute that reads only some accounts' rows knows what the manifest records.
        if !selection.ids_are_apart {
            digested.count_rows(&logs.usage, &mut rollup.rows_by_month);
        }
        if is_counted {
            digested.inputs.extend(opened.files.iter().cloned());
            digested.inputs.sort();
        }
        // Where only some accounts' rows were read, the usage is the recorded one: its share of
        // unreadable rows is that of the run that read them all, and was accepted.
        if !selection.ids_are_apart {
            let control = &rollup.control;
            let rows = control.of_concern + control.other_accounts.rows;
            unreadable::check(request, logs, CountedLog::Usage, control.rejected.rows, rows)?;
        }
        let (of_1970, rows) = rollup.control.rows_of(Instant::is_of_1970);
        unreadable::check_years(request.month, &logs.usage_table, of_1970, rows)?;
        if request.scope.part().is_none() {
            dropped.check_found(&rollup.drops_found)?;
        }
        digested.is_list_idle = dropped.is_idle(&rollup.drops_found);
        if let Some(dispute) = dispute {
            dispute.check_billed_once(
                request,
                &UsageNow {
                    sources: &logs.usage,
                    table: &logs.usage_table,
                    dropped: &dropped.all,
                    inputs: &digested.inputs,
                    reads_before: is_genesis,
                    billed_before: opened.recent_ids.as_deref(),
                    timeline,
                },
            )?;
            rollup.sharing_ids = dispute.sharing_ids(request, rollup.sharing_ids);
        }
        Ok((rollup, digested))
    }

    /// All rows that cannot be read, in order.
    pub fn all_rejects(&self, changes: Rejects, usage: Rejects) -> Result<Rejects> {
        if !self.request.scope.is_of_files() {
            return Ok(Rejects::default());
        }
        let others = self.dispute.as_ref().filter(|dispute| dispute.ids_are_apart);
        if others.is_none() && changes.rows() == 0 {
            return Ok(usage);
        }
        let all = RejectCollector::new(self.request.spill_folder());
        all.add_all(&changes)?;
        all.add_all(&usage)?;
        if let Some(dispute) = others {
            dispute.add_rejects(self.request, &all)?;
        }
        // The revision before has those of the accounts that are billed anew, too.
        all.finish(others.is_some())
    }
}

/// What parts of a month are billed from, digested: the files as they are, and the opening.
///
/// # Errors
/// [`Code::IMPOSSIBLE`]: it cannot be written.
pub(super) fn basis(logs: &Logs, opening: &OpeningRecord) -> Result<String> {
    let file = |(role, source): (Role, &Source)| {
        (role, source.file.name.clone(), source.bytes(), source.version())
    };
    let mut files: Vec<_> = logs.all().map(file).collect();
    files.sort();
    let text = serde_json::to_vec(&(files, opening)).map_err(|e| {
        Error::new(Code::IMPOSSIBLE, "what a part is billed from cannot be written").caused_by(e)
    })?;
    Ok(digest::of_bytes(&text))
}

/// Leaves the exceptions of accounts in a scope; gives the number of the others' changes.
fn narrow(log: &mut ChangeLog, scope: &Scope) -> u64 {
    let conflicting = log.conflicting;
    log.conflicting = log.exceptions.retain(|account| scope.includes(account));
    log.others + conflicting - log.conflicting
}

fn change_control(log: &ChangeLog, timeline: &Timeline, other_accounts: u64) -> ChangeControl {
    ChangeControl {
        read: log.rows_read,
        applied: timeline.counts.applied,
        duplicates: log.duplicates,
        rejected: log.rejected,
        excepted: timeline.counts.excepted + log.conflicting,
        outside: timeline.counts.outside,
        other_accounts,
        rounded: log.rounded,
    }
}
