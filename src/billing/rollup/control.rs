//! Rows and credits counted, and what became of every row.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;

/// Rows and their credits in micro-credits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Rows.
    pub rows: u64,
    /// Their credits in micro-credits.
    #[serde(with = "crate::base::six_decimals")]
    pub credits: i128,
}

impl Count {
    /// Adds a row.
    #[inline]
    pub(super) fn add(&mut self, credits: Credits) {
        self.add_micros(credits.micros());
    }

    /// Adds a row of so many micro-credits.
    #[inline]
    pub(super) fn add_micros(&mut self, micros: i64) {
        self.rows += 1;
        self.credits += i128::from(micros);
    }

    /// Adds other rows.
    pub fn merge(&mut self, other: Count) {
        self.rows += other.rows;
        self.credits += other.credits;
    }
}

/// A segment's usage.
pub type Sum = Count;

/// What became of every usage row (K3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageControl {
    /// All rows of all files; credits as far as readable, but for rows outside: of these, those alone
    /// that reduced a trial.
    pub read: Count,
    /// Billed in this month.
    pub used: Count,
    /// Dropped as exact duplicates.
    pub duplicates: Count,
    /// Not readable.
    pub rejected: Count,
    /// Set aside as exceptions.
    pub excepted: Count,
    /// Of accounts that are not billed in this run, as far as they were looked at; a row group
    /// passed over counts its rows.
    pub other_accounts: Count,
    /// Rows of other months, by month: read or not.
    pub outside: BTreeMap<Month, u64>,
    /// Of these, rows of row groups that were passed over unread: no fact of the month, but of how it
    /// was read.
    pub passed_over: u64,
    /// Of the rows outside: those before S that reduced a trial (genesis).
    pub before_in_trial: Count,
    /// The last instant of the rows that are used; none where no row is.
    pub last_used: Option<Instant>,
    /// Rows read in full: the month's, in genesis those before S as well, and the rejected.
    pub of_concern: u64,
    /// Rows whose credits were rounded to a micro-credit.
    pub rounded_rows: u64,
    /// What rounding moved in all, in units of 10⁻²⁴ credits.
    #[serde(with = "crate::base::number_text")]
    pub rounding_moved: i128,
}

impl UsageControl {
    /// How many rows belong to other months that begin at such instants; and how many rows there
    /// are in all that can be read.
    pub fn rows_of(&self, such: impl Fn(Instant) -> bool) -> (u64, u64) {
        let outside = self.outside.iter().filter(|(month, _)| such(month.start()));
        (outside.map(|(_, rows)| rows).sum(), self.read.rows - self.rejected.rows)
    }

    /// Counts rows of another month, which were counted as read.
    pub(super) fn count_outside(&mut self, month: Month, rows: u64) {
        *self.outside.entry(month).or_default() += rows;
    }

    /// Counts a row before S that turned out to lie in no trial.
    pub(super) fn count_nowhere(&mut self, at: Instant, credits: Credits) {
        self.read.credits -= i128::from(credits.micros());
        self.count_outside(Month::of(at), 1);
    }

    /// Counts a row that is used.
    #[inline]
    pub(super) fn use_row(&mut self, at: Instant, credits: Credits) {
        self.used.add(credits);
        self.last_used = self.last_used.max(Some(at));
    }

    /// How many rows belong to other months.
    pub fn rows_outside(&self) -> u64 {
        self.outside.values().sum()
    }

    pub(super) fn merge(&mut self, other: UsageControl) {
        self.read.merge(other.read);
        self.used.merge(other.used);
        self.duplicates.merge(other.duplicates);
        self.rejected.merge(other.rejected);
        self.excepted.merge(other.excepted);
        self.other_accounts.merge(other.other_accounts);
        self.before_in_trial.merge(other.before_in_trial);
        self.last_used = self.last_used.max(other.last_used);
        self.of_concern += other.of_concern;
        self.rounded_rows += other.rounded_rows;
        self.rounding_moved += other.rounding_moved;
        self.passed_over += other.passed_over;
        other.outside.into_iter().for_each(|(month, rows)| self.count_outside(month, rows));
    }
}
