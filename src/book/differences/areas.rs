//! The areas of an account's month, by what can explain that they differ.

use std::collections::BTreeMap;
use std::ops::{BitOr, BitOrAssign};

use super::account_month::{AccountMonth, LineKey, Lines};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::Rate;
use crate::tables::{ExceptionRow, ExpiredRow, LinePart, PoolKind};

/// Areas of an account's month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Areas(u16);

impl Areas {
    pub const NONE: Areas = Areas(0);
    /// Whether it exists, and since when.
    pub const SIGNUP: Areas = Areas(1);
    /// The plans it is billed with and goes on with, and when it first paid.
    pub const PLANS: Areas = Areas(1 << 1);
    /// What the plans cost.
    pub const FEES: Areas = Areas(1 << 2);
    /// The credits that the plans give.
    pub const POOLS: Areas = Areas(1 << 3);
    /// The trial: what it gives, and until when.
    pub const TRIAL: Areas = Areas(1 << 4);
    /// Whether overage is on at the end, or was asked for where there is none.
    pub const SWITCH: Areas = Areas(1 << 5);
    /// How much of the same usage over the cap is charged.
    pub const SPLIT: Areas = Areas(1 << 6);
    /// What overage costs.
    pub const RATE: Areas = Areas(1 << 7);
    /// Grants: what they give, and what they cost.
    pub const GRANTS: Areas = Areas(1 << 8);
    /// The limit of overage.
    pub const LIMIT: Areas = Areas(1 << 9);
    /// Adjustments.
    pub const ADJUSTMENTS: Areas = Areas(1 << 10);
    /// All of them.
    pub const ALL: Areas = Areas((1 << 11) - 1);

    /// These and others.
    pub const fn and(self, others: Areas) -> Areas {
        Areas(self.0 | others.0)
    }

    pub fn is_empty(self) -> bool {
        self == Areas::NONE
    }

    /// Those that are among `others`, too.
    pub fn within(self, others: Areas) -> Areas {
        Areas(self.0 & others.0)
    }

    pub fn without(self, others: Areas) -> Areas {
        Areas(self.0 & !others.0)
    }

    pub fn has(self, area: Areas) -> bool {
        !self.within(area).is_empty()
    }

    pub fn only_if(self, so: bool) -> Areas {
        if so { self } else { Areas::NONE }
    }
}

impl BitOr for Areas {
    type Output = Areas;

    fn bitor(self, others: Areas) -> Areas {
        self.and(others)
    }
}

impl BitOrAssign for Areas {
    fn bitor_assign(&mut self, other: Areas) {
        self.0 |= other.0;
    }
}

/// What expired of grants, and when.
fn expired_grants(month: &AccountMonth) -> impl Iterator<Item = &ExpiredRow> {
    month.expired.iter().filter(|row| row.pool == PoolKind::Grant)
}

/// The areas in which an account's month differs.
pub(super) fn differing(before: &AccountMonth, after: &AccountMonth) -> Areas {
    let unavailable = |row: &ExceptionRow| row.kind == ExceptionKind::OverageUnavailable;
    let refused = |month, of_switch| {
        let changes = changes_set_aside(month).filter(|row| !is_of_grant(row));
        changes.filter(|row| unavailable(row) == of_switch).collect::<Vec<_>>()
    };
    let mut found = Areas::PLANS.only_if(refused(before, false) != refused(after, false))
        | Areas::SWITCH.only_if(refused(before, true) != refused(after, true));
    let (Some(one), Some(other)) = (&before.statement, &after.statement) else {
        let same = before.statement.is_none() && after.statement.is_none();
        return found | Areas::SIGNUP.only_if(!same);
    };
    let same_usage = one.usage_credits == other.usage_credits;
    found |= Areas::PLANS
        .only_if(one.billed_plan != other.billed_plan || one.next_plan != other.next_plan);
    found |= Areas::FEES.only_if(
        one.subscription_amount != other.subscription_amount
            || !of_part(&before.lines, LinePart::Subscription)
                .eq(of_part(&after.lines, LinePart::Subscription)),
    );
    let refused_grants = |month| {
        let refused = changes_set_aside(month);
        refused.filter(|row| is_of_grant(row)).collect::<Vec<_>>()
    };
    found |= Areas::GRANTS.only_if(
        one.grants_opening != other.grants_opening
            || one.grants_amount != other.grants_amount
            || (same_usage && before.grants != after.grants)
            || (same_usage && !expired_grants(before).eq(expired_grants(after)))
            || refused_grants(before) != refused_grants(after),
    );
    found |= Areas::ADJUSTMENTS.only_if(
        !of_part(&before.lines, LinePart::Adjustments)
            .eq(of_part(&after.lines, LinePart::Adjustments)),
    );
    found |= Areas::POOLS.only_if(one.plan_granted != other.plan_granted);
    found |= Areas::TRIAL.only_if(
        one.trial_opening != other.trial_opening
            || (same_usage && one.trial_drawn != other.trial_drawn),
    );
    found |= Areas::RATE.only_if(
        one.overage_credits.is_zero() != other.overage_credits.is_zero()
            || (one.overage_credits == other.overage_credits
                && one.overage_amount != other.overage_amount)
            || rate(before) != rate(after),
    );
    if let (Some(one), Some(other)) = (&before.state, &after.state) {
        found |= Areas::SIGNUP.only_if(one.signed_up_at != other.signed_up_at);
        found |= Areas::PLANS.only_if(one.first_paid_at != other.first_paid_at);
        found |= Areas::TRIAL.only_if(one.trial_ends_at != other.trial_ends_at);
        found |= Areas::SWITCH.only_if(one.overage_on != other.overage_on);
        found |= Areas::LIMIT.only_if(one.overage_limit != other.overage_limit);
    }
    let same_draw = same_usage
        && one.trial_drawn == other.trial_drawn
        && one.grants_drawn == other.grants_drawn
        && one.plan_drawn == other.plan_drawn;
    let splits =
        one.overage_credits != other.overage_credits || unbilled(before) != unbilled(after);
    let same_plans = !found.has(Areas::PLANS | Areas::SIGNUP);
    found | Areas::SPLIT.only_if(same_draw && same_plans && splits)
}

/// Changes that the run could not apply.
pub(super) fn changes_set_aside(month: &AccountMonth) -> impl Iterator<Item = &ExceptionRow> {
    month.exceptions.iter().filter(|row| row.credits.is_none())
}

fn is_of_grant(row: &ExceptionRow) -> bool {
    row.kind == ExceptionKind::InvalidGrant || row.kind == ExceptionKind::GrantHistoryUnknown
}

/// Usage over the cap that is charged nothing: the credits by reason (O5).
pub(super) fn unbilled(month: &AccountMonth) -> BTreeMap<&str, i128> {
    let unbilled = |row: &&ExceptionRow| row.kind == ExceptionKind::UnbilledUsage;
    let rows = month.exceptions.iter().filter(unbilled);
    rows.map(|row| (row.detail.as_str(), row.credits.map_or(0, i128::from))).collect()
}

fn of_part(lines: &Lines, part: LinePart) -> impl Iterator<Item = (&LineKey, i128)> {
    let own = lines.iter().filter(move |(key, _)| key.part() == part);
    own.map(|(key, sum)| (key, sum.amount))
}

/// The rate of overage, in millionths.
fn rate(month: &AccountMonth) -> Option<Rate> {
    month.charges.first().map(|charge| charge.rate)
}
