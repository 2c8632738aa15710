//! What was read once and is kept on the disk between the passes. That are the rows of packed text,
//! of which unpacking takes one core so long that such a log is read once: the billing pass looks at
//! what the id pass made of it. And ids, where memory has no room for them.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::compact_id::CompactId;
use crate::base::error::Result;
use crate::base::spill_file::{Extent, SpillFile, damaged};
use crate::billing::rollup::usage_row::{UsageRow, take};

/// Bytes that a thread collects before they are written.
const CHUNK_BYTES: usize = 256 << 10;

/// Where they are kept.
pub struct Spool {
    file: SpillFile,
    given_up: AtomicBool,
}

impl Spool {
    /// Keeps what it is given in a file in `folder`.
    pub fn new(folder: &Path) -> Self {
        Spool { file: SpillFile::new(folder), given_up: AtomicBool::new(false) }
    }

    /// How many bytes have been written.
    pub fn bytes(&self) -> u64 {
        self.file.bytes()
    }

    /// Whether nothing can be kept, and nothing that was is there: then logs are read a second time.
    pub fn given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Writes a chunk. Says no where the disk does not take it, or has not as much left for others
    /// as is kept on it.
    pub fn write(&self, chunk: &[u8]) -> Option<Extent> {
        if self.given_up() {
            return None;
        }
        let written = self.file.free().and_then(|free| match free > self.bytes() {
            true => self.file.append(chunk),
            false => Err(std::io::ErrorKind::StorageFull.into()),
        });
        match written {
            Ok(extent) => Some(extent),
            Err(cause) => {
                if !self.given_up.swap(true, Ordering::Relaxed) {
                    let folder = self.file.folder().display();
                    let kept = self.bytes();
                    tracing::warn!(
                        %folder, %cause, kept,
                        "the disk has no room for what was read of logs: it is read a second time"
                    );
                }
                self.file.discard();
                None
            }
        }
    }

    /// Reads back what was written.
    pub fn bring_back(&self, extent: Extent) -> Result<Vec<u8>> {
        let chunk = self.file.read(extent);
        chunk.map_err(|e| damaged().in_file(self.file.folder()).caused_by(e))
    }

    /// Visits the rows of a part.
    pub fn read(
        &self,
        extent: Extent,
        mut visit: impl FnMut(SpooledRow<'_>) -> Result<()>,
    ) -> Result<()> {
        let chunk = self.bring_back(extent)?;
        let mut rest = chunk.as_slice();
        while !rest.is_empty() {
            visit(SpooledRow::take(&mut rest).ok_or_else(damaged)?)?;
        }
        Ok(())
    }
}

/// A row of the month that counts in a segment, if its id comes once.
pub struct LocatedRow {
    /// The fingerprint of its id.
    pub fingerprint: u64,
    pub segment: u32,
    /// Microseconds since the epoch.
    pub at: i64,
    /// Micro-credits.
    pub credits: i64,
}

/// A row that was kept.
pub enum SpooledRow<'a> {
    Located(LocatedRow, CompactId<'a>),
    /// Any other row of the run's concern, with all that is to know of it.
    Whole(UsageRow<'a>),
}

/// What stands before a row: what it is.
const WHOLE: u8 = 0;
const LOCATED: u8 = 1;

impl<'a> SpooledRow<'a> {
    #[inline]
    fn take(rest: &mut &'a [u8]) -> Option<Self> {
        match take(rest)? {
            [WHOLE] => UsageRow::take(rest).map(SpooledRow::Whole),
            [LOCATED] => {
                let row = LocatedRow {
                    fingerprint: u64::from_le_bytes(take(rest)?),
                    segment: u32::from_le_bytes(take(rest)?),
                    at: i64::from_le_bytes(take(rest)?),
                    credits: i64::from_le_bytes(take(rest)?),
                };
                Some(SpooledRow::Located(row, CompactId::take(rest)?))
            }
            _ => None,
        }
    }
}

/// One thread's rows.
pub struct SpoolWriter<'s> {
    spool: &'s Spool,
    open: Vec<u8>,
    extents: Vec<Extent>,
}

impl<'s> SpoolWriter<'s> {
    pub fn new(spool: &'s Spool) -> Self {
        SpoolWriter { spool, open: Vec::new(), extents: Vec::new() }
    }

    #[inline]
    pub fn push_located(&mut self, row: &LocatedRow, event: &str) {
        let mut fixed = [LOCATED; 29];
        fixed[1..9].copy_from_slice(&row.fingerprint.to_le_bytes());
        fixed[9..13].copy_from_slice(&row.segment.to_le_bytes());
        fixed[13..21].copy_from_slice(&row.at.to_le_bytes());
        fixed[21..].copy_from_slice(&row.credits.to_le_bytes());
        self.open.extend_from_slice(&fixed);
        CompactId::of(event).put(&mut self.open);
    }

    pub fn push_whole(&mut self, row: &UsageRow<'_>) {
        self.open.push(WHOLE);
        row.put(&mut self.open);
    }

    /// Writes what has been collected, if it is much.
    pub fn write_if_full(&mut self) {
        if self.open.len() >= CHUNK_BYTES {
            self.write();
        }
    }

    fn write(&mut self) {
        self.extents.extend(self.spool.write(&self.open));
        self.open.clear();
    }

    /// All that was kept, in parts; `None` where something could not be kept.
    pub fn take(&mut self) -> Option<Vec<Extent>> {
        if !self.open.is_empty() {
            self.write();
        }
        Some(std::mem::take(&mut self.extents)).filter(|_| !self.spool.given_up())
    }
}
