//! Rows that are not billed, in groups: first, last and sample of each group do not depend on the
//! order in which rows come.

use std::collections::BTreeMap;

use super::Span;
use super::row_by_row::Row;
use crate::base::exceptions::{Exception, ExceptionKind, Group, Tally};
use crate::input::dropped_events::Drops;

/// Why a row is not billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// Its account signs up later in the month (T4).
    BeforeSignup,
    /// Its account has not signed up by E (T4).
    UnknownAccount,
    /// Another row of its id and span came first, with other content.
    Conflicting(Span),
    /// It is left out by request, by the number of its entry.
    LeftOut(usize),
}

impl Why {
    /// The kind of exception that it makes.
    pub fn kind(self) -> ExceptionKind {
        match self {
            Why::BeforeSignup => ExceptionKind::BeforeSignup,
            Why::UnknownAccount => ExceptionKind::UnknownAccount,
            Why::Conflicting(_) => ExceptionKind::ConflictingDuplicate,
            Why::LeftOut(_) => ExceptionKind::DroppedUsage,
        }
    }

    fn detail(self, drops: Option<&Drops>) -> String {
        match (self, drops) {
            (Why::Conflicting(Span::Before), _) => "usage before the month".to_owned(),
            (Why::LeftOut(number), Some(drops)) => drops.reason(number).to_owned(),
            _ => "usage".to_owned(),
        }
    }
}

/// Rows that are not billed, by account and cause.
#[derive(Debug, Default)]
pub(super) struct SetAside(BTreeMap<(String, Why), Tally>);

impl SetAside {
    /// Adds a row to its group.
    pub fn add(&mut self, row: &Row<'_>, why: Why) {
        self.0
            .entry((row.account.to_owned(), why))
            .and_modify(|tally| tally.add(row.at, row.event, row.credits))
            .or_insert_with(|| Tally::new(row.at, row.event, row.credits));
    }

    /// Takes in another thread's groups.
    pub fn merge(&mut self, other: SetAside) {
        for (key, tally) in other.0 {
            match self.0.get_mut(&key) {
                Some(mine) => mine.merge(tally),
                None => drop(self.0.insert(key, tally)),
            }
        }
    }

    /// Of the events that are left out, by number: whether any row bears its id.
    pub fn found(&self, drops: Option<&Drops>) -> Vec<bool> {
        let mut found = vec![false; drops.map_or(0, Drops::len)];
        for (_, why) in self.0.keys() {
            if let Why::LeftOut(number) = why {
                found[*number] = true;
            }
        }
        found
    }

    /// One exception for each account, kind and detail.
    pub fn finish(self, drops: Option<&Drops>) -> Vec<Exception> {
        let mut groups: BTreeMap<Group, Tally> = BTreeMap::new();
        for ((account, why), tally) in self.0 {
            let group = Group { account, kind: why.kind(), detail: why.detail(drops) };
            match groups.get_mut(&group) {
                Some(mine) => mine.merge(tally),
                None => drop(groups.insert(group, tally)),
            }
        }
        let exception = |(group, tally): (Group, Tally)| {
            let credits = tally.credits;
            tally.finish(group, Some(credits))
        };
        let mut exceptions: Vec<Exception> = groups.into_iter().map(exception).collect();
        exceptions.sort();
        exceptions
    }
}
