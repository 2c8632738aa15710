//! The usual row, column by column: readable, of the month, of an account that is billed, and
//! with an id that comes once. Nearly all rows are so. What is not is left to [`super::row_by_row`],
//! which reads row by row and would come to the same for these.

use std::ops::Range;

use arrow_array::{Array, Int32Array, StringArray};
use arrow_buffer::ArrowNativeType;
use xxhash_rust::xxh3::xxh3_64;

use super::boundaries::{Boundaries, NONE, Span};
use super::candidates::DuplicateCandidates;
use super::control::Count;
use super::row_by_row::{ACCOUNT, AT, CREDITS, EVENT};
use super::spill::{CompactId, LocatedColumns, SpoolWriter};
use super::sums::Sums;
use crate::base::accounts::Accounts;
use crate::base::calendar::Instant;
use crate::base::error::{Code, Error, Result};
use crate::base::fetch;
use crate::base::ids::UuidText;
use crate::base::part::Part;
use crate::input::logs::{Batch, CellFault, IdColumn, LogSchema};

/// The usual rows of a batch. Its memory is used again for the next one.
#[derive(Default)]
pub(super) struct ColumnarRows {
    /// Microseconds since the epoch, of all rows; out of every month where unreadable.
    pub at: Vec<i64>,
    /// Micro-credits; negative where unreadable, or rounded.
    credits: Vec<i64>,
    /// Hashes of accounts' ids, or fingerprints of events' ids.
    hashes: Vec<u64>,
    /// The dictionary of account ids that came last.
    dictionary: DictionaryAccounts,
    /// Places of rows whose accounts have several segments.
    several: Vec<usize>,
    /// The segment in which the row counts; [`NONE`] where it is not usual.
    segments: Vec<u32>,
    /// Places of usual rows that are kept.
    usual: Vec<usize>,
    /// Of a month that is billed in parts: whether a row is usual, but of another part.
    of_another: Vec<bool>,
}

impl ColumnarRows {
    /// Reads a batch, as if no id came twice.
    pub fn read(&mut self, batch: &Batch, table: &LogSchema, boundaries: &Boundaries<'_>) {
        self.segments.clear();
        self.segments.resize(batch.len, NONE);
        self.of_another.clear();
        batch.instants(AT).read_into(&mut self.at);
        if boundaries.selection.is_narrow() {
            return;
        }
        let month = boundaries.month();
        if !self.at.iter().any(|at| month.contains(at)) {
            return;
        }
        batch.credits(CREDITS).read_into(&mut self.credits);
        self.find_segments(batch, boundaries);
        if table.columns.len() > EVENT {
            let events = IdColumn::of(&batch.columns[EVENT]);
            let rows = self.segments.iter_mut().enumerate();
            let unsound = rows.filter(|(row, _)| !events.is_plain(*row));
            unsound.for_each(|(_, segment)| *segment = NONE);
        }
        if let Some(part) = boundaries.selection.scope.part() {
            self.find_others(batch, table, (part, &month));
        }
    }

    /// Finds the rows of another part that would be usual there.
    fn find_others(
        &mut self,
        batch: &Batch,
        table: &LogSchema,
        (part, month): (Part, &Range<i64>),
    ) {
        let accounts = IdColumn::of(&batch.columns[ACCOUNT]);
        let has_ids = table.columns.len() > EVENT;
        let events = has_ids.then(|| IdColumn::of(&batch.columns[EVENT]));
        let mut buffer = [0; 36];
        self.of_another.clear();
        self.of_another.extend((0..batch.len).map(|row| {
            self.segments[row] == NONE
                && self.credits[row] >= 0
                && month.contains(&self.at[row])
                && accounts.is_plain(row)
                && events.as_ref().is_none_or(|events| events.is_plain(row))
                && accounts.raw(row, &mut buffer).is_ok_and(|account| !part.includes(account))
        }));
    }

    /// Leaves out the rows whose ids may come more than once.
    pub fn leave_out(&mut self, batch: &Batch, candidates: &DuplicateCandidates) {
        if candidates.is_empty() {
            return;
        }
        IdColumn::of(&batch.columns[EVENT]).fingerprints_into(&mut self.hashes);
        for (row, (segment, hash)) in self.segments.iter_mut().zip(&self.hashes).enumerate() {
            if candidates.may_hold(Span::Within, *hash) {
                *segment = NONE;
                if let Some(of_another) = self.of_another.get_mut(row) {
                    *of_another = false;
                }
            }
        }
    }

    /// The number and credits of the usual rows of other parts.
    pub fn of_others(&self) -> Count {
        let mut count = Count::default();
        let rows = self.of_another.iter().zip(&self.credits).filter(|(of_another, _)| **of_another);
        rows.for_each(|(_, credits)| count.add_micros(*credits));
        count
    }

    /// Finds where rows of the month count that have credits.
    fn find_segments(&mut self, batch: &Batch, boundaries: &Boundaries<'_>) {
        let month = boundaries.month();
        match &IdColumn::of(&batch.columns[ACCOUNT]) {
            IdColumn::Text(ids) => {
                self.hashes.clear();
                self.hashes.extend((0..ids.len()).map(|row| xxh3_64(ids.value(row).as_bytes())));
                // One that is found has a sound id.
                let id = |row| ids.value(row);
                boundaries.accounts.find_all(&self.hashes, id, &mut self.segments, NONE);
                // Where a cell is null, the text of another row's may lie.
                if ids.null_count() > 0 {
                    let rows = self.segments.iter_mut().enumerate();
                    rows.filter(|(row, _)| ids.is_null(*row)).for_each(|(_, own)| *own = NONE);
                }
            }
            IdColumn::Keyed(keys, ids) => {
                self.dictionary.find(keys, ids, boundaries.accounts);
                self.dictionary.number(keys, &mut self.segments);
            }
            IdColumn::Binary(_) | IdColumn::Fixed(_) => return, // no account's id is so
        }
        let rows = self.segments.iter_mut().zip(&self.at).zip(&self.credits);
        for ((number, at), &credits) in rows {
            if !month.contains(at) || credits < 0 {
                *number = NONE;
            }
        }
        let parts = self.segments.chunks_mut(fetch::ROWS).zip(self.at.chunks(fetch::ROWS));
        parts.for_each(|(numbers, at)| boundaries.locate_all(numbers, at, &mut self.several));
    }

    /// Adds the usual rows to sums; gives their number and credits.
    pub fn add_to(&self, sums: &mut Sums) -> Count {
        sums.add_all(&self.segments, &self.credits)
    }

    /// The last instant of the usual rows, if there are any.
    pub fn last(&self) -> Option<Instant> {
        last_of(&self.segments, &self.at)
    }

    /// Hands out the ids of the usual rows from an instant on, each with the row's segment and
    /// instant.
    pub fn each_since(
        &self,
        from: i64,
        batch: &Batch,
        mut visit: impl FnMut(u32, i64, CompactId<'_>) -> Result<()>,
    ) -> Result<()> {
        let events = IdColumn::of(&batch.columns[EVENT]);
        let mut buffer = [0; 36];
        for (row, (&segment, &at)) in self.segments.iter().zip(&self.at).enumerate() {
            if segment != NONE && at >= from {
                visit(segment, at, compact_id(&events, row, &mut buffer)?)?;
            }
        }
        Ok(())
    }

    /// Keeps the usual rows, and hands each out: the fingerprint of its id, and its credits.
    pub fn keep(
        &mut self,
        batch: &Batch,
        kept: &mut SpoolWriter<'_>,
        mut visit: impl FnMut(u64, i64) -> Result<()>,
    ) -> Result<()> {
        let events = IdColumn::of(&batch.columns[EVENT]);
        let ColumnarRows { at, credits, segments, usual, .. } = self;
        usual.clear();
        usual.extend((0..batch.len).filter(|&row| segments[row] != NONE));
        kept.push_located(usual, &LocatedColumns { segments, at, credits });
        let mut buffer = [0; 36];
        usual.iter().try_for_each(|&row| {
            visit(kept.push_id(compact_id(&events, row, &mut buffer)?), credits[row])
        })
    }

    /// The other rows.
    pub fn others(&self) -> impl Iterator<Item = usize> + '_ {
        let rows = self.segments.iter().enumerate();
        let is_of_another = |row: &usize| self.of_another.get(*row).is_some_and(|own| *own);
        let rows = rows.filter(|(_, segment)| **segment == NONE).map(|(row, _)| row);
        rows.filter(move |row| !is_of_another(row))
    }
}

/// The last instant of the rows that count in a segment.
pub(super) fn last_of(segments: &[u32], at: &[i64]) -> Option<Instant> {
    // Without a branch: it is asked of every row.
    let last = segments.iter().zip(at).fold(i64::MIN, |last, (&segment, &at)| {
        last.max(if segment == NONE { i64::MIN } else { at })
    });
    Instant::from_micros(last)
}

/// The id of a usual row; `buffer` may hold its text.
#[inline]
fn compact_id<'a>(
    events: &'a IdColumn<'_>,
    row: usize,
    buffer: &'a mut UuidText,
) -> Result<CompactId<'a>> {
    if let IdColumn::Fixed(ids) = events
        && let Ok(uuid) = ids.value(row).try_into()
    {
        return Ok(CompactId::Uuid(uuid));
    }
    events.raw(row, buffer).map(CompactId::of).map_err(no_id)
}

/// A usual row has an id.
fn no_id(fault: CellFault) -> Error {
    Error::new(Code::IMPOSSIBLE, format!("the id of a usual row {fault}"))
        .hint("this is a fault of the program: keep the inputs and report it")
}

/// The accounts of a dictionary: looked up once, not for every row.
#[derive(Default)]
struct DictionaryAccounts {
    ids: Option<StringArray>,
    /// The number of each id's account; [`NONE`] where it is unknown.
    numbers: Vec<u32>,
}

impl DictionaryAccounts {
    /// Looks a dictionary's ids up, unless it is that of the batch before.
    fn find(&mut self, keys: &Int32Array, ids: &StringArray, accounts: &Accounts) {
        let is_same = |known: &StringArray| known.to_data().ptr_eq(&ids.to_data());
        if keys.is_empty() || self.ids.as_ref().is_some_and(is_same) {
            return;
        }
        self.numbers.clear();
        self.numbers
            .extend(ids.iter().map(|id| id.and_then(|id| accounts.find(id)).unwrap_or(NONE)));
        self.ids = Some(ids.clone());
    }

    /// The number of each row's account.
    fn number(&self, keys: &Int32Array, numbers: &mut [u32]) {
        for (row, (number, &key)) in numbers.iter_mut().zip(keys.values()).enumerate() {
            *number = if keys.is_null(row) { NONE } else { self.numbers[key.as_usize()] };
        }
    }
}
