//! A month's inputs, opened and read: the opening state, the changes, the usage. Where more rows than may be cannot be
//! read, all that is wrong with them is told together.

use rust_decimal::{Decimal, RoundingStrategy};

use super::dispute::{Dispute, UsageNow};
use super::inputs::{Digested, LeftOut, Logs};
use super::opening::{Opened, open_state};
use super::request::{OpeningChoice, Request};
use crate::base::calendar::{Instant, Month};
use crate::base::digest;
use crate::base::digits::quantity_of;
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
use crate::input::logs::{LogSchema, RowCheck, Scan, Source, Survey, Surveyed};

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
        check_readable(request, logs, CountedLog::Changes, log.rejected, log.rows_read)?;
        let rows = log.rows_read - log.rejected;
        check_years(request.month, table, log.of_1970, rows)?;
        let (rejected, rows) = (adjustments.control.rejected, adjustments.control.read);
        check_readable(request, logs, CountedLog::Adjustments, rejected, rows)?;
        let others = match scope {
            Scope::All => 0,
            scope => narrow(&mut log, scope),
        };
        let mut timeline = timeline::build(&self.opened.opening, &mut log, catalog, request.month);
        let adjustments = timeline.adjust(adjustments);
        let control = ChangeControl {
            read: log.rows_read,
            applied: timeline.counts.applied,
            duplicates: log.duplicates,
            rejected: log.rejected,
            excepted: timeline.counts.excepted + log.conflicting,
            outside: timeline.counts.outside,
            other_accounts: others,
            rounded: log.rounded,
        };
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
            check_readable(request, logs, CountedLog::Usage, control.rejected.rows, rows)?;
        }
        let (of_1970, rows) = rollup.control.rows_of(Instant::is_of_1970);
        check_years(request.month, &logs.usage_table, of_1970, rows)?;
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

/// A log whose rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CountedLog {
    Changes,
    Adjustments,
    Usage,
}

/// Whether so many rows cannot be read that nothing is published.
fn are_too_many(request: &Request, rejected: u64, rows: u64) -> bool {
    let allowed = request.inputs.max_reject_share.checked_mul(Decimal::from(rows));
    rejected > 0 && allowed.is_none_or(|allowed| Decimal::from(rejected) > allowed)
}

/// Stops the run where so many of a log's rows were rejected that nothing is published. The log, and
/// what is read after it, is looked through for all that is wrong.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: there are too many.
fn check_readable(
    request: &Request,
    logs: &Logs,
    log: CountedLog,
    rejected: u64,
    rows: u64,
) -> Result<()> {
    if !are_too_many(request, rejected, rows) {
        return Ok(());
    }
    let mut faults = Faults::default();
    for other in CountedLog::ALL.into_iter().filter(|other| *other >= log) {
        let (sources, table) = other.of(logs);
        let mut found = other.survey(request, sources, table)?;
        if other == log {
            // A dispute holds its own against the rows of all.
            (found.rows, found.unreadable) = (rows, rejected);
        }
        if other == log || are_too_many(request, found.unreadable, found.rows) {
            faults.add(other.fault(request, found, sources, table));
        }
    }
    faults.check("logs cannot be read")
}

/// Stops the run where most of a log's rows lie in 1970, and not the month itself: their instants
/// are numbers of another unit than they were read in.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: most do.
fn check_years(month: Month, log: &LogSchema, of_1970: u64, rows: u64) -> Result<()> {
    if of_1970 <= rows / 2 || month.start().is_of_1970() {
        return Ok(());
    }
    let message = format!("{of_1970} of {rows} rows of the {} lie in 1970", log.name);
    Err(Error::new(Code::INSTANTS_OF_1970, message)
        .expected(format!("instants in {month}, or near it"))
        .hint(
            "their unit seems to be another than they were read in, such as seconds read as \
             milliseconds: correct `instants` (--instants), or the type of the column of TIMESTAMP",
        ))
}

impl CountedLog {
    /// All, in the order in which they are read.
    const ALL: [CountedLog; 3] = [CountedLog::Changes, CountedLog::Adjustments, CountedLog::Usage];

    fn of(self, logs: &Logs) -> (&[Source], &LogSchema) {
        match self {
            CountedLog::Changes => (&logs.changes, &logs.changes_table),
            CountedLog::Adjustments => (&logs.adjustments, &logs.adjustments_table),
            CountedLog::Usage => (&logs.usage, &logs.usage_table),
        }
    }

    fn survey(self, request: &Request, sources: &[Source], table: &LogSchema) -> Result<Surveyed> {
        let is_genesis = request.opening == OpeningChoice::Genesis;
        let month = |at: Instant| Month::of(at);
        let concerns = |at: Instant| match self {
            CountedLog::Changes | CountedLog::Adjustments => true,
            CountedLog::Usage if is_genesis => month(at) <= request.month,
            CountedLog::Usage => month(at) == request.month,
        };
        let scan = Scan {
            is_skipped: &|span| {
                [span.start(), span.end()].iter().all(|at| !concerns(**at))
                    && month(*span.start()) == month(*span.end())
            },
            scope: &request.scope,
            ..Scan::whole(sources, table)
        };
        let currency = request.catalog.catalog.currency;
        let check: &RowCheck = match self {
            CountedLog::Usage => &|_, _| None,
            CountedLog::Changes => &|batch, row| changes::row_fault(batch, table, row),
            CountedLog::Adjustments => &|batch, row| adjustments::row_fault(batch, currency, row),
        };
        // The rows of adjustments are checked whole.
        let reads_cells = self != CountedLog::Adjustments;
        Survey { scan, concerns: &concerns, reads_cells, check }.run()
    }

    fn fault(
        self,
        request: &Request,
        found: Surveyed,
        sources: &[Source],
        table: &LogSchema,
    ) -> Error {
        let (rows, unreadable) = (found.rows, found.unreadable);
        let share = request.inputs.max_reject_share;
        let message = format!(
            "{unreadable} of {rows} rows of the {} cannot be read, more than --max-reject-share {share}",
            table.name
        );
        let hint = match self.without(unreadable, rows).filter(|_| !found.has_negative_credits()) {
            Some(without) => format!("correct the log; or {without}"),
            None => "correct the log, or say how it is written".to_owned(),
        };
        Error::new(Code::TOO_MANY_REJECTS, message)
            .with_faults(found.into_faults(sources, table))
            .hint(hint)
    }

    /// How to publish without the rows that cannot be read, and what that means; nothing where they
    /// are more than a few.
    fn without(self, unreadable: u64, rows: u64) -> Option<String> {
        const FEW: Decimal = Decimal::from_parts(5, 0, 0, false, 2);
        let share = Decimal::from(unreadable).checked_div(Decimal::from(rows))?;
        let share = share.round_dp_with_strategy(6, RoundingStrategy::AwayFromZero).normalize();
        let (what, fate) = match self {
            CountedLog::Usage => ("event", "billed nowhere"),
            CountedLog::Changes => ("change", "not applied"),
            CountedLog::Adjustments => ("amount", "not billed"),
        };
        let (are, stand) = if unreadable == 1 { ("is", "stands") } else { ("are", "stand") };
        let rows = quantity_of(unreadable, what);
        (share < FEW).then(|| {
            format!(
                "publish without these rows by --max-reject-share {share}: {rows} {are} then {fate}, \
                 and {stand} in the table `rejects` alone"
            )
        })
    }
}
