//! Duplicates, found exactly: the rows whose ids may come more than once, compared as they are.

use xxhash_rust::xxh3::xxh3_64;

use super::Span;
use super::partitions::{Budget, Partition, Store, partition};
use crate::base::calendar::Instant;
use crate::base::error::{Error, Result};

/// A row whose id may come more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Suspect<'a> {
    // The order of the fields is the order of precedence: of one id in one span, the first by
    // (`at`, `account_id`, `credits`) is used.
    pub span: Span,
    pub event: &'a str,
    pub at: Instant,
    pub account: &'a str,
    pub credits: i128,
    /// File and row; of equal rows, it does not matter which one is dropped.
    pub place: (usize, u64),
}

impl Suspect<'_> {
    fn same_event(&self, other: &Suspect<'_>) -> bool {
        (self.span, self.event) == (other.span, other.event)
    }

    fn same_content(&self, other: &Suspect<'_>) -> bool {
        (self.at, self.account, self.credits) == (other.at, other.account, other.credits)
    }
}

/// What becomes of a row among those with its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is used.
    Stands,
    /// The same event again with the same content.
    Duplicate,
    /// The same id with other content.
    Conflicting,
}

/// Decides on rows, all those with one id among them. `told` is given each row, what becomes of
/// it, and the row of the same id that stands.
pub(super) fn resolve<'a>(
    rows: &mut [Suspect<'a>],
    mut told: impl FnMut(&Suspect<'a>, Verdict, &Suspect<'a>),
) {
    rows.sort_unstable();
    for same in rows.chunk_by(Suspect::same_event) {
        told(&same[0], Verdict::Stands, &same[0]);
        for pair in same.windows(2) {
            let verdict = match pair[1].same_content(&pair[0]) {
                true => Verdict::Duplicate,
                false => Verdict::Conflicting,
            };
            told(&pair[1], verdict, &same[0]);
        }
    }
}

/// Rows whose ids may come more than once, as one thread has met them.
pub(super) struct Lineup<'b> {
    store: Store<'b>,
    record: Vec<u8>,
}

impl<'b> Lineup<'b> {
    pub fn new(budget: &'b Budget) -> Self {
        Lineup { store: Store::new(budget), record: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &Suspect<'_>) -> Result<()> {
        self.record.clear();
        put_row(row, &mut self.record);
        self.store.push(partition(xxh3_64(row.event.as_bytes())), &self.record)
    }

    /// The rows so far; none are left.
    pub fn take(&mut self) -> Self {
        let store = self.store.take();
        Lineup { store, record: Vec::new() }
    }

    /// All threads' rows, in partitions: those with one id are in one.
    pub fn partitions(lineups: Vec<Self>) -> Vec<Partition> {
        Store::partitions(lineups.into_iter().map(|lineup| lineup.store).collect())
    }
}

/// The rows of a partition.
pub(super) fn rows(chunks: &[Vec<u8>]) -> Result<Vec<Suspect<'_>>> {
    let mut rows = Vec::new();
    for chunk in chunks {
        let mut rest = chunk.as_slice();
        while !rest.is_empty() {
            rows.push(take_row(&mut rest).ok_or_else(damaged)?);
        }
    }
    Ok(rows)
}

/// What was put aside on the disk is not what comes back.
pub(super) fn damaged() -> Error {
    Error::book("what was put aside on the disk came back damaged").hint("check the disk")
}

/// Writes a row for [`take_row`].
pub(super) fn put_row(row: &Suspect<'_>, record: &mut Vec<u8>) {
    record.push(u8::from(row.span == Span::Before));
    record.extend(row.at.micros().to_le_bytes());
    record.extend(row.credits.to_le_bytes());
    record.extend((row.place.0 as u64).to_le_bytes());
    record.extend(row.place.1.to_le_bytes());
    for text in [row.event, row.account] {
        record.extend((text.len() as u64).to_le_bytes());
        record.extend(text.as_bytes());
    }
}

/// Takes a row off a chunk.
pub(super) fn take_row<'a>(rest: &mut &'a [u8]) -> Option<Suspect<'a>> {
    let span = if take::<1>(rest)? == [0] { Span::Within } else { Span::Before };
    let at = Instant::from_micros(i64::from_le_bytes(take(rest)?))?;
    let credits = i128::from_le_bytes(take(rest)?);
    let mut number = || Some(u64::from_le_bytes(take(rest)?));
    let place = (usize::try_from(number()?).ok()?, number()?);
    let mut text = || {
        let bytes = u64::from_le_bytes(take(rest)?);
        let (text, after) = rest.split_at_checked(usize::try_from(bytes).ok()?)?;
        *rest = after;
        std::str::from_utf8(text).ok()
    };
    let (event, account) = (text()?, text()?);
    Some(Suspect { span, event, at, account, credits, place })
}

pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(event: &str, credits: i128, place: u64) -> Suspect<'_> {
        let at = Instant::from_micros(0).unwrap();
        Suspect { span: Span::Within, event, at, account: "ann", credits, place: (0, place) }
    }

    #[test]
    fn equal_rows_are_duplicates_and_others_conflict() {
        let mut rows =
            [row("e", 2, 1), row("e", 1, 2), row("f", 1, 3), row("e", 2, 4), row("e", 1, 5)];
        let mut told = Vec::new();
        resolve(&mut rows, |row, verdict, stands| {
            told.push((row.place.1, verdict, stands.place.1))
        });
        use Verdict::{Conflicting, Duplicate, Stands};
        let expected = [(2, Stands, 2), (5, Duplicate, 2), (1, Conflicting, 2), (4, Duplicate, 2)];
        assert_eq!(told, [&expected[..], &[(3, Stands, 3)]].concat());
    }

    #[test]
    fn a_row_is_kept_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(0, folder.path());
        let mut lineup = Lineup::new(&budget);
        let long = "é".repeat(128);
        let span = Span::Before;
        let kept = [row("e", 2, 1), Suspect { span, account: &long, ..row(&long, i128::MAX, 7) }];
        kept.iter().for_each(|row| lineup.push(row).unwrap());
        let chunks = Lineup::partitions(vec![lineup]).into_iter();
        let chunks: Vec<_> = chunks.flat_map(|p| p.chunks(&budget).unwrap()).collect();
        let mut found = rows(&chunks).unwrap();
        found.sort_by_key(|row| row.place);
        assert_eq!(found, kept);
    }
}
