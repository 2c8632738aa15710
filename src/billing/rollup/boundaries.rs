//! Where each account's segments begin, and which rows of the usage log count.

use std::ops::{Range, RangeInclusive};

use rayon::prelude::*;

use crate::base::accounts::Accounts;
use crate::base::calendar::{Instant, Month};
use crate::base::fetch;
use crate::base::number::number;
use crate::base::scope::Scope;
use crate::billing::timeline::Timeline;
use crate::input::dropped_events::DroppedEvents;

/// Where each account's segments begin.
pub struct Boundaries<'a> {
    /// The month's first instant, and the first after it.
    start: Instant,
    end: Instant,
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
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    /// Events that are left out.
    pub drops: &'a DroppedEvents,
    /// The accounts that are billed.
    pub scope: &'a Scope,
    /// Where some accounts are billed: no event of theirs bears the id of another account's event,
    /// and the rows that cannot be read are known, so that rows of others need no look.
    pub ids_are_apart: bool,
}

impl Default for Selection<'_> {
    /// All rows.
    fn default() -> Self {
        Selection { drops: DroppedEvents::NONE, scope: &Scope::All, ids_are_apart: false }
    }
}

impl Selection<'_> {
    /// Whether some rows are left out or left alone. A part of a month has unknown accounts instead.
    pub(super) fn is_narrow(&self) -> bool {
        !self.drops.is_empty() || self.scope.accounts().is_some()
    }

    /// Whether other accounts' rows must be looked at for ids that accounts of the scope use. Of a part all
    /// ids are compared.
    pub(super) fn compares_others(&self) -> bool {
        self.scope.accounts().is_some() && !self.ids_are_apart
    }
}

/// Stands for no account, and for no segment.
pub(super) const NONE: u32 = u32::MAX;

/// Where a row lies in time. Duplicates are looked for within a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Span {
    /// Before S, and of interest (genesis).
    Before,
    /// In the month.
    Within,
    /// In another month.
    Outside,
}

impl<'a> Boundaries<'a> {
    /// The boundaries of a timeline.
    pub fn of(timeline: &'a Timeline, genesis: bool, selection: Selection<'a>) -> Self {
        let (start, months) = (timeline.month.start(), timeline.months.par_iter());
        let each = months.map(|account| match timeline.segments_of(account) {
            [segment] if segment.from <= start => (account.segments.end, account.segments.start),
            _ => (account.segments.end, NONE),
        });
        let (mut first, mut only) = (Vec::new(), Vec::new());
        each.unzip_into_vecs(&mut first, &mut only);
        first.insert(0, 0); // where an account's segments end, the next one's begin
        Boundaries {
            start,
            end: timeline.month.end(),
            accounts: &timeline.accounts,
            first,
            from: timeline.segments.par_iter().map(|segment| segment.from).collect(),
            only,
            reads_before: genesis,
            selection,
        }
    }

    /// How many segments there are.
    pub(super) fn segments(&self) -> usize {
        self.from.len()
    }

    /// An account's segments: from the one instant on, until the other.
    pub(super) fn segments_of(&self, account: u32) -> impl Iterator<Item = (Instant, Instant)> {
        let [first, end] = [0, 1].map(|more| self.first[account as usize + more] as usize);
        let own = &self.from[first..end];
        let until = own[1..].iter().copied().chain([self.end]);
        own.iter().copied().zip(until)
    }

    /// The place of an account's segment, if it has so many, given its number from 0.
    pub(super) fn segment_of(&self, account: u32, segment: usize) -> Option<usize> {
        let [first, end] = [0, 1].map(|more| self.first[account as usize + more] as usize);
        (segment < end - first).then(|| first + segment)
    }

    /// Whether a segment lies before S: what is used there is of interest to a trial alone.
    pub(super) fn is_before(&self, segment: usize) -> bool {
        self.reads_before && self.from[segment] < self.start
    }

    /// The month that is billed.
    pub(super) fn billed_month(&self) -> Month {
        Month::of(self.start)
    }

    /// The month in microseconds.
    pub(super) fn month(&self) -> Range<i64> {
        self.start.micros()..self.end.micros()
    }

    /// Puts segments in the place of accounts' numbers, given an instant of the month for each, in
    /// microseconds; [`NONE`] where there is none. `several` is memory that is used again.
    pub(super) fn locate_all(&self, numbers: &mut [u32], at: &[i64], several: &mut Vec<usize>) {
        let only = |number: u32| self.only.get(number as usize).copied().unwrap_or(NONE);
        fetch::ahead(numbers.iter().map(|number| only(*number)));
        several.clear();
        for (row, number) in numbers.iter_mut().enumerate() {
            match only(*number) {
                NONE if *number != NONE => several.push(row),
                segment => *number = segment,
            }
        }
        let first = |row: &usize| self.first[numbers[*row] as usize] as usize;
        let from = |row: &usize| self.from.get(first(row)).map_or(0, |from| from.micros());
        fetch::ahead(several.iter().map(first));
        fetch::ahead(several.iter().map(from));
        for &row in &*several {
            let at = Instant::from_micros(at[row]);
            let segment = at.and_then(|at| self.locate(numbers[row], at));
            numbers[row] = segment.map_or(NONE, number);
        }
    }

    /// The segment in which an instant before E lies; `None` before the account's first.
    #[inline]
    pub(super) fn locate(&self, account: u32, at: Instant) -> Option<usize> {
        let first = self.first[account as usize] as usize;
        let end = self.first[account as usize + 1] as usize;
        (first..end).rev().find(|&segment| self.from[segment] <= at)
    }

    /// The account that a segment belongs to.
    pub(super) fn account_of(&self, segment: u32) -> u32 {
        number(self.first.partition_point(|first| *first <= segment) - 1)
    }

    /// Which of the run's rows an instant makes it.
    #[inline]
    pub(super) fn span(&self, at: Instant) -> Span {
        match at {
            at if at >= self.end => Span::Outside,
            at if at >= self.start => Span::Within,
            _ if self.reads_before => Span::Before,
            _ => Span::Outside,
        }
    }

    /// Whether rows that span these instants all belong to one other month.
    pub(super) fn is_other_month(&self, span: &RangeInclusive<Instant>) -> bool {
        let (first, last) = (*span.start(), *span.end());
        [first, last].iter().all(|at| self.span(*at) == Span::Outside)
            && Month::of(first) == Month::of(last)
    }
}
