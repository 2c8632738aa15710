//! An account's plan, switch, limit and trial under the changes that are asked for (T2, T3, P1 to P4,
//! O2, O6).

use super::grants::Grants;
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

/// Why a change cannot be applied: the exception that it makes, and what the table says of it in `detail`.
#[derive(Debug)]
pub(super) struct Refusal {
    pub kind: ExceptionKind,
    pub detail: String,
}

impl From<ExceptionKind> for Refusal {
    fn from(kind: ExceptionKind) -> Self {
        Refusal { kind, detail: "changes".to_owned() }
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
    /// the subscription. Gives the upgrade if it was one.
    pub fn change(
        subscription: &mut Option<Self>,
        grants: &mut Grants,
        change: &Change<'_>,
        upgrades_before: usize,
        catalog: &Catalog,
    ) -> Result<Option<Upgrade>, Refusal> {
        match (subscription, change.kind) {
            (Some(subscription), _) => subscription.apply(grants, change, upgrades_before, catalog),
            (none, ChangeKind::Signup) => {
                let subscription = none.insert(Subscription::signed_up(change.at, catalog));
                match change.plan {
                    Some(_) => subscription.ask_for_plan(change, catalog), // T3
                    None => Ok(None),
                }
            }
            (None, _) => Err(ExceptionKind::BeforeSignup.into()),
        }
    }

    /// Applies a change to an account that has signed up.
    fn apply(
        &mut self,
        grants: &mut Grants,
        change: &Change<'_>,
        upgrades_before: usize,
        catalog: &Catalog,
    ) -> Result<Option<Upgrade>, Refusal> {
        let invalid = |detail| Refusal { kind: ExceptionKind::InvalidGrant, detail };
        match change.kind {
            ChangeKind::Signup => return Err(ExceptionKind::DuplicateSignup.into()),
            ChangeKind::Plan => return self.ask_for_plan(change, catalog),
            ChangeKind::OverageOn if !catalog.offers_overage(self.plan) => {
                return Err(ExceptionKind::OverageUnavailable.into());
            }
            ChangeKind::OverageOn => self.overage_on = true,
            ChangeKind::OverageOff => self.overage_on = false,
            ChangeKind::OverageLimit => self.overage_limit = change.credits, // O6
            ChangeKind::Grant => grants.give(change, catalog, upgrades_before).map_err(invalid)?,
            ChangeKind::GrantVoid => grants.void(change).map_err(invalid)?,
        }
        Ok(None)
    }

    /// Applies the plan that a change names; also the one that a signup names (T3).
    fn ask_for_plan(
        &mut self,
        change: &Change<'_>,
        catalog: &Catalog,
    ) -> Result<Option<Upgrade>, Refusal> {
        let Some((id, target)) = change.plan.and_then(|id| Some((id, catalog.rank(id)?))) else {
            let lacking = |plan| format!("the catalogue lacks plan {plan}");
            let detail = change.plan.map_or("changes".to_owned(), lacking);
            return Err(Refusal { kind: ExceptionKind::UnknownPlan, detail });
        };
        let from = self.plan;
        if target != from && catalog.is_closed(target, change.at) {
            let detail = format!("plan {id} is retired");
            return Err(Refusal { kind: ExceptionKind::RetiredPlan, detail }); // V1
        }
        if target <= from {
            // P2: a lower plan waits for E, the last one asked for stands. P3: the plan in
            // force cancels what waits.
            self.pending = Some(target).filter(|target| *target < from);
            return Ok(None);
        }
        let is_paid = catalog.is_paid(target);
        let first_ever = is_paid && self.first_paid_at.is_none();
        self.pending = None; // P3
        self.enter(target, catalog);
        if is_paid {
            self.first_paid_at.get_or_insert(change.at);
        }
        Ok(Some(Upgrade { at: change.at, from, to: target, first_ever }))
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
