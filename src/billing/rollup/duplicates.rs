//! Duplicates, found exactly: the rows whose ids may come more than once, compared as they are.

use xxhash_rust::xxh3::xxh3_64;

use super::spill::{Budget, Partition, PartitionStore, partition};
use super::usage_row::{UsageRow, rows_of};
use crate::base::error::Result;

/// What becomes of a row among those with its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    /// It is used.
    Stands,
    /// The same event again with the same content.
    Duplicate,
    /// The same id with other content.
    Conflicting,
}

/// Decides on rows, all those with one id among them. `visit` is given each row, what becomes of
/// it, and the row of the same id that stands.
pub(super) fn resolve<'a>(
    rows: &mut [UsageRow<'a>],
    mut visit: impl FnMut(&UsageRow<'a>, Resolution, &UsageRow<'a>),
) {
    rows.sort_unstable();
    for same in rows.chunk_by(UsageRow::same_event) {
        visit(&same[0], Resolution::Stands, &same[0]);
        for pair in same.windows(2) {
            let resolution = match pair[1].same_content(&pair[0]) {
                true => Resolution::Duplicate,
                false => Resolution::Conflicting,
            };
            visit(&pair[1], resolution, &same[0]);
        }
    }
}

/// Rows whose ids may come more than once, as one thread has met them.
pub(super) struct CandidateRows<'b> {
    store: PartitionStore<'b>,
    record: Vec<u8>,
}

impl<'b> CandidateRows<'b> {
    pub fn new(budget: &'b Budget) -> Self {
        CandidateRows { store: PartitionStore::new(budget), record: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &UsageRow<'_>) -> Result<()> {
        self.record.clear();
        row.put(&mut self.record);
        self.store.push(partition(xxh3_64(row.event.as_bytes())), &self.record)
    }

    /// The rows so far; none are left.
    pub fn take(&mut self) -> PartitionStore<'b> {
        self.store.take()
    }
}

/// Decides on the rows of a partition, as [`resolve`] does: those with one id are in one.
pub(super) fn resolve_partition(
    partition: Partition,
    budget: &Budget,
    visit: impl FnMut(&UsageRow<'_>, Resolution, &UsageRow<'_>),
) -> Result<()> {
    let chunks = partition.chunks(budget)?;
    let rows: Result<Vec<_>> = chunks.iter().flat_map(|chunk| rows_of(chunk)).collect();
    resolve(&mut rows?, visit);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::boundaries::Span;
    use super::super::usage_row::Place;
    use super::*;
    use crate::base::calendar::Instant;
    use crate::base::credits::Credits;

    fn row(event: &str, credits: i128, number: u64) -> UsageRow<'_> {
        let at = Instant::from_micros(0).unwrap();
        let credits = Credits::from_micros(credits).unwrap();
        let place = Place { source: 0, row: number };
        UsageRow { span: Span::Within, event, at, account: "ann", credits, place }
    }

    #[test]
    fn equal_rows_are_duplicates_and_others_conflict() {
        let mut rows =
            [row("e", 2, 1), row("e", 1, 2), row("f", 1, 3), row("e", 2, 4), row("e", 1, 5)];
        let mut found = Vec::new();
        resolve(&mut rows, |row, resolution, stands| {
            found.push((row.place.row, resolution, stands.place.row))
        });
        use Resolution::{Conflicting, Duplicate, Stands};
        let expected = [(2, Stands, 2), (5, Duplicate, 2), (1, Conflicting, 2), (4, Duplicate, 2)];
        assert_eq!(found, [&expected[..], &[(3, Stands, 3)]].concat());
    }

    #[test]
    fn a_row_is_kept_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(0, folder.path());
        let mut rows = CandidateRows::new(&budget);
        let long = "é".repeat(128);
        let most = Credits::MAX.micros().into();
        let span = Span::Before;
        let kept = [row("e", 2, 1), UsageRow { span, account: &long, ..row(&long, most, 7) }];
        kept.iter().for_each(|row| rows.push(row).unwrap());
        let chunks = PartitionStore::partitions(vec![rows.take()]).into_iter();
        let chunks: Vec<_> = chunks.flat_map(|p| p.chunks(&budget).unwrap()).collect();
        let mut found: Vec<_> =
            chunks.iter().flat_map(|c| rows_of(c)).map(Result::unwrap).collect();
        found.sort_by_key(|row| row.place);
        assert_eq!(found, kept);
    }
}
