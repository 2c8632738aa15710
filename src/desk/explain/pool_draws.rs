//! Events through the pools one by one, by the rules' own pools (C1): what each drew, and what
//! it left.

use serde::Serialize;

use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::money::TooLarge;
use crate::billing::rules::overage::{self, OverCap, Unbilled};
use crate::billing::rules::pools::{Draw, PoolUse, Pools};
use crate::billing::timeline::{AccountMonth, Pool, Segment, SegmentEnd};
use crate::catalog::{Catalog, Draws};

/// Where an event's credits went; for machines in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventDraw {
    /// The event's credits.
    #[serde(skip)]
    pub credits: Credits,
    /// The segment's number.
    pub segment: usize,
    /// Drawn on the trial; before S, too.
    pub trial: Credits,
    /// Drawn on the plan pool.
    pub plan: Credits,
    /// Drawn on grants, each by its name (G2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<GrantDrawn>,
    /// Over the cap and billed (O1).
    pub overage: Credits,
    /// Over the cap and charged nothing (O5, O6).
    pub unbilled: Credits,
    /// What it left of the trial, where that runs.
    pub trial_left: Option<Credits>,
    /// What it left in the plan pool; none before S.
    pub plan_left: Option<Credits>,
}

/// What was drawn on a grant; for machines in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantDrawn {
    /// Its place among the account's grants.
    #[serde(skip)]
    place: usize,
    /// Whether it is drawn on before the plan.
    #[serde(skip)]
    pub before_plan: bool,
    /// Its id.
    pub grant_id: String,
    /// Its kind.
    pub grant: String,
    /// Drawn.
    pub drawn: Credits,
    /// What was left then.
    pub left: Credits,
}

/// A segment, and what its events drew together; for machines in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentDraws {
    /// From 1 within the month; what lies before it has 0.
    pub number: usize,
    /// The first instant.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
    /// Why it ends.
    pub end: SegmentEnd,
    /// Whether it is usage before S that falls in a trial reaching into the month.
    pub before_month: bool,
    /// Whether it lies within the trial.
    pub in_trial: bool,
    /// Whether the overage switch is on.
    pub overage_on: bool,
    /// Whether the plan in force offers overage.
    pub overage_offered: bool,
    /// The plan whose pool its usage draws on; none before S.
    pub pool_plan: Option<String>,
    /// Events.
    pub events: u64,
    /// Their credits.
    pub usage_credits: Credits,
    /// Drawn on the trial; before S, too.
    pub trial_drawn: Credits,
    /// Drawn on the plan pool.
    pub plan_drawn: Credits,
    /// Drawn on grants, each by its name, in the order in which they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<GrantDrawn>,
    /// Over the cap and billed (O1).
    pub overage_credits: Credits,
    /// Over the cap and charged nothing (O5).
    pub unbilled_credits: Credits,
    /// Why not, where there are such.
    pub unbilled_reason: Option<Unbilled>,
    /// The trial when the segment began, where it runs.
    pub trial_before: Option<Credits>,
    /// The trial when it ended, before anything expired.
    pub trial_after: Option<Credits>,
    /// The plan pool when it began; none before S.
    pub plan_before: Option<Credits>,
    /// The plan pool when it ended, before anything expired.
    pub plan_after: Option<Credits>,
}

/// An account's month, event by event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthDraws {
    /// The events in the order in which they draw.
    pub events: Vec<EventDraw>,
    /// The segments in time order.
    pub segments: Vec<SegmentDraws>,
}

/// Draws events, each with its segment's index, which come in the order of C1.
///
/// # Errors
/// A segment's credits exceed DECIMAL(18,6).
pub fn follow(
    account: &AccountMonth,
    segments: &[Segment],
    events: &[(usize, Credits)],
    catalog: &Catalog,
) -> Result<MonthDraws, TooLarge> {
    let mut pools = Pools::full(account, segments, catalog);
    let mut draws = MonthDraws { events: Vec::new(), segments: Vec::new() };
    let before_month = segments.iter().filter(|one| one.pool == Pool::BeforeMonth).count();
    let (mut rest, mut over_cap) = (events, OverCap::default());
    for (index, segment) in segments.iter().enumerate() {
        let number = (index + 1).saturating_sub(before_month);
        let mut together = SegmentDraws::begin(number, segment, account, &pools, catalog);
        let unbilled = overage::unbilled(account.billed_plan, segment, catalog);
        let (own, later) = rest.split_at(rest.partition_point(|(own, _)| *own <= index));
        rest = later;
        for &(_, credits) in own {
            let before: Vec<PoolUse> = pools.grants.uses().collect();
            let Draw { trial, plan, over, grants: _ } = draw(&mut pools, segment, credits);
            let grants = grants_drawn(account, &before, &pools, catalog);
            let overage = over_cap.add(account, segment, over, catalog);
            let unbilled = over - overage;
            let (trial_left, plan_left) = balances(&pools, segment);
            let event = EventDraw {
                credits,
                segment: number,
                trial,
                plan,
                grants,
                overage,
                unbilled,
                trial_left,
                plan_left,
            };
            together.add(&event)?;
            draws.events.push(event);
        }
        let why = unbilled.or(Some(Unbilled::OverageLimit)); // O6: there is no other reason left
        together.unbilled_reason = why.filter(|_| !together.unbilled_credits.is_zero());
        draws.segments.push(together);
    }
    Ok(draws)
}

impl SegmentDraws {
    fn begin(
        number: usize,
        segment: &Segment,
        account: &AccountMonth,
        pools: &Pools,
        catalog: &Catalog,
    ) -> Self {
        let pool_plan = match segment.pool {
            Pool::BeforeMonth => None,
            Pool::Earlier => account.first_upgrade().map(|upgrade| upgrade.from),
            Pool::Main => Some(account.billed_plan),
        };
        let (trial, plan) = balances(pools, segment);
        SegmentDraws {
            number,
            from: segment.from,
            until: segment.until,
            end: segment.end,
            before_month: segment.pool == Pool::BeforeMonth,
            in_trial: segment.in_trial,
            overage_on: segment.overage_on,
            overage_offered: segment.overage_offered,
            pool_plan: pool_plan.map(|plan| catalog.plan(plan).id.clone()),
            events: 0,
            usage_credits: Credits::ZERO,
            trial_drawn: Credits::ZERO,
            plan_drawn: Credits::ZERO,
            grants: Vec::new(),
            overage_credits: Credits::ZERO,
            unbilled_credits: Credits::ZERO,
            unbilled_reason: None,
            trial_before: trial,
            trial_after: trial,
            plan_before: plan,
            plan_after: plan,
        }
    }

    fn add(&mut self, event: &EventDraw) -> Result<(), TooLarge> {
        let together = i128::from(self.usage_credits.micros()) + i128::from(event.credits.micros());
        self.events += 1;
        self.usage_credits = Credits::from_micros(together).map_err(|_| TooLarge)?;
        self.trial_drawn += event.trial;
        self.plan_drawn += event.plan;
        for own in &event.grants {
            match self.grants.iter_mut().find(|grant| grant.place == own.place) {
                Some(grant) => (grant.drawn, grant.left) = (grant.drawn + own.drawn, own.left),
                None => self.grants.push(own.clone()),
            }
        }
        self.overage_credits += event.overage;
        self.unbilled_credits += event.unbilled;
        (self.trial_after, self.plan_after) = (event.trial_left, event.plan_left);
        Ok(())
    }

    /// What its events drew, as the rules say it.
    pub fn draw(&self) -> Draw {
        let over = self.overage_credits + self.unbilled_credits;
        let grants = self.grants.iter().map(|own| own.drawn).sum();
        Draw { trial: self.trial_drawn, grants, plan: self.plan_drawn, over }
    }
}

fn draw(pools: &mut Pools, segment: &Segment, credits: Credits) -> Draw {
    let before = trial_left(pools);
    let drawn = pools.draw(segment, credits);
    match segment.pool {
        // Genesis: what was used before S is no draw of the month; the trial opens with less.
        Pool::BeforeMonth => Draw { trial: before - trial_left(pools), ..drawn },
        Pool::Earlier | Pool::Main => drawn,
    }
}

/// The grants that were drawn on since.
fn grants_drawn(
    account: &AccountMonth,
    before: &[PoolUse],
    pools: &Pools,
    catalog: &Catalog,
) -> Vec<GrantDrawn> {
    let uses = before.iter().zip(pools.grants.uses()).zip(account.grants()).enumerate();
    let drawn = uses.filter(|(_, ((before, after), _))| before.drawn != after.drawn);
    drawn
        .map(|(place, ((before, after), own))| {
            let kind = catalog.grant_kind(own.grant.kind);
            GrantDrawn {
                place,
                before_plan: kind.draws == Draws::BeforePlan,
                grant_id: own.grant.id.to_string(),
                grant: kind.id.clone(),
                drawn: after.drawn - before.drawn,
                left: after.left(),
            }
        })
        .collect()
}

fn trial_left(pools: &Pools) -> Credits {
    pools.trial.map_or(Credits::ZERO, PoolUse::left)
}

/// What is in the pools that a segment's usage may draw on: the trial, where it runs, and the plan
/// pool; that is none before S.
fn balances(pools: &Pools, segment: &Segment) -> (Option<Credits>, Option<Credits>) {
    let trial = pools.trial.map(PoolUse::left).filter(|_| segment.in_trial);
    (trial, (segment.pool != Pool::BeforeMonth).then(|| pools.plan_left(segment)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::{Instant, Month};
    use crate::billing::timeline::{SegmentEnd, Upgrade};
    use crate::catalog::{self, PlanRank};
    use crate::tables::opening::TrialLeft;

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
        let upgrade = Upgrade { at: at(10), from: PlanRank(0), to: pro, first_ever: true };
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
            extras: None,
        };
        (account, segments)
    }

    #[test]
    fn each_event_draws_on_what_those_before_it_left() {
        let (account, segments) = month();
        let catalog = catalog::parse(catalog::SAMPLE, "catalog.toml").unwrap();
        let events = [(0, 470), (1, 20), (1, 70), (2, 990), (2, 30), (3, 5), (3, 0)];
        let events = events.map(|(segment, whole)| (segment, credits(whole)));
        let draws = follow(&account, &segments, &events, &catalog).unwrap();
        let whole = |credits: Credits| credits.micros() / 1_000_000;
        let drawn: Vec<_> = draws
            .events
            .iter()
            .map(|event| {
                let over = event.overage + event.unbilled;
                let left = [event.trial_left, event.plan_left].map(|left| left.map(whole));
                ([event.trial, event.plan, over].map(whole), left)
            })
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
        assert_eq!(drawn, expected);

        let over = draws.segments.iter();
        let over = over.map(|s| (s.overage_credits, s.unbilled_credits, s.unbilled_reason));
        let none = Credits::ZERO;
        let (without, off) = (Some(Unbilled::PlanWithoutOverage), Some(Unbilled::OverageOff));
        let expected = [
            (none, none, None),
            (none, credits(10), without),
            (none, credits(20), off),
            (credits(5), none, None),
        ];
        assert!(over.eq(expected));
        let second = &draws.segments[1];
        assert_eq!((second.events, second.usage_credits), (2, credits(90)));
        assert_eq!((second.trial_before, second.trial_after), (Some(credits(30)), Some(none)));
    }

    #[test]
    fn sums_beyond_the_tables_are_refused() {
        let (account, segments) = month();
        let catalog = catalog::parse(catalog::SAMPLE, "catalog.toml").unwrap();
        let events = [(3, Credits::MAX), (3, Credits::ONE)];
        assert_eq!(follow(&account, &segments, &events, &catalog), Err(TooLarge));
    }
}
