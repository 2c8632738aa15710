//! An account's plan and switch under the changes that are asked for (T2, T3, P1 to P4, O2).

use crate::base::calendar::Instant;
use crate::base::exceptions::ExceptionKind;
use crate::catalog::{Catalog, PlanRank};
use crate::input::changes::{Ask, Change};

use super::Upgrade;

/// Where an account stands between two changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
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
}

/// What a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Took effect, or made or cancelled a pending downgrade.
    Applied,
    /// A change to a higher plan took effect; `first_ever` as F2 means it.
    Upgraded { upgrade: Upgrade, first_ever: bool },
    /// Cannot be applied.
    Refused(ExceptionKind),
}

impl Life {
    /// An account that signs up: on the lowest plan (T3).
    pub fn signed_up(at: Instant) -> Self {
        Life {
            plan: PlanRank::LOWEST,
            pending: None,
            overage_on: false,
            signed_up_at: at,
            first_paid_at: None,
        }
    }

    /// Applies a change to an account that has signed up.
    pub fn apply(&mut self, change: &Change<'_>, catalog: &Catalog) -> Effect {
        match change.ask {
            Ask::Signup => Effect::Refused(ExceptionKind::DuplicateSignup),
            Ask::OverageOff => {
                self.overage_on = false;
                Effect::Applied
            }
            Ask::OverageOn if catalog.offers_overage(self.plan) => {
                self.overage_on = true;
                Effect::Applied
            }
            Ask::OverageOn => Effect::Refused(ExceptionKind::OverageUnavailable),
            Ask::Plan => self.ask_for_plan(change, catalog),
        }
    }

    /// Applies the plan that a change names; also the one that a signup names (T3).
    pub fn ask_for_plan(&mut self, change: &Change<'_>, catalog: &Catalog) -> Effect {
        let Some(target) = change.plan.and_then(|id| catalog.rank(id)) else {
            return Effect::Refused(ExceptionKind::UnknownPlan);
        };
        let from = self.plan;
        if target <= from {
            // P2: a lower plan waits for E, the last one asked for stands. P3: the plan in
            // force cancels what waits.
            self.pending = Some(target).filter(|target| *target < from);
            return Effect::Applied;
        }
        let first_ever = self.first_paid_at.is_none();
        self.pending = None; // P3
        self.enter(target, catalog);
        self.first_paid_at.get_or_insert(change.at);
        Effect::Upgraded { upgrade: Upgrade { at: change.at, from, to: target }, first_ever }
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
