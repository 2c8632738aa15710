//! One thread's part of the billing pass: rows classified and added up.

use super::boundaries::{Boundaries, NONE, Span};
use super::candidates::DuplicateCandidates;
use super::columnar::{ColumnarRows, last_of};
use super::control::Count;
use super::duplicates::{Resolution, line_up};
use super::findings::{ExceptionCause, Findings};
use super::id_pass::IdPass;
use super::recent_ids::KeptIds;
use super::row_by_row::{self, Classified, Target};
use super::spill::{
    Budget, CompactId, LocatedRow, PartitionStore, Spool, SpoolWriter, SpooledRows,
};
use super::sums::Sums;
use super::usage_row::{Place, UsageRow};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::ids::{AccountId, fingerprint};
use crate::base::number::number;
use crate::base::rejects::{Reject, RejectCollector};
use crate::base::spill_file::{Extent, damaged};
use crate::input::logs::{Batch, LogSchema, Source};

/// What all threads share.
#[derive(Clone, Copy)]
pub(super) struct PassContext<'a> {
    pub sources: &'a [Source],
    pub table: &'a LogSchema,
    pub boundaries: &'a Boundaries<'a>,
    /// Where rows of text are kept.
    pub spool: &'a Spool,
    /// Takes rows that cannot be read.
    pub rejects: &'a RejectCollector,
    /// Microseconds since the epoch: ids of the usage that is billed from here on are kept for the
    /// next month. At E none are.
    pub keep_from: i64,
}

/// What one thread has found so far.
pub(super) struct BillingPass<'a> {
    context: PassContext<'a>,
    columnar: ColumnarRows,
    pub sums: Sums,
    pub found: Findings,
    /// Rows of the batch that cannot be read.
    rejects: Vec<Reject>,
    /// Rows whose ids may come more than once, decided on when all of them are known.
    pub candidate_rows: PartitionStore<'a>,
    /// Ids for the next month.
    pub kept_ids: KeptIds<'a>,
    /// Rows that are taken in when it is known which ids may come more than once.
    pub spooled: SpoolWriter<'a>,
    /// Rows that came back from there: memory that is used again.
    rows_back: SpooledRows,
}

impl<'a> BillingPass<'a> {
    pub fn new(context: PassContext<'a>, budget: &'a Budget) -> Self {
        BillingPass {
            context,
            columnar: ColumnarRows::default(),
            sums: Sums::new(context.boundaries.segments()),
            found: Findings::default(),
            rejects: Vec::new(),
            candidate_rows: PartitionStore::new(budget),
            kept_ids: KeptIds::new(context.boundaries.segments(), budget),
            spooled: SpoolWriter::new(context.spool),
            rows_back: SpooledRows::default(),
        }
    }

    /// Adds a batch.
    pub fn add(&mut self, mut batch: Batch, candidates: &DuplicateCandidates) -> Result<()> {
        let mut columnar = self.read(&mut batch);
        columnar.leave_out(&batch, candidates);
        let count = columnar.add_to(&mut self.sums);
        let (control, last) = (&mut self.found.control, columnar.last());
        control.read.merge(count);
        control.used.merge(count);
        control.last_used = control.last_used.max(last);
        control.of_concern += count.rows;
        let of_others = columnar.of_others();
        control.read.merge(of_others);
        control.other_accounts.merge(of_others);
        let keep_from = self.context.keep_from;
        if last.is_some_and(|last| last.micros() >= keep_from) {
            let kept = &mut self.kept_ids;
            columnar.each_since(keep_from, &batch, |segment, at, id| kept.push(segment, at, id))?;
        }
        let added =
            self.one_by_one(&batch, columnar.others(), |pass, row| pass.take_in(row, candidates));
        self.columnar = columnar;
        added
    }

    /// Takes the ids of a batch, and keeps its rows for [`BillingPass::add_spooled`]. Where they
    /// cannot be kept, this part is of no use any more.
    pub fn spool(&mut self, mut batch: Batch, ids: &mut IdPass<'_>) -> Result<()> {
        if self.context.spool.given_up() {
            return ids.add(&batch, None);
        }
        let ids = &mut ids.fingerprints;
        let mut columnar = self.read(&mut batch);
        let mut count = Count::default();
        columnar.keep(&batch, &mut self.spooled, |fingerprint, credits| {
            count.add_micros(credits);
            ids.push(Span::Within, fingerprint)
        })?;
        self.found.control.read.merge(count);
        self.found.control.of_concern += count.rows;
        self.one_by_one(&batch, columnar.others(), |pass, row| {
            pass.spooled.push_whole(row);
            match row.event {
                "" => Ok(()),
                event => ids.push(row.span, fingerprint(event)),
            }
        })?;
        self.columnar = columnar;
        self.spooled.write_if_full();
        Ok(())
    }

    /// Takes in rows that were kept, by this part or another; gives their number.
    pub fn add_spooled(&mut self, part: Extent, candidates: &DuplicateCandidates) -> Result<u64> {
        let mut rows = std::mem::take(&mut self.rows_back);
        self.context.spool.read(part, &mut rows)?;
        let mut left_out = Vec::new();
        for (at, event) in rows.ids().enumerate() {
            let row = rows.located(at);
            if candidates.may_hold(Span::Within, row.fingerprint) {
                self.line_up_located(&row, &event?)?;
                left_out.push(at);
            } else if row.at >= self.context.keep_from {
                self.kept_ids.push(row.segment, row.at, event?)?;
            }
        }
        left_out.into_iter().for_each(|at| rows.segments[at] = NONE);
        let control = &mut self.found.control;
        control.used.merge(self.sums.add_all(&rows.segments, &rows.credits));
        control.last_used = control.last_used.max(last_of(&rows.segments, &rows.at));
        let mut number = rows.segments.len() as u64;
        for row in rows.whole() {
            self.take_in(&row?, candidates)?;
            number += 1;
        }
        self.rows_back = rows;
        Ok(number)
    }

    fn line_up_located(&mut self, row: &LocatedRow, event: &CompactId<'_>) -> Result<()> {
        let boundaries = self.context.boundaries;
        let mut buffer = [0; 36];
        let row = UsageRow {
            span: Span::Within,
            event: event.text(&mut buffer),
            at: Instant::from_micros(row.at).ok_or_else(damaged)?,
            account: boundaries.accounts.id(boundaries.account_of(row.segment)),
            credits: Credits::from_micros(row.credits.into()).map_err(|_| damaged())?,
            place: Place::default(), // is not kept: of equal rows any may be dropped
        };
        line_up(&row, &mut self.candidate_rows)
    }

    /// Reads a batch column by column, and counts its rows.
    fn read(&mut self, batch: &mut Batch) -> ColumnarRows {
        self.take_faults(batch);
        let PassContext { table, boundaries, .. } = self.context;
        let mut columnar = std::mem::take(&mut self.columnar);
        columnar.read(batch, table, boundaries);
        self.found.rows_by_month.add_batch(batch.source, &columnar.at, boundaries.billed_month());
        columnar
    }

    fn take_faults(&mut self, batch: &mut Batch) {
        let unreadable = batch.faults.len() as u64;
        let faults = batch.faults.drain(..);
        self.rejects.extend(faults.map(|fault| fault.into_reject(self.context.sources)));
        self.found.control.rejected.rows += unreadable;
        self.found.control.read.rows += unreadable;
        self.found.control.of_concern += unreadable;
    }

    /// Goes through rows of a batch one by one. Those that may be billed, or may stand in the way
    /// of one that is, are handed out.
    fn one_by_one(
        &mut self,
        batch: &Batch,
        which: impl Iterator<Item = usize>,
        mut take: impl FnMut(&mut Self, &UsageRow<'_>) -> Result<()>,
    ) -> Result<()> {
        let PassContext { sources, table, boundaries, rejects, .. } = self.context;
        let mut taken = Ok(());
        row_by_row::visit(batch, table, boundaries, which, |classified| match classified {
            Classified::Billable { row, rounded_by } => {
                self.found.count_read(row.credits, rounded_by);
                if taken.is_ok() {
                    taken = take(self, &row);
                }
            }
            Classified::Dropped { row, number, rounded_by } => {
                self.found.count_read(row.credits, rounded_by);
                self.found.except(&row, ExceptionCause::Dropped(number));
            }
            Classified::OtherAccount(row) => {
                self.found.control.read.add(row.credits);
                self.found.control.other_accounts.add(row.credits);
                if taken.is_ok()
                    && boundaries.selection.drops.find(row.event, row.account).is_none()
                {
                    taken = take(self, &row);
                }
            }
            Classified::OtherMonth { at } => {
                self.found.control.read.rows += 1;
                self.found.control.count_outside(Month::of(at), 1);
            }
            Classified::Unreadable { at_row, column, fault, credits } => {
                self.found.count_read(credits, None);
                self.found.control.rejected.add(credits);
                let fault = batch.fault(table, column, at_row, fault.to_string());
                self.rejects.push(fault.into_reject(sources));
            }
        });
        rejects.add(&mut self.rejects)?;
        taken
    }

    /// Takes in a row, or lines it up.
    fn take_in(&mut self, row: &UsageRow<'_>, candidates: &DuplicateCandidates) -> Result<()> {
        if !row.event.is_empty() && candidates.may_hold(row.span, fingerprint(row.event)) {
            return line_up(row, &mut self.candidate_rows);
        }
        match self.context.boundaries.selection.scope.includes(row.account) {
            true => self.add_row(row),
            false => Ok(()),
        }
    }

    /// Takes in a row that was lined up, given the row of its id that stands.
    pub fn settle(
        &mut self,
        row: &UsageRow<'_>,
        resolution: Resolution,
        stands: &UsageRow<'_>,
    ) -> Result<()> {
        if row.account != stands.account {
            self.found.sharing_ids.extend([row.account, stands.account].map(AccountId::from));
        }
        let is_billed = self.context.boundaries.selection.scope.includes(row.account);
        match resolution {
            _ if !is_billed => {}
            Resolution::Stands => return self.add_row(row),
            Resolution::Duplicate => self.found.control.duplicates.add(row.credits),
            Resolution::BilledBefore => self.found.except(row, ExceptionCause::BilledBefore),
            Resolution::Conflicting => {
                self.found.except(row, ExceptionCause::Conflicting(row.span));
            }
        }
        Ok(())
    }

    fn add_row(&mut self, row: &UsageRow<'_>) -> Result<()> {
        match Target::of(row, self.context.boundaries) {
            Target::Segment(segment) => {
                self.sums.add(segment, row.credits.micros());
                if row.span == Span::Before {
                    self.found.control.before_in_trial.add(row.credits);
                    self.found.control.count_outside(Month::of(row.at), 1);
                    return Ok(());
                }
                self.found.control.use_row(row.at, row.credits);
                let at = row.at.micros();
                if at >= self.context.keep_from && !row.event.is_empty() {
                    return self.kept_ids.push(number(segment), at, CompactId::of(row.event));
                }
            }
            Target::Exception(cause) => self.found.except(row, cause),
            Target::Nowhere => self.found.control.count_nowhere(row.at, row.credits),
        }
        Ok(())
    }
}
