//! All accounts' months, in parallel, numbered in the order of their ids.

use std::ops::Range;

use rayon::prelude::*;

use super::account::{AccountBuilder, BuiltMonths, MonthContext};
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
    let mut changes = std::mem::take(&mut log.changes);
    let shares = shares(states, &changes);
    let most = states.len() + changes.len(); // what is not used of the room costs nothing
    let mut all = BuiltMonths {
        ids: Ids::default(),
        months: Vec::with_capacity(most),
        segments: Vec::with_capacity(most),
        exceptions: std::mem::take(&mut log.exceptions),
        counts: ChangeCounts::default(),
    };
    let mut add = |built: Vec<BuiltMonths>| built.into_iter().for_each(|own| all.append(own));
    // Some at once, so that little is held twice: what is built is put together while the next is
    // built, and changes are given up.
    let mut built = Vec::new();
    for some in shares.chunks(4 * rayon::current_num_threads()) {
        let build = || some.par_iter().map(|share| share.build(&changes, &context)).collect();
        ((), built) = rayon::join(|| add(std::mem::take(&mut built)), build);
        changes.free_before(some.last().map_or(0, |share| share.changes.end));
    }
    add(built);
    let BuiltMonths { ids, mut months, mut segments, exceptions, counts } = all;
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
    let own = changes.since(changes.first_from(account));
    let own: Vec<Change<'_>> = own.take_while(|change| change.account == account).collect();
    let context = MonthContext { catalog, month, genesis: opening.is_genesis() };
    let (mut built, mut effects) = (BuiltMonths::default(), ChangeEffects::default());
    let state = state.map(|at| &states[at]);
    let (built, own_effects) = (&mut built, Some(&mut effects));
    AccountBuilder { account, context: &context, built, effects: own_effects }.build(state, &own);
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
fn shares<'a>(states: &'a [State], changes: &Changes) -> Vec<Share<'a>> {
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
    /// Merges states and changes, and builds each account's month.
    fn build(&self, all: &Changes, context: &MonthContext<'_>) -> BuiltMonths {
        let (mut built, mut own) = (BuiltMonths::default(), Vec::new());
        let mut states = self.states.iter().peekable();
        let mut changes = all.since(self.changes.start).take(self.changes.len()).peekable();
        loop {
            let account = match (states.peek(), changes.peek()) {
                (Some(state), Some(change)) => change.account.min(&state.account),
                (Some(state), None) => &state.account,
                (None, Some(change)) => change.account,
                (None, None) => return built,
            };
            let state = states.next_if(|state| state.account == account);
            own.clear();
            own.extend(std::iter::from_fn(|| changes.next_if(|own| own.account == account)));
            AccountBuilder { account, context, built: &mut built, effects: None }
                .build(state, &own);
        }
    }
}
