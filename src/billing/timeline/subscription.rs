//! An account's plan, switch, limit and trial under the changes that are asked for (T2, T3, P1 to P4,
//! O2, O6).

use super::grants::{Grants, InvalidGrant};
use super::month::Upgrade;
use crate::base::calendar::{DAY_MICROS, Instant};
use crate::base::credits::Credits;
use crate::base::exceptions::ExceptionKind;
use crate::catalog::{Catalog, PlanRank};
use crate::input::changes::{Change, ChangeKind};
use crate::tables::opening::{OpenGrant, State, TrialLeft};

/// A subscription between two changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subscription {
    /// The plan in force.
    pub plan: PlanRank,
    /// The downgrade that takes effect at the month's end (P2).
    pub pending: Option<PlanRank>,
    /// The overage switch (O2).
    pub overage_on: bool,
    /// The signup.
    pub signed_up_at: Instant,
    /// The first time on a paid plan.
    pub first_paid_at: Option<Instant>,
    /// The trial that came with the signup, while it matters (C2).
    pub trial: Option<TrialLeft>,
    /// The account's own limit of overage (O6).
    pub overage_limit: Option<Credits>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeResult {
    /// Took effect, or made or cancelled a pending downgrade.
    Applied,
    /// A change to a higher plan took effect.
    Upgraded(Upgrade),
    /// Cannot be applied.
    Refused(ExceptionKind),
    /// A grant or a void that cannot take effect (G6).
    Invalid(InvalidGrant),
}

impl From<Result<(), InvalidGrant>> for ChangeResult {
    fn from(given: Result<(), InvalidGrant>) -> Self {
        given.map_or_else(ChangeResult::Invalid, |()| ChangeResult::Applied)
    }
}

impl Subscription {
    /// An account that signs up: on the lowest plan that is not retired (T3), with the catalogue's trial (C2).
    pub fn signed_up(at: Instant, catalog: &Catalog) -> Self {
        let trial = catalog.trial.map(|trial| TrialLeft {
            ends_at: at.plus_micros(i64::from(trial.days) * DAY_MICROS),
            left: trial.credits,
        });
        Subscription {
            plan: catalog.starting_plan(),
            pending: None,
            overage_on: false,
            signed_up_at: at,
            first_paid_at: None,
            trial,
            overage_limit: None,
        }
    }

    /// An account as an opening state has it at S.
    pub fn carried_on(state: &State, start: Instant, catalog: &Catalog) -> Self {
        Subscription {
            plan: state.plan,
            pending: None,
            // O2: a newer catalogue may have taken overage from the plan.
            overage_on: state.overage_on && catalog.offers_overage(state.plan),
            signed_up_at: state.signed_up_at,
            // A paid plan at S means paid from S at the latest: no later upgrade is the first.
            first_paid_at: state.first_paid_at.or(catalog.is_paid(state.plan).then_some(start)),
            trial: state.trial,
            overage_limit: state.overage_limit,
        }
    }

    /// The state that it comes to, with the grants that go on.
    pub fn state(&self, account: &str, grants: &[OpenGrant]) -> State {
        State {
            account: account.into(),
            plan: self.plan,
            overage_on: self.overage_on,
            signed_up_at: self.signed_up_at,
            first_paid_at: self.first_paid_at,
            trial: self.trial,
            overage_limit: self.overage_limit,
            grants: grants.into(),
        }
    }

    /// Applies a change, so many of the month's upgrades coming before it; the first signup begins
    /// the subscription.
    pub fn change(
        subscription: &mut Option<Self>,
        grants: &mut Grants,
        change: &Change<'_>,
        upgrades_before: usize,
        catalog: &Catalog,
    ) -> ChangeResult {
        match (subscription, change.kind) {
            (Some(subscription), _) => subscription.apply(grants, change, upgrades_before, catalog),
            (none, ChangeKind::Signup) => {
                let subscription = none.insert(Subscription::signed_up(change.at, catalog));
                match change.plan {
                    Some(_) => subscription.ask_for_plan(change, catalog), // T3
                    None => ChangeResult::Applied,
                }
            }
            (None, _) => ChangeResult::Refused(ExceptionKind::BeforeSignup),
        }
    }

    /// Applies a change to an account that has signed up.
    fn apply(
        &mut self,
        grants: &mut Grants,
        change: &Change<'_>,
        upgrades_before: usize,
        catalog: &Catalog,
    ) -> ChangeResult {
        match change.kind {
            ChangeKind::Signup => ChangeResult::Refused(ExceptionKind::DuplicateSignup),
            ChangeKind::OverageOff => {
                self.overage_on = false;
                ChangeResult::Applied
            }
            ChangeKind::OverageOn if catalog.offers_overage(self.plan) => {
                self.overage_on = true;
                ChangeResult::Applied
            }
            ChangeKind::OverageOn => ChangeResult::Refused(ExceptionKind::OverageUnavailable),
            ChangeKind::OverageLimit => {
                self.overage_limit = change.credits; // O6
                ChangeResult::Applied
            }
            ChangeKind::Plan => self.ask_for_plan(change, catalog),
            ChangeKind::Grant => grants.give(change, catalog, upgrades_before).into(),
            ChangeKind::GrantVoid => grants.void(change).into(),
        }
    }

    /// Applies the plan that a change names; also the one that a signup names (T3).
    fn ask_for_plan(&mut self, change: &Change<'_>, catalog: &Catalog) -> ChangeResult {
        let Some(target) = change.plan.and_then(|id| catalog.rank(id)) else {
            return ChangeResult::Refused(ExceptionKind::UnknownPlan);
        };
        let from = self.plan;
        if target != from && catalog.is_closed(target, change.at) {
            return ChangeResult::Refused(ExceptionKind::RetiredPlan); // V1
        }
        if target <= from {
            // P2: a lower plan waits for E, the last one asked for stands. P3: the plan in
            // force cancels what waits.
            self.pending = Some(target).filter(|target| *target < from);
            return ChangeResult::Applied;
        }
        let is_paid = catalog.is_paid(target);
        let first_ever = is_paid && self.first_paid_at.is_none();
        self.pending = None; // P3
        self.enter(target, catalog);
        if is_paid {
            self.first_paid_at.get_or_insert(change.at);
        }
        ChangeResult::Upgraded(Upgrade { at: change.at, from, to: target, first_ever })
    }

    /// The month ends: a pending downgrade takes effect (P2).
    pub fn end_month(&mut self, catalog: &Catalog) {
        if let Some(plan) = self.pending.take() {
            self.enter(plan, catalog);
        }
    }

    fn enter(&mut self, plan: PlanRank, catalog: &Catalog) {
        self.plan = plan;
        if !catalog.offers_overage(plan) {
            self.overage_on = false; // P4
        }
    }
}
