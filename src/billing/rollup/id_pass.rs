//! The narrow pass: event ids read, and nothing else of a row but when it is.

use super::boundaries::{Boundaries, Span};
use super::duplicate_candidates::Fingerprints;
use super::row_by_row::{ACCOUNT, AT, EVENT};
use super::spill::Budget;
use crate::base::error::Result;
use crate::input::logs::{Batch, IdColumn, InstantColumn};

/// One thread's part of the pass.
pub(super) struct IdPass<'a> {
    boundaries: &'a Boundaries<'a>,
    pub fingerprints: Fingerprints<'a>,
    /// Microseconds since the epoch, and hashes of ids: memory that is used again and again.
    at: Vec<i64>,
    hashes: Vec<u64>,
}

impl<'a> IdPass<'a> {
    pub fn new(boundaries: &'a Boundaries<'a>, budget: &'a Budget) -> Self {
        let fingerprints = Fingerprints::new(budget);
        IdPass { boundaries, fingerprints, at: Vec::new(), hashes: Vec::new() }
    }

    /// Takes the ids of a batch's rows that lie in the run's span. Whether the rest of a row can
    /// be read is seen later.
    pub fn add(&mut self, batch: &Batch) -> Result<()> {
        let events = IdColumn::of(&batch.columns[EVENT]);
        InstantColumn::of(&batch.columns[AT]).read_into(&mut self.at);
        events.hash_into(&mut self.hashes);
        let narrow = self.boundaries.selection.is_narrow();
        let month = self.boundaries.month();
        for row in 0..batch.len {
            let span = match self.at[row] {
                at if month.contains(&at) => Span::Within,
                i64::MIN => continue, // unreadable
                at if at < month.start && self.boundaries.reads_before => Span::Before,
                _ => continue,
            };
            let left_out = narrow && self.is_left_out(batch, row);
            if !left_out && !events.is_null(row) {
                self.fingerprints.push(span, self.hashes[row])?;
            }
        }
        Ok(())
    }

    /// Whether a row is dropped by request, or of no account whose rows count.
    fn is_left_out(&self, batch: &Batch, row: usize) -> bool {
        let selection = &self.boundaries.selection;
        let mut buffer = [0; 36];
        let events = IdColumn::of(&batch.columns[EVENT]);
        if events.raw(row, &mut buffer).is_ok_and(|id| selection.dropped(id).is_some()) {
            return true;
        }
        if !selection.compares_others() {
            return false;
        }
        let accounts = IdColumn::of(&batch.columns[ACCOUNT]);
        accounts.raw(row, &mut buffer).map_or(true, |account| !selection.scope.includes(account))
    }
}
