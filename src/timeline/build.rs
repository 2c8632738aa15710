//! All accounts' months, in parallel, numbered in the order of their ids.

use rayon::prelude::*;

use super::account::{self, Built, Setting};
use super::{AccountMonth, ChangeCounts, Segment, Timeline};
use crate::accounts::Accounts;
use crate::calendar::Month;
use crate::catalog::Catalog;
use crate::changes::ChangeLog;
use crate::opening::State;

/// What the month starts from.
pub enum Opening {
    /// No history: every change before S is applied first.
    Genesis,
    /// The state of every account at S, sorted by account.
    States(Vec<State>),
}

/// Builds the month of every account in the opening state or the change log. Takes the change
/// log's exceptions along.
pub fn build(opening: &Opening, log: &mut ChangeLog, catalog: &Catalog, month: Month) -> Timeline {
    let (states, genesis) = match opening {
        Opening::Genesis => (&[][..], true),
        Opening::States(states) => (states.as_slice(), false),
    };
    let setting = Setting { catalog, month, genesis };
    let mut exceptions = std::mem::take(&mut log.exceptions);
    let groups = groups(states, log);
    let built: Vec<Built> = groups
        .par_iter()
        .map(|g| account::build(g.account, g.state, &log.changes[g.changes.clone()], &setting))
        .collect();
    let mut counts = ChangeCounts::default();
    let mut ids: Vec<&str> = Vec::with_capacity(built.len());
    let mut months: Vec<AccountMonth> = Vec::with_capacity(built.len());
    let mut segments: Vec<Segment> = Vec::with_capacity(built.len() + built.len() / 4);
    for (group, built) in groups.iter().zip(built) {
        exceptions.merge(built.exceptions);
        counts.add(built.counts);
        let Some((mut account, own)) = built.month else {
            continue;
        };
        account.segments = segments.len() as u32..(segments.len() + own.len()) as u32;
        segments.extend(own);
        ids.push(group.account);
        months.push(account);
    }
    let accounts = Accounts::from_sorted(ids.into_iter());
    Timeline { month, accounts, months, segments, exceptions, counts }
}

impl ChangeCounts {
    fn add(&mut self, other: ChangeCounts) {
        self.applied += other.applied;
        self.excepted += other.excepted;
        self.outside += other.outside;
    }
}

/// An account that the opening state or the change log knows.
struct Group<'a> {
    account: &'a str,
    state: Option<&'a State>,
    changes: std::ops::Range<usize>,
}

/// Merges states and changes, both sorted by account.
fn groups<'a>(states: &'a [State], log: &'a ChangeLog) -> Vec<Group<'a>> {
    let changes = &log.changes;
    let mut groups = Vec::with_capacity(states.len().max(changes.len() / 2));
    let (mut state, mut change) = (0, 0);
    while state < states.len() || change < changes.len() {
        let from_state = states.get(state).map(|s| s.account.as_str());
        let from_change = changes.get(change).map(|c| &*c.account);
        let account = match (from_state, from_change) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) => a,
            (None, Some(b)) => b,
            (None, None) => break,
        };
        let own = changes[change..].iter().take_while(|c| &*c.account == account).count();
        let found = states.get(state).filter(|s| s.account == account);
        groups.push(Group { account, state: found, changes: change..change + own });
        state += usize::from(found.is_some());
        change += own;
    }
    groups
}
