//! The rollup on this machine: a narrow pass that finds which event ids may come more than once,
//! and one that adds up. Rows of suspect ids are lined up meanwhile, and decided on at the end.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::billing_pass::{Part, Shared};
use super::duplicate_candidates::Suspects;
use super::duplicates::{self, Lineup};
use super::id_pass::Ids;
use super::partitions::{Budget, Partition};
use super::row_by_row::{ACCOUNT, AT, EVENT};
use super::spill::{Extent, Spill};
use super::spool::{self, Shelf};
use super::sums::Sums;
use super::{Boundaries, Rollup, Selection, UsageControl};
use crate::base::calendar::{Instant, Month};
use crate::base::error::Result;
use crate::base::progress::{Progress, Step};
use crate::base::scope::Scope;
use crate::input::logs::{self, RowFault, Scan, Scanned, Source, Table, Visit};

/// The usage log's files and what is asked of them.
pub struct Input<'a> {
    /// The opened files.
    pub sources: &'a [Source],
    /// Their columns; without `event_id`, no duplicates are looked for.
    pub table: &'a Table,
    /// Where the segments begin.
    pub boundaries: &'a Boundaries<'a>,
    /// How much memory what grows with the number of events may hold, in bytes.
    pub memory: u64,
    /// Where the rest goes meanwhile.
    pub spill: &'a Path,
    /// Is told how far the passes are.
    pub progress: Progress<'a>,
}

/// Accounts that share ids are named up to this many.
const SHARING_NAMED: usize = 10_000;

/// Rolls up the usage log on the threads of the current pool.
///
/// # Errors
/// A file cannot be read to its end, or what exceeds the memory budget cannot be kept on the
/// disk.
pub fn run(input: &Input<'_>) -> Result<Rollup> {
    let ids = Budget::new(input.memory, input.spill);
    let budget = Budget::new(input.memory, input.spill);
    let shelf = Shelf::new(Spill::new(input.spill));
    let (table, boundaries) = (input.table, input.boundaries);
    let shared = Shared { table, boundaries, shelf: &shelf };
    let new_part = || Part::new(shared, &budget);

    let mut parts = PerThread::new(new_part);
    let (suspects, rows) = input.suspects(&ids, &parts)?;
    tracing::debug!(spilled = ids.spilled(), kept = shelf.bytes(), "event ids compared");
    budget.take(usize::try_from(suspects.bytes()).unwrap_or(usize::MAX));
    let kept: Option<Vec<Vec<Extent>>> = parts.parts_mut().map(|part| part.kept.take()).collect();
    if kept.is_none() {
        parts = PerThread::new(new_part); // all that was read must be read again
    }
    input.add_up(rows, kept, &shelf, (&parts, &suspects))?;
    tracing::debug!(spilled = budget.spilled(), "added up");
    settle(&mut parts, &budget)?;
    tracing::debug!("duplicates settled");
    let spilled = ids.spilled() + budget.spilled();
    Ok(Rollup { spilled, kept: shelf.bytes(), ..input.finish(parts.into_parts()) })
}

impl Input<'_> {
    /// Whether packed text is read once: not where few rows are of concern.
    fn keeps(&self) -> bool {
        self.has_ids() && !self.boundaries.selection.is_narrow()
    }

    fn has_ids(&self) -> bool {
        self.table.columns.len() > EVENT
    }

    /// Tells that a pass begins.
    fn begin(&self, what: &'static str, rows: Option<u64>) {
        let bytes = self.sources.iter().map(Source::bytes).sum();
        (self.progress)(Step::Pass { what, rows, bytes });
    }

    /// Goes through files, or some of their columns, and gives the number of rows.
    fn pass(
        &self,
        wanted_sources: fn(&Source) -> bool,
        only_columns: Option<&[usize]>,
        visit: &Visit<'_>,
    ) -> Result<u64> {
        let is_skipped = |span: &_| self.boundaries.is_other_month(span);
        let (sources, table) = (self.sources, self.table);
        let Selection { only, ids_are_apart, .. } = self.boundaries.selection;
        let scope = Scope::from(only.filter(|_| ids_are_apart));
        let on_bytes = |bytes| (self.progress)(Step::Bytes(bytes));
        let whole = Scan { wanted_sources, on_bytes: &on_bytes, ..Scan::whole(sources, table) };
        let keyed_ids = only_columns.is_none();
        let scan =
            Scan { is_skipped: &is_skipped, scope: &scope, only_columns, keyed_ids, ..whole };
        let seen = AtomicU64::new(0);
        logs::scan(&scan, &|piece| {
            let rows = match &piece {
                Scanned::Batch(batch) => (batch.len + batch.faults.len()) as u64,
                Scanned::SkippedByInstant { rows, .. } | Scanned::SkippedByAccount { rows } => {
                    *rows
                }
            };
            seen.fetch_add(rows, Ordering::Relaxed);
            (self.progress)(Step::Rows(rows));
            visit(piece)
        })?;
        Ok(seen.into_inner())
    }

    /// Which event ids may come more than once, and the number of rows, as far as it is known.
    /// Where only some accounts are billed, any of their ids may be another account's, too. What is
    /// read once is read here.
    fn suspects(
        &self,
        budget: &Budget,
        parts: &PerThread<'_, Part<'_>>,
    ) -> Result<(Suspects, Option<u64>)> {
        let selection = &self.boundaries.selection;
        let all = selection.only.is_some() && !selection.ids_are_apart;
        let columns = if all { &[ACCOUNT, AT, EVENT][..] } else { &[AT, EVENT] };
        let ids = PerThread::new(|| Ids::new(self.boundaries, all, budget));
        let mut rows = self.sources.iter().map(Source::rows).sum();
        if self.has_ids() {
            self.begin("looking at event ids", rows);
            let mut seen = 0;
            if self.keeps() {
                seen += self.pass(Source::is_packed, None, &|piece| match piece {
                    Scanned::Batch(batch) => {
                        ids.with(|ids| parts.with(|part| part.keep(batch, ids)))
                    }
                    Scanned::SkippedByInstant { .. } | Scanned::SkippedByAccount { .. } => Ok(()),
                })?;
            }
            seen += self.pass(rest(self.keeps()), Some(columns), &|piece| match piece {
                Scanned::Batch(batch) => ids.with(|ids| ids.add(&batch)),
                Scanned::SkippedByInstant { .. } | Scanned::SkippedByAccount { .. } => Ok(()),
            })?;
            rows = Some(seen);
        }
        let ids = ids.into_parts().into_iter().map(|ids| ids.fingerprints).collect();
        Ok((Suspects::of(ids, all, budget)?, rows))
    }

    /// Adds up what was `kept`, and what is in all other files.
    fn add_up(
        &self,
        rows: Option<u64>,
        kept: Option<Vec<Vec<Extent>>>,
        shelf: &Shelf,
        (parts, suspects): (&PerThread<'_, Part<'_>>, &Suspects),
    ) -> Result<()> {
        self.begin("adding up usage", rows);
        let rest = rest(kept.is_some() && self.keeps());
        let extents = kept.unwrap_or_default().into_par_iter().flatten();
        extents.try_for_each(|extent| {
            let mut rows = 0;
            parts.with(|part| {
                spool::visit(shelf, extent, |row| {
                    rows += 1;
                    part.add_kept(&row, suspects)
                })
            })?;
            (self.progress)(Step::Rows(rows));
            Ok(())
        })?;
        self.pass(rest, None, &|piece| {
            parts.with(|part| match piece {
                Scanned::Batch(batch) => part.add(batch, suspects),
                Scanned::SkippedByInstant { span, rows } => {
                    let outside = part.control.outside.entry(Month::of(*span.start())).or_default();
                    outside.unread_rows += rows;
                    Ok(())
                }
                Scanned::SkippedByAccount { rows } => {
                    part.control.read.rows += rows;
                    part.control.other_accounts.rows += rows;
                    Ok(())
                }
            })
        })?;
        Ok(())
    }

    fn finish(&self, parts: Vec<Part<'_>>) -> Rollup {
        let mut control = UsageControl::default();
        let mut rollup = Whole::default();
        for part in parts {
            control.merge(part.control);
            rollup.sums.push(part.sums);
            rollup.set_aside.merge(part.set_aside);
            rollup.rejects.extend(part.rejects);
            rollup.displaced.extend(part.displaced);
            rollup.sharing_ids.extend(part.sharing_ids);
        }
        let drops = self.boundaries.selection.drops;
        let mut rejects: Vec<_> =
            rollup.rejects.into_iter().map(|reject| reject.into_reject(self.sources)).collect();
        rejects.sort();
        rollup.displaced.sort();
        Rollup {
            sums: Sums::whole(&rollup.sums, self.boundaries.from.len()),
            drops_found: rollup.set_aside.found(drops),
            exceptions: rollup.set_aside.finish(drops),
            displaced: rollup.displaced,
            sharing_ids: Some(rollup.sharing_ids).filter(|ids| ids.len() <= SHARING_NAMED),
            rejects,
            control,
            spilled: 0,
            kept: 0,
        }
    }
}

/// The files that a pass reads: all, or those whose rows are not kept.
fn rest(keeps: bool) -> fn(&Source) -> bool {
    if keeps { |source| !source.is_packed() } else { |_| true }
}

/// All parts together.
#[derive(Default)]
struct Whole {
    sums: Vec<Sums>,
    set_aside: super::exceptions::SetAside,
    rejects: Vec<RowFault>,
    displaced: Vec<(String, String)>,
    sharing_ids: BTreeSet<String>,
}

/// Decides on the rows that were lined up.
fn settle(parts: &mut PerThread<'_, Part<'_>>, budget: &Budget) -> Result<()> {
    let lineups = parts.parts_mut().map(|part| part.lineup.take()).collect();
    let partitions = Lineup::partitions(lineups).into_par_iter();
    let parts = &*parts;
    partitions.try_for_each(|partition: Partition| {
        let chunks = partition.chunks(budget)?;
        let mut rows = duplicates::rows(&chunks)?;
        parts.with(|part| {
            duplicates::resolve(&mut rows, |row, verdict, stands| part.settle(row, verdict, stands))
        });
        Ok(())
    })
}

impl Boundaries<'_> {
    /// Whether rows that span these instants all belong to one other month.
    pub(super) fn is_other_month(&self, span: &RangeInclusive<Instant>) -> bool {
        let (first, last) = (*span.start(), *span.end());
        let wanted =
            |at: Instant| at < self.month.end() && (self.reads_before || at >= self.month.start());
        !wanted(first) && !wanted(last) && Month::of(first) == Month::of(last)
    }
}

/// A value for each thread of the pool, so that threads do not wait for each other.
struct PerThread<'a, T>(Vec<Mutex<Option<T>>>, Box<dyn Fn() -> T + Sync + 'a>);

impl<'a, T> PerThread<'a, T> {
    fn new(make: impl Fn() -> T + Sync + 'a) -> Self {
        let slots = (0..rayon::current_num_threads()).map(|_| Mutex::new(None)).collect();
        PerThread(slots, Box::new(make))
    }

    fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let slot = &self.0[rayon::current_thread_index().unwrap_or(0)];
        let mut value = slot.lock().unwrap_or_else(|e| e.into_inner());
        work(value.get_or_insert_with(&self.1))
    }

    fn parts_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0
            .iter_mut()
            .filter_map(|slot| slot.get_mut().unwrap_or_else(|e| e.into_inner()).as_mut())
    }

    fn into_parts(self) -> Vec<T> {
        let parts = self.0.into_iter();
        parts.filter_map(|slot| slot.into_inner().unwrap_or_else(|e| e.into_inner())).collect()
    }
}
