//! Events through the pools one by one, by the rules' own pools (C1): what each drew, and what
//! it left.

use crate::catalog::Catalog;
use crate::credits::Credits;
use crate::rules::overage::{self, Unbilled};
use crate::rules::pools::{Draw, Pools};
use crate::timeline::{AccountMonth, Pool, Segment};

/// What is in the pools that a segment's usage may draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// The trial, where it runs.
    pub trial: Option<Credits>,
    /// The plan pool; none before S.
    pub plan: Option<Credits>,
}

/// Where an event's credits went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The segment, as an index.
    pub segment: usize,
    /// The event's credits.
    pub credits: Credits,
    /// What it drew; before S, what it took from the trial.
    pub draw: Draw,
    /// What it left.
    pub left: Balance,
}

/// What a segment's events drew together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Events.
    pub events: u64,
    /// Their credits.
    pub credits: Credits,
    /// What they drew; before S, what they took from the trial.
    pub draw: Draw,
    /// Why what was over the cap is charged nothing; `None` where it is billed.
    pub unbilled: Option<Unbilled>,
    /// The pools when it began.
    pub before: Balance,
    /// The pools when it ended, before anything expired.
    pub after: Balance,
}

impl Stretch {
    /// Over the cap and billed (O1).
    pub fn overage(&self) -> Credits {
        if self.unbilled.is_none() { self.draw.over } else { Credits::ZERO }
    }

    /// Over the cap and charged nothing (O5).
    pub fn unbilled_credits(&self) -> Credits {
        self.draw.over - self.overage()
    }
}

/// An account's month, event by event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draws {
    /// The events in the order in which they draw.
    pub steps: Vec<Step>,
    /// The segments in time order.
    pub stretches: Vec<Stretch>,
    /// The pools at the end.
    pub pools: Pools,
}

/// Draws events, each with its segment's index, which come in the order of C1. `None` where the sums exceed
/// DECIMAL(18,6).
pub fn follow(
    account: &AccountMonth,
    segments: &[Segment],
    events: &[(usize, Credits)],
    catalog: &Catalog,
) -> Option<Draws> {
    let mut pools = Pools::full(account, segments, catalog);
    let mut steps = Vec::with_capacity(events.len());
    let mut stretches = Vec::with_capacity(segments.len());
    let mut rest = events;
    for (number, segment) in segments.iter().enumerate() {
        let before = balance(&pools, segment);
        let mut stretch = Stretch {
            events: 0,
            credits: Credits::ZERO,
            draw: Draw::default(),
            unbilled: overage::unbilled(account.billed_plan, segment, catalog),
            before,
            after: before,
        };
        let (own, later) = rest.split_at(rest.partition_point(|(own, _)| *own <= number));
        rest = later;
        for &(_, credits) in own {
            let draw = draw(&mut pools, segment, credits);
            let left = balance(&pools, segment);
            steps.push(Step { segment: number, credits, draw, left });
            stretch.add(credits, draw)?;
            stretch.after = left;
        }
        stretches.push(stretch);
    }
    Some(Draws { steps, stretches, pools })
}

impl Stretch {
    fn add(&mut self, credits: Credits, draw: Draw) -> Option<()> {
        let plus = |one: Credits, other: Credits| {
            Credits::from_micros(i128::from(one.micros()) + i128::from(other.micros()))
        };
        self.events += 1;
        self.credits = plus(self.credits, credits)?;
        self.draw = Draw {
            trial: plus(self.draw.trial, draw.trial)?,
            plan: plus(self.draw.plan, draw.plan)?,
            over: plus(self.draw.over, draw.over)?,
        };
        Some(())
    }
}

fn draw(pools: &mut Pools, segment: &Segment, credits: Credits) -> Draw {
    let before = balance(pools, segment).trial.unwrap_or_default();
    let drawn = pools.draw(segment, credits);
    match segment.pool {
        // Genesis: what was used before S is no draw of the month; the trial opens with less.
        Pool::BeforeMonth => {
            let left = balance(pools, segment).trial.unwrap_or_default();
            Draw { trial: before - left, ..drawn }
        }
        Pool::Earlier | Pool::Main => drawn,
    }
}

fn balance(pools: &Pools, segment: &Segment) -> Balance {
    Balance {
        trial: pools.trial.map(|trial| trial.left()).filter(|_| segment.in_trial),
        plan: (segment.pool != Pool::BeforeMonth).then(|| pools.plan_left(segment)),
    }
}
