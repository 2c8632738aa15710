//! How much of what grows with the number of events is held in memory.

use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::error::Result;
use crate::base::spill_file::{Extent, SpillFile};

/// Bytes of a chunk at least, which no record exceeds, and at most.
const LEAST_CHUNK: u64 = 1 << 10;
const LARGEST_CHUNK: u64 = 16 << 10;

/// Bytes that are looked at at once at least.
const LEAST_AT_ONCE: u64 = 256 << 10;

/// How much memory stores may hold, and where the rest goes.
#[derive(Debug)]
pub struct Budget {
    /// How many bytes may be held.
    pub limit: u64,
    /// Bytes of a chunk of records: whoever fills one asks the budget for the next.
    pub chunk_bytes: usize,
    held: AtomicU64,
    /// Where the rest is written.
    pub file: SpillFile,
    warned: Once,
}

impl Budget {
    /// A budget of `limit` bytes; what goes beyond it is written to a file in `folder`.
    pub fn new(limit: u64, folder: &Path) -> Self {
        let chunk_bytes = (limit >> 16).clamp(LEAST_CHUNK, LARGEST_CHUNK) as usize;
        let (held, file) = (AtomicU64::new(0), SpillFile::new(folder));
        Budget { limit, chunk_bytes, held, file, warned: Once::new() }
    }

    /// How many bytes have been written to the disk.
    pub fn spilled(&self) -> u64 {
        self.file.bytes()
    }

    /// Takes memory from the budget, if there is as much left.
    pub fn take(&self, bytes: u64) -> bool {
        let taken = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes <= self.limit;
        if !taken {
            self.held.fetch_sub(bytes, Ordering::Relaxed);
        }
        taken
    }

    /// Writes a chunk to the disk.
    pub fn spill(&self, chunk: &[u8]) -> Result<Extent> {
        self.warned.call_once(|| {
            tracing::warn!(
                budget = self.limit,
                folder = %self.file.folder().display(),
                "event ids need more than the memory budget: the rest goes to the disk"
            );
        });
        self.file.set_down(chunk)
    }

    /// Reads back what was written.
    pub fn read(&self, extent: Extent) -> Result<Vec<u8>> {
        self.file.bring_back(extent)
    }

    /// Bytes of one partition that are looked at at once, by each thread: with what is made of them
    /// they take some three times as much.
    pub fn at_once(&self) -> u64 {
        (self.limit / 8 / rayon::current_num_threads() as u64).max(LEAST_AT_ONCE)
    }

    /// Bytes that a filter of candidates takes at most; and what is found for it, meanwhile.
    pub fn filter_bytes(&self) -> u64 {
        self.limit / 4
    }
}
