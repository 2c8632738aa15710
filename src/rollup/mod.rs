//! Sums of usage per account and segment: the only part that sees every event.
//!
//! The contract is a seam. In go [`Boundaries`] (`account_id`, `segment`, `from`; a segment
//! lasts until the next begins), out come [`Sum`]s (`events`, `credits`) and what was set
//! aside. [`local::run`] fulfils it by one pass over the files, adding integers, so that
//! neither order nor threads matter.

mod dedup;
mod fold;
pub mod local;

use std::collections::BTreeMap;

use crate::accounts::Accounts;
use crate::calendar::{Instant, Month};
use crate::exceptions::Exception;
use crate::logs::Reject;
use crate::timeline::Timeline;

/// Where each account's segments begin.
pub struct Boundaries<'a> {
    /// The month.
    pub month: Month,
    /// The accounts.
    pub accounts: &'a Accounts,
    /// An account's segments are `first[account]..first[account + 1]`.
    first: Vec<u32>,
    /// Each segment's first instant; rising within an account.
    from: Vec<Instant>,
    /// Whether usage before S is of interest (genesis: trials may reach into the month).
    pub reads_before: bool,
}

impl<'a> Boundaries<'a> {
    /// The boundaries of a timeline.
    pub fn of(timeline: &'a Timeline, genesis: bool) -> Self {
        let ends = timeline.months.iter().map(|account| account.segments.end);
        Boundaries {
            month: timeline.month,
            accounts: &timeline.accounts,
            first: std::iter::once(0).chain(ends).collect(),
            from: timeline.segments.iter().map(|segment| segment.from).collect(),
            reads_before: genesis,
        }
    }

    /// The segment in which an instant before E lies; `None` before the account's first.
    #[inline]
    fn locate(&self, account: u32, at: Instant) -> Option<usize> {
        let first = self.first[account as usize] as usize;
        let end = self.first[account as usize + 1] as usize;
        (first..end).rev().find(|&segment| self.from[segment] <= at)
    }

    /// Which of the run's rows an instant makes it.
    #[inline]
    fn span(&self, at: Instant, bounds: (Instant, Instant)) -> Span {
        match at {
            at if at >= bounds.1 => Span::Outside,
            at if at >= bounds.0 => Span::Within,
            _ if self.reads_before => Span::Before,
            _ => Span::Outside,
        }
    }
}

/// Where a row lies in time. Duplicates are looked for within a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Span {
    /// Before S, and of interest (genesis).
    Before,
    /// In the month.
    Within,
    /// In another month.
    Outside,
}

/// Rows and their credits in micro-credits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Rows.
    pub rows: u64,
    /// Their credits in micro-credits.
    pub credits: i128,
}

impl Count {
    fn add(&mut self, credits: i128) {
        self.rows += 1;
        self.credits += credits;
    }

    fn remove(&mut self, credits: i128) {
        self.rows -= 1;
        self.credits -= credits;
    }

    fn merge(&mut self, other: Count) {
        self.rows += other.rows;
        self.credits += other.credits;
    }
}

/// A segment's usage.
pub type Sum = Count;

/// Rows of another month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outside {
    /// Rows read, and their credits as far as they can be read.
    pub read: Count,
    /// Rows of row groups that were passed over unread.
    pub unread_rows: u64,
}

/// What became of every usage row (K3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageControl {
    /// All rows of all files, but for row groups passed over; credits as far as readable.
    pub read: Count,
    /// Billed in this month.
    pub used: Count,
    /// Dropped as exact duplicates.
    pub duplicates: Count,
    /// Not readable.
    pub rejected: Count,
    /// Set aside as exceptions.
    pub excepted: Count,
    /// Of other months, by month.
    pub outside: BTreeMap<Month, Outside>,
    /// Of the rows outside: those before S that reduced a trial (genesis).
    pub before_in_trial: Count,
    /// Rows read in full: the month's, in genesis those before S as well, and the rejected.
    pub of_concern: u64,
    /// Rows whose credits were rounded to a micro-credit.
    pub rounded_rows: u64,
    /// What rounding moved in all, in units of 10⁻²⁴ credits.
    pub rounding_moved: i128,
}

impl UsageControl {
    fn merge(&mut self, other: UsageControl) {
        self.read.merge(other.read);
        self.used.merge(other.used);
        self.duplicates.merge(other.duplicates);
        self.rejected.merge(other.rejected);
        self.excepted.merge(other.excepted);
        self.before_in_trial.merge(other.before_in_trial);
        self.of_concern += other.of_concern;
        self.rounded_rows += other.rounded_rows;
        self.rounding_moved += other.rounding_moved;
        for (month, outside) in other.outside {
            let mine = self.outside.entry(month).or_default();
            mine.read.merge(outside.read);
            mine.unread_rows += outside.unread_rows;
        }
    }
}

/// The rollup's result.
#[derive(Debug)]
pub struct Rollup {
    /// Each segment's usage.
    pub sums: Vec<Sum>,
    /// Usage that cannot be billed.
    pub exceptions: Vec<Exception>,
    /// Usage that cannot be read, in the order of files and rows.
    pub rejects: Vec<Reject>,
    /// What became of every row.
    pub control: UsageControl,
}
