//! Events through the pools one by one, by the rules' own pools (C1): what each drew, and what
//! it left.

use crate::base::credits::Credits;
use crate::billing::rules::overage::{self, Unbilled};
use crate::billing::rules::pools::{Draw, Pools};
use crate::billing::timeline::{AccountMonth, Pool, Segment};
use crate::catalog::Catalog;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::{Instant, Month};
    use crate::billing::timeline::{SegmentEnd, Upgrade};
    use crate::catalog::{self, PlanRank};
    use crate::input::opening::TrialLeft;

    const CATALOG: &str = r#"
        in_force_from = 2025-11-15
        currency = "USD"
        [trial]
        credits = 500
        days = 30
        [[plan]]
        id = "free"
        price = "0.00"
        credits = 50
        [[plan]]
        id = "pro"
        price = "20.00"
        credits = 1000
        overage_rate = "0.04"
    "#;

    fn credits(whole: i128) -> Credits {
        Credits::from_micros(whole * 1_000_000).unwrap()
    }

    fn at(day: u32) -> Instant {
        Instant::parse(&format!("2026-04-{day:02}T00:00:00Z")).unwrap()
    }

    fn segment(from: Instant, until: Instant, pool: Pool, in_trial: bool, on: bool) -> Segment {
        let end = SegmentEnd::MonthEnded;
        Segment { from, until, end, pool, in_trial, overage_on: on, overage_offered: on }
    }

    /// Free with what is left of a trial until the 10th, Pro from then on, overage on from the
    /// 20th.
    fn month() -> (AccountMonth, Vec<Segment>) {
        let start = Month::parse("2026-04").unwrap().start();
        let signed_up_at = Instant::parse("2026-03-11T00:00:00Z").unwrap();
        let end = Month::parse("2026-04").unwrap().end();
        let segments = vec![
            segment(signed_up_at, start, Pool::BeforeMonth, true, false),
            segment(start, at(10), Pool::Earlier, true, false),
            Segment { overage_offered: true, ..segment(at(10), at(20), Pool::Main, false, false) },
            segment(at(20), end, Pool::Main, false, true),
        ];
        let pro = PlanRank(1);
        let upgrade = Upgrade { at: at(10), from: PlanRank::LOWEST, to: pro, first_ever: true };
        let account = AccountMonth {
            opening_plan: None,
            signed_up_at,
            first_paid_at: Some(at(10)),
            upgrades: [upgrade].into(),
            billed_plan: pro,
            next_plan: pro,
            overage_on: true,
            trial: Some(TrialLeft { ends_at: at(10), left: credits(500) }),
            segments: 0..4,
        };
        (account, segments)
    }

    #[test]
    fn each_event_draws_on_what_those_before_it_left() {
        let (account, segments) = month();
        let catalog = catalog::parse(CATALOG, "catalog.toml").unwrap();
        let events = [(0, 470), (1, 20), (1, 70), (2, 990), (2, 30), (3, 5), (3, 0)];
        let events = events.map(|(segment, whole)| (segment, credits(whole)));
        let draws = follow(&account, &segments, &events, &catalog).unwrap();
        let told: Vec<_> = draws
            .steps
            .iter()
            .map(|step| {
                let Draw { trial, plan, over } = step.draw;
                let left = [step.left.trial, step.left.plan].map(|left| left.map(Credits::micros));
                ([trial, plan, over].map(|c| c.micros() / 1_000_000), left)
            })
            .map(|(drawn, left)| (drawn, left.map(|left| left.map(|left| left / 1_000_000))))
            .collect();
        let expected = [
            ([470, 0, 0], [Some(30), None]), // before S: the trial opens with less
            ([20, 0, 0], [Some(10), Some(50)]),
            ([10, 50, 10], [Some(0), Some(0)]), // over three pools, the last of which is none
            ([0, 990, 0], [None, Some(10)]),
            ([0, 10, 20], [None, Some(0)]),
            ([0, 0, 5], [None, Some(0)]),
            ([0, 0, 0], [None, Some(0)]),
        ];
        assert_eq!(told, expected);

        let over = draws.stretches.iter().map(|s| (s.overage(), s.unbilled_credits(), s.unbilled));
        let none = Credits::ZERO;
        let (without, off) = (Some(Unbilled::PlanWithoutOverage), Some(Unbilled::OverageOff));
        let expected = [
            (none, none, without),
            (none, credits(10), without),
            (none, credits(20), off),
            (credits(5), none, None),
        ];
        assert!(over.eq(expected));
        let second = &draws.stretches[1];
        assert_eq!((second.events, second.credits), (2, credits(90)));
        assert_eq!((second.before.trial, second.after.trial), (Some(credits(30)), Some(none)));
    }

    #[test]
    fn sums_beyond_the_tables_are_refused() {
        let (account, segments) = month();
        let catalog = catalog::parse(CATALOG, "catalog.toml").unwrap();
        let events = [(3, Credits::MAX), (3, Credits::ONE)];
        assert_eq!(follow(&account, &segments, &events, &catalog), None);
    }
}
