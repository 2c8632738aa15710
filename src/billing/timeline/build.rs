//! All accounts' months, in parallel, numbered in the order of their ids.

use std::ops::Range;

use rayon::prelude::*;

use super::account::{self, BuiltMonths, MonthContext};
use super::change_effects::ChangeEffects;
use super::month::{ChangeCounts, Timeline};
use crate::base::accounts::{Accounts, Ids};
use crate::base::calendar::Month;
use crate::catalog::Catalog;
use crate::input::changes::{Change, ChangeLog, Changes};
use crate::tables::opening::State;

/// What the month starts from.
pub enum Opening {
    /// No history: every change before S is applied first.
    Genesis,
    /// The state of every account at S, sorted by account.
    States(Vec<State>),
}

impl Opening {
    fn states(&self) -> &[State] {
        match self {
            Opening::Genesis => &[],
            Opening::States(states) => states,
        }
    }

    fn is_genesis(&self) -> bool {
        matches!(self, Opening::Genesis)
    }
}

/// Builds the month of every account in the opening state or the change log. Takes the change
/// log's changes and exceptions along.
pub fn build(opening: &Opening, log: &mut ChangeLog, catalog: &Catalog, month: Month) -> Timeline {
    let states = opening.states();
    let context = MonthContext { catalog, month, genesis: opening.is_genesis() };
    let changes = std::mem::take(&mut log.changes);
    let shares = shares(states, &changes);
    let mut ids = Ids::default();
    let most = states.len() + changes.len(); // what is not used of the room costs nothing
    let mut all = BuiltMonths {
        months: Vec::with_capacity(most),
        segments: Vec::with_capacity(most),
        exceptions: std::mem::take(&mut log.exceptions),
        counts: ChangeCounts::default(),
    };
    let mut add = |shares: Vec<(Vec<&str>, BuiltMonths)>| {
        for (own, built) in shares {
            own.into_iter().for_each(|id| ids.push(id));
            all.append(built);
        }
    };
    // Some at once, so that what is built is not held twice; they are put together while the next
    // are built.
    let mut built = Vec::new();
    for some in shares.chunks(4 * rayon::current_num_threads()) {
        let build = || some.par_iter().map(|share| share.build(&changes, &context)).collect();
        ((), built) = rayon::join(|| add(std::mem::take(&mut built)), build);
    }
    add(built);
    let BuiltMonths { mut months, mut segments, exceptions, counts } = all;
    months.shrink_to_fit();
    segments.shrink_to_fit();
    drop(changes); // before more memory is taken
    let accounts = Accounts::of(ids);
    Timeline { month, accounts, months, segments, exceptions, counts }
}

/// What an account's changes did in the month, given all states at S and all changes.
pub fn change_effects(
    account: &str,
    opening: &Opening,
    changes: &Changes,
    catalog: &Catalog,
    month: Month,
) -> ChangeEffects {
    let states = opening.states();
    let state = states.binary_search_by(|state| state.account.as_str().cmp(account)).ok();
    let own = (changes.first_from(account)..changes.len()).map(|at| changes.get(at));
    let own: Vec<Change<'_>> = own.take_while(|change| change.account == account).collect();
    let context = MonthContext { catalog, month, genesis: opening.is_genesis() };
    let (mut built, mut effects) = (BuiltMonths::default(), ChangeEffects::default());
    let state = state.map(|at| &states[at]);
    account::build(account, state, &own, &context, &mut built, Some(&mut effects));
    effects
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
        let states = states.partition_point(|state| &*state.account < account);
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
    fn build<'a>(
        &'a self,
        all: &'a Changes,
        context: &MonthContext<'_>,
    ) -> (Vec<&'a str>, BuiltMonths) {
        let (mut ids, mut built) = (Vec::new(), BuiltMonths::default());
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
            account::build(account, state, own, context, &mut built, None);
            if built.months.len() > ids.len() {
                ids.push(account);
            }
        }
    }
}
