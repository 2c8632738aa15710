//! Sums of usage per account and segment: the only part that sees every event.
//!
//! The contract is a seam. In go [`Boundaries`] (`account_id`, `segment`, `from`; a segment
//! lasts until the next begins), out come [`Sum`]s (`events`, `credits`) and what was set
//! aside. [`local::run`] fulfils it by passes over the files, adding integers, so that neither
//! order nor threads matter.

mod billing_pass;
mod columnar;
mod duplicate_candidates;
mod duplicates;
pub mod events;
mod exceptions;
mod id_pass;
pub mod local;
mod partitions;
mod row_by_row;
mod spill;
mod spool;
mod sums;

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use serde::{Deserialize, Serialize};

use crate::base::accounts::Accounts;
use crate::base::calendar::{Instant, Month};
use crate::base::exceptions::Exception;
use crate::base::rejects::Reject;
use crate::billing::timeline::Timeline;
use crate::input::dropped_events::Drops;

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
    /// The segment of each account that has one only, from S or before; else [`NONE`].
    only: Vec<u32>,
    /// Whether usage before S is of interest (genesis: trials may reach into the month).
    pub reads_before: bool,
    /// Which rows count.
    pub selection: Selection<'a>,
}

/// Which rows of the usage log count.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// Events that are left out.
    pub drops: Option<&'a Drops>,
    /// The accounts that are billed; all where `None`.
    pub only: Option<&'a BTreeSet<String>>,
    /// With `only`: no event of these accounts bears the id of another account's event, and the
    /// rows that cannot be read are known, so that rows of others need no look.
    pub ids_are_apart: bool,
}

impl Selection<'_> {
    /// The number of an event's entry among those that are left out.
    #[inline]
    fn dropped(&self, event: &str) -> Option<usize> {
        self.drops.and_then(|drops| drops.find(event))
    }

    /// Whether some rows are left out or left alone.
    fn is_narrow(&self) -> bool {
        self.drops.is_some() || self.only.is_some()
    }

    /// Whether an account's rows are left alone.
    #[inline]
    fn is_other(&self, account: &str) -> bool {
        self.only.is_some_and(|only| !only.contains(account))
    }
}

/// Stands for no account, and for no segment.
const NONE: u32 = u32::MAX;

impl<'a> Boundaries<'a> {
    /// The boundaries of a timeline.
    pub fn of(timeline: &'a Timeline, genesis: bool, selection: Selection<'a>) -> Self {
        let ends = timeline.months.iter().map(|account| account.segments.end);
        let start = timeline.month.start();
        let only = timeline.months.iter().map(|account| match timeline.segments_of(account) {
            [segment] if segment.from <= start => account.segments.start,
            _ => NONE,
        });
        Boundaries {
            month: timeline.month,
            accounts: &timeline.accounts,
            first: std::iter::once(0).chain(ends).collect(),
            from: timeline.segments.iter().map(|segment| segment.from).collect(),
            only: only.collect(),
            reads_before: genesis,
            selection,
        }
    }

    /// Puts segments in the place of accounts' numbers, given an instant of the month for each, in
    /// microseconds; [`NONE`] where there is none. What the accounts' memory lines hold is fetched
    /// for all of them before it is looked at; `several` is memory that is used again.
    fn locate_all(&self, numbers: &mut [u32], at: &[i64], several: &mut Vec<usize>) {
        let only = |number: u32| self.only.get(number as usize).copied().unwrap_or(NONE);
        black_box(numbers.iter().fold(0, |all, number| all ^ only(*number)));
        several.clear();
        for (row, number) in numbers.iter_mut().enumerate() {
            match only(*number) {
                NONE if *number != NONE => several.push(row),
                segment => *number = segment,
            }
        }
        let first = |row: usize| self.first[numbers[row] as usize] as usize;
        let from = |row: usize| self.from.get(first(row)).map_or(0, |from| from.micros());
        black_box(several.iter().fold(0, |all, row| all ^ first(*row)));
        black_box(several.iter().fold(0, |all, row| all ^ from(*row)));
        for &row in &*several {
            let at = Instant::from_micros(at[row]);
            let segment = at.and_then(|at| self.locate(numbers[row], at));
            numbers[row] = segment.map_or(NONE, |segment| segment as u32);
        }
    }

    /// The segment in which an instant before E lies; `None` before the account's first.
    #[inline]
    fn locate(&self, account: u32, at: Instant) -> Option<usize> {
        let first = self.first[account as usize] as usize;
        let end = self.first[account as usize + 1] as usize;
        (first..end).rev().find(|&segment| self.from[segment] <= at)
    }

    /// The account that a segment belongs to.
    fn account_of(&self, segment: u32) -> u32 {
        (self.first.partition_point(|first| *first <= segment) - 1) as u32
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Rows.
    pub rows: u64,
    /// Their credits in micro-credits.
    #[serde(with = "crate::base::six_decimals")]
    pub credits: i128,
}

impl Count {
    fn add(&mut self, credits: i128) {
        self.rows += 1;
        self.credits += credits;
    }

    fn merge(&mut self, other: Count) {
        self.rows += other.rows;
        self.credits += other.credits;
    }
}

/// A segment's usage.
pub type Sum = Count;

/// Rows of another month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Rows read, and their credits as far as they can be read.
    #[serde(flatten)]
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
    /// Of accounts that are not billed in this run, as far as they were looked at; a row group
    /// passed over counts its rows.
    pub other_accounts: Count,
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
        self.other_accounts.merge(other.other_accounts);
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
    /// Events of accounts that are not billed, which an event of a billed account with the same id
    /// displaces: account and event.
    pub displaced: Vec<(String, String)>,
    /// Accounts whose events share an id with another account's, in one span; `None` where they
    /// are too many to be named.
    pub sharing_ids: Option<BTreeSet<String>>,
    /// Of the events that are left out, by number: whether any row bears its id.
    pub drops_found: Vec<bool>,
    /// Usage that cannot be read, in the order of files and rows.
    pub rejects: Vec<Reject>,
    /// What became of every row.
    pub control: UsageControl,
    /// Bytes that exceeded the memory budget, and went to the disk meanwhile.
    pub spilled: u64,
    /// Bytes that rows of packed text took on the disk meanwhile.
    pub kept: u64,
}
