//! Credits that expire unused, and the trial that goes on (C2, C5).

use super::pools::Pools;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::billing::timeline::AccountMonth;
use crate::catalog::PlanRank;
use crate::tables::ExpiryReason;
use crate::tables::opening::TrialLeft;

/// Credits that expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The plan whose pool it was; `None` for the trial.
    pub plan: Option<PlanRank>,
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

/// What expires of an account's pools, in time order, the trial before a plan.
pub fn expired(account: &AccountMonth, pools: &Pools, month: Month) -> Vec<Expired> {
    let ended = account.trial.filter(|trial| trial.ends_at <= month.end());
    let trial = pools
        .trial
        .zip(ended)
        .map(|(pool, trial)| (None, pool, trial.ends_at, ExpiryReason::TrialEnded));
    let earlier = pools
        .earlier
        .zip(account.first_upgrade())
        .map(|((plan, pool), first)| (Some(plan), pool, first.at, ExpiryReason::FirstUpgrade));
    let main = (Some(account.billed_plan), pools.main, month.end(), ExpiryReason::MonthEnded);
    let all = trial.into_iter().chain(earlier).chain([main]);
    let mut rows: Vec<Expired> = all
        .filter(|(_, pool, _, _)| !pool.left().is_zero())
        .map(|(plan, pool, at, reason)| Expired {
            plan,
            granted: pool.granted,
            drawn: pool.drawn,
            expired: pool.left(),
            at,
            reason,
        })
        .collect();
    rows.sort_by_key(|row| (row.at, row.plan.is_some()));
    rows
}

/// What a trial that outlasts the month carries into the next (C2).
pub fn carried(account: &AccountMonth, pools: &Pools, month: Month) -> Option<TrialLeft> {
    let trial = account.trial.filter(|trial| trial.ends_at > month.end())?;
    let left = pools.trial.map_or(Credits::ZERO, |pool| pool.left());
    Some(TrialLeft { ends_at: trial.ends_at, left })
}
