//! The ids that may come more than once in a change log: for a part of a month's accounts, no others' changes are held.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_64;

use crate::base::error::Result;
use crate::base::in_order::InOrder;
use crate::base::sorted_runs::Record;
use crate::input::logs::{self, Batch, IdColumn, LogSchema, Scan, Source};

/// The hashes of ids that may come more than once in a change log, in order.
#[derive(Debug, Clone, Default)]
pub struct RepeatedIds(Arc<[u64]>);

impl RepeatedIds {
    /// Those of a log. All its ids are put in order on the disk, in the folder `spill`: memory holds those that
    /// repeat.
    ///
    /// # Errors
    /// A file cannot be read to its end, or the disk is full.
    pub fn of(sources: &[Source], schema: &LogSchema, spill: &Path) -> Result<Self> {
        let ids = Mutex::new(InOrder::<u64, Hash>::new(AT_ONCE, Some(spill)));
        let only_ids = Scan { only_columns: Some(&[ID]), ..Scan::whole(sources, schema) };
        logs::collect(&only_ids, &|batch| {
            let hashes = hashes(&batch);
            let mut ids = ids.lock().unwrap_or_else(PoisonError::into_inner);
            hashes.into_iter().try_for_each(|hash| ids.add(hash)).map(|()| Vec::<()>::new())
        })?;
        let ids = ids.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (mut repeated, mut before) = (Vec::new(), None);
        ids.each(|hash| {
            if before == Some(hash) && repeated.last() != Some(&hash) {
                repeated.push(hash);
            }
            before = Some(hash);
        })?;
        Ok(RepeatedIds(repeated.into()))
    }

    /// Whether an id may be one of them.
    pub(super) fn include(&self, id: &str) -> bool {
        self.0.binary_search(&hash(id)).is_ok()
    }
}

/// The place of the ids among the columns.
pub(super) const ID: usize = 2;

/// Hashes that are put in order at once.
const AT_ONCE: usize = 1 << 20;

fn hash(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

/// The hashes of a batch's ids, as far as they can be read.
fn hashes(batch: &Batch) -> Vec<u64> {
    let (ids, mut buffer) = (IdColumn::of(&batch.columns[ID]), [0; 36]);
    let mut hash_of = |row: usize| ids.raw(row, &mut buffer).ok().map(hash);
    (0..batch.len).filter_map(&mut hash_of).collect()
}

/// Hashes as they are set down.
struct Hash;

impl Record for Hash {
    type Read<'a> = u64;

    fn put(hash: &u64, to: &mut Vec<u8>) {
        to.extend_from_slice(&hash.to_le_bytes());
    }

    fn take(rest: &mut &[u8]) -> Option<u64> {
        let (hash, after) = rest.split_first_chunk()?;
        *rest = after;
        Some(u64::from_le_bytes(*hash))
    }
}
