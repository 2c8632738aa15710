//! Credits: what usage draws on, segment by segment (C1 to C6, G2).

use super::grants::GrantPools;
pub use super::pool_use::PoolUse;
use crate::base::credits::Credits;
use crate::billing::timeline::{AccountMonth, Pool, Segment};
use crate::catalog::{Catalog, Draws, PlanRank};

/// An account's pools in a month (C2 to C4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pools {
    /// The trial, where one runs at S or starts within the month.
    pub trial: Option<PoolUse>,
    /// The lower plan's pool before the first upgrade ever (C4), with its plan.
    pub earlier: Option<(PlanRank, PoolUse)>,
    /// The billed plan's pool (C3).
    pub main: PoolUse,
    /// The grants' (G1).
    pub grants: GrantPools,
}

/// What a segment's usage drew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Draw {
    /// From the trial.
    pub trial: Credits,
    /// From grants, before the plan and after it (G2).
    pub grants: Credits,
    /// From a plan pool.
    pub plan: Credits,
    /// Nothing: over the cap.
    pub over: Credits,
}

impl Pools {
    /// The pools before any usage (C2, C3, C4, C6).
    pub fn full(account: &AccountMonth, segments: &[Segment], catalog: &Catalog) -> Self {
        let credits = |plan: PlanRank| catalog.plan(plan).credits;
        // An upgrade at the very instant of S or of the signup leaves no earlier segment, so no
        // pool.
        let has_earlier = segments.iter().any(|segment| segment.pool == Pool::Earlier);
        let lower = account.first_upgrade().map(|upgrade| upgrade.from).filter(|_| has_earlier);
        Pools {
            trial: account.trial.map(|trial| PoolUse::new(trial.left)),
            earlier: lower.map(|plan| (plan, PoolUse::new(credits(plan)))),
            main: PoolUse::new(credits(account.billed_plan)),
            grants: GrantPools::full(account, catalog),
        }
    }

    /// Draws usage of a segment, all of it or an event at a time: on the trial first while it
    /// runs, then on grants before the plan, on the plan pool, and on grants after it (C1, G2).
    /// Segments, and events within them, come in time order.
    pub fn draw(&mut self, segment: &Segment, used: Credits) -> Draw {
        let mut draw = Draw::default();
        if segment.pool == Pool::BeforeMonth {
            // Genesis: the trial comes into the month with what this usage left of it.
            if let Some(trial) = &mut self.trial {
                trial.granted = trial.granted - used.min(trial.granted);
            }
            return draw;
        }
        if let Some(trial) = self.trial.as_mut().filter(|_| segment.in_trial) {
            draw.trial = trial.draw(used);
        }
        let mut rest = used - draw.trial;
        self.grants.open(segment.from);
        draw.grants = self.grants.draw(Draws::BeforePlan, segment.from, rest);
        rest = rest - draw.grants;
        draw.plan = self.plan_pool(segment).draw(rest);
        rest = rest - draw.plan;
        let after = self.grants.draw(Draws::AfterPlan, segment.from, rest);
        draw.grants += after;
        draw.over = rest - after;
        draw
    }

    /// What is left of the plan pool that a segment draws on.
    pub fn plan_left(&self, segment: &Segment) -> Credits {
        match (self.earlier, segment.pool) {
            (Some((_, earlier)), Pool::Earlier) => earlier.left(),
            _ => self.main.left(),
        }
    }

    fn plan_pool(&mut self, segment: &Segment) -> &mut PoolUse {
        match (&mut self.earlier, segment.pool) {
            (Some((_, earlier)), Pool::Earlier) => earlier,
            _ => &mut self.main,
        }
    }
}
