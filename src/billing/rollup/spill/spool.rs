//! What was read once and is kept on the disk between the passes. These are rows of text, which is
//! taken apart once: the billing pass looks at what the id pass made of it, column by column; and ids,
//! where memory has no room for them.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::compact_id::CompactId;
use crate::base::error::Result;
use crate::base::number::number;
use crate::base::sorted_runs::Record;
use crate::base::spill_file::{Extent, SpillFile, damaged};
use crate::billing::rollup::usage_row::{UsageRow, UsageRows, records, take};

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
        let mut chunk = Vec::new();
        self.bring_back_into(extent, &mut chunk).map(|()| chunk)
    }

    fn bring_back_into(&self, extent: Extent, chunk: &mut Vec<u8>) -> Result<()> {
        let read = self.file.read_into(extent, chunk);
        read.map_err(|e| damaged().in_file(self.file.folder()).caused_by(e))
    }

    /// Reads the rows of a part, in place of those that `rows` has.
    pub fn read(&self, extent: Extent, rows: &mut SpooledRows) -> Result<()> {
        self.bring_back_into(extent, &mut rows.chunk)?;
        rows.unpack().ok_or_else(damaged)
    }
}

/// What [`LocatedRow`] says of the rows of a batch, column by column; but for their ids.
#[derive(Debug, Clone, Copy)]
pub struct LocatedColumns<'a> {
    pub segments: &'a [u32],
    pub at: &'a [i64],
    pub credits: &'a [i64],
}

/// A row of the month that counts in a segment, if its id comes once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocatedRow {
    /// The fingerprint of its id.
    pub fingerprint: u64,
    pub segment: u32,
    /// Microseconds since the epoch.
    pub at: i64,
    /// Micro-credits.
    pub credits: i64,
}

/// Rows that are kept. Their memory is used again for others.
#[derive(Debug, Default)]
pub struct SpooledRows {
    /// What [`LocatedRow`] says of those that are located, column by column, and their ids.
    fingerprints: Vec<u64>,
    pub segments: Vec<u32>,
    pub at: Vec<i64>,
    pub credits: Vec<i64>,
    ids: Vec<u8>,
    /// All other rows of the run's concern, with all that is to know of them.
    whole: Vec<u8>,
    /// All of it, as it is on the disk.
    chunk: Vec<u8>,
}

impl SpooledRows {
    fn bytes(&self) -> usize {
        self.fingerprints.len() * 28 + self.ids.len() + self.whole.len()
    }

    /// The located row at a place.
    pub fn located(&self, at: usize) -> LocatedRow {
        let (fingerprint, segment) = (self.fingerprints[at], self.segments[at]);
        LocatedRow { fingerprint, segment, at: self.at[at], credits: self.credits[at] }
    }

    /// The ids of the located rows, one after the other.
    pub fn ids(&self) -> impl Iterator<Item = Result<CompactId<'_>>> {
        let mut rest = self.ids.as_slice();
        (0..self.fingerprints.len()).map(move |_| CompactId::take(&mut rest).ok_or_else(damaged))
    }

    /// The rows that are not located.
    pub fn whole(&self) -> impl Iterator<Item = Result<UsageRow<'_>>> {
        records::<UsageRows>(&self.whole)
    }

    /// Puts all rows into the chunk, and has none any more.
    fn pack(&mut self) {
        let SpooledRows { fingerprints, segments, at, credits, ids, whole, chunk } = self;
        chunk.clear();
        for count in [fingerprints.len(), ids.len()] {
            chunk.extend(number(count).to_le_bytes());
        }
        put_all(fingerprints.drain(..).map(u64::to_le_bytes), chunk);
        put_all(segments.drain(..).map(u32::to_le_bytes), chunk);
        put_all(at.drain(..).map(i64::to_le_bytes), chunk);
        put_all(credits.drain(..).map(i64::to_le_bytes), chunk);
        chunk.append(ids);
        chunk.append(whole);
    }

    /// Takes the rows out of the chunk; `None` where it holds none.
    fn unpack(&mut self) -> Option<()> {
        let mut rest = self.chunk.as_slice();
        let rows = u32::from_le_bytes(take(&mut rest)?) as usize;
        let ids = u32::from_le_bytes(take(&mut rest)?) as usize;
        take_all(rows, &mut rest, u64::from_le_bytes, &mut self.fingerprints)?;
        take_all(rows, &mut rest, u32::from_le_bytes, &mut self.segments)?;
        take_all(rows, &mut rest, i64::from_le_bytes, &mut self.at)?;
        take_all(rows, &mut rest, i64::from_le_bytes, &mut self.credits)?;
        let (ids, whole) = rest.split_at_checked(ids)?;
        self.ids.clear();
        self.ids.extend_from_slice(ids);
        self.whole.clear();
        self.whole.extend_from_slice(whole);
        Some(())
    }
}

/// Adds numbers to a chunk.
fn put_all<const N: usize>(numbers: impl ExactSizeIterator<Item = [u8; N]>, chunk: &mut Vec<u8>) {
    let begin = chunk.len();
    chunk.resize(begin + numbers.len() * N, 0);
    chunk[begin..].as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(to, n)| *to = n);
}

/// Takes so many numbers off a chunk, in place of what `to` has.
fn take_all<T, const N: usize>(
    count: usize,
    rest: &mut &[u8],
    read: impl Fn([u8; N]) -> T,
    to: &mut Vec<T>,
) -> Option<()> {
    let (numbers, after) = rest.split_at_checked(count.checked_mul(N)?)?;
    *rest = after;
    to.clear();
    to.extend(numbers.as_chunks().0.iter().map(|bytes| read(*bytes)));
    Some(())
}

/// One thread's rows.
pub struct SpoolWriter<'s> {
    spool: &'s Spool,
    open: SpooledRows,
    extents: Vec<Extent>,
}

impl<'s> SpoolWriter<'s> {
    pub fn new(spool: &'s Spool) -> Self {
        SpoolWriter { spool, open: SpooledRows::default(), extents: Vec::new() }
    }

    /// Keeps some rows of a batch, but for their ids.
    pub fn push_located(&mut self, rows: &[usize], columns: &LocatedColumns<'_>) {
        let open = &mut self.open;
        open.segments.extend(rows.iter().map(|&row| columns.segments[row]));
        open.at.extend(rows.iter().map(|&row| columns.at[row]));
        open.credits.extend(rows.iter().map(|&row| columns.credits[row]));
    }

    /// Keeps the id of the next of these rows; gives its fingerprint.
    #[inline]
    pub fn push_id(&mut self, id: CompactId<'_>) -> u64 {
        let fingerprint = id.fingerprint();
        self.open.fingerprints.push(fingerprint);
        id.put(&mut self.open.ids);
        fingerprint
    }

    pub fn push_whole(&mut self, row: &UsageRow<'_>) {
        UsageRows::put(row, &mut self.open.whole);
    }

    /// Writes what has been collected, if it is much.
    pub fn write_if_full(&mut self) {
        if self.open.bytes() >= CHUNK_BYTES {
            self.write();
        }
    }

    fn write(&mut self) {
        self.open.pack();
        self.extents.extend(self.spool.write(&self.open.chunk));
    }

    /// All that was kept, in parts; `None` where something could not be kept.
    pub fn take(&mut self) -> Option<Vec<Extent>> {
        if self.open.bytes() > 0 {
            self.write();
        }
        self.open = SpooledRows::default();
        Some(std::mem::take(&mut self.extents)).filter(|_| !self.spool.given_up())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::Instant;
    use crate::base::credits::Credits;
    use crate::base::ids::fingerprint;
    use crate::billing::rollup::boundaries::Span;
    use crate::billing::rollup::usage_row::Place;

    fn whole(event: &str) -> UsageRow<'_> {
        let (at, credits) = (Instant::EPOCH, Credits::ZERO);
        let place = Place { source: 1, row: 2 };
        UsageRow { span: Span::Before, event, at, account: "ann", credits, place }
    }

    #[test]
    fn rows_come_back_as_they_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path());
        let mut writer = SpoolWriter::new(&spool);
        let id = |n: u32| match n % 3 {
            0 => format!("{n:08x}-0000-4000-8000-00000000abcd"),
            _ => format!("event {n}"),
        };
        let located = |n: u32| LocatedRow {
            fingerprint: fingerprint(&id(n)),
            segment: n,
            at: -i64::from(n),
            credits: i64::MAX - i64::from(n),
        };
        for n in 0..20_000 {
            let LocatedRow { fingerprint, segment, at, credits } = located(n);
            let (segments, at, credits) = (&[0, segment], &[0, at], &[0, credits]);
            writer.push_located(&[1], &LocatedColumns { segments, at, credits });
            assert_eq!(writer.push_id(CompactId::of(&id(n))), fingerprint);
            if n % 1_000 == 0 {
                writer.push_whole(&whole(&id(n)));
            }
            writer.write_if_full();
        }
        let extents = writer.take().unwrap();
        assert!(extents.len() > 2 && spool.bytes() > 600_000);
        let (mut rows, mut next, mut others) = (SpooledRows::default(), 0, 0);
        for extent in extents {
            spool.read(extent, &mut rows).unwrap();
            for (at, kept) in rows.ids().enumerate() {
                assert_eq!(rows.located(at), located(next));
                assert_eq!(kept.unwrap().text(&mut [0; 36]), id(next));
                next += 1;
            }
            for row in rows.whole() {
                assert_eq!(row.unwrap(), whole(&id(others * 1_000)));
                others += 1;
            }
        }
        assert_eq!((next, others), (20_000, 20));
        rows.chunk.truncate(100);
        assert!(rows.unpack().is_none());
    }
}
