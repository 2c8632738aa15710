//! Records kept apart by partition: in memory up to a budget, on the disk beyond it.

use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use super::spill::{Extent, Spill};
use crate::base::error::{Error, Result};

/// Partitions of a store.
pub(super) const PARTITIONS: usize = 256;
/// Bytes of a chunk at least and at most; no record is longer than the least. Each partition has
/// one in the making, which no budget counts.
const CHUNK_BYTES: (u64, u64) = (1 << 10, 16 << 10);

/// The partition of a fingerprint.
#[inline]
pub(super) fn partition(fingerprint: u64) -> usize {
    (fingerprint >> 56) as usize
}

/// How much memory stores may hold, and where the rest goes.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    chunk_bytes: usize,
    held: AtomicU64,
    spill: Spill,
    warned: Once,
}

impl Budget {
    /// A budget of `limit` bytes; what goes beyond it is written to a file in `folder`.
    pub fn new(limit: u64, folder: &Path) -> Self {
        let chunk_bytes = (limit >> 16).clamp(CHUNK_BYTES.0, CHUNK_BYTES.1) as usize;
        let (held, spill) = (AtomicU64::new(0), Spill::new(folder));
        Budget { limit, chunk_bytes, held, spill, warned: Once::new() }
    }

    /// How many bytes have been written to the disk.
    pub fn spilled(&self) -> u64 {
        self.spill.bytes()
    }

    /// Takes memory from the budget, if there is as much left.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let taken = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes <= self.limit;
        if !taken {
            self.held.fetch_sub(bytes, Ordering::Relaxed);
        }
        taken
    }

    /// Memory that is left.
    pub(super) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.held.load(Ordering::Relaxed))
    }

    fn spill(&self, chunk: &[u8]) -> Result<Extent> {
        self.warned.call_once(|| {
            tracing::warn!(
                budget = self.limit,
                folder = %self.spill.folder().display(),
                "event ids need more than the memory budget: the rest goes to the disk"
            );
        });
        self.spill.append(chunk).map_err(|e| self.failed(e))
    }

    fn read(&self, extent: Extent) -> Result<Vec<u8>> {
        self.spill.read(extent).map_err(|e| self.failed(e))
    }

    fn failed(&self, cause: std::io::Error) -> Error {
        Error::book("what exceeds the memory budget cannot be kept on the disk")
            .in_file(self.spill.folder())
            .caused_by(cause)
            .hint("free space there; or raise --memory-budget")
    }
}

/// One thread's records.
pub(super) struct Store<'b> {
    budget: &'b Budget,
    open: Vec<Vec<u8>>,
    kept: Vec<Partition>,
}

/// A partition's records, in no given order.
#[derive(Debug, Default)]
pub(super) struct Partition {
    chunks: Vec<Vec<u8>>,
    extents: Vec<Extent>,
}

impl<'b> Store<'b> {
    pub fn new(budget: &'b Budget) -> Self {
        let kept = (0..PARTITIONS).map(|_| Partition::default()).collect();
        Store { budget, open: vec![Vec::new(); PARTITIONS], kept }
    }

    /// Adds a record, of a kilobyte at most, to a partition.
    #[inline]
    pub fn push(&mut self, partition: usize, record: &[u8]) -> Result<()> {
        if self.open[partition].len() + record.len() > self.open[partition].capacity() {
            self.make_room(partition)?;
        }
        self.open[partition].extend_from_slice(record);
        Ok(())
    }

    #[cold]
    fn make_room(&mut self, partition: usize) -> Result<()> {
        let (open, bytes) = (&mut self.open[partition], self.budget.chunk_bytes);
        if open.capacity() == 0 {
            open.reserve_exact(bytes);
        } else if self.budget.take(bytes) {
            let full = std::mem::replace(open, Vec::with_capacity(bytes));
            self.kept[partition].chunks.push(full);
        } else {
            self.kept[partition].extents.push(self.budget.spill(open)?);
            open.clear();
        }
        Ok(())
    }

    /// The records so far; none are left.
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Store::new(self.budget))
    }

    /// All threads' records by partition.
    pub fn partitions(stores: Vec<Self>) -> Vec<Partition> {
        let mut all: Vec<Partition> = (0..PARTITIONS).map(|_| Partition::default()).collect();
        for store in stores {
            for ((whole, kept), open) in all.iter_mut().zip(store.kept).zip(store.open) {
                whole.extents.extend(kept.extents);
                whole.chunks.extend(kept.chunks);
                whole.chunks.extend(Some(open).filter(|open| !open.is_empty()));
            }
        }
        all
    }
}

impl Partition {
    /// The partition's records, whole ones in each chunk; those on the disk are read back.
    pub fn chunks(self, budget: &Budget) -> Result<Vec<Vec<u8>>> {
        let mut chunks = self.chunks;
        for extent in self.extents {
            chunks.push(budget.read(extent)?);
        }
        Ok(chunks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(limit: u64) -> (Vec<Vec<u64>>, u64) {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(limit, folder.path());
        let mut stores = [Store::new(&budget), Store::new(&budget)];
        for number in 0..20_000_u64 {
            let record = [number.to_le_bytes(), (number * 7).to_le_bytes()].concat();
            stores[(number % 2) as usize].push((number % 3) as usize, &record).unwrap();
        }
        let partitions = Store::partitions(stores.into());
        let numbers = partitions.into_iter().map(|partition| {
            let chunks = partition.chunks(&budget).unwrap().into_iter();
            let mut numbers: Vec<u64> = chunks
                .flat_map(|chunk| {
                    assert_eq!(chunk.len() % 16, 0, "no record is cut");
                    let number =
                        |record: &[u8]| u64::from_le_bytes(record[..8].try_into().unwrap());
                    chunk.chunks(16).map(number).collect::<Vec<_>>()
                })
                .collect();
            numbers.sort_unstable();
            numbers
        });
        (numbers.collect(), budget.spilled())
    }

    #[test]
    fn what_exceeds_the_budget_comes_back_from_the_disk() {
        let (all, spilled) = records(1 << 20);
        assert_eq!((spilled, all.iter().flatten().count()), (0, 20_000));
        for limit in [0, 5_000, 100_000] {
            let (found, spilled) = records(limit);
            assert_eq!(found, all);
            assert!(spilled > 100_000, "{spilled} bytes spilled with a budget of {limit}");
        }
    }
}
