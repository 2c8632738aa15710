//! Event ids of Parquet that the id pass has decoded, kept for the billing pass: unpacking ids takes
//! as long as all else of a row. Those that are UUIDs are kept, in 16 bytes each.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::{ArrayRef, FixedSizeBinaryArray};
use arrow_buffer::Buffer;

use super::spill::{Budget, Spool};
use crate::base::error::{Code, Error, Result};
use crate::base::spill_file::{Extent, damaged};
use crate::input::logs::IdsAtHand;

/// Ids by the rows of files, batch by batch: in memory up to half of the budget, beyond it on the
/// disk; not at all where that has no room.
pub(super) struct DecodedIds<'b> {
    budget: &'b Budget,
    spool: &'b Spool,
    held_bytes: AtomicU64,
    batches: Mutex<BTreeMap<(usize, u64), Ids>>,
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
        let (held_bytes, batches) = (AtomicU64::new(0), Mutex::default());
        DecodedIds { budget, spool, held_bytes, batches }
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
            self.batches().insert((source, first), Ids { rows, bytes });
        }
    }

    fn is_room(&self, bytes: u64) -> bool {
        let held = self.held_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let is_room = held <= self.budget.limit() / 2 && self.budget.take(bytes);
        if !is_room {
            self.held_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        is_room
    }

    /// The memory that all of them took.
    pub fn held_bytes(&self) -> u64 {
        self.held_bytes.load(Ordering::Relaxed)
    }

    fn batches(&self) -> MutexGuard<'_, BTreeMap<(usize, u64), Ids>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IdsAtHand for DecodedIds<'_> {
    fn has(&self, source: usize, Range { start, end }: Range<u64>) -> bool {
        let batches = self.batches();
        let batches = batches.range((source, start)..(source, end)).map(|(_, ids)| ids);
        let rows = batches.map(|ids| match ids.bytes {
            Bytes::OnDisk(_) if self.spool.given_up() => 0,
            Bytes::Held(_) | Bytes::OnDisk(_) => ids.rows,
        });
        rows.sum::<u64>() == end - start
    }

    fn take(&self, source: usize, rows: Range<u64>) -> Result<ArrayRef> {
        let ids = self.batches().remove(&(source, rows.start)).ok_or_else(not_kept)?;
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
