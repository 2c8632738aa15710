//! All accounts' months, in parallel, numbered in the order of their ids.

use std::ops::Range;

use rayon::prelude::*;

use super::account::{self, Built, Setting};
use super::{AccountMonth, ChangeCounts, Segment, Timeline};
use crate::accounts::{Accounts, Ids};
use crate::calendar::Month;
use crate::catalog::Catalog;
use crate::changes::{Change, ChangeLog, Changes};
use crate::opening::State;

/// What the month starts from.
pub enum Opening {
    /// No history: every change before S is applied first.
    Genesis,
    /// The state of every account at S, sorted by account.
    States(Vec<State>),
}

/// Builds the month of every account in the opening state or the change log. Takes the change
/// log's changes and exceptions along.
pub fn build(opening: &Opening, log: &mut ChangeLog, catalog: &Catalog, month: Month) -> Timeline {
    let (states, genesis) = match opening {
        Opening::Genesis => (&[][..], true),
        Opening::States(states) => (states.as_slice(), false),
    };
    let setting = Setting { catalog, month, genesis };
    let mut exceptions = std::mem::take(&mut log.exceptions);
    let changes = std::mem::take(&mut log.changes);
    let shares = shares(states, &changes);
    // All of them, where none has further changes; what is not used costs nothing.
    let most = states.len() + changes.len();
    let mut counts = ChangeCounts::default();
    let mut ids = Ids::default();
    let mut months: Vec<AccountMonth> = Vec::with_capacity(most);
    let mut segments: Vec<Segment> = Vec::with_capacity(most);
    // Some at once, so that what is built is not held twice.
    for some in shares.chunks(4 * rayon::current_num_threads()) {
        let built = some.par_iter().map(|share| share.build(&changes, &setting));
        for (own_ids, built) in built.collect::<Vec<_>>() {
            let first = segments.len() as u32;
            segments.extend(built.segments);
            months.extend(built.months.into_iter().map(|mut month| {
                month.segments = month.segments.start + first..month.segments.end + first;
                month
            }));
            own_ids.into_iter().for_each(|id| ids.push(id));
            exceptions.merge(built.exceptions);
            counts.add(built.counts);
        }
    }
    months.shrink_to_fit();
    segments.shrink_to_fit();
    drop(changes); // before more memory is taken
    let accounts = Accounts::of(ids);
    Timeline { month, accounts, months, segments, exceptions, counts }
}

impl ChangeCounts {
    fn add(&mut self, other: ChangeCounts) {
        self.applied += other.applied;
        self.excepted += other.excepted;
        self.outside += other.outside;
    }
}

/// States and changes that are taken together.
const AT_ONCE: usize = 8_192;

/// States and changes of the same accounts.
struct Share<'a> {
    states: &'a [State],
    changes: Range<usize>,
}

/// Shares of about the same size, in the order of the accounts. Both lists are sorted by account.
fn shares<'a>(states: &'a [State], changes: &'a Changes) -> Vec<Share<'a>> {
    let cuts: Vec<&str> = match states.len() > changes.len() {
        true => states.chunks(AT_ONCE).skip(1).map(|own| own[0].account.as_str()).collect(),
        false => (AT_ONCE..changes.len()).step_by(AT_ONCE).map(|at| changes.account(at)).collect(),
    };
    let places = cuts.into_iter().map(|account| {
        let states = states.partition_point(|state| state.account.as_str() < account);
        (states, changes.first_from(account))
    });
    let mut shares = Vec::new();
    let mut from = (0, 0);
    for to in places.chain([(states.len(), changes.len())]) {
        shares.push(Share { states: &states[from.0..to.0], changes: from.1..to.1 });
        from = to;
    }
    shares
}

impl Share<'_> {
    /// Merges states and changes, and builds each account's month; gives the accounts that exist
    /// in it, too.
    fn build<'a>(&'a self, all: &'a Changes, setting: &Setting<'_>) -> (Vec<&'a str>, Built) {
        let (mut ids, mut built) = (Vec::new(), Built::default());
        let mut states = self.states.iter().peekable();
        // All of them at first: they lie far apart, and the processor fetches many at once.
        let changes: Vec<Change<'_>> = self.changes.clone().map(|at| all.get(at)).collect();
        let mut changes = changes.as_slice();
        loop {
            let account = match (states.peek(), changes.first()) {
                (Some(state), Some(change)) => change.account.min(&state.account),
                (Some(state), None) => &state.account,
                (None, Some(change)) => change.account,
                (None, None) => return (ids, built),
            };
            let state = states.next_if(|state| state.account == account);
            let own = changes.iter().take_while(|change| change.account == account).count();
            let (own, rest) = changes.split_at(own);
            changes = rest;
            account::build(account, state, own, setting, &mut built);
            if built.months.len() > ids.len() {
                ids.push(account);
            }
        }
    }
}
