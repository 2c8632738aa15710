//! Records in order, though they are more than memory is to hold: some at a time are sorted and set
//! down on the disk, and these runs are merged.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::marker::PhantomData;

use super::error::Result;
use super::spill_file::{Extent, SpillFile, damaged};

/// A kind of record that can be set down as bytes.
pub trait Record {
    /// A record that was read; its texts may lie in the bytes.
    type Read<'a>: Ord;

    /// Adds a record's bytes.
    fn put(record: &Self::Read<'_>, to: &mut Vec<u8>);

    /// Takes a record off bytes; `None` where they are none.
    fn take<'a>(rest: &mut &'a [u8]) -> Option<Self::Read<'a>>;
}

/// Bytes of a run that are written, and read, at once.
const CHUNK_BYTES: usize = 64 << 10;

/// Runs of records, each in order.
#[derive(Debug)]
pub struct SortedRuns<R> {
    runs: Vec<Vec<Extent>>,
    record: PhantomData<fn() -> R>,
}

impl<R> Default for SortedRuns<R> {
    fn default() -> Self {
        SortedRuns { runs: Vec::new(), record: PhantomData }
    }
}

impl<R: Record> SortedRuns<R> {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Sorts records, and sets them down in a file.
    ///
    /// # Errors
    /// The disk is full, or fails.
    pub fn add(&mut self, records: &mut [R::Read<'_>], file: &SpillFile) -> Result<()> {
        records.sort_unstable();
        let (mut run, mut chunk) = (Vec::new(), Vec::with_capacity(CHUNK_BYTES));
        for record in records {
            R::put(record, &mut chunk);
            if chunk.len() >= CHUNK_BYTES {
                run.push(file.set_down(&chunk)?);
                chunk.clear();
            }
        }
        if !chunk.is_empty() {
            run.push(file.set_down(&chunk)?);
        }
        self.runs.push(run);
        Ok(())
    }

    /// Visits the records of all runs in their order; they lie in that file.
    ///
    /// # Errors
    /// The disk fails, or `visit` does.
    pub fn merge(
        self,
        file: &SpillFile,
        mut visit: impl FnMut(R::Read<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut heads = BinaryHeap::with_capacity(self.runs.len());
        for run in self.runs {
            let extents = run.into_iter();
            let mut head = Head::<R> { extents, chunk: Vec::new(), at: 0, record: PhantomData };
            if head.fill(file)? {
                heads.push(head);
            }
        }
        while let Some(mut least) = heads.peek_mut() {
            let (record, bytes) = least.record().ok_or_else(damaged)?;
            visit(record)?;
            least.at += bytes;
            if !least.fill(file)? {
                PeekMut::pop(least);
            }
        }
        Ok(())
    }
}

/// A run's next record, and what comes after it.
struct Head<R> {
    extents: std::vec::IntoIter<Extent>,
    chunk: Vec<u8>,
    at: usize,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Head<R> {
    /// Reads on where a chunk has ended; says whether there is a record.
    fn fill(&mut self, file: &SpillFile) -> Result<bool> {
        while self.at == self.chunk.len() {
            let Some(extent) = self.extents.next() else { return Ok(false) };
            (self.chunk, self.at) = (file.bring_back(extent)?, 0);
        }
        Ok(true)
    }

    /// The record, and how many bytes it takes.
    fn record(&self) -> Option<(R::Read<'_>, usize)> {
        let mut rest = &self.chunk[self.at..];
        let before = rest.len();
        let record = R::take(&mut rest)?;
        Some((record, before - rest.len()))
    }
}

/// The greatest is the one whose record comes first. What is no record comes before all, to be told.
impl<R: Record> Ord for Head<R> {
    fn cmp(&self, other: &Self) -> Ordering {
        let [own, other] = [self, other].map(|head| head.record().map(|(record, _)| record));
        other.cmp(&own)
    }
}

impl<R: Record> PartialOrd for Head<R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<R: Record> PartialEq for Head<R> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<R: Record> Eq for Head<R> {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of up to 255 bytes.
    struct Words;

    impl Record for Words {
        type Read<'a> = &'a str;

        fn put(record: &&str, to: &mut Vec<u8>) {
            to.push(u8::try_from(record.len()).unwrap());
            to.extend(record.as_bytes());
        }

        fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
            let (bytes, after) = rest.split_first()?;
            let (text, after) = after.split_at_checked((*bytes).into())?;
            *rest = after;
            std::str::from_utf8(text).ok()
        }
    }

    #[test]
    fn runs_are_merged_into_one_order() {
        let folder = tempfile::tempdir().unwrap();
        let file = SpillFile::new(folder.path());
        let all: Vec<String> = (0..60_000).map(|n| format!("{}", n * 7_919 % 60_000)).collect();
        let mut runs = SortedRuns::<Words>::default();
        assert!(runs.is_empty());
        for some in all.chunks(17_000) {
            let mut words: Vec<&str> = some.iter().map(String::as_str).collect();
            runs.add(&mut words, &file).unwrap();
        }
        runs.add(&mut [], &file).unwrap();
        let mut expected: Vec<&str> = all.iter().map(String::as_str).collect();
        expected.sort_unstable();
        let mut found = Vec::new();
        let visit = |word: &str| {
            found.push(word.to_owned());
            Ok(())
        };
        runs.merge(&file, visit).unwrap();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_comes_back_otherwise_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = SpillFile::new(folder.path());
        let cut = file.set_down(b"\x05four").unwrap();
        let runs = SortedRuns::<Words> { runs: vec![vec![cut]], record: PhantomData };
        let error = runs.merge(&file, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("came back damaged"), "{error}");
    }
}
