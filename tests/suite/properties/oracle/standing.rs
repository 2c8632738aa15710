//! An account at an instant: its plan, its switch, its limit.

use monthend::base::calendar::{Instant, Month};

use super::{Life, bounds};
use crate::months::population::Change;
use crate::months::terms::Terms;

#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub plan: usize,
    pub pending: Option<usize>,
    pub overage_on: bool,
    pub signed_up_at: i64,
    pub paid_at: Option<i64>,
    /// Its own, in micro-credits (O6).
    pub overage_limit: Option<i64>,
}

impl Standing {
    fn signed_up(at: i64) -> Self {
        Standing {
            plan: 0,
            pending: None,
            overage_on: false,
            signed_up_at: at,
            paid_at: None,
            overage_limit: None,
        }
    }

    /// The account after the first `count` changes of its life, those before S included.
    pub fn after(count: usize, life: &Life<'_>, terms: &Terms, month: Month) -> Option<Self> {
        let (start, _) = bounds(month);
        let mut standing = life.state.map(|state| Standing {
            plan: state.plan,
            pending: None,
            overage_on: state.overage_on && terms.offers(state.plan),
            signed_up_at: state.signed_up_at,
            paid_at: state.first_paid_at.or((state.plan > 0).then_some(start)),
            overage_limit: state.overage_limit,
        });
        let mut last: Option<Month> = None;
        for change in &life.changes[..count] {
            let of = Instant::from_micros(change.at).map(Month::of);
            if let Some(standing) = standing.as_mut().filter(|_| last != of) {
                standing.end_month(terms);
            }
            last = of;
            match &mut standing {
                Some(standing) => standing.apply(change, terms),
                None if change.change == "signup" => {
                    let mut new = Standing::signed_up(change.at);
                    new.ask(&change.plan, change.at, terms); // T3
                    standing = Some(new);
                }
                None => {}
            }
        }
        // Where the changes so far all lie before the month, their month has ended.
        if let Some(standing) = standing.as_mut().filter(|_| last.is_some_and(|m| m < month)) {
            standing.end_month(terms);
        }
        standing
    }

    fn enter(&mut self, plan: usize, terms: &Terms) {
        self.plan = plan;
        self.overage_on &= terms.offers(plan); // P4
    }

    fn ask(&mut self, plan: &str, at: i64, terms: &Terms) {
        let Some(plan) = terms.rank(plan) else { return };
        self.pending = (plan < self.plan).then_some(plan); // P2, P3
        if plan > self.plan {
            self.enter(plan, terms); // P1
            self.paid_at = self.paid_at.or(Some(at));
        }
    }

    fn apply(&mut self, change: &Change, terms: &Terms) {
        match change.change {
            "plan" => self.ask(&change.plan, change.at, terms),
            "overage_on" => self.overage_on |= terms.offers(self.plan), // O2
            "overage_off" => self.overage_on = false,
            "overage_limit" => self.overage_limit = change.credits, // O6
            _ => {}
        }
    }

    /// The month ends: what is pending takes effect (P2).
    pub fn end_month(&mut self, terms: &Terms) {
        if let Some(plan) = self.pending.take() {
            self.enter(plan, terms);
        }
    }
}
