//! The narrow pass: event ids read, and nothing else of a row but when it is.

use super::boundaries::{Boundaries, Span};
use super::candidates::Fingerprints;
use super::decoded_ids::DecodedIds;
use super::row_by_row::{ACCOUNT, AT, EVENT};
use super::spill::Budget;
use crate::base::error::Result;
use crate::base::ids::uuid_fingerprint;
use crate::input::logs::{Batch, IdColumn, RowNumbers};

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
