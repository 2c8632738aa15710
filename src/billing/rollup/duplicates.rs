//! Duplicates, found exactly: the rows whose ids may come more than once, compared as they are.

use super::spill::{Budget, Partition, PartitionStore, partition};
use super::usage_row::{UsageRow, UsageRows, records_of};
use crate::base::error::Result;
use crate::base::ids::fingerprint;
use crate::base::sorted_runs::{Record, SortedRuns};
use crate::base::spill_file::damaged;

/// What becomes of a row among those with its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    /// It is used.
    Stands,
    /// The same event again with the same content.
    Duplicate,
    /// The event was billed in the month before (L1).
    BilledBefore,
    /// The same id with other content.
    Conflicting,
}

impl Resolution {
    /// What becomes of a row, given the one before it in their order, and what marks an id that was
    /// billed before.
    fn of(row: &UsageRow<'_>, before: Option<&UsageRow<'_>>, mark: Option<&UsageRow<'_>>) -> Self {
        let before = before.filter(|before| before.same_event(row));
        match before {
            Some(before) if before.same_content(row) => Resolution::Duplicate,
            _ if mark.is_some_and(|mark| mark.same_event(row)) => Resolution::BilledBefore,
            Some(_) => Resolution::Conflicting,
            None => Resolution::Stands,
        }
    }

    /// Whether later rows are held against this one.
    fn is_first(self) -> bool {
        matches!(self, Resolution::Stands | Resolution::BilledBefore)
    }
}

/// Decides on rows, all those with one id among them. `visit` is given each row, what becomes of
/// it, and the row of the same id that stands; where none does, the one that it is the same as.
pub(super) fn resolve<'a>(
    rows: &mut [UsageRow<'a>],
    mut visit: impl FnMut(&UsageRow<'a>, Resolution, &UsageRow<'a>) -> Result<()>,
) -> Result<()> {
    rows.sort_unstable();
    let (mut before, mut mark, mut stands) = (None, None, 0);
    for (at, row) in rows.iter().enumerate() {
        if row.is_mark() {
            mark = Some(row);
            continue;
        }
        let resolution = Resolution::of(row, before, mark);
        if resolution.is_first() {
            stands = at;
        }
        visit(row, resolution, &rows[stands])?;
        before = Some(row);
    }
    Ok(())
}

/// Adds a row to those of one thread whose ids may come more than once.
pub(super) fn line_up(row: &UsageRow<'_>, rows: &mut PartitionStore<'_>) -> Result<()> {
    rows.put::<UsageRows>(partition(fingerprint(row.event)), row)
}

/// Decides on the rows of a partition, as [`resolve`] does: those with one id are in one. A
/// partition may have all rows there are, if they have one id.
pub(super) fn resolve_partition(
    partition: Partition,
    budget: &Budget,
    mut visit: impl FnMut(&UsageRow<'_>, Resolution, &UsageRow<'_>) -> Result<()>,
) -> Result<()> {
    if partition.bytes() > budget.at_once() {
        return resolve_by_runs(partition, budget, visit);
    }
    let chunks = partition.chunks(budget)?;
    let mut rows = records_of::<UsageRows>(&chunks)?;
    resolve(&mut rows, |row, resolution, stands| visit(row, resolution, stands))
}

/// Decides on the rows of a partition that is too large to be sorted at once.
fn resolve_by_runs(
    partition: Partition,
    budget: &Budget,
    mut visit: impl FnMut(&UsageRow<'_>, Resolution, &UsageRow<'_>) -> Result<()>,
) -> Result<()> {
    let mut runs = SortedRuns::<UsageRows>::default();
    let add = |chunks: Vec<Vec<u8>>| runs.add(&mut records_of::<UsageRows>(&chunks)?, &budget.file);
    partition.in_parts(budget, add)?;
    // The row before, what marks an id, and the row that stands.
    let [mut before, mut mark, mut stands] = [Vec::new(), Vec::new(), Vec::new()];
    runs.merge(&budget.file, |row| {
        if row.is_mark() {
            mark.clear();
            UsageRows::put(&row, &mut mark);
            return Ok(());
        }
        let [last, marked] = [&before, &mark].map(|row| UsageRows::take(&mut row.as_slice()));
        let resolution = Resolution::of(&row, last.as_ref(), marked.as_ref());
        before.clear();
        UsageRows::put(&row, &mut before);
        if resolution.is_first() {
            stands.clone_from(&before);
        }
        let stands = UsageRows::take(&mut stands.as_slice()).ok_or_else(damaged)?;
        visit(&row, resolution, &stands)
    })
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
            found.push((row.place.row, resolution, stands.place.row));
            Ok(())
        })
        .unwrap();
        use Resolution::{Conflicting, Duplicate, Stands};
        let expected = [(2, Stands, 2), (5, Duplicate, 2), (1, Conflicting, 2), (4, Duplicate, 2)];
        assert_eq!(found, [&expected[..], &[(3, Stands, 3)]].concat());
    }

    #[test]
    fn an_id_that_was_billed_before_is_used_by_no_row() {
        let mut rows = [row("e", 2, 1), row("f", 1, 2), row("e", 1, 3), row("e", 2, 4)];
        let before = UsageRow { span: Span::Before, ..row("e", 1, 5) };
        let mut rows = [&mut rows[..], &mut [before, UsageRow::mark("e")]].concat();
        let mut found = Vec::new();
        resolve(&mut rows, |row, resolution, stands| {
            found.push((row.place.row, resolution, stands.place.row));
            Ok(())
        })
        .unwrap();
        use Resolution::{BilledBefore, Duplicate, Stands};
        let of_e = [(3, BilledBefore, 3), (1, BilledBefore, 1), (4, Duplicate, 1)];
        assert_eq!(found, [&[(5, Stands, 5)], &of_e[..], &[(2, Stands, 2)]].concat());
    }

    #[test]
    fn what_is_too_much_for_memory_is_decided_alike() {
        let folder = tempfile::tempdir().unwrap();
        let decided = |limit: u64| {
            let budget = Budget::new(limit, folder.path());
            let mut rows = PartitionStore::new(&budget);
            for number in 0..40_000 {
                // One id has nearly all rows, some of them alike; the others are of its partition.
                let credits = i128::from(number * 7_919 % 20_000);
                let event = if number % 1_000 == 0 { "f" } else { "e" };
                line_up(&row(event, credits, number), &mut rows).unwrap();
            }
            line_up(&UsageRow::mark("f"), &mut rows).unwrap();
            let partitions = PartitionStore::partitions(vec![rows]);
            let mut decided = Vec::new();
            for partition in partitions {
                let visit = |row: &UsageRow<'_>, resolution, stands: &UsageRow<'_>| {
                    assert!(stands.same_event(row));
                    let what = (row.event.to_owned(), row.credits, row.place.row);
                    decided.push((what, resolution, stands.place.row));
                    Ok(())
                };
                resolve_partition(partition, &budget, visit).unwrap();
            }
            (decided, budget.spilled())
        };
        let (in_memory, spilled) = decided(1 << 30);
        assert_eq!((in_memory.len(), spilled), (40_000, 0));
        for ((event, ..), resolution, _) in &in_memory {
            let of_marked = matches!(resolution, Resolution::BilledBefore | Resolution::Duplicate);
            assert!(if event == "f" { of_marked } else { *resolution != Resolution::BilledBefore });
        }
        let (by_runs, spilled) = decided(0);
        assert!(spilled > 3_000_000, "{spilled} bytes: all rows, and once more in runs");
        assert!(by_runs == in_memory);
    }

    #[test]
    fn a_row_is_kept_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(0, folder.path());
        let mut rows = PartitionStore::new(&budget);
        let long = "é".repeat(128);
        let most = Credits::MAX.micros().into();
        let span = Span::Before;
        let kept = [row("e", 2, 1), UsageRow { span, account: &long, ..row(&long, most, 7) }];
        kept.iter().for_each(|row| line_up(row, &mut rows).unwrap());
        let partitions = PartitionStore::partitions(vec![rows]);
        let chunks: Vec<_> = partitions.iter().flat_map(|p| p.chunks(&budget).unwrap()).collect();
        let mut found = records_of::<UsageRows>(&chunks).unwrap();
        found.sort_by_key(|row| row.place);
        assert_eq!(found, kept);
    }
}
