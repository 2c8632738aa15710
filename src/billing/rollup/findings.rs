//! What a thread finds beside the sums: rows that are not billed, in groups whose first, last and
//! sample do not depend on the order in which rows come; rows that cannot be read; and what became
//! of every row.

use std::collections::{BTreeMap, BTreeSet};

use super::boundaries::Span;
use super::control::UsageControl;
use super::rows_by_month::RowsByMonth;
use super::usage_row::UsageRow;
use crate::base::credits::Credits;
use crate::base::exceptions::{Exception, ExceptionKind, Group, Tally};
use crate::base::ids::AccountId;
use crate::input::dropped_events::DroppedEvents;

/// What was found beside the sums.
#[derive(Default)]
pub(super) struct Findings {
    pub exceptions: UsageExceptions,
    pub control: UsageControl,
    /// Rows of each file by month.
    pub rows_by_month: RowsByMonth,
    /// Accounts whose events share an id with another account's.
    pub sharing_ids: BTreeSet<AccountId>,
}

impl Findings {
    /// Takes in what another thread has found.
    pub fn merge(&mut self, other: Findings) {
        self.exceptions.merge(other.exceptions);
        self.control.merge(other.control);
        self.rows_by_month.merge(other.rows_by_month);
        self.sharing_ids.extend(other.sharing_ids);
    }

    /// Sets a row aside.
    pub fn except(&mut self, row: &UsageRow<'_>, cause: ExceptionCause) {
        self.control.excepted.add(row.credits);
        self.exceptions.add(row, cause);
    }

    /// Counts a row that is read in full.
    pub fn count_read(&mut self, credits: Credits, rounded_by: Option<i128>) {
        self.control.read.add(credits);
        self.control.of_concern += 1;
        if let Some(rounded_by) = rounded_by {
            self.control.rounded_rows += 1;
            self.control.rounding_moved += rounded_by;
        }
    }
}

/// Why a row is not billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ExceptionCause {
    /// Its account signs up later in the month (T4).
    BeforeSignup,
    /// Its account has not signed up by E (T4).
    UnknownAccount,
    /// It was billed in the month before, and bears its id (L1).
    BilledBefore,
    /// Another row of its id and span came first, with other content.
    Conflicting(Span),
    /// It is left out by request, by the number of its entry.
    Dropped(usize),
}

impl ExceptionCause {
    /// The kind of exception that it makes.
    pub fn kind(self) -> ExceptionKind {
        match self {
            ExceptionCause::BeforeSignup => ExceptionKind::BeforeSignup,
            ExceptionCause::UnknownAccount => ExceptionKind::UnknownAccount,
            ExceptionCause::BilledBefore => ExceptionKind::BilledBefore,
            ExceptionCause::Conflicting(_) => ExceptionKind::ConflictingDuplicate,
            ExceptionCause::Dropped(_) => ExceptionKind::DroppedUsage,
        }
    }

    fn detail(self, drops: &DroppedEvents) -> String {
        match self {
            ExceptionCause::Conflicting(Span::Before) => "usage before the month".to_owned(),
            ExceptionCause::Dropped(number) => drops.reason(number).to_owned(),
            ExceptionCause::BeforeSignup
            | ExceptionCause::UnknownAccount
            | ExceptionCause::BilledBefore
            | ExceptionCause::Conflicting(Span::Within | Span::Outside) => "usage".to_owned(),
        }
    }
}

/// Rows that are not billed, by account and cause.
#[derive(Debug, Default)]
pub(super) struct UsageExceptions(BTreeMap<(AccountId, ExceptionCause), Tally>);

impl UsageExceptions {
    /// Adds a row to its group.
    pub fn add(&mut self, row: &UsageRow<'_>, cause: ExceptionCause) {
        let credits = row.credits.micros().into();
        self.0
            .entry((row.account.into(), cause))
            .and_modify(|tally| tally.add(row.at, row.event, credits))
            .or_insert_with(|| Tally::new(row.at, row.event, credits));
    }

    /// Adds rows of a group that were added up before.
    pub fn add_group(&mut self, account: &str, cause: ExceptionCause, tally: Tally) {
        merge(&mut self.0, (account.into(), cause), tally);
    }

    /// Takes in another thread's groups.
    pub fn merge(&mut self, other: UsageExceptions) {
        other.0.into_iter().for_each(|(key, tally)| merge(&mut self.0, key, tally));
    }

    /// Of the events that are left out, by number: whether any row bears its id.
    pub fn found(&self, drops: &DroppedEvents) -> Vec<bool> {
        let mut found = vec![false; drops.len()];
        for (_, cause) in self.0.keys() {
            if let ExceptionCause::Dropped(number) = cause {
                found[*number] = true;
            }
        }
        found
    }

    /// One exception for each account, kind and detail.
    pub fn finish(self, drops: &DroppedEvents) -> Vec<Exception> {
        let mut groups: BTreeMap<Group, Tally> = BTreeMap::new();
        for ((account, cause), tally) in self.0 {
            let group = Group { account, kind: cause.kind(), detail: cause.detail(drops) };
            merge(&mut groups, group, tally);
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

/// Adds rows to their group.
fn merge<K: Ord>(groups: &mut BTreeMap<K, Tally>, group: K, tally: Tally) {
    match groups.get_mut(&group) {
        Some(mine) => mine.merge(tally),
        None => drop(groups.insert(group, tally)),
    }
}
