//! The change log, as read.

use super::store::{Asked, Change, Chunk};
use crate::base::accounts::partition_point;
use crate::base::exceptions::ChangeExceptions;

/// Changes: one for each id, in the order (`account_id`, `at`, `change_id`).
#[derive(Debug, Default)]
pub struct Changes {
    /// None of them is empty.
    chunks: Vec<Chunk>,
    /// Where each chunk's changes end.
    ends: Vec<usize>,
    asked: Vec<Asked>,
}

/// The change log, as read.
#[derive(Debug, Default)]
pub struct ChangeLog {
    /// The changes that stand.
    pub changes: Changes,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Conflicting duplicates.
    pub exceptions: ChangeExceptions,
    /// Rows read, the rejected ones included.
    pub rows_read: u64,
    /// Rows dropped as exact duplicates.
    pub duplicates: u64,
    /// Rows set aside as conflicting duplicates.
    pub conflicting: u64,
    /// Changes of other accounts than those asked for, duplicates left out.
    pub others: u64,
    /// Rows read that lie in 1970.
    pub of_1970: u64,
    /// Rows read whose credits were rounded.
    pub rounded: u64,
}

impl Changes {
    /// Chunks of changes that follow each other.
    pub(super) fn of(chunks: Vec<Chunk>, asked: Vec<Asked>) -> Self {
        let mut end = 0;
        let chunks = chunks.into_iter().filter(|chunk| chunk.len() > 0);
        let chunks: Vec<Chunk> = chunks.collect();
        let ends = chunks.iter().map(|chunk| {
            end += chunk.len();
            end
        });
        let ends = ends.collect();
        Changes { chunks, ends, asked }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Where the chunk of a change begins, and the chunk's number.
    fn chunk_of(&self, at: usize) -> (usize, usize) {
        let chunk = self.ends.partition_point(|end| *end <= at);
        (chunk.checked_sub(1).map_or(0, |before| self.ends[before]), chunk)
    }

    /// The changes from a place of their order on.
    pub fn since(&self, at: usize) -> impl Iterator<Item = Change<'_>> {
        let (begin, first) = self.chunk_of(at);
        self.chunks[first..].iter().enumerate().flat_map(move |(number, chunk)| {
            let from = if number == 0 { at - begin } else { 0 };
            chunk.rows()[from..].iter().map(|row| chunk.change(row, &self.asked))
        })
    }

    /// The account of a change.
    pub fn account(&self, at: usize) -> &str {
        let (begin, chunk) = self.chunk_of(at);
        let chunk = &self.chunks[chunk];
        chunk.account(&chunk.rows()[at - begin])
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = Change<'_>> {
        self.since(0)
    }

    /// The place of the first change that is of none of the accounts before `account`.
    pub fn first_from(&self, account: &str) -> usize {
        partition_point(0..self.len(), |at| self.account(at) < account)
    }

    /// Frees the memory of changes before a place, as far as it holds no others: nobody will ask for
    /// them.
    pub fn free_before(&mut self, at: usize) {
        let chunks = self.ends.partition_point(|end| *end <= at);
        self.chunks[..chunks].fill_with(Chunk::default);
    }
}
