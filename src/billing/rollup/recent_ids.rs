//! The ids of the usage that a month bills in its last hours, which the next month needs to know a
//! retry by (L1): as many as there are such rows, collected by all threads, and handed out in the
//! order of accounts, instants and ids.

use rayon::prelude::*;

use super::spill::{Budget, CompactId, PARTITIONS, Partition, PartitionStore};
use super::usage_row::{records_of, take};
use crate::base::calendar::Instant;
use crate::base::error::Result;
use crate::base::sorted_runs::{Record, SortedRuns};
use crate::base::spill_file::{Extent, damaged};

/// Bytes of a piece that are read from the disk at once, where it lies there in its order.
const CHUNK_BYTES: usize = 256 << 10;

/// The ids that one thread has kept. A partition has the rows of some segments, which are in the
/// order of accounts and of time.
pub(super) struct KeptIds<'b> {
    pub store: PartitionStore<'b>,
    /// How many segments there are, at least one.
    segments: u64,
}

impl<'b> KeptIds<'b> {
    pub fn new(segments: usize, budget: &'b Budget) -> Self {
        KeptIds { store: PartitionStore::new(budget), segments: segments.max(1) as u64 }
    }

    /// Keeps a row's id: of the segment that it counts in, at an instant in microseconds.
    pub fn push(&mut self, segment: u32, at: i64, event: CompactId<'_>) -> Result<()> {
        let partition = u64::from(segment) * PARTITIONS as u64 / self.segments;
        let partition = usize::try_from(partition).map_err(|_| damaged())?;
        self.store.put::<KeptRows>(partition, &KeptRow { segment, at, event })
    }

    /// What all threads have kept, in pieces.
    pub fn pieces(stores: Vec<PartitionStore<'_>>, budget: &Budget) -> Result<Vec<Piece>> {
        let partitions = PartitionStore::partitions(stores).into_par_iter();
        let partitions = partitions.filter(|partition| partition.bytes() > 0);
        let pieces = partitions.map(|partition| match partition.bytes() > budget.at_once() {
            true => sorted(partition, budget),
            false => Ok(Piece::Unsorted(partition)),
        });
        pieces.collect()
    }
}

/// An id with the segment that its row counts in, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct KeptRow<'a> {
    segment: u32,
    at: i64,
    event: CompactId<'a>,
}

/// Rows as they are set down.
#[derive(Debug)]
struct KeptRows;

impl Record for KeptRows {
    type Read<'a> = KeptRow<'a>;

    fn put(row: &KeptRow<'_>, to: &mut Vec<u8>) {
        to.extend_from_slice(&row.segment.to_le_bytes());
        to.extend_from_slice(&row.at.to_le_bytes());
        row.event.put(to);
    }

    fn take<'a>(rest: &mut &'a [u8]) -> Option<KeptRow<'a>> {
        Some(KeptRow {
            segment: u32::from_le_bytes(take(rest)?),
            at: i64::from_le_bytes(take(rest)?),
            event: CompactId::take(rest)?,
        })
    }
}

/// The ids that a month keeps, in pieces that follow each other.
#[derive(Debug)]
pub struct RecentIds {
    pieces: Vec<Piece>,
    budget: Budget,
}

/// The ids of some segments. Which ones does not depend on the memory: a table is written in such
/// pieces, and its bytes depend on how it is cut.
#[derive(Debug)]
pub(super) enum Piece {
    /// Not in order yet.
    Unsorted(Partition),
    /// In their order, where they are more than are sorted at once.
    Sorted(Vec<Extent>),
}

/// An id that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentId<'a> {
    /// The segment in which the event counts.
    pub segment: u32,
    /// When it was.
    pub at: Instant,
    /// The event's id.
    pub event: &'a str,
}

impl RecentIds {
    /// Pieces that were kept within a budget.
    pub(super) fn of(pieces: Vec<Piece>, budget: Budget) -> Self {
        RecentIds { pieces, budget }
    }

    /// How many pieces there are.
    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// Visits the ids of a piece in their order.
    ///
    /// # Errors
    /// The disk fails, or `visit` does.
    pub fn visit(
        &self,
        piece: usize,
        mut visit: impl FnMut(RecentId<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut each = |rows: &[KeptRow<'_>]| {
            let mut buffer = [0; 36];
            rows.iter().try_for_each(|KeptRow { segment, at, event }| {
                let at = Instant::from_micros(*at).ok_or_else(damaged)?;
                visit(RecentId { segment: *segment, at, event: event.text(&mut buffer) })
            })
        };
        match &self.pieces[piece] {
            Piece::Unsorted(partition) => {
                let chunks = partition.chunks(&self.budget)?;
                let mut rows = records_of::<KeptRows>(&chunks)?;
                rows.sort_unstable();
                each(&rows)
            }
            Piece::Sorted(extents) => extents.iter().try_for_each(|extent| {
                each(&records_of::<KeptRows>(&[self.budget.read(*extent)?])?)
            }),
        }
    }
}

/// A partition that is too large to be sorted at once: it lies on the disk.
fn sorted(partition: Partition, budget: &Budget) -> Result<Piece> {
    let mut runs = SortedRuns::<KeptRows>::default();
    let add = |chunks: Vec<Vec<u8>>| runs.add(&mut records_of::<KeptRows>(&chunks)?, &budget.file);
    partition.in_parts(budget, add)?;
    let (mut extents, mut chunk) = (Vec::new(), Vec::new());
    runs.merge(&budget.file, |row| {
        KeptRows::put(&row, &mut chunk);
        if chunk.len() >= CHUNK_BYTES {
            extents.push(budget.file.set_down(&chunk)?);
            chunk.clear();
        }
        Ok(())
    })?;
    if !chunk.is_empty() {
        extents.push(budget.file.set_down(&chunk)?);
    }
    Ok(Piece::Sorted(extents))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A segment, an instant in microseconds, and an id.
    type Kept = (u32, i64, String);

    /// What two threads have kept of so many rows, of which most are of one segment, piece by piece;
    /// and how much of it was on the disk.
    fn kept(rows: u64, limit: u64) -> (Vec<Vec<Kept>>, u64) {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(limit, folder.path());
        let mut parts = [KeptIds::new(1_000, &budget), KeptIds::new(1_000, &budget)];
        for number in 0..rows {
            let segment = if number % 4 == 0 { number % 1_000 } else { 777 };
            let (segment, at) = (u32::try_from(segment).unwrap(), (number % 7).cast_signed());
            let event = match number % 2 {
                0 => format!("00000000-0000-0000-0000-{:012x}", number * 7_919 % rows),
                _ => format!("e-{number}"),
            };
            let part = &mut parts[(number / 3 % 2) as usize];
            part.push(segment, at, CompactId::of(&event)).unwrap();
        }
        let pieces = KeptIds::pieces(parts.map(|part| part.store).into(), &budget).unwrap();
        let spilled = budget.spilled();
        let ids = RecentIds::of(pieces, budget);
        let piece = |piece: usize| {
            let mut rows = Vec::new();
            let visit = |RecentId { segment, at, event }: RecentId<'_>| {
                rows.push((segment, at.micros(), event.to_owned()));
                Ok(())
            };
            ids.visit(piece, visit).unwrap();
            rows
        };
        ((0..ids.pieces()).map(piece).collect(), spilled)
    }

    #[test]
    fn ids_come_in_the_order_of_the_table_whatever_the_memory() {
        let rows = 40_000;
        let (in_memory, spilled) = kept(rows, 1 << 30);
        let all = in_memory.concat();
        assert_eq!((all.len() as u64, spilled), (rows, 0));
        assert!(all.is_sorted());
        // Cut alike, too.
        let (on_disk, spilled) = kept(rows, 0);
        assert!(spilled > 1_000_000, "{spilled} bytes");
        assert!(on_disk == in_memory);
        assert_eq!(kept(0, 0).0, [[]; 0]);
    }
}
