//! The narrow pass: event ids read, and nothing else of a row but when it is. Ids of Parquet that it has decoded are
//! kept for the billing pass: unpacking ids takes as long as all else of a row. Those that are UUIDs are kept, in 16
//! bytes each.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::{ArrayRef, FixedSizeBinaryArray};
use arrow_buffer::Buffer;

use super::boundaries::{Boundaries, Span};
use super::candidates::Fingerprints;
use super::row_by_row::{ACCOUNT, AT, EVENT};
use super::spill::{Budget, Spool};
use crate::base::error::{Code, Error, Result};
use crate::base::ids::uuid_fingerprint;
use crate::base::spill_file::{Extent, damaged};
use crate::input::logs::{Batch, IdColumn, IdsAtHand, RowNumbers};

/// One thread's part of the pass.
pub(super) struct IdPass<'a> {
    boundaries: &'a Boundaries<'a>,
    pub fingerprints: Fingerprints<'a>,
    /// Microseconds since the epoch, and what ids come to: memory that is used again and again.
    at: Vec<i64>,
    of_ids: Vec<u64>,
}

impl<'a> IdPass<'a> {
    pub fn new(boundaries: &'a Boundaries<'a>, budget: &'a Budget) -> Self {
        let fingerprints = Fingerprints::new(budget);
        IdPass { boundaries, fingerprints, at: Vec::new(), of_ids: Vec::new() }
    }

    /// Takes the ids of a batch's rows that lie in the run's span, and keeps them all in `decoded`
    /// if they are UUIDs. Whether the rest of a row can be read is seen later.
    pub fn add(&mut self, batch: &Batch, decoded: Option<&DecodedIds<'_>>) -> Result<()> {
        let events = IdColumn::of(&batch.columns[EVENT]);
        batch.instants(AT).read_into(&mut self.at);
        if let (Some(decoded), RowNumbers::From(first)) = (decoded, &batch.rows)
            && let Some(uuids) = events.uuids()
        {
            self.of_ids.clear();
            self.of_ids.extend(uuids.iter().map(uuid_fingerprint));
            decoded.keep(batch.source, *first, uuids);
        } else {
            events.fingerprints_into(&mut self.of_ids);
        }
        let narrow = self.boundaries.selection.compares_others();
        let month = self.boundaries.month();
        for row in 0..batch.len {
            let span = match self.at[row] {
                at if month.contains(&at) => Span::Within,
                i64::MIN => continue, // unreadable
                at if at < month.start && self.boundaries.reads_before => Span::Before,
                _ => continue,
            };
            let left_out = narrow && self.is_of_others(batch, row);
            if !left_out && !events.is_null(row) {
                self.fingerprints.push(span, self.of_ids[row])?;
            }
        }
        Ok(())
    }

    /// Whether a row is of no account that is billed.
    fn is_of_others(&self, batch: &Batch, row: usize) -> bool {
        let scope = self.boundaries.selection.scope;
        let accounts = IdColumn::of(&batch.columns[ACCOUNT]);
        accounts.raw(row, &mut [0; 36]).map_or(true, |account| !scope.includes(account))
    }
}

/// Ids by the rows of files, batch by batch: in memory up to half of the budget, beyond it on the
/// disk; not at all where that has no room.
pub(super) struct DecodedIds<'b> {
    budget: &'b Budget,
    spool: &'b Spool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The memory that all of them took.
    held_bytes: u64,
    /// By file, and the number of the first row.
    batches: BTreeMap<(usize, u64), Ids>,
}

/// The ids of a batch.
struct Ids {
    rows: u64,
    bytes: Bytes,
}

enum Bytes {
    Held(Vec<u8>),
    OnDisk(Extent),
}

impl<'b> DecodedIds<'b> {
    pub fn new(budget: &'b Budget, spool: &'b Spool) -> Self {
        DecodedIds { budget, spool, kept: Mutex::default() }
    }

    /// Keeps the ids of rows of a file that follow each other, the first of which has that number.
    pub fn keep(&self, source: usize, first: u64, uuids: Vec<[u8; 16]>) {
        let rows = uuids.len() as u64;
        let bytes = uuids.into_flattened();
        let bytes = match self.is_room(bytes.len() as u64) {
            true => Some(Bytes::Held(bytes)),
            false => self.spool.write(&bytes).map(Bytes::OnDisk),
        };
        if let Some(bytes) = bytes {
            self.kept().batches.insert((source, first), Ids { rows, bytes });
        }
    }

    /// Takes memory, if there is as much left.
    fn is_room(&self, bytes: u64) -> bool {
        let mut kept = self.kept();
        let most = self.budget.limit / 2;
        let is_room = kept.held_bytes + bytes <= most && self.budget.take(bytes);
        kept.held_bytes += if is_room { bytes } else { 0 };
        is_room
    }

    /// The memory that all of them took.
    pub fn held_bytes(&self) -> u64 {
        self.kept().held_bytes
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IdsAtHand for DecodedIds<'_> {
    fn has(&self, source: usize, Range { start, end }: Range<u64>) -> bool {
        let kept = self.kept();
        let batches = kept.batches.range((source, start)..(source, end)).map(|(_, ids)| ids);
        let rows = batches.map(|ids| match ids.bytes {
            Bytes::OnDisk(_) if self.spool.given_up() => 0,
            Bytes::Held(_) | Bytes::OnDisk(_) => ids.rows,
        });
        rows.sum::<u64>() == end - start
    }

    fn take(&self, source: usize, rows: Range<u64>) -> Result<ArrayRef> {
        let ids = self.kept().batches.remove(&(source, rows.start)).ok_or_else(not_kept)?;
        let bytes = match ids.bytes {
            Bytes::Held(bytes) => bytes,
            Bytes::OnDisk(extent) => self.spool.bring_back(extent)?,
        };
        let ids = FixedSizeBinaryArray::try_new(16, Buffer::from_vec(bytes), None);
        Ok(Arc::new(ids.map_err(|_| damaged())?))
    }
}

/// Both passes read a row group in batches of the same rows.
fn not_kept() -> Error {
    Error::new(
        Code::IMPOSSIBLE,
        "the ids of rows that are read a second time were not kept batch by batch",
    )
    .hint("this is a fault of the program: keep the inputs and report it")
}
