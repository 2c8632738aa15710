//! Credits: what usage draws on, segment by segment (C1 to C6).

use crate::base::credits::Credits;
use crate::billing::timeline::{AccountMonth, Pool, Segment};
use crate::catalog::{Catalog, PlanRank};

/// A pool of credits and what was drawn on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// Granted, or carried in.
    pub granted: Credits,
    /// Drawn by usage.
    pub drawn: Credits,
}

impl PoolUse {
    fn new(granted: Credits) -> Self {
        PoolUse { granted, drawn: Credits::ZERO }
    }

    /// What has not been drawn.
    pub fn left(self) -> Credits {
        self.granted - self.drawn
    }

    /// Draws as much of `wanted` as there is; gives what it took.
    fn draw(&mut self, wanted: Credits) -> Credits {
        let taken = wanted.min(self.left());
        self.drawn += taken;
        taken
    }
}

/// An account's pools in a month (C2 to C4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pools {
    /// The trial, where one runs at S or starts within the month.
    pub trial: Option<PoolUse>,
    /// The lower plan's pool before the first upgrade ever (C4), with its plan.
    pub earlier: Option<(PlanRank, PoolUse)>,
    /// The billed plan's pool (C3).
    pub main: PoolUse,
}

/// What a segment's usage drew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Draw {
    /// From the trial.
    pub trial: Credits,
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
        }
    }

    /// Draws usage of a segment, all of it or an event at a time: on the trial first while it
    /// runs, then on the plan pool (C1). Segments, and events within them, come in time order.
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
        draw.plan = self.plan_pool(segment).draw(used - draw.trial);
        draw.over = used - draw.trial - draw.plan;
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
