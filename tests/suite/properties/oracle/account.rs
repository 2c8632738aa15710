//! One account's month, event by event.

use monthend::base::calendar::Month;

use super::grants::Grants;
use super::standing::Standing;
use super::{Life, bounds};
use crate::months::population::Event;
use crate::months::terms::{DAY, Terms};

/// Whose month it is, and what is known for it.
#[derive(Clone, Copy)]
pub struct Bill<'a> {
    pub account: &'a str,
    pub terms: &'a Terms,
    pub month: Month,
    pub life: &'a Life<'a>,
}

/// A pool: what was in it at first, and what is left.
pub struct Pool {
    pub granted: i128,
    pub left: i128,
}

impl Pool {
    fn of(granted: i64) -> Self {
        Pool { granted: granted.into(), left: granted.into() }
    }

    fn draw(&mut self, wanted: &mut i128) {
        let taken = self.left.min(*wanted);
        self.left -= taken;
        *wanted -= taken;
    }

    pub fn drawn(&self) -> i128 {
        self.granted - self.left
    }
}

/// What an account's month comes to.
pub struct Billed<'a> {
    pub of: Bill<'a>,
    /// At S.
    pub opening: Option<Standing>,
    /// From E on.
    pub closing: Standing,
    /// The plan.
    pub billed: usize,
    pub first_upgrade: Option<i64>,
    pub trial: Pool,
    /// Long ago where there is no trial.
    pub trial_end: i64,
    /// The pool up to a first upgrade (C4), and that instant.
    pub earlier: Option<(Pool, i64)>,
    pub main: Pool,
    pub grants: Grants<'a>,
    pub events: usize,
    pub usage: i128,
    pub overage: i128,
    /// Over the cap and unbilled, for each of [`REASONS`].
    pub unbilled: [i128; 3],
}

/// Why usage over the cap is charged nothing (O5, O6).
pub const REASONS: [&str; 3] = ["overage-limit", "overage-off", "plan-without-overage"];

impl<'a> Bill<'a> {
    /// The account after the first `count` changes, those before S included.
    fn after(&self, count: usize) -> Option<Standing> {
        Standing::after(count, self.life, self.terms, self.month)
    }

    /// What is left of a trial that runs at S or begins within the month, and its end (C2).
    fn trial(&self, signed_up_at: i64, before: &[Event]) -> Option<(i64, i64)> {
        let (start, _) = bounds(self.month);
        if let Some(state) = self.life.state {
            return state.trial.map(|(end, left)| (left, end));
        }
        let (granted, length) = self.terms.trial?;
        let end = signed_up_at + length;
        let used = before.iter().filter(|event| event.at >= signed_up_at);
        let used: i64 = used.map(|event| event.credits).sum();
        (end > start).then_some(((granted - used).max(0), end))
    }

    /// F8, as numerator and denominator.
    fn fraction(&self, at: i64) -> (i128, i128) {
        let (start, end) = bounds(self.month);
        let (days, day) = ((end - start) / DAY, (at - start) / DAY + 1);
        let (numerator, denominator) = match self.terms.proration {
            "days-after" => (days - day, days),
            "days-inclusive" => (days - day + 1, days),
            _ => (end - at, end - start),
        };
        (numerator.into(), denominator.into())
    }

    /// The month; `None` where the account does not exist by E.
    pub fn month(self, before: &[Event], within: &[Event]) -> Option<Billed<'a>> {
        let terms = self.terms;
        let (start, end) = bounds(self.month);
        let [at_start, at_end] = [start, end].map(|at| self.life.changes_before(at));
        let opening = self.after(at_start);
        let mut closing = self.after(at_end)?;
        let in_force = (at_start..=at_end).filter_map(|count| self.after(count));
        let billed = in_force.map(|standing| standing.plan).max().unwrap_or(0); // C3
        closing.end_month(terms);
        let first_upgrade = closing.paid_at.filter(|_| opening.is_none_or(|o| o.paid_at.is_none()));
        let signed_up_at = closing.signed_up_at;
        let trial = self.trial(signed_up_at, before);
        let earlier_until = first_upgrade.filter(|&at| at > start.max(signed_up_at)); // C4
        let mut month = Billed {
            of: self,
            opening,
            closing,
            billed,
            first_upgrade,
            trial: trial.map_or(Pool::of(0), |(left, _)| Pool::of(left)),
            trial_end: trial.map_or(i64::MIN, |(_, end)| end),
            earlier: earlier_until.map(|until| (Pool::of(terms.plans[0].credits), until)),
            main: Pool::of(terms.plans[billed].credits),
            grants: Grants::of(self.life, terms, self.month),
            events: 0,
            usage: 0,
            overage: 0,
            unbilled: [0; 3],
        };
        for event in within.iter().filter(|event| event.at >= signed_up_at) {
            month.add(event);
        }
        Some(month)
    }
}

impl Billed<'_> {
    fn add(&mut self, event: &Event) {
        let (at, mut wanted) = (event.at, i128::from(event.credits));
        self.events += 1;
        self.usage += wanted;
        if at < self.trial_end {
            self.trial.draw(&mut wanted); // C1
        }
        self.grants.draw(false, at, &mut wanted); // G2
        match &mut self.earlier {
            Some((pool, until)) if at < *until => pool.draw(&mut wanted),
            _ => self.main.draw(&mut wanted),
        }
        self.grants.draw(true, at, &mut wanted);
        self.add_over_the_cap(at, wanted);
    }

    /// O1, O5, O6.
    fn add_over_the_cap(&mut self, at: i64, over: i128) {
        let (of, terms) = (self.of, self.of.terms);
        let now = of.after(of.life.changes_before(at + 1)).unwrap_or(self.closing); // T2
        let reason = match (terms.offers(self.billed) && terms.offers(now.plan), now.overage_on) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        };
        let limit = now.overage_limit.or(terms.overage_limit).map(i128::from);
        let billed = match (reason, limit) {
            (0, Some(limit)) => over.min((limit - self.overage).max(0)),
            (0, None) => over,
            _ => 0,
        };
        self.overage += billed;
        self.unbilled[reason] += over - billed;
    }

    /// The fees, by what they must come to (F7).
    pub fn fees(&self) -> i128 {
        let Bill { terms, .. } = self.of;
        let (numerator, denominator) = self.first_upgrade.map_or((1, 1), |at| self.of.fraction(at));
        terms.round(i128::from(terms.plans[self.billed].price) * numerator, denominator)
    }

    /// O4.
    pub fn charge(&self) -> i128 {
        let Bill { terms, .. } = self.of;
        let rate = i128::from(terms.plans[self.billed].rate.unwrap_or(0));
        terms.round(self.overage * rate * 10_i128.pow(terms.decimals), 1_000_000_000_000)
    }
}
