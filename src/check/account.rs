//! What must hold of one account (K1, K2, K4, K5).

use chrono::Datelike;

use super::accounts::Totals;
use super::rows::{Closing, Part, Statement};
use super::{Breaches, Inputs};
use crate::base::calendar::Instant;
use crate::base::money::Rounding;
use crate::catalog::{Plan, Proration};
use crate::input::opening::State;

/// All that the tables say of one account.
pub(super) struct OneAccount<'a> {
    pub inputs: &'a Inputs<'a>,
    pub statement: &'a Statement<'a>,
    pub opening: Option<&'a State>,
    pub closing: Option<Closing<'a>>,
    pub documents: &'a [Part<'a>],
    pub lines: &'a [Part<'a>],
    pub charges: &'a [Part<'a>],
    pub expired: &'a [Part<'a>],
    pub unbilled: &'a [Part<'a>],
}

impl OneAccount<'_> {
    /// Checks the account, and adds it to the totals.
    pub fn check(&self, breaches: &mut Breaches, totals: &mut Totals) {
        let account = Some(self.statement.account);
        let mut expect = |rule: &'static str, what: &str, left: i128, right: i128| {
            breaches.expect(rule, account, what, left, right);
        };
        self.credits(&mut expect);
        self.amounts(&mut expect);
        self.states(&mut expect);
        totals.events += self.statement.events;
        totals.usage += self.statement.usage;
        totals.statements += self.statement.total_amount;
        totals.documents += sum(self.documents, 2);
        totals.lines += sum(self.lines, 0);
    }

    /// K1 and K2.
    fn credits(&self, expect: &mut dyn FnMut(&'static str, &str, i128, i128)) {
        let s = self.statement;
        let [trial_opening, trial_drawn, trial_expired, trial_carried] = s.trial;
        let [granted, plan_drawn, plan_expired] = s.plan;
        let drawn = trial_drawn + plan_drawn + s.overage + s.unbilled;
        expect("K1", "usage = trial + plan + overage + unbilled, in micro-credits", s.usage, drawn);
        let trial = trial_drawn + trial_expired + trial_carried;
        expect("K2", "trial = drawn + expired + carried, in micro-credits", trial_opening, trial);
        let plan = plan_drawn + plan_expired;
        expect("K2", "plan pools = drawn + expired, in micro-credits", granted, plan);
        expect("K2", "plan pools = credits of the plans", granted, self.pool_credits());
        let of_pool = |pool: &str| -> i128 {
            self.expired.iter().filter(|part| part.key == pool).map(|part| part.values[2]).sum()
        };
        expect("K2", "expired trial credits = the table's rows", trial_expired, of_pool("trial"));
        expect("K2", "expired plan credits = the table's rows", plan_expired, of_pool("plan"));
        let unbilled = sum(self.unbilled, 0);
        expect("O5", "unbilled credits = the exceptions' credits", s.unbilled, unbilled);
        for row in self.expired {
            let [granted, drawn, expired] = row.values;
            expect("K2", "an expired pool = drawn + expired", granted, drawn + expired);
        }
        let grant = self.inputs.catalog.trial.map_or(0, |trial| i128::from(trial.credits.micros()));
        match self.opening {
            Some(opening) => {
                let left = opening.trial.map_or(0, |trial| i128::from(trial.left.micros()));
                expect("K5", "trial at opening = the opening state's", trial_opening, left);
            }
            None if s.signed_up_within => {
                expect("K2", "trial granted = the catalogue's", trial_opening, grant);
            }
            // Genesis: what usage before the month left of the grant.
            None => expect(
                "K2",
                "trial at opening is within the grant",
                trial_opening,
                trial_opening.clamp(0, grant),
            ),
        }
    }

    /// K4, with F7 and O4 derived anew.
    fn amounts(&self, expect: &mut dyn FnMut(&'static str, &str, i128, i128)) {
        let s = self.statement;
        let of_lines = |overage: bool| -> i128 {
            let of_type = self.lines.iter().filter(|line| (line.key == "overage") == overage);
            of_type.map(|line| line.values[0]).sum()
        };
        expect(
            "F7",
            "fees = what the billed plan costs, in minor units",
            s.subscription_amount,
            self.fees_due(),
        );
        expect("K4", "fees = their lines", s.subscription_amount, of_lines(false));
        expect("K4", "overage = its lines", s.overage_amount, of_lines(true));
        // Notes hold differences, whose unit prices add up to nothing. An earlier invoice stands
        // where no amount differs, though credits or plans may.
        let is_new = |document: &Part<'_>| document.key == self.inputs.revision;
        if self.documents.len() < 2 && self.documents.iter().all(is_new) {
            self.unit_prices(expect);
        }
        expect(
            "K4",
            "statement = fees + overage",
            s.total_amount,
            s.subscription_amount + s.overage_amount,
        );
        expect("K4", "documents = statement", sum(self.documents, 2), s.total_amount);
        expect(
            "K4",
            "documents' fees = statement's",
            sum(self.documents, 0),
            s.subscription_amount,
        );
        expect("K4", "documents' overage = statement's", sum(self.documents, 1), s.overage_amount);
        let has_lines = i128::from(!self.lines.is_empty());
        let documents = match self.inputs.before {
            Some(_) => self.documents.len().min(1),
            None => self.documents.len(),
        };
        expect("K4", "one document where there are lines", documents as i128, has_lines);
        expect("O4", "overage credits = the charge's", s.overage, sum(self.charges, 0));
        expect("O4", "overage amount = the charge's", s.overage_amount, sum(self.charges, 2));
        let of_plan = self.plan(s.billed_plan);
        let due = of_plan.and_then(|plan| plan.overage_rate).map_or(-1, |rate| rate.scaled());
        for charge in self.charges {
            let [credits, rate, amount] = charge.values;
            expect("O4", "rate = the billed plan's, in millionths", rate, due);
            let minor = self.inputs.catalog.currency.minor_units();
            let due =
                self.round(credits.saturating_mul(rate).saturating_mul(minor), 1_000_000_000_000);
            expect("O4", "overage = round(credits × rate), in minor units", amount, due);
        }
    }

    /// The unit prices of the fees add up to the billed plan's price, prorated or not (F1 to F4).
    fn unit_prices(&self, expect: &mut dyn FnMut(&'static str, &str, i128, i128)) {
        let (overage, fees): (Vec<&Part<'_>>, Vec<&Part<'_>>) =
            self.lines.iter().partition(|line| line.key == "overage");
        let price = self.plan(self.statement.billed_plan).map_or(0, |plan| plan.price.minor());
        let price = i128::from(price) * 1_000_000 / self.inputs.catalog.currency.minor_units();
        let unit_prices = fees.iter().map(|line| line.values[2]).sum();
        expect("F7", "unit prices of the fees = the plan's, in millionths", unit_prices, price);
        let charged = |value: usize| overage.iter().map(|line| line.values[value]).sum();
        let rates = sum(self.charges, 1);
        expect("O4", "credits of overage's line = the charge's", charged(1), sum(self.charges, 0));
        expect("O4", "unit price of overage's line = the charge's rate", charged(2), rates);
    }

    pub fn plan(&self, id: &str) -> Option<&Plan> {
        self.inputs.catalog.plans().iter().find(|plan| plan.id == id)
    }

    /// The instant of the first upgrade ever, where it was in this month.
    fn first_upgrade(&self) -> Option<Instant> {
        let lowest = &self.inputs.catalog.plans()[0].id;
        let s = self.statement;
        let was_free = s.signed_up_within || s.opening_plan == *lowest;
        let paid_at = self.closing.as_ref()?.first_paid_at.filter(|_| was_free)?;
        Instant::from_micros(paid_at).filter(|at| self.inputs.month.contains(*at))
    }

    /// C3 and C4: the billed plan's credits, and the lowest plan's up to the first upgrade.
    fn pool_credits(&self) -> i128 {
        let billed = self.plan(self.statement.billed_plan).map_or(0, |p| p.credits.micros());
        let signed_up_at = self.closing.as_ref().and_then(|state| state.signed_up_at).unwrap_or(0);
        let start = self.inputs.month.start().micros().max(signed_up_at);
        let earlier = self.first_upgrade().filter(|at| at.micros() > start);
        let lowest = self.inputs.catalog.plans()[0].credits.micros();
        i128::from(billed) + earlier.map_or(0, |_| i128::from(lowest))
    }

    /// F7: round(price × f) in the month of a first upgrade, else the price.
    fn fees_due(&self) -> i128 {
        let price = self.plan(self.statement.billed_plan).map_or(0, |plan| plan.price.minor());
        let Some(at) = self.first_upgrade() else {
            return i128::from(price);
        };
        let (end, start) = (self.inputs.month.end().micros(), self.inputs.month.start().micros());
        let days = i128::from((end - start) / 86_400_000_000);
        let left = days - i128::from(at.date().day());
        let (numerator, denominator) = match self.inputs.catalog.proration {
            Proration::DaysAfter => (left, days),
            Proration::DaysInclusive => (left + 1, days),
            Proration::Seconds => (i128::from(end - at.micros()), i128::from(end - start)),
        };
        self.round(i128::from(price) * numerator, denominator)
    }

    /// F9, for amounts of 0 or more.
    fn round(&self, numerator: i128, denominator: i128) -> i128 {
        // Tables that were tampered with may hold more than any month comes to.
        let twice = numerator.saturating_mul(2).saturating_add(denominator);
        let (up, tie) = (twice / (2 * denominator), twice % (2 * denominator) == 0);
        match self.inputs.catalog.rounding {
            Rounding::HalfEven if tie => up - up % 2,
            _ => up,
        }
    }
}

fn sum(parts: &[Part<'_>], value: usize) -> i128 {
    parts.iter().map(|part| part.values[value]).sum()
}
