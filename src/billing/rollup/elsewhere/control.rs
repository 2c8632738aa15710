//! What an engine says that it has read, and what became of it: the table `control`. And what a row is known by where
//! rows are added up: its check.

use std::collections::BTreeMap;
use std::ops::{AddAssign, SubAssign};

use xxhash_rust::xxh64::xxh64;

use super::finished::Finished;
use super::tables::{self, Row};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::part::BUCKETS;
use crate::billing::rollup::control::Count;

/// More rows than any log has; sums of such numbers still fit.
const MOST_ROWS: i64 = 1_000_000_000_000_000;
/// More micro-credits than any log has, likewise.
const MOST_CREDITS: i128 = 1_000_000_000_000_000_000_000_000_000_000;

/// Rows that are added up; what is taken from more than there is, is less than nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub rows: i128,
    /// In micro-credits.
    pub credits: i128,
    /// The XOR of the rows' checks.
    pub check: u64,
}

impl Tally {
    /// Rows and credits alone.
    pub fn uncounted_check(self) -> Self {
        Tally { check: 0, ..self }
    }

    /// As the run counts, given that there is no less than nothing.
    pub fn count(self) -> Count {
        Count { rows: u64::try_from(self.rows).unwrap_or_default(), credits: self.credits }
    }
}

/// Tallies by month, of those that are by bucket as well.
pub(super) fn by_month(gone: &BTreeMap<(Month, usize), Tally>) -> BTreeMap<Month, Tally> {
    summed(gone.iter().map(|((month, _), tally)| (month, tally)))
}

/// The sum of each month's tallies.
fn summed<'a>(tallies: impl Iterator<Item = (&'a Month, &'a Tally)>) -> BTreeMap<Month, Tally> {
    let mut months: BTreeMap<Month, Tally> = BTreeMap::new();
    tallies.for_each(|(month, tally)| *months.entry(*month).or_default() += *tally);
    months
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.credits += other.credits;
        self.check ^= other.check;
    }
}

impl SubAssign for Tally {
    fn sub_assign(&mut self, other: Self) {
        self.rows -= other.rows;
        self.credits -= other.credits;
        self.check ^= other.check;
    }
}

impl<'a> std::iter::Sum<&'a Tally> for Tally {
    fn sum<I: Iterator<Item = &'a Tally>>(tallies: I) -> Self {
        tallies.fold(Tally::default(), |mut sum, tally| {
            sum += *tally;
            sum
        })
    }
}

/// A row's rows, credits and check, given their places.
pub(super) fn tally(row: &Row<'_>, [rows, credits, check]: [usize; 3]) -> Result<Tally> {
    Ok(Tally {
        rows: rows_of(row, rows)?.into(),
        credits: credits_of(row, credits)?,
        check: row.must(row.integer(check), check)?.cast_unsigned(),
    })
}

/// A number of rows that may be.
pub(super) fn rows_of(row: &Row<'_>, at: usize) -> Result<i64> {
    row.must(row.integer(at).filter(|rows| (0..=MOST_ROWS).contains(rows)), at)
}

/// Credits that may be.
pub(super) fn credits_of(row: &Row<'_>, at: usize) -> Result<i128> {
    row.must(row.decimal(at).filter(|credits| (0..=MOST_CREDITS).contains(credits)), at)
}

/// What became of the rows of a file, by an engine's look at the log.
#[derive(Debug, Default)]
pub(super) struct OfFile {
    pub read: BTreeMap<Month, Tally>,
    pub outside: BTreeMap<Month, i128>,
    /// By month where the instant can be read.
    pub rejected: BTreeMap<Option<Month>, Tally>,
    pub rounded: i128,
    /// What rounding moved, in units of 10⁻²⁴ credits.
    pub moved: i128,
}

/// What an engine says.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// By the file's number.
    pub files: Vec<OfFile>,
    /// What was read in each bucket.
    pub read_by_bucket: Vec<Tally>,
    /// Of that, duplicates, by month and bucket.
    pub duplicates: BTreeMap<(Month, usize), Tally>,
    /// And rows before S that lie in no segment, likewise.
    pub nowhere: BTreeMap<(Month, usize), Tally>,
    /// Those that do.
    pub in_trial: BTreeMap<Month, Tally>,
    /// Rows of the month that stand in a segment.
    pub used: Tally,
    pub last_used: Option<Instant>,
    /// Rows read whose ids would be kept, and those of them that are not used.
    pub recent_read: Tally,
    pub recent_aside: Tally,
}

// The places of the columns.
const WHAT: usize = 0;
const FILE: usize = 1;
const MONTH: usize = 2;
const BUCKET: usize = 3;
const ROWS: usize = 4;
const CREDITS: usize = 5;
const CHECK: usize = 6;
const MOVED: usize = 7;
const LAST_AT: usize = 8;

impl Control {
    /// Reads the table of a rollup of so many files.
    pub fn read(rollup: &Finished, files: usize) -> Result<Self> {
        let mut control = Control {
            files: (0..files).map(|_| OfFile::default()).collect(),
            read_by_bucket: vec![Tally::default(); BUCKETS],
            ..Control::default()
        };
        tables::each_row(rollup, &tables::CONTROL, |row| control.take(row))?;
        Ok(control)
    }

    fn take(&mut self, row: &Row<'_>) -> Result<()> {
        let month = || row.must(row.month(MONTH), MONTH);
        let whole = || tally(row, [ROWS, CREDITS, CHECK]);
        let without_check = || {
            let (rows, credits) = (rows_of(row, ROWS)?.into(), credits_of(row, CREDITS)?);
            Ok::<_, crate::base::error::Error>(Tally { rows, credits, check: 0 })
        };
        let files = self.files.len();
        match row.must(row.text(WHAT), WHAT)? {
            "read" => {
                *self.files[row.place(FILE, files)?].read.entry(month()?).or_default() += whole()?
            }
            "outside" => {
                let rows = i128::from(rows_of(row, ROWS)?);
                *self.files[row.place(FILE, files)?].outside.entry(month()?).or_default() += rows;
            }
            "rejected" => {
                let month = row.text(MONTH).is_some().then(month).transpose()?;
                let rejected = &mut self.files[row.place(FILE, files)?].rejected;
                *rejected.entry(month).or_default() += without_check()?;
            }
            "rounded" => {
                let file = &mut self.files[row.place(FILE, files)?];
                file.rounded += i128::from(rows_of(row, ROWS)?);
                let moved = row.decimal(MOVED).filter(|moved| moved.abs() < MOST_CREDITS);
                file.moved += row.must(moved, MOVED)?;
            }
            "read-by-bucket" => self.read_by_bucket[row.place(BUCKET, BUCKETS)?] += whole()?,
            what @ ("duplicates" | "nowhere") => {
                let gone = if what == "nowhere" { &mut self.nowhere } else { &mut self.duplicates };
                *gone.entry((month()?, row.place(BUCKET, BUCKETS)?)).or_default() += whole()?;
            }
            "in-trial" => *self.in_trial.entry(month()?).or_default() += without_check()?,
            "used" => {
                self.used += without_check()?;
                self.last_used = self.last_used.max(row.instant(LAST_AT));
            }
            "recent-read" => self.recent_read += whole()?,
            "recent-aside" => self.recent_aside += whole()?,
            _ => return Err(row.wrong(WHAT, "a word that docs/ROLLUP.md names")),
        }
        Ok(())
    }

    /// All rows read, by month.
    pub fn read_by_month(&self) -> BTreeMap<Month, Tally> {
        summed(self.files.iter().flat_map(|file| &file.read))
    }

    /// Of what was read, what is a duplicate or nowhere, by bucket.
    pub fn gone_by_bucket(&self) -> Vec<Tally> {
        let mut buckets = vec![Tally::default(); BUCKETS];
        for ((_, bucket), tally) in self.duplicates.iter().chain(&self.nowhere) {
            buckets[*bucket] += *tally;
        }
        buckets
    }

    /// All rows rejected.
    pub fn rejected(&self) -> Tally {
        self.files.iter().flat_map(|file| file.rejected.values()).sum()
    }
}

/// The seed that Spark gives its `xxhash64`.
const SEED: u64 = 42;

/// The check of a row, as Spark's `xxhash64(event_id, account_id, at, credits)`: each hash is the seed of the next.
pub(super) fn row_check(event: &str, account: &str, at: Instant, credits: Credits) -> u64 {
    let of_event = xxh64(event.as_bytes(), SEED);
    let of_account = xxh64(account.as_bytes(), of_event);
    let of_instant = xxh64(&at.micros().to_le_bytes(), of_account);
    xxh64(&credits.micros().to_le_bytes(), of_instant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::part::bucket;

    #[test]
    fn checks_and_buckets_are_sparks() {
        let at = Instant::parse("2026-04-15T10:00:00.000001Z").unwrap();
        let credits = |micros: i128| Credits::from_micros(micros).unwrap();
        // By Spark 4.3: xxhash64('e-1', 'acct-é', timestamp'2026-04-15 10:00:00.000001Z', cast(1.5 as
        // decimal(18,6))), the same of '' and 0, and crc32('acct-é') % 4096.
        assert_eq!(
            row_check("e-1", "acct-é", at, credits(1_500_000)).cast_signed(),
            1_874_778_813_182_519_200
        );
        assert_eq!(
            row_check("", "acct-é", at, credits(0)).cast_signed(),
            1_918_516_088_537_880_008
        );
        assert_eq!(bucket("acct-é"), 1535);
    }
}
