//! One account's month for whoever must tell it: how it stood at S, and what each change did.

use super::account::{self, Setting};
use super::build::Opening;
use super::subscription::{Effect, Life};
use super::{State, Upgrade};
use crate::base::calendar::{Instant, Month};
use crate::base::exceptions::ExceptionKind;
use crate::catalog::{Catalog, PlanRank};
use crate::input::changes::{Ask, Change, Changes};

/// What an account's changes did in a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// How it stood at S; `None` where it signed up within the month. In genesis its trial is as
    /// it was before the usage before S.
    pub opening: Option<State>,
    /// The changes within the month, in the order of T2, and what each did; nothing where all was
    /// as asked already.
    pub changes: Vec<(Asked, Vec<Did>)>,
}

/// A change that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// When it was asked for.
    pub at: Instant,
    /// What was asked for.
    pub ask: Ask,
    /// The plan named.
    pub plan: Option<String>,
}

impl From<&Change<'_>> for Asked {
    fn from(change: &Change<'_>) -> Self {
        let Change { id, at, ask, plan, .. } = *change;
        Asked { id: id.to_owned(), at, ask, plan: plan.map(str::to_owned) }
    }
}

/// Something that a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// The account exists from here (T3).
    SignUp,
    /// A higher plan is in force from here (P1); whether it is the first upgrade ever (F2).
    Upgrade(Upgrade, bool),
    /// A lower plan waits for E (P2).
    Wait(PlanRank),
    /// A lower plan waits no longer (P3).
    Withdraw(PlanRank),
    /// Overage is on from here (O2).
    SwitchOn,
    /// Overage is off from here, by request or by P4.
    SwitchOff,
    /// It could not be applied.
    Refuse(ExceptionKind),
}

/// Tells the month of an account, given its state at S and all changes.
pub fn tell(account: &str, opening: &Opening, changes: &Changes, terms: (&Catalog, Month)) -> Told {
    let (state, genesis) = match opening {
        Opening::Genesis => (None, true),
        Opening::States(states) => (states.iter().find(|state| state.account == account), false),
    };
    let setting = Setting { catalog: terms.0, month: terms.1, genesis };
    let own = (changes.first_from(account)..changes.len()).map(|at| changes.get(at));
    let own: Vec<Change<'_>> = own.take_while(|change| change.account == account).collect();
    account::tell(account, state, &own, &setting)
}

/// What a change did, by how the account stood before it and after it.
pub(super) fn did(before: Option<Life>, after: Option<Life>, effect: Effect) -> Vec<Did> {
    let signs_up = before.is_none() && after.is_some();
    let mut did = Vec::from_iter(signs_up.then_some(Did::SignUp));
    match effect {
        Effect::Refused(kind) => did.push(Did::Refuse(kind)),
        Effect::Upgraded { upgrade, first_ever } => did.push(Did::Upgrade(upgrade, first_ever)),
        Effect::Applied => {}
    }
    let waits = [before, after].map(|life| life.and_then(|life| life.pending));
    match waits {
        [one, other] if one == other => {}
        [_, Some(plan)] => did.push(Did::Wait(plan)),
        [Some(plan), None] => did.push(Did::Withdraw(plan)),
        [None, None] => {}
    }
    match [before, after].map(|life| life.is_some_and(|life| life.overage_on)) {
        [false, true] => did.push(Did::SwitchOn),
        [true, false] => did.push(Did::SwitchOff),
        [true, true] | [false, false] => {}
    }
    did
}
