//! The rollup on this machine: a narrow pass that finds which event ids may come more than once,
//! and one that adds up. Rows of suspect ids are lined up meanwhile, and decided on at the end.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::dedup::{self, Lineup};
use super::fingerprints::Suspects;
use super::fold::{ACCOUNT, AT, EVENT};
use super::ids::Ids;
use super::part::{Part, Shared};
use super::store::{Budget, Partition};
use super::sums::Sums;
use super::{Boundaries, Rollup, Selection, UsageControl};
use crate::calendar::{Instant, Month};
use crate::error::Result;
use crate::logs::{self, Piece, Scan, Source, Table, Unplaced};
use crate::progress::{Progress, Step};

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
    let fingerprints = Budget::new(input.memory, input.spill);
    let (suspects, rows) = input.suspects(&fingerprints)?;
    tracing::debug!(spilled = fingerprints.spilled(), "event ids compared");
    let budget = Budget::new(input.memory - suspects.bytes().min(input.memory), input.spill);
    let (table, boundaries) = (input.table, input.boundaries);
    let shared = Shared { table, boundaries, suspects: &suspects };
    let mut parts = PerThread::new(|| Part::new(shared, &budget));
    input.add_up(rows, &parts)?;
    tracing::debug!(spilled = budget.spilled(), "added up");
    settle(&mut parts, &budget)?;
    tracing::debug!("duplicates settled");
    let spilled = fingerprints.spilled() + budget.spilled();
    Ok(input.finish(parts.into_parts(), spilled))
}

impl Input<'_> {
    /// Goes through the files, in search of `what`, and gives the number of rows; `expected` is
    /// how many there should be, where that is known.
    fn pass(
        &self,
        (what, expected): (&'static str, Option<u64>),
        only_columns: Option<&[usize]>,
        visit: &(dyn Fn(Piece) -> Result<()> + Sync),
    ) -> Result<u64> {
        let pass_over = |span| self.boundaries.is_other_month(span);
        let (sources, table) = (self.sources, self.table);
        let Selection { only, ids_are_apart, .. } = self.boundaries.selection;
        let accounts = only.filter(|_| ids_are_apart);
        let whole = Scan::whole(sources, table);
        let keyed_ids = only_columns.is_none();
        let scan = Scan { pass_over: &pass_over, accounts, only_columns, keyed_ids, ..whole };
        (self.progress)(Step::Pass { what, rows: expected });
        let seen = AtomicU64::new(0);
        logs::scan(&scan, &|piece| {
            let rows = match &piece {
                Piece::Batch(batch) => (batch.len + batch.faults.len()) as u64,
                Piece::Unread(_, rows) | Piece::OtherAccounts(rows) => *rows,
            };
            seen.fetch_add(rows, Ordering::Relaxed);
            (self.progress)(Step::Rows(rows));
            visit(piece)
        })?;
        Ok(seen.into_inner())
    }

    /// Which event ids may come more than once, and the number of rows, as far as it is known.
    /// Where only some accounts are billed, any of their ids may be another account's, too.
    fn suspects(&self, budget: &Budget) -> Result<(Suspects, Option<u64>)> {
        let selection = &self.boundaries.selection;
        let all = selection.only.is_some() && !selection.ids_are_apart;
        let columns = if all { &[ACCOUNT, AT, EVENT][..] } else { &[AT, EVENT] };
        let parts = PerThread::new(|| Ids::new(self.boundaries, all, budget));
        let mut rows = self.sources.iter().map(Source::rows).sum();
        if self.table.columns.len() > EVENT {
            let seen =
                self.pass(("looking at event ids", rows), Some(columns), &|piece| match piece {
                    Piece::Batch(batch) => parts.with(|part| part.add(&batch)),
                    Piece::Unread(..) | Piece::OtherAccounts(_) => Ok(()),
                })?;
            rows = Some(seen);
        }
        let parts = parts.into_parts().into_iter().map(Ids::into_fingerprints).collect();
        Ok((Suspects::of(parts, all, budget)?, rows))
    }

    fn add_up(&self, rows: Option<u64>, parts: &PerThread<'_, Part<'_>>) -> Result<()> {
        self.pass(("adding up usage", rows), None, &|piece| {
            parts.with(|part| match piece {
                Piece::Batch(batch) => part.add(batch),
                Piece::Unread((first, _), rows) => {
                    let outside = part.control.outside.entry(Month::of(first)).or_default();
                    outside.unread_rows += rows;
                    Ok(())
                }
                Piece::OtherAccounts(rows) => {
                    part.control.read.rows += rows;
                    part.control.other_accounts.rows += rows;
                    Ok(())
                }
            })
        })?;
        Ok(())
    }

    fn finish(&self, parts: Vec<Part<'_>>, spilled: u64) -> Rollup {
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
            rollup.rejects.into_iter().map(|reject| reject.place(self.sources)).collect();
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
            spilled,
        }
    }
}

/// All parts together.
#[derive(Default)]
struct Whole {
    sums: Vec<Sums>,
    set_aside: super::aside::SetAside,
    rejects: Vec<Unplaced>,
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
        let mut rows = dedup::rows(&chunks)?;
        parts.with(|part| {
            dedup::resolve(&mut rows, |row, verdict, stands| part.settle(row, verdict, stands))
        });
        Ok(())
    })
}

impl Boundaries<'_> {
    /// Whether rows that span these instants all belong to one other month.
    pub(super) fn is_other_month(&self, (first, last): (Instant, Instant)) -> bool {
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
