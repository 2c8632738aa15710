//! Records kept apart by partition: in memory up to a budget, on the disk beyond it.

use std::borrow::Cow;

use super::budget::Budget;
use crate::base::error::Result;
use crate::base::sorted_runs::Record;
use crate::base::spill_file::Extent;

/// Partitions of a store. Each has a chunk in the making, which no budget counts.
pub const PARTITIONS: usize = 256;

/// The partition of a fingerprint.
#[inline]
pub fn partition(fingerprint: u64) -> usize {
    (fingerprint >> 56) as usize
}

/// One thread's records.
pub struct PartitionStore<'b> {
    budget: &'b Budget,
    open: Vec<Vec<u8>>,
    full: Vec<Partition>,
    /// A record in the making.
    record: Vec<u8>,
}

/// A partition's records, in no given order.
#[derive(Debug, Default)]
pub struct Partition {
    chunks: Vec<Vec<u8>>,
    extents: Vec<Extent>,
}

impl<'b> PartitionStore<'b> {
    pub fn new(budget: &'b Budget) -> Self {
        let full = (0..PARTITIONS).map(|_| Partition::default()).collect();
        PartitionStore { budget, open: vec![Vec::new(); PARTITIONS], full, record: Vec::new() }
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

    /// Sets a record down, and adds it to a partition.
    pub fn put<R: Record>(&mut self, partition: usize, record: &R::Read<'_>) -> Result<()> {
        let mut bytes = std::mem::take(&mut self.record);
        bytes.clear();
        R::put(record, &mut bytes);
        let pushed = self.push(partition, &bytes);
        self.record = bytes;
        pushed
    }

    #[cold]
    fn make_room(&mut self, partition: usize) -> Result<()> {
        let (open, bytes) = (&mut self.open[partition], self.budget.chunk_bytes);
        if open.capacity() == 0 {
            open.reserve_exact(bytes);
        } else if self.budget.take(bytes as u64) {
            let chunk = std::mem::replace(open, Vec::with_capacity(bytes));
            self.full[partition].chunks.push(chunk);
        } else {
            self.full[partition].extents.push(self.budget.spill(open)?);
            open.clear();
        }
        Ok(())
    }

    /// The records so far; none are left.
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, PartitionStore::new(self.budget))
    }

    /// All threads' records by partition.
    pub fn partitions(stores: Vec<Self>) -> Vec<Partition> {
        let mut all: Vec<Partition> = (0..PARTITIONS).map(|_| Partition::default()).collect();
        for store in stores {
            for ((whole, full), open) in all.iter_mut().zip(store.full).zip(store.open) {
                whole.extents.extend(full.extents);
                whole.chunks.extend(full.chunks);
                whole.chunks.extend(Some(open).filter(|open| !open.is_empty()));
            }
        }
        all
    }
}

impl Partition {
    /// How many bytes its records have.
    pub fn bytes(&self) -> u64 {
        let held = self.chunks.iter().map(Vec::len);
        held.chain(self.extents.iter().map(|extent| extent.bytes())).map(|n| n as u64).sum()
    }

    /// The partition's records, whole ones in each chunk; those on the disk are read back.
    pub fn chunks(&self, budget: &Budget) -> Result<Vec<Cow<'_, [u8]>>> {
        let held = self.chunks.iter().map(|chunk| Ok(Cow::Borrowed(chunk.as_slice())));
        held.chain(self.extents.iter().map(|extent| budget.read(*extent).map(Cow::Owned))).collect()
    }

    /// Visits the partition's records some chunks at a time, as many as are looked at at once.
    pub fn in_parts(
        self,
        budget: &Budget,
        mut visit: impl FnMut(Vec<Vec<u8>>) -> Result<()>,
    ) -> Result<()> {
        let (mut part, mut bytes) = (Vec::new(), 0);
        let held = self.chunks.into_iter().map(Ok);
        for chunk in held.chain(self.extents.into_iter().map(|extent| budget.read(extent))) {
            let chunk = chunk?;
            bytes += chunk.len() as u64;
            part.push(chunk);
            if bytes >= budget.at_once() {
                visit(std::mem::take(&mut part))?;
                bytes = 0;
            }
        }
        visit(part)
    }

    /// Visits the partition's records chunk by chunk, and holds no more than it does.
    pub fn each_chunk(
        &self,
        budget: &Budget,
        mut visit: impl FnMut(Cow<'_, [u8]>) -> Result<()>,
    ) -> Result<()> {
        self.chunks.iter().try_for_each(|chunk| visit(Cow::Borrowed(chunk)))?;
        self.extents.iter().try_for_each(|extent| visit(Cow::Owned(budget.read(*extent)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(limit: u64) -> (Vec<Vec<u64>>, u64) {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(limit, folder.path());
        let mut stores = [PartitionStore::new(&budget), PartitionStore::new(&budget)];
        for number in 0..20_000_u64 {
            let record = [number.to_le_bytes(), (number * 7).to_le_bytes()].concat();
            stores[(number % 2) as usize].push((number % 3) as usize, &record).unwrap();
        }
        let partitions = PartitionStore::partitions(stores.into());
        let numbers = partitions.into_iter().map(|partition| {
            let chunks = partition.chunks(&budget).unwrap();
            let mut numbers: Vec<u64> = chunks
                .iter()
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
