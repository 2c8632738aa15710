//! The two passes over the usage log: one over ids, which finds those that may come more than once,
//! and one that adds up. Rows of such ids are lined up meanwhile, and decided on at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::billed_before::BilledBefore;
use super::billing_pass::{BillingPass, PassContext};
use super::boundaries::Boundaries;
use super::candidates::DuplicateCandidates;
use super::control::{Sum, UsageControl};
use super::duplicates::resolve_partition;
use super::findings::Findings;
use super::id_pass::{DecodedIds, IdPass};
use super::recent_ids::{KeptIds, RecentIds};
use super::row_by_row::{ACCOUNT, AT, EVENT};
use super::spill::{Budget, PartitionStore, Spool};
use super::sums::Sums;
use crate::base::calendar::{HOUR_MICROS, Instant, Month};
use crate::base::error::Result;
use crate::base::exceptions::Exception;
use crate::base::ids::AccountId;
use crate::base::progress::{Pass, Progress, Step};
use crate::base::rejects::{RejectCollector, Rejects};
use crate::base::scope::Scope;
use crate::base::spill_file::Extent;
use crate::input::logs::{self, Batch, IdsAtHand, LogSchema, Scan, Scanned, Source, Visit};

/// The usage log's files and what is asked of them.
pub struct UsageInput<'a> {
    /// The opened files.
    pub sources: &'a [Source],
    /// Their columns; without `event_id`, no duplicates are looked for.
    pub table: &'a LogSchema,
    /// Where the segments begin.
    pub boundaries: &'a Boundaries<'a>,
    /// What is done about retries over the month's end.
    pub retries: Retries<'a>,
    /// How much memory what grows with the number of events may hold, in bytes.
    pub memory: u64,
    /// Where the rest goes meanwhile.
    pub spill: &'a Path,
    /// Is told how far the passes are.
    pub progress: Progress<'a>,
}

/// What is done about retries over the month's end (L1), where usage has event ids.
#[derive(Debug, Clone, Copy)]
pub struct Retries<'a> {
    /// Ids of the usage that is billed from this instant on are kept for the next month; none where
    /// it is E.
    pub keep_from: Instant,
    /// What the month before keeps.
    pub billed_before: BilledBefore<'a>,
}

impl<'a> Retries<'a> {
    /// Ids of a month's last hours are kept; of none where there are 0.
    pub fn of_last(hours: u32, month: Month, billed_before: BilledBefore<'a>) -> Self {
        let keep_from = month.end().plus_micros(-i64::from(hours) * HOUR_MICROS);
        Retries { keep_from: keep_from.max(month.start()), billed_before }
    }
}

/// The rollup's result.
#[derive(Debug)]
pub struct Rollup {
    /// Each segment's usage.
    pub sums: Vec<Sum>,
    /// Usage that cannot be billed.
    pub exceptions: Vec<Exception>,
    /// Accounts whose events share an id with another account's, in one span; `None` where they
    /// are too many to be named.
    pub sharing_ids: Option<BTreeSet<AccountId>>,
    /// Of the events that are left out, by number: whether any row bears its id.
    pub drops_found: Vec<bool>,
    /// Usage that cannot be read, in the order of files and rows.
    pub rejects: Rejects,
    /// The ids that are kept for the next month.
    pub recent_ids: RecentIds,
    /// What became of every row.
    pub control: UsageControl,
    /// Where a part of the accounts is billed by a rollup made elsewhere: what became of every row for all
    /// accounts.
    pub whole_control: Option<UsageControl>,
    /// Each file's rows by month (L2), as far as their instants can be read; those of row groups
    /// that were passed over included. A dispute that leaves rows of others unread doesn't know it.
    pub rows_by_month: Vec<BTreeMap<Month, u64>>,
    /// Who made it, where it was not made here.
    pub elsewhere: Option<RolledUpBy>,
    /// Bytes that exceeded the memory budget, and went to the disk meanwhile.
    pub spilled: u64,
    /// Bytes that were read of logs and took room on the disk meanwhile, so as not to be read again.
    pub spooled: u64,
}

/// Which engine made a rollup, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledUpBy {
    /// The engine.
    pub engine: String,
    /// Its version.
    pub version: String,
    /// The SHA-256 of the request.
    pub request_sha256: String,
}

/// What the first pass is for, where usage has event ids.
const LOOKING_AT_IDS: &str = "looking at event ids";

/// Accounts that share ids are named up to this many.
pub const SHARING_NAMED: usize = 10_000;

/// Rolls up the usage log on the threads of the current pool.
///
/// # Errors
/// A file cannot be read to its end, or what exceeds the memory budget cannot be kept on the
/// disk.
pub fn roll_up(input: &UsageInput<'_>) -> Result<Rollup> {
    let id_budget = Budget::new(input.memory, input.spill);
    let budget = Budget::new(input.memory, input.spill);
    let spool = Spool::new(input.spill);
    let rejects = RejectCollector::new(input.spill);
    let UsageInput { sources, table, boundaries, .. } = *input;
    let keep_from = input.retries.keep_from.micros();
    let context =
        PassContext { sources, table, boundaries, spool: &spool, rejects: &rejects, keep_from };
    let new_pass = || BillingPass::new(context, &budget);

    let mut passes = PerThread::new(new_pass);
    let decoded = DecodedIds::new(&id_budget, &spool);
    let (candidates, rows) = input.candidates(&id_budget, &passes, &decoded)?;
    tracing::debug!(spilled = id_budget.spilled(), kept = spool.bytes(), "event ids compared");
    budget.take(candidates.bytes() + decoded.held_bytes());
    let spooled: Option<Vec<_>> = passes.values_mut().map(|pass| pass.spooled.take()).collect();
    if spooled.is_none() {
        passes = PerThread::new(new_pass); // all that was read must be read again
        rejects.clear();
    }
    input.add_up(rows, spooled, &decoded, &passes, &candidates)?;
    tracing::debug!(spilled = budget.spilled(), "added up");
    input.settle(&mut passes, &candidates, &budget)?;
    tracing::debug!("duplicates settled");
    let (mut sums, mut found, mut kept) = (Vec::new(), Findings::default(), Vec::new());
    for pass in passes.into_values() {
        kept.push(pass.kept_ids.store);
        sums.push(pass.sums);
        found.merge(pass.found);
    }
    let kept = KeptIds::pieces(kept, &budget)?;
    let spilled = id_budget.spilled() + budget.spilled();
    let Findings { exceptions, control, rows_by_month, sharing_ids } = found;
    let drops = boundaries.selection.drops;
    Ok(Rollup {
        sums: Sums::whole(&sums, boundaries.segments()),
        drops_found: exceptions.found(drops),
        exceptions: exceptions.finish(drops),
        sharing_ids: Some(sharing_ids).filter(|ids| ids.len() <= SHARING_NAMED),
        rejects: rejects.finish(false)?,
        recent_ids: RecentIds::of(kept, budget),
        control,
        whole_control: None,
        rows_by_month: rows_by_month.finish(sources.len()),
        elsewhere: None,
        spilled,
        spooled: spool.bytes(),
    })
}

impl UsageInput<'_> {
    /// Whether text is read once: not where few rows are of concern.
    fn spools(&self) -> bool {
        let selection = &self.boundaries.selection;
        self.has_ids() && !selection.is_narrow() && selection.scope.is_all()
    }

    pub(super) fn has_ids(&self) -> bool {
        self.table.columns.len() > EVENT
    }

    /// Tells that a pass begins.
    ///
    /// Its part of the month's work is an estimate, on which nothing but the time that is left depends:
    /// ids are the longest of four columns, and what comes before and after the passes is about a
    /// quarter of a large month. Text is taken apart in the first pass alone.
    fn begin(&self, what: &'static str, rows: Option<u64>) {
        const BOTH: u64 = 800;
        const IDS: u64 = 350;
        const MORE_OF_TEXT: u64 = 300;
        let bytes = |wanted: fn(&Source) -> bool| -> u64 {
            self.sources.iter().filter(|source| wanted(source)).map(Source::bytes).sum()
        };
        let (text, bytes) = (bytes(Source::is_text), bytes(|_| true));
        let text = if self.spools() { text } else { 0 };
        let more = u128::from(MORE_OF_TEXT) * u128::from(text);
        let ids = IDS + u64::try_from(more / u128::from(bytes.max(1))).unwrap_or(0);
        let (number, of, share) = match (self.has_ids(), what) {
            (false, _) => (1, 1, BOTH),
            (true, LOOKING_AT_IDS) => (1, 2, ids),
            (true, _) => (2, 2, BOTH - ids),
        };
        (self.progress)(Step::Pass(Pass { what, number, of, share, rows, bytes }));
    }

    /// Goes through files, or some of their columns, and gives the number of rows.
    fn pass(
        &self,
        wanted_sources: fn(&Source) -> bool,
        only_columns: Option<&[usize]>,
        ids_at_hand: Option<&dyn IdsAtHand>,
        visit: &Visit<'_>,
    ) -> Result<u64> {
        let selection = &self.boundaries.selection;
        let scan = Scan {
            wanted_sources,
            is_skipped: &|span| self.boundaries.is_other_month(span),
            scope: if selection.ids_are_apart { selection.scope } else { &Scope::All },
            only_columns,
            on_bytes: &|bytes| (self.progress)(Step::Bytes(bytes)),
            keyed_ids: only_columns.is_none(),
            ids_at_hand,
            ..Scan::whole(self.sources, self.table)
        };
        let seen = AtomicU64::new(0);
        logs::scan(&scan, &|scanned| {
            let rows = match &scanned {
                Scanned::Batch(batch) => (batch.len + batch.faults.len()) as u64,
                Scanned::SkippedByInstant { rows, .. } | Scanned::SkippedByAccount { rows } => {
                    *rows
                }
            };
            seen.fetch_add(rows, Ordering::Relaxed);
            (self.progress)(Step::Rows(rows));
            visit(scanned)
        })?;
        Ok(seen.into_inner())
    }

    /// Which event ids may come more than once, and the number of rows, as far as it is known.
    /// Where only some accounts are billed, any of their ids may be another account's, too. What is
    /// read once is read here.
    fn candidates(
        &self,
        budget: &Budget,
        passes: &PerThread<'_, BillingPass<'_>>,
        decoded: &DecodedIds<'_>,
    ) -> Result<(DuplicateCandidates, Option<u64>)> {
        let all = self.boundaries.selection.compares_others();
        let columns = if all { &[ACCOUNT, AT, EVENT][..] } else { &[AT, EVENT] };
        let ids = PerThread::new(|| IdPass::new(self.boundaries, budget));
        let mut rows = self.sources.iter().map(Source::rows).sum();
        if self.has_ids() {
            self.begin(LOOKING_AT_IDS, rows);
            let mut seen = 0;
            if self.spools() {
                seen += self.pass(Source::is_text, None, None, &|scanned| {
                    let Scanned::Batch(batch) = scanned else { return Ok(()) };
                    ids.with(|ids| passes.with(|pass| pass.spool(batch, ids)))
                })?;
            }
            let others = all_but_spooled(self.spools());
            let keep = |batch: &Batch| {
                let keeps = !all && !self.sources[batch.source].is_text();
                keeps.then_some(decoded)
            };
            seen += self.pass(others, Some(columns), None, &|scanned| {
                let Scanned::Batch(batch) = scanned else { return Ok(()) };
                ids.with(|ids| ids.add(&batch, keep(&batch)))
            })?;
            rows = Some(seen);
        }
        let mut fingerprints: Vec<_> = ids.into_values().map(|ids| ids.fingerprints).collect();
        if self.has_ids() {
            fingerprints.push(self.retries.billed_before.seed(budget)?);
        }
        Ok((DuplicateCandidates::of(fingerprints, all, budget)?, rows))
    }

    /// Adds up what was spooled, and what is in all other files.
    fn add_up(
        &self,
        rows: Option<u64>,
        spooled: Option<Vec<Vec<Extent>>>,
        decoded: &DecodedIds<'_>,
        passes: &PerThread<'_, BillingPass<'_>>,
        candidates: &DuplicateCandidates,
    ) -> Result<()> {
        self.begin("adding up usage", rows);
        let others = all_but_spooled(spooled.is_some() && self.spools());
        let extents = spooled.into_par_iter().flatten().flatten();
        extents.try_for_each(|extent| {
            let rows = passes.with(|pass| pass.add_spooled(extent, candidates))?;
            (self.progress)(Step::Rows(rows));
            Ok(())
        })?;
        self.pass(others, None, Some(decoded), &|scanned| {
            passes.with(|pass| {
                let Findings { control, rows_by_month, .. } = &mut pass.found;
                match scanned {
                    Scanned::Batch(batch) => return pass.add(batch, candidates),
                    Scanned::SkippedByInstant { source, span, rows } => {
                        let month = Month::of(*span.start());
                        rows_by_month.add(source, month, rows);
                        control.read.rows += rows;
                        control.passed_over += rows;
                        control.count_outside(month, rows);
                    }
                    Scanned::SkippedByAccount { rows } => {
                        control.read.rows += rows;
                        control.other_accounts.rows += rows;
                    }
                }
                Ok(())
            })
        })?;
        Ok(())
    }

    /// Decides on the rows that were lined up.
    fn settle(
        &self,
        passes: &mut PerThread<'_, BillingPass<'_>>,
        candidates: &DuplicateCandidates,
        budget: &Budget,
    ) -> Result<()> {
        let mut rows: Vec<_> = passes.values_mut().map(|pass| pass.candidate_rows.take()).collect();
        rows.push(self.retries.billed_before.line_up(candidates, budget)?);
        let passes = &*passes;
        PartitionStore::partitions(rows).into_par_iter().try_for_each(|partition| {
            passes.with(|pass| {
                resolve_partition(partition, budget, |row, resolution, stands| {
                    pass.settle(row, resolution, stands)
                })
            })
        })
    }
}

/// The files that a pass reads: all, or those whose rows are not spooled.
fn all_but_spooled(spools: bool) -> fn(&Source) -> bool {
    if spools { |source| !source.is_text() } else { |_| true }
}

/// Values that are made where a thread first asks for its own.
struct PerThread<'a, T> {
    slots: Vec<Mutex<Option<T>>>,
    make: Box<dyn Fn() -> T + Sync + 'a>,
}

impl<'a, T> PerThread<'a, T> {
    pub fn new(make: impl Fn() -> T + Sync + 'a) -> Self {
        let slots = (0..rayon::current_num_threads()).map(|_| Mutex::new(None)).collect();
        PerThread { slots, make: Box::new(make) }
    }

    /// Works with the thread's own value.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let slot = &self.slots[rayon::current_thread_index().unwrap_or(0)];
        let mut value = slot.lock().unwrap_or_else(PoisonError::into_inner);
        work(value.get_or_insert_with(&self.make))
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let slots = self.slots.iter_mut();
        slots.filter_map(|slot| slot.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut())
    }

    pub fn into_values(self) -> impl Iterator<Item = T> {
        let slots = self.slots.into_iter();
        slots.filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}
