//! How many rows of each file belong to which month: what tells usage that comes late (L2).

use std::collections::BTreeMap;
use std::ops::Range;

use crate::base::calendar::{Instant, Month};

/// Rows of each file by month, as far as their instants can be read.
#[derive(Debug, Default)]
pub(super) struct RowsByMonth {
    rows: BTreeMap<(usize, Month), u64>,
    /// The months of a batch; its memory is used again for the next one.
    batch: Vec<MonthRows>,
}

/// Rows of a batch in a month, which is given in microseconds, too.
#[derive(Debug)]
struct MonthRows {
    micros: Range<i64>,
    month: Month,
    rows: u64,
}

impl RowsByMonth {
    /// Adds rows of a month of the file with a number.
    pub fn add(&mut self, source: usize, month: Month, rows: u64) {
        *self.rows.entry((source, month)).or_insert(0) += rows;
    }

    /// Adds the rows of a batch by their instants in microseconds, most of which lie in one month.
    /// An instant that cannot be read is none.
    pub fn add_batch(&mut self, source: usize, at: &[i64], usual: Month) {
        let mut months = std::mem::take(&mut self.batch);
        let mut usual = MonthRows::of(usual);
        let is_usual = |at: &&i64| usual.micros.contains(at);
        let rows = at.iter().filter(is_usual).count();
        if rows < at.len() {
            at.iter().filter(|at| !is_usual(at)).for_each(|at| add_to(&mut months, *at));
        }
        usual.rows = rows as u64;
        months.push(usual);
        for MonthRows { month, rows, .. } in months.drain(..).filter(|found| found.rows > 0) {
            self.add(source, month, rows);
        }
        self.batch = months;
    }

    /// Takes in what another thread has counted.
    pub fn merge(&mut self, other: RowsByMonth) {
        for ((source, month), rows) in other.rows {
            self.add(source, month, rows);
        }
    }

    /// The rows by month of each of so many files.
    pub fn finish(self, sources: usize) -> Vec<BTreeMap<Month, u64>> {
        let mut files = vec![BTreeMap::new(); sources];
        for ((source, month), rows) in self.rows {
            files[source].insert(month, rows);
        }
        files
    }
}

impl MonthRows {
    /// None yet.
    fn of(month: Month) -> Self {
        MonthRows { micros: month.start().micros()..month.end().micros(), month, rows: 0 }
    }
}

/// Counts a row in its month.
fn add_to(months: &mut Vec<MonthRows>, at: i64) {
    if let Some(known) = months.iter_mut().find(|month| month.micros.contains(&at)) {
        known.rows += 1;
    } else if let Some(at) = Instant::from_micros(at) {
        months.push(MonthRows { rows: 1, ..MonthRows::of(Month::of(at)) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    #[test]
    fn rows_are_counted_in_their_months_whatever_the_batches() {
        let [april, may, last] = ["2026-04", "2026-05", "9999-12"].map(month);
        let first = |month: Month| month.start().micros();
        let at = [first(may) - 1, first(april), i64::MIN, first(may), first(last), i64::MAX];
        let expected = BTreeMap::from([(april, 2), (may, 1), (last, 1)]);
        for usual in [april, may, month("2020-01")] {
            let (mut whole, mut parts) = (RowsByMonth::default(), RowsByMonth::default());
            whole.add_batch(1, &at, usual);
            for part in at.chunks(2) {
                let mut other = RowsByMonth::default();
                other.add_batch(1, part, usual);
                parts.merge(other);
            }
            for counted in [whole, parts] {
                assert_eq!(counted.finish(2), [BTreeMap::new(), expected.clone()], "{usual}");
            }
        }
    }

    #[test]
    fn rows_that_were_not_read_count_as_well() {
        let mut rows = RowsByMonth::default();
        rows.add_batch(0, &[month("2026-04").start().micros()], month("2026-04"));
        rows.add(0, month("2026-04"), 7);
        assert_eq!(rows.finish(1), [BTreeMap::from([(month("2026-04"), 8)])]);
    }
}
