//! Records put in order: those that are more than memory is to hold, on the disk.

use std::path::Path;

use rayon::prelude::*;

use super::error::Result;
use super::sorted_runs::{Record, SortedRuns};
use super::spill_file::SpillFile;

/// Records of a fixed form that are collected, and visited in order in the end.
#[derive(Debug)]
pub struct InOrder<T, R> {
    held: Vec<T>,
    /// So many are held at most.
    most: usize,
    runs: SortedRuns<R>,
    /// Where the others are, if there is a place for them.
    file: Option<SpillFile>,
}

impl<T, R> InOrder<T, R>
where
    T: Copy + Ord + Send,
    R: for<'a> Record<Read<'a> = T>,
{
    /// None so far. Where there is a folder for the others, so many are held at most.
    pub fn new(most: usize, spill: Option<&Path>) -> Self {
        let file = spill.map(SpillFile::new);
        InOrder { held: Vec::new(), most, runs: SortedRuns::default(), file }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk is full, or fails.
    pub fn add(&mut self, record: T) -> Result<()> {
        self.held.push(record);
        match &self.file {
            Some(file) if self.held.len() >= self.most => {
                self.runs.add(&mut self.held, file)?;
                self.held.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Visits all records in order.
    ///
    /// # Errors
    /// As [`InOrder::add`].
    pub fn each(mut self, mut visit: impl FnMut(T)) -> Result<()> {
        let Some(file) = self.file.filter(|_| !self.runs.is_empty()) else {
            self.held.par_sort_unstable();
            self.held.into_iter().for_each(visit);
            return Ok(());
        };
        self.runs.add(&mut self.held, &file)?;
        self.runs.merge(&file, |record| {
            visit(record);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Number;

    impl Record for Number {
        type Read<'a> = u16;

        fn put(number: &u16, to: &mut Vec<u8>) {
            to.extend_from_slice(&number.to_le_bytes());
        }

        fn take(rest: &mut &[u8]) -> Option<u16> {
            let (number, after) = rest.split_first_chunk()?;
            *rest = after;
            Some(u16::from_le_bytes(*number))
        }
    }

    #[test]
    fn records_come_in_order_from_the_disk_as_from_memory() {
        let folder = tempfile::tempdir().unwrap();
        let sorted = |most: usize, spill: Option<&Path>| {
            let mut records = InOrder::<u16, Number>::new(most, spill);
            (0..2_000_u16).for_each(|number| records.add(number * 7 % 700).unwrap());
            let is_on_disk = !records.runs.is_empty();
            let mut all = Vec::new();
            records.each(|number| all.push(number)).unwrap();
            (all, is_on_disk)
        };
        let (in_memory, is_on_disk) = sorted(10_000, Some(folder.path()));
        assert!(!is_on_disk && in_memory.is_sorted() && in_memory.len() == 2_000);
        assert_eq!(sorted(7, Some(folder.path())), (in_memory.clone(), true));
        assert_eq!(sorted(7, None), (in_memory, false));
    }
}
