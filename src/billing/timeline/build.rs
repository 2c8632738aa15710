//! All accounts' months, in parallel, numbered in the order of their ids.

use std::ops::Range;

use rayon::prelude::*;

use super::account::{self, Built, Setting};
use super::{AccountMonth, ChangeCounts, Segment, Timeline};
use crate::base::accounts::{Accounts, Ids};
use crate::base::calendar::Month;
use crate::base::exceptions::ChangeExceptions;
use crate::catalog::Catalog;
use crate::input::changes::{ChangeLog, Changes};
use crate::input::opening::State;

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
    let changes = std::mem::take(&mut log.changes);
    let shares = shares(states, &changes);
    let mut whole = Whole::with_room(states.len() + changes.len());
    whole.exceptions = std::mem::take(&mut log.exceptions);
    // Some at once, so that what is built is not held twice; they are put together while the next
    // are built.
    let mut built = Vec::new();
    for some in shares.chunks(4 * rayon::current_num_threads()) {
        let build = || some.par_iter().map(|share| share.build(&changes, &setting)).collect();
        let ((), next) = rayon::join(|| whole.add(built), build);
        built = next;
    }
    whole.add(built);
    let Whole { ids, mut months, mut segments, exceptions, counts } = whole;
    months.shrink_to_fit();
    segments.shrink_to_fit();
    drop(changes); // before more memory is taken
    let accounts = Accounts::of(ids);
    Timeline { month, accounts, months, segments, exceptions, counts }
}

/// What has been put together of all accounts' months.
struct Whole {
    ids: Ids,
    months: Vec<AccountMonth>,
    segments: Vec<Segment>,
    exceptions: ChangeExceptions,
    counts: ChangeCounts,
}

impl Whole {
    /// Nothing, with room for so many accounts; what is not used costs nothing.
    fn with_room(accounts: usize) -> Self {
        Whole {
            ids: Ids::default(),
            months: Vec::with_capacity(accounts),
            segments: Vec::with_capacity(accounts),
            exceptions: ChangeExceptions::default(),
            counts: ChangeCounts::default(),
        }
    }

    /// Adds the accounts of further shares, which come in order.
    fn add(&mut self, shares: Vec<(Vec<&str>, Built)>) {
        for (ids, built) in shares {
            let first = self.segments.len() as u32;
            self.segments.extend(built.segments);
            self.months.extend(built.months.into_iter().map(|mut month| {
                month.segments = month.segments.start + first..month.segments.end + first;
                month
            }));
            ids.into_iter().for_each(|id| self.ids.push(id));
            self.exceptions.merge(built.exceptions);
            self.counts.add(built.counts);
        }
    }
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
        let changes = all.some(self.changes.clone());
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
