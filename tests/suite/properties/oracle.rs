//! A month billed slowly: every event by itself, in time order, with the account's standing found anew for each.
//!
//! Nothing here knows of segments. It is written from the rules, and shares no code with the program.

use std::collections::BTreeMap;

use monthend::base::calendar::Month;

use crate::months::population::{Change, Event, Population, State, text_of};
use crate::months::revision::Row;
use crate::months::terms::{Terms, decimal};

/// What the tables must say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expected {
    pub statements: Vec<Row>,
    pub state: Vec<Row>,
    pub expired_credits: Vec<Row>,
    /// Account, reason and credits of the usage that is charged nothing.
    pub unbilled: Vec<(String, String, String)>,
}

/// The rows that stand: of one id the first, by the order of the fields (files, `Bad input`).
pub fn standing<T: Ord + Clone>(rows: &[T], id: impl Fn(&T) -> &str) -> Vec<T> {
    let mut sorted = rows.to_vec();
    sorted.sort();
    sorted.dedup_by(|later, first| id(later) == id(first));
    sorted
}

/// Bills a population.
pub fn bill(population: &Population) -> Expected {
    let (start, end) = bounds(population.month);
    let changes = standing(&population.changes, |change| &change.id);
    let part = |from: i64, to: i64| -> Vec<Event> {
        let part = population.usage.iter().filter(|event| from <= event.at && event.at < to);
        standing(&part.cloned().collect::<Vec<_>>(), |event| &event.id)
    };
    let (before, within) = (part(i64::MIN, start), part(start, end));
    let mut lives: BTreeMap<&str, Life> = BTreeMap::new();
    for state in population.states.iter().flatten() {
        lives.entry(&state.account).or_default().state = Some(state);
    }
    for change in &changes {
        lives.entry(&change.account).or_default().changes.push(change);
    }
    let mut expected = Expected::default();
    for (account, mut life) in lives {
        life.changes.retain(|change| population.states.is_none() || change.at >= start);
        life.changes.sort_by_key(|change| (change.at, &change.id)); // T2
        let of_account = |events: &[Event]| -> Vec<Event> {
            let mut own: Vec<Event> =
                events.iter().filter(|event| event.account == account).cloned().collect();
            own.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id))); // C1
            own
        };
        let bill = Bill { account, terms: &population.terms, month: population.month, life: &life };
        bill.write(&of_account(&before), &of_account(&within), &mut expected);
    }
    expected
}

fn bounds(month: Month) -> (i64, i64) {
    (month.start().micros(), month.end().micros())
}

/// All that is known of an account.
#[derive(Default)]
struct Life<'a> {
    state: Option<&'a State>,
    /// In order.
    changes: Vec<&'a Change>,
}

/// An account at an instant.
#[derive(Debug, Clone, Copy)]
struct Standing {
    plan: usize,
    pending: Option<usize>,
    overage_on: bool,
    signed_up_at: i64,
    paid_at: Option<i64>,
}

impl Standing {
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
            _ => {}
        }
    }

    fn end_month(&mut self, terms: &Terms) {
        if let Some(plan) = self.pending.take() {
            self.enter(plan, terms);
        }
    }
}

struct Bill<'a> {
    account: &'a str,
    terms: &'a Terms,
    month: Month,
    life: &'a Life<'a>,
}

/// A pool: what was in it at first, and what is left.
struct Pool {
    granted: i128,
    left: i128,
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

    fn drawn(&self) -> i128 {
        self.granted - self.left
    }
}

impl Bill<'_> {
    /// The account after the first `count` changes, those before S included.
    fn after(&self, count: usize) -> Option<Standing> {
        let (start, _) = bounds(self.month);
        let mut standing = self.life.state.map(|state| Standing {
            plan: state.plan,
            pending: None,
            overage_on: state.overage_on && self.terms.offers(state.plan),
            signed_up_at: state.signed_up_at,
            paid_at: state.first_paid_at.or((state.plan > 0).then_some(start)),
        });
        let mut last: Option<Month> = None;
        for change in &self.life.changes[..count] {
            let month = monthend::base::calendar::Instant::from_micros(change.at).map(Month::of);
            if let Some(standing) = standing.as_mut().filter(|_| last != month) {
                standing.end_month(self.terms);
            }
            last = month;
            match &mut standing {
                Some(standing) => standing.apply(change, self.terms),
                None if change.change == "signup" => {
                    let signed_up_at = change.at;
                    let mut new = Standing {
                        plan: 0,
                        pending: None,
                        overage_on: false,
                        signed_up_at,
                        paid_at: None,
                    };
                    new.ask(&change.plan, change.at, self.terms); // T3
                    standing = Some(new);
                }
                None => {}
            }
        }
        // Where the changes so far all lie before the month, their month has ended.
        if let Some(standing) = standing.as_mut().filter(|_| last.is_some_and(|m| m < self.month)) {
            standing.end_month(self.terms);
        }
        standing
    }

    /// The number of changes before an instant.
    fn changes_before(&self, at: i64) -> usize {
        self.life.changes.iter().filter(|change| change.at < at).count()
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
        let (days, day) = ((end - start) / super::DAY, (at - start) / super::DAY + 1);
        let (numerator, denominator) = match self.terms.proration {
            "days-after" => (days - day, days),
            "days-inclusive" => (days - day + 1, days),
            _ => (end - at, end - start),
        };
        (numerator.into(), denominator.into())
    }

    fn write(&self, before: &[Event], within: &[Event], expected: &mut Expected) {
        let terms = self.terms;
        let (start, end) = bounds(self.month);
        let (at_start, at_end) = (self.changes_before(start), self.changes_before(end));
        let opening = self.after(at_start);
        let Some(mut closing) = self.after(at_end) else { return };
        let in_force = (at_start..=at_end).filter_map(|count| self.after(count));
        let billed = in_force.map(|standing| standing.plan).max().unwrap_or(0); // C3
        closing.end_month(terms);
        let first_upgrade = closing.paid_at.filter(|_| opening.is_none_or(|o| o.paid_at.is_none()));
        let signed_up_at = closing.signed_up_at;

        let trial = self.trial(signed_up_at, before);
        let trial_end = trial.map_or(i64::MIN, |(_, end)| end);
        let mut trial = trial.map_or(Pool::of(0), |(left, _)| Pool::of(left));
        let earlier_until = first_upgrade.filter(|&at| at > start.max(signed_up_at)); // C4
        let mut earlier = earlier_until.map(|_| Pool::of(terms.plans[0].credits));
        let mut main = Pool::of(terms.plans[billed].credits);
        let (mut events, mut usage) = (0, 0);
        let (mut overage, mut switched_off, mut not_offered) = (0, 0, 0);
        for event in within.iter().filter(|event| event.at >= signed_up_at) {
            let mut wanted = i128::from(event.credits);
            (events, usage) = (events + 1, usage + wanted);
            if event.at < trial_end {
                trial.draw(&mut wanted);
            }
            match &mut earlier {
                Some(pool) if earlier_until.is_some_and(|until| event.at < until) => {
                    pool.draw(&mut wanted);
                }
                _ => main.draw(&mut wanted),
            }
            let now = self.after(self.changes_before(event.at + 1)).unwrap_or(closing); // T2
            *match (terms.offers(billed) && terms.offers(now.plan), now.overage_on) {
                (false, _) => &mut not_offered,
                (true, true) => &mut overage,
                (true, false) => &mut switched_off,
            } += wanted;
        }

        let price = i128::from(terms.plans[billed].price);
        let (numerator, denominator) = first_upgrade.map_or((1, 1), |at| self.fraction(at));
        let fees = terms.round(price * numerator, denominator); // F7
        let rate = i128::from(terms.plans[billed].rate.unwrap_or(0));
        let minor = 10_i128.pow(terms.decimals);
        let charge = terms.round(overage * rate * minor, 1_000_000_000_000); // O4
        let carried = if trial_end > end { trial.left } else { 0 };

        let money = |amount: i128| decimal(amount, terms.decimals);
        let credits = |credits: i128| decimal(credits, 6);
        let plan = |rank: usize| terms.plans[rank].id.clone();
        let both = |part: fn(&Pool) -> i128| part(&main) + earlier.as_ref().map_or(0, part);
        expected.statements.push(row([
            ("account_id", self.account.to_owned()),
            ("month", self.month.to_string()),
            ("opening_plan", opening.map(|opening| plan(opening.plan)).unwrap_or_default()),
            ("billed_plan", plan(billed)),
            ("next_plan", plan(closing.plan)),
            ("events", events.to_string()),
            ("usage_credits", credits(usage)),
            ("trial_opening", credits(trial.granted)),
            ("trial_drawn", credits(trial.drawn())),
            ("trial_expired", credits(trial.left - carried)),
            ("trial_carried", credits(carried)),
            // These lives have no grants, limits and adjustments; the reference bills such.
            ("grants_opening", credits(0)),
            ("grants_drawn", credits(0)),
            ("grants_expired", credits(0)),
            ("grants_carried", credits(0)),
            ("plan_granted", credits(both(|pool| pool.granted))),
            ("plan_drawn", credits(both(Pool::drawn))),
            ("plan_expired", credits(both(|pool| pool.left))),
            ("overage_credits", credits(overage)),
            ("unbilled_credits", credits(switched_off + not_offered)),
            ("subscription_amount", money(fees)),
            ("grants_amount", money(0)),
            ("adjustments_amount", money(0)),
            ("overage_amount", money(charge)),
            ("total_amount", money(fees + charge)),
            ("currency", terms.currency.to_owned()),
        ]));
        expected.state.push(row([
            ("account_id", self.account.to_owned()),
            ("plan", plan(closing.plan)),
            ("overage_on", closing.overage_on.to_string()),
            ("signed_up_at", text_of(signed_up_at)),
            ("first_paid_at", closing.paid_at.map(text_of).unwrap_or_default()),
            (
                "trial_ends_at",
                Some(trial_end).filter(|e| *e > end).map(text_of).unwrap_or_default(),
            ),
            ("trial_left", credits(carried)),
            ("overage_limit", String::new()),
        ]));
        let mut expired = |pool: &Pool, plan: Option<String>, at: i64, reason: &str| {
            if pool.left == 0 {
                return;
            }
            expected.expired_credits.push(row([
                ("account_id", self.account.to_owned()),
                ("month", self.month.to_string()),
                ("pool", if plan.is_some() { "plan" } else { "trial" }.to_owned()),
                ("plan", plan.unwrap_or_default()),
                ("grant_id", String::new()),
                ("grant", String::new()),
                ("granted", credits(pool.granted)),
                ("drawn", credits(pool.drawn())),
                ("expired", credits(pool.left)),
                ("expired_at", text_of(at)),
                ("reason", reason.to_owned()),
            ]));
        };
        let trial_first = earlier_until.is_none_or(|until| trial_end <= until);
        if trial_end <= end && trial_first {
            expired(&trial, None, trial_end, "trial-ended");
        }
        if let (Some(pool), Some(until)) = (&earlier, earlier_until) {
            expired(pool, Some(plan(0)), until, "first-upgrade");
        }
        if trial_end <= end && !trial_first {
            expired(&trial, None, trial_end, "trial-ended");
        }
        expired(&main, Some(plan(billed)), end, "month-ended");
        let unbilled = [("overage-off", switched_off), ("plan-without-overage", not_offered)];
        for (reason, amount) in unbilled.into_iter().filter(|(_, amount)| *amount > 0) {
            let (account, reason) = (self.account.to_owned(), reason.to_owned());
            expected.unbilled.push((account, reason, credits(amount)));
        }
    }
}

fn row<const N: usize>(cells: [(&str, String); N]) -> Row {
    cells.into_iter().map(|(column, cell)| (column.to_owned(), cell)).collect()
}
