//! An account's month as rows of the tables.

use crate::base::credits::Credits;
use crate::catalog::{Catalog, PlanRank};
use crate::tables::opening::{OpenGrant, State};
use crate::tables::{ExpiredCells, GrantCells, PoolKind, StateCells, StatementCells};

use super::replay::AccountReplay;
use super::rules::expiry::ExpiredPool;
use super::rules::pools::PoolUse;
use super::timeline::{AccountMonth, Timeline};

/// What an account's month comes to → rows.
#[derive(Debug, Clone, Copy)]
pub struct AccountRows<'a> {
    /// The accounts and their months.
    pub timeline: &'a Timeline,
    /// The catalogue that the month is billed with.
    pub catalog: &'a Catalog,
}

impl<'a> AccountRows<'a> {
    /// The account of a number.
    pub fn account(&self, number: u32) -> &'a str {
        self.timeline.accounts.id(number)
    }

    /// The id of a plan.
    pub fn plan(&self, rank: PlanRank) -> &'a str {
        &self.catalog.plan(rank).id
    }

    fn month(&self, replay: &AccountReplay) -> &'a AccountMonth {
        &self.timeline.months[replay.account as usize]
    }

    /// The statement.
    pub fn statement(&self, replay: &AccountReplay) -> StatementCells<'a> {
        let account = self.month(replay);
        let earlier = replay.pools.earlier.map(|(_, pool)| pool);
        let plan = |part: fn(PoolUse) -> Credits| {
            part(replay.pools.main) + earlier.map_or(Credits::ZERO, part)
        };
        let trial = |part: fn(PoolUse) -> Credits| replay.pools.trial.map_or(Credits::ZERO, part);
        let grants = |part: fn(PoolUse) -> Credits| replay.pools.grants.uses().map(part).sum();
        let (opening, drawn): (Credits, Credits) =
            (grants(|pool| pool.granted), grants(|pool| pool.drawn));
        let goes_on = replay.grants_carried.iter().map(|(_, grant)| grant.left).sum();
        let carried = replay.trial_carried.map_or(Credits::ZERO, |trial| trial.left);
        StatementCells {
            account_id: self.account(replay.account),
            month: self.timeline.month,
            opening_plan: account.opening_plan.map(|plan| self.plan(plan)),
            billed_plan: self.plan(account.billed_plan),
            next_plan: self.plan(account.next_plan),
            events: replay.events,
            usage_credits: replay.usage,
            trial_opening: trial(|pool| pool.granted),
            trial_drawn: trial(|pool| pool.drawn),
            trial_expired: trial(PoolUse::left) - carried,
            trial_carried: carried,
            grants_opening: opening,
            grants_drawn: drawn,
            grants_expired: opening - drawn - goes_on,
            grants_carried: goes_on,
            plan_granted: plan(|pool| pool.granted),
            plan_drawn: plan(|pool| pool.drawn),
            plan_expired: plan(PoolUse::left),
            overage_credits: replay.over_cap.overage,
            unbilled_credits: replay.over_cap.unbilled(),
            subscription_amount: replay.subscription_amount,
            grants_amount: replay.grants_amount,
            adjustments_amount: replay.adjustments_amount,
            overage_amount: replay.overage_amount,
            total_amount: replay.total_amount,
            currency: self.catalog.currency.code(),
        }
    }

    /// What expired, in time order.
    pub fn expired<'r>(
        &'r self,
        replay: &'r AccountReplay,
    ) -> impl Iterator<Item = ExpiredCells<'a>> + 'r {
        replay.expired.iter().map(|expired| {
            let (pool, plan, grant) = match expired.pool {
                ExpiredPool::Trial => (PoolKind::Trial, None, None),
                ExpiredPool::Grant(place) => {
                    (PoolKind::Grant, None, self.month(replay).grants().get(place))
                }
                ExpiredPool::Plan(plan) => (PoolKind::Plan, Some(self.plan(plan)), None),
            };
            let grant = grant.map(|own| &own.grant);
            ExpiredCells {
                account_id: self.account(replay.account),
                month: self.timeline.month,
                pool: pool.into(),
                plan,
                grant_id: grant.map(|grant| &*grant.id),
                grant: grant.map(|grant| self.catalog.grant_kind(grant.kind).id.as_str()),
                granted: expired.granted,
                drawn: expired.drawn,
                expired: expired.expired,
                expired_at: expired.at,
                reason: expired.reason.into(),
            }
        })
    }

    /// The grants that go on from E (K5).
    pub fn grants<'r>(
        &'r self,
        replay: &'r AccountReplay,
    ) -> impl Iterator<Item = GrantCells<'r>> + 'r {
        let account = self.account(replay.account);
        replay
            .grants_carried
            .iter()
            .map(move |(_, grant)| grant_cells(account, grant, self.catalog))
    }

    /// The account's state from E (K5).
    pub fn state(&self, replay: &AccountReplay) -> StateCells<'a> {
        let (account, trial) = (self.month(replay), replay.trial_carried);
        StateCells {
            account_id: self.account(replay.account),
            plan: self.plan(account.next_plan),
            overage_on: account.overage_on,
            signed_up_at: account.signed_up_at,
            first_paid_at: account.first_paid_at,
            trial_ends_at: trial.map(|trial| trial.ends_at),
            trial_left: trial.map_or(Credits::ZERO, |trial| trial.left),
            overage_limit: account.own_limit(),
        }
    }
}

/// A grant that goes on as a row.
pub fn grant_cells<'a>(
    account: &'a str,
    grant: &'a OpenGrant,
    catalog: &'a Catalog,
) -> GrantCells<'a> {
    GrantCells {
        account_id: account,
        grant_id: &grant.id,
        grant: &catalog.grant_kind(grant.kind).id,
        granted: grant.granted,
        left: grant.left,
        granted_at: grant.granted_at,
        expires_at: grant.expires_at,
        price: grant.price,
    }
}

/// A state as a row.
pub fn state_cells<'a>(state: &'a State, catalog: &'a Catalog) -> StateCells<'a> {
    StateCells {
        account_id: &state.account,
        plan: &catalog.plan(state.plan).id,
        overage_on: state.overage_on,
        signed_up_at: state.signed_up_at,
        first_paid_at: state.first_paid_at,
        trial_ends_at: state.trial.map(|trial| trial.ends_at),
        trial_left: state.trial.map_or(Credits::ZERO, |trial| trial.left),
        overage_limit: state.overage_limit,
    }
}
