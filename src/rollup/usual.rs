//! The usual row, column by column: readable, of the month, of an account that is billed, and
//! with an id that comes once. Nearly all rows are so. What is not is left to [`super::fold`],
//! which reads row by row and would come to the same for these.

use xxhash_rust::xxh3::xxh3_64;

use super::fold::{ACCOUNT, AT, CREDITS, EVENT};
use super::part::Shared;
use super::sums::Sums;
use super::{Boundaries, Count, NONE, Span};
use crate::logs::{Batch, CreditsColumn, IdColumn, InstantColumn};

/// The usual rows of a batch. Its memory is used again for the next one.
#[derive(Default)]
pub(super) struct Usual {
    /// Microseconds since the epoch; out of every month where unreadable.
    at: Vec<i64>,
    /// Micro-credits; negative where unreadable, or rounded.
    credits: Vec<i64>,
    /// Hashes of account ids.
    hashes: Vec<u64>,
    /// The segment in which the row counts; [`NONE`] where it is not usual.
    segments: Vec<u32>,
}

impl Usual {
    /// Reads a batch.
    pub fn read(&mut self, batch: &Batch, shared: &Shared<'_>) {
        let Shared { boundaries, suspects, .. } = *shared;
        self.segments.clear();
        self.segments.resize(batch.len, NONE);
        if boundaries.selection.is_narrow() {
            return;
        }
        InstantColumn::of(&batch.columns[AT]).read_into(&mut self.at);
        let month = boundaries.month.start().micros()..boundaries.month.end().micros();
        if !self.at.iter().any(|at| month.contains(at)) {
            return;
        }
        CreditsColumn::of(&batch.columns[CREDITS]).read_into(&mut self.credits);
        self.find_segments(batch, boundaries);
        if shared.table.columns.len() <= EVENT {
            return;
        }
        let events = IdColumn::of(&batch.columns[EVENT]);
        let mut buffer = [0; 36];
        for (row, segment) in self.segments.iter_mut().enumerate() {
            let usual = events.get(row, &mut buffer).is_ok_and(|event| {
                suspects.is_empty() || !suspects.may_hold(Span::Within, xxh3_64(event.as_bytes()))
            });
            if !usual {
                *segment = NONE;
            }
        }
    }

    /// Finds where rows of the month count that have credits. The hashes come first, in a loop of
    /// their own, so that the processor looks several accounts up at once: each waits for memory,
    /// and none for another.
    fn find_segments(&mut self, batch: &Batch, boundaries: &Boundaries<'_>) {
        let month = boundaries.month.start().micros()..boundaries.month.end().micros();
        let IdColumn::Text(ids) = IdColumn::of(&batch.columns[ACCOUNT]) else { return };
        let accounts = boundaries.accounts;
        self.hashes.clear();
        self.hashes.extend((0..batch.len).map(|row| xxh3_64(ids.value(row).as_bytes())));
        // An account that is found has a sound id, and the text of a null cell is no account's.
        for (row, account) in self.segments.iter_mut().enumerate() {
            if month.contains(&self.at[row]) && self.credits[row] >= 0 {
                *account = accounts.find_hashed(self.hashes[row], ids.value(row)).unwrap_or(NONE);
            }
        }
        for (segment, &at) in self.segments.iter_mut().zip(&self.at) {
            if *segment != NONE {
                *segment = boundaries.segment(*segment, at);
            }
        }
    }

    /// Adds the usual rows to sums; gives their number and credits.
    pub fn add_to(&self, sums: &mut Sums) -> Count {
        let mut count = Count::default();
        for (&segment, &credits) in self.segments.iter().zip(&self.credits) {
            if segment != NONE {
                sums.add(segment as usize, credits.into());
                count.add(credits.into());
            }
        }
        count
    }

    /// The other rows.
    pub fn others(&self) -> impl Iterator<Item = usize> + '_ {
        let rows = self.segments.iter().enumerate();
        rows.filter(|(_, segment)| **segment == NONE).map(|(row, _)| row)
    }
}
