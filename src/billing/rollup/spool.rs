//! Rows of packed text, kept on the disk between the passes: unpacking takes one core so long that
//! such a log is read once. The second pass looks at what the first one made of it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::duplicates::{Suspect, damaged, put_row, take, take_row};
use super::spill::{Extent, Spill};
use crate::base::error::Result;
use crate::base::ids::{uuid_of, uuid_text};

/// Bytes that a thread collects before they are written.
const CHUNK_BYTES: usize = 256 << 10;

/// Where rows are kept.
pub(super) struct Shelf {
    spill: Spill,
    given_up: AtomicBool,
}

impl Shelf {
    pub fn new(spill: Spill) -> Self {
        Shelf { spill, given_up: AtomicBool::new(false) }
    }

    /// How many bytes have been written.
    pub fn bytes(&self) -> u64 {
        self.spill.bytes()
    }

    /// Whether rows cannot be kept: then logs are read a second time.
    pub fn given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Writes a chunk. Says no where the disk does not take it, or has not as much left for others
    /// as is kept on it.
    fn put(&self, chunk: &[u8]) -> Option<Extent> {
        if self.given_up() {
            return None;
        }
        let put = self.spill.free().and_then(|free| match free > self.bytes() {
            true => self.spill.append(chunk),
            false => Err(std::io::ErrorKind::StorageFull.into()),
        });
        match put {
            Ok(extent) => Some(extent),
            Err(cause) => {
                if !self.given_up.swap(true, Ordering::Relaxed) {
                    let folder = self.spill.folder().display();
                    let kept = self.bytes();
                    tracing::warn!(
                        %folder, %cause, kept,
                        "the disk has no room for rows of packed logs: they are read a second time"
                    );
                }
                self.spill.discard();
                None
            }
        }
    }

    fn get(&self, extent: Extent) -> Result<Vec<u8>> {
        let chunk = self.spill.read(extent);
        chunk.map_err(|e| damaged().in_file(self.spill.folder()).caused_by(e))
    }
}

/// A row of the month that counts in a segment, if its id comes once.
pub(super) struct UsualRow {
    /// The hash of its id.
    pub hash: u64,
    pub segment: u32,
    /// Microseconds since the epoch.
    pub at: i64,
    /// Micro-credits.
    pub credits: i64,
}

/// A kept row.
pub(super) enum KeptRow<'a> {
    Usual(UsualRow, Event<'a>),
    /// Any other row of the run's concern, with all that is to know of it.
    Odd(Suspect<'a>),
}

/// A usual row's id.
pub(super) enum Event<'a> {
    Uuid([u8; 16]),
    Text(&'a str),
}

impl Event<'_> {
    /// Its text; `buffer` holds a UUID's.
    pub fn text<'b>(&'b self, buffer: &'b mut [u8; 36]) -> &'b str {
        match self {
            Event::Uuid(uuid) => uuid_text(*uuid, buffer),
            Event::Text(text) => text,
        }
    }
}

/// What stands before a row: what it is.
const ODD: u8 = 0;
const UUID: u8 = 1;
const TEXT: u8 = 2;

/// One thread's rows.
pub(super) struct Kept<'s> {
    shelf: &'s Shelf,
    open: Vec<u8>,
    extents: Vec<Extent>,
}

impl<'s> Kept<'s> {
    pub fn new(shelf: &'s Shelf) -> Self {
        Kept { shelf, open: Vec::new(), extents: Vec::new() }
    }

    #[inline]
    pub fn push_usual(&mut self, row: &UsualRow, event: &str) {
        let mut fixed = [0; 29];
        let uuid = uuid_of(event);
        fixed[0] = if uuid.is_some() { UUID } else { TEXT };
        fixed[1..9].copy_from_slice(&row.hash.to_le_bytes());
        fixed[9..13].copy_from_slice(&row.segment.to_le_bytes());
        fixed[13..21].copy_from_slice(&row.at.to_le_bytes());
        fixed[21..].copy_from_slice(&row.credits.to_le_bytes());
        self.open.extend_from_slice(&fixed);
        match uuid {
            Some(uuid) => self.open.extend_from_slice(&uuid),
            None => {
                self.open.extend_from_slice(&(event.len() as u16).to_le_bytes()); // 256 at most
                self.open.extend_from_slice(event.as_bytes());
            }
        }
    }

    pub fn push_odd(&mut self, row: &Suspect<'_>) {
        self.open.push(ODD);
        put_row(row, &mut self.open);
    }

    /// Writes what has been collected, if it is much.
    pub fn write_if_full(&mut self) {
        if self.open.len() >= CHUNK_BYTES {
            self.write();
        }
    }

    fn write(&mut self) {
        self.extents.extend(self.shelf.put(&self.open));
        self.open.clear();
    }

    /// All that was kept, in parts; `None` where something could not be kept.
    pub fn take(&mut self) -> Option<Vec<Extent>> {
        if !self.open.is_empty() {
            self.write();
        }
        Some(std::mem::take(&mut self.extents)).filter(|_| !self.shelf.given_up())
    }
}

/// Visits the rows of a part.
pub(super) fn visit(
    shelf: &Shelf,
    extent: Extent,
    mut visit: impl FnMut(KeptRow<'_>) -> Result<()>,
) -> Result<()> {
    let chunk = shelf.get(extent)?;
    let mut rest = chunk.as_slice();
    while !rest.is_empty() {
        visit(next(&mut rest).ok_or_else(damaged)?)?;
    }
    Ok(())
}

#[inline]
fn next<'a>(rest: &mut &'a [u8]) -> Option<KeptRow<'a>> {
    let [what] = take::<1>(rest)?;
    if what == ODD {
        return take_row(rest).map(KeptRow::Odd);
    }
    let row = UsualRow {
        hash: u64::from_le_bytes(take(rest)?),
        segment: u32::from_le_bytes(take(rest)?),
        at: i64::from_le_bytes(take(rest)?),
        credits: i64::from_le_bytes(take(rest)?),
    };
    if what == UUID {
        return Some(KeptRow::Usual(row, Event::Uuid(take(rest)?)));
    }
    let bytes = u16::from_le_bytes(take(rest)?);
    let (event, after) = rest.split_at_checked(bytes.into())?;
    *rest = after;
    Some(KeptRow::Usual(row, Event::Text(std::str::from_utf8(event).ok()?)))
}
