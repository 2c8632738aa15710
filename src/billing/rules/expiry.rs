//! Credits that expire unused, and what goes on: the trial and grants (C2, C5, G5).

use super::pools::{PoolUse, Pools};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::billing::timeline::AccountMonth;
use crate::catalog::PlanRank;
use crate::tables::ExpiryReason;
use crate::tables::opening::{OpenGrant, TrialLeft};

/// Credits that expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Whose pool it was.
    pub pool: ExpiredPool,
    /// Granted, or carried in.
    pub granted: Credits,
    /// Drawn.
    pub drawn: Credits,
    /// Expired; more than none.
    pub expired: Credits,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: ExpiryReason,
}

/// Whose pool expired. In the order in which those stand that expire at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExpiredPool {
    /// The trial's.
    Trial,
    /// A grant's, by its place among the account's.
    Grant(usize),
    /// A plan's.
    Plan(PlanRank),
}

/// What expires of an account's pools, in time order; at one instant the trial, grants as they were
/// given, plans.
pub fn expired(account: &AccountMonth, pools: &Pools, month: Month) -> Vec<Expired> {
    let mut rows = Vec::new();
    let mut add = |pool: ExpiredPool, own: PoolUse, at: Instant, reason: ExpiryReason| {
        let (granted, drawn, expired) = (own.granted, own.drawn, own.left());
        if !expired.is_zero() {
            rows.push(Expired { pool, granted, drawn, expired, at, reason });
        }
    };
    let ended = account.trial.filter(|trial| trial.ends_at <= month.end());
    if let Some((own, trial)) = pools.trial.zip(ended) {
        add(ExpiredPool::Trial, own, trial.ends_at, ExpiryReason::TrialEnded);
    }
    for (place, (own, used)) in account.grants().iter().zip(pools.grants.uses()).enumerate() {
        let reason = match own.voided_at {
            Some(_) => ExpiryReason::GrantVoided,
            None => ExpiryReason::GrantExpired,
        };
        if let Some(at) = own.ends_at().filter(|at| *at <= month.end()) {
            add(ExpiredPool::Grant(place), used, at, reason);
        }
    }
    if let Some(((plan, own), first)) = pools.earlier.zip(account.first_upgrade()) {
        add(ExpiredPool::Plan(plan), own, first.at, ExpiryReason::FirstUpgrade);
    }
    let billed = ExpiredPool::Plan(account.billed_plan);
    add(billed, pools.main, month.end(), ExpiryReason::MonthEnded);
    rows.sort_by_key(|row| (row.at, row.pool));
    rows
}

/// The grants that go on into the next month, each with its place among the account's (G1).
pub fn grants_carried(
    account: &AccountMonth,
    pools: &Pools,
    month: Month,
) -> impl Iterator<Item = (usize, OpenGrant)> {
    let all = account.grants().iter().zip(pools.grants.uses()).enumerate();
    all.filter_map(move |(place, (own, used))| {
        let goes_on = own.ends_at().is_none_or(|at| at > month.end());
        let left = Some(used.left()).filter(|left| goes_on && !left.is_zero())?;
        Some((place, OpenGrant { left, ..own.grant.clone() }))
    })
}

/// What a trial that outlasts the month carries into the next (C2).
pub fn carried(account: &AccountMonth, pools: &Pools, month: Month) -> Option<TrialLeft> {
    let trial = account.trial.filter(|trial| trial.ends_at > month.end())?;
    let left = pools.trial.map_or(Credits::ZERO, |pool| pool.left());
    Some(TrialLeft { ends_at: trial.ends_at, left })
}
