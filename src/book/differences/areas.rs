//! What can differ in an account's month, by what can explain it.

use std::collections::BTreeMap;
use std::ops::{BitOr, BitOrAssign};

use super::account_month::{Lines, View};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::Rate;
use crate::tables::ExceptionRow;

/// Sides of an account's month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Aspects(u16);

impl Aspects {
    pub const NONE: Aspects = Aspects(0);
    /// Whether it exists, and since when.
    pub const SIGNUP: Aspects = Aspects(1);
    /// The plans it is billed with and goes on with, and when it first paid.
    pub const PLANS: Aspects = Aspects(1 << 1);
    /// What the plans cost.
    pub const FEES: Aspects = Aspects(1 << 2);
    /// The credits that the plans give.
    pub const POOLS: Aspects = Aspects(1 << 3);
    /// The trial: what it gives, and until when.
    pub const TRIAL: Aspects = Aspects(1 << 4);
    /// Whether overage is on at the end, or was asked for where there is none.
    pub const SWITCH: Aspects = Aspects(1 << 5);
    /// How much of the same usage over the cap is charged.
    pub const SPLIT: Aspects = Aspects(1 << 6);
    /// What overage costs.
    pub const RATE: Aspects = Aspects(1 << 7);
    /// All of them.
    pub const ALL: Aspects = Aspects((1 << 8) - 1);

    /// These and others.
    pub const fn and(self, others: Aspects) -> Aspects {
        Aspects(self.0 | others.0)
    }

    pub fn is_empty(self) -> bool {
        self == Aspects::NONE
    }

    /// Those that are among `others`, too.
    pub fn within(self, others: Aspects) -> Aspects {
        Aspects(self.0 & others.0)
    }

    pub fn without(self, others: Aspects) -> Aspects {
        Aspects(self.0 & !others.0)
    }

    pub fn has(self, aspect: Aspects) -> bool {
        !self.within(aspect).is_empty()
    }

    pub fn only_if(self, so: bool) -> Aspects {
        if so { self } else { Aspects::NONE }
    }
}

impl BitOr for Aspects {
    type Output = Aspects;

    fn bitor(self, others: Aspects) -> Aspects {
        self.and(others)
    }
}

impl BitOrAssign for Aspects {
    fn bitor_assign(&mut self, other: Aspects) {
        self.0 |= other.0;
    }
}

/// The aspects in which an account's month differs.
pub(super) fn differing(before: &View, after: &View) -> Aspects {
    let unavailable = |row: &ExceptionRow| row.kind == ExceptionKind::OverageUnavailable;
    let refused = |view, of_switch| {
        let changes = changes_set_aside(view);
        changes.filter(|row| unavailable(row) == of_switch).collect::<Vec<_>>()
    };
    let mut found = Aspects::PLANS.only_if(refused(before, false) != refused(after, false))
        | Aspects::SWITCH.only_if(refused(before, true) != refused(after, true));
    let (Some(one), Some(other)) = (&before.statement, &after.statement) else {
        let same = before.statement.is_none() && after.statement.is_none();
        return found | Aspects::SIGNUP.only_if(!same);
    };
    let same_usage = one.usage_credits == other.usage_credits;
    found |= Aspects::PLANS
        .only_if(one.billed_plan != other.billed_plan || one.next_plan != other.next_plan);
    found |= Aspects::FEES.only_if(
        one.subscription_amount != other.subscription_amount
            || !fees(&before.lines).eq(fees(&after.lines)),
    );
    found |= Aspects::POOLS.only_if(one.plan_granted != other.plan_granted);
    found |= Aspects::TRIAL.only_if(
        one.trial_opening != other.trial_opening
            || (same_usage && one.trial_drawn != other.trial_drawn),
    );
    found |= Aspects::RATE.only_if(
        one.overage_credits.is_zero() != other.overage_credits.is_zero()
            || (one.overage_credits == other.overage_credits
                && one.overage_amount != other.overage_amount)
            || rate(before) != rate(after),
    );
    if let (Some(one), Some(other)) = (&before.state, &after.state) {
        found |= Aspects::SIGNUP.only_if(one.signed_up_at != other.signed_up_at);
        found |= Aspects::PLANS.only_if(one.first_paid_at != other.first_paid_at);
        found |= Aspects::TRIAL.only_if(one.trial_ends_at != other.trial_ends_at);
        found |= Aspects::SWITCH.only_if(one.overage_on != other.overage_on);
    }
    let same_draw =
        same_usage && one.trial_drawn == other.trial_drawn && one.plan_drawn == other.plan_drawn;
    let splits =
        one.overage_credits != other.overage_credits || unbilled(before) != unbilled(after);
    let same_plans = !found.has(Aspects::PLANS | Aspects::SIGNUP);
    found | Aspects::SPLIT.only_if(same_draw && same_plans && splits)
}

/// Changes that the run could not apply.
pub(super) fn changes_set_aside(view: &View) -> impl Iterator<Item = &ExceptionRow> {
    view.exceptions.iter().filter(|row| row.credits.is_none())
}

/// Usage over the cap that is charged nothing: the credits by reason (O5).
pub(super) fn unbilled(view: &View) -> BTreeMap<&str, i128> {
    let unbilled = |row: &&ExceptionRow| row.kind == ExceptionKind::UnbilledUsage;
    let rows = view.exceptions.iter().filter(unbilled);
    rows.map(|row| (row.detail.as_str(), row.credits.map_or(0, i128::from))).collect()
}

fn fees(lines: &Lines) -> impl Iterator<Item = (&str, &str, i128)> {
    let fees = lines.iter().filter(|(key, _)| !key.is_overage());
    fees.map(|(key, sum)| (key.line_type.name(), key.plan.as_str(), sum.amount))
}

/// The rate of overage, in millionths.
fn rate(view: &View) -> Option<Rate> {
    view.charges.first().map(|charge| charge.rate)
}
