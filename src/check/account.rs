//! What must hold of one account: of its credits and amounts (K1, K2, K4), of its grants (K2, K5, G1, G4), and of the
//! state in which it goes on (K5, O2, P4, C2).

use std::collections::BTreeSet;

use chrono::Datelike;

use super::breaches::{Breaches, Expected};
use super::inputs::Inputs;
use super::rows::{Charge, ClosingState, Document, Exception, Expired, Line, OpenGrant, Statement};
use super::totals::RunSums;
use crate::base::calendar::{DAY_MICROS, Instant};
use crate::base::credits::Credits;
use crate::base::money::{Amounts, Rounding};
use crate::catalog::{Plan, PlanRank, Proration};
use crate::tables::opening::{OpenGrant as GrantBefore, State};
use crate::tables::{LinePart, PoolKind};

/// All that the tables say of one account.
pub(super) struct OneAccount<'a, 'r> {
    pub inputs: &'a Inputs<'a>,
    /// The month: S and E.
    pub span: (Instant, Instant),
    pub statement: &'a Statement<'r>,
    pub opening: Option<&'a State>,
    pub closing: Option<ClosingState<'r>>,
    pub documents: &'a [Document<'r>],
    pub lines: &'a [Line<'r>],
    pub charges: &'a [Charge<'r>],
    pub expired: &'a [Expired<'r>],
    pub grants: &'a [OpenGrant<'r>],
    /// Usage over the cap that is charged nothing.
    pub unbilled: &'a [Exception<'r>],
}

/// Adds up a column.
fn sum<T, V: Into<i128>>(rows: &[T], value: fn(&T) -> V) -> i128 {
    rows.iter().map(|row| value(row).into()).sum()
}

impl OneAccount<'_, '_> {
    /// Checks the account, and adds it to the sums.
    pub fn check(&self, breaches: &mut Breaches, sums: &mut RunSums) {
        let mut expect = breaches.of(Some(self.statement.account_id));
        let lines = self.lines.iter();
        let of_lines: Amounts = lines.map(|line| line.line_type.amounts(line.amount)).sum();
        self.credits(&mut expect);
        self.grants(of_lines, &mut expect);
        self.amounts(of_lines, &mut expect);
        self.states(&mut expect);
        sums.events += i128::from(self.statement.events);
        sums.usage += i128::from(self.statement.usage_credits);
        sums.adjustments += i128::from(self.statement.adjustments_amount);
        sums.statements += i128::from(self.statement.total_amount);
        sums.documents += sum(self.documents, |row| row.total_amount);
        sums.lines += of_lines.total;
    }

    /// K1 and K2.
    fn credits(&self, expect: &mut Expected<'_>) {
        let s = self.statement;
        let add = |parts: &[Credits]| sum(parts, |part| *part);
        let pools = [s.trial_drawn, s.grants_drawn, s.plan_drawn];
        let drawn = add(&pools) + add(&[s.overage_credits, s.unbilled_credits]);
        let what = "usage = trial + grants + plan + overage + unbilled, in micro-credits";
        expect.equal("K1", what, s.usage_credits, drawn);
        let trial = add(&[s.trial_drawn, s.trial_expired, s.trial_carried]);
        let what = "trial = drawn + expired + carried, in micro-credits";
        expect.equal("K2", what, s.trial_opening, trial);
        let plan = add(&[s.plan_drawn, s.plan_expired]);
        expect.equal("K2", "plan pools = drawn + expired, in micro-credits", s.plan_granted, plan);
        expect.equal(
            "K2",
            "plan pools = credits of the plans",
            s.plan_granted,
            self.pool_credits(),
        );
        let of_pool = |pool: PoolKind| -> i128 {
            let own = self.expired.iter().filter(|row| row.pool == pool);
            own.map(|row| i128::from(row.expired)).sum()
        };
        let what = "expired trial credits = the table's rows";
        expect.equal("K2", what, s.trial_expired, of_pool(PoolKind::Trial));
        let what = "expired grants = the table's rows";
        expect.equal("K2", what, s.grants_expired, of_pool(PoolKind::Grant));
        let what = "expired plan credits = the table's rows";
        expect.equal("K2", what, s.plan_expired, of_pool(PoolKind::Plan));
        let unbilled: i128 =
            self.unbilled.iter().filter_map(|row| row.credits).map(i128::from).sum();
        expect.equal(
            "O5",
            "unbilled credits = the exceptions' credits",
            s.unbilled_credits,
            unbilled,
        );
        for row in self.expired {
            let due = add(&[row.drawn, row.expired]);
            expect.equal("K2", "an expired pool = drawn + expired", row.granted, due);
        }
        let opening = i128::from(s.trial_opening);
        let grant = self.inputs.catalog.trial.map_or(0, |trial| i128::from(trial.credits));
        match self.opening {
            Some(state) => {
                let left = state.trial.map_or(0, |trial| i128::from(trial.left));
                expect.equal("K5", "trial at opening = the opening state's", opening, left);
            }
            None if s.signed_up_within() => {
                expect.equal("K2", "trial granted = the catalogue's", opening, grant);
            }
            // Genesis: what usage before the month left of the grant.
            None => {
                let within = opening.clamp(0, grant);
                expect.equal("K2", "trial at opening is within the grant", opening, within);
            }
        }
    }

    /// K4, with F7 and O4 derived anew.
    fn amounts(&self, of_lines: Amounts, expect: &mut Expected<'_>) {
        let s = self.statement;
        let what = "fees = what the billed plan costs, in minor units";
        expect.equal("F7", what, s.subscription_amount, self.fees_due());
        expect.equal("K4", "fees = their lines", s.subscription_amount, of_lines.subscription);
        expect.equal("K4", "overage = its lines", s.overage_amount, of_lines.overage);
        let what = "adjustments = their lines";
        expect.equal("A1", what, s.adjustments_amount, of_lines.adjustments);
        // Notes hold differences, whose unit prices add up to nothing. An earlier invoice stands
        // where no amount differs, though credits or plans may.
        let is_new = |row: &Document<'_>| row.revision == self.inputs.revision;
        if self.documents.len() < 2 && self.documents.iter().all(is_new) {
            self.unit_prices(expect);
        }
        let [fees, overage] = [s.subscription_amount, s.overage_amount].map(i128::from);
        let others = sum(&[s.grants_amount, s.adjustments_amount], |amount| *amount);
        let what = "statement = fees + grants + adjustments + overage";
        expect.equal("K4", what, s.total_amount, fees + others + overage);
        let [of_fees, of_overage, of_total] = [
            sum(self.documents, |row| row.subscription_amount),
            sum(self.documents, |row| row.overage_amount),
            sum(self.documents, |row| row.total_amount),
        ];
        expect.equal("K4", "documents = statement", of_total, s.total_amount);
        expect.equal("K4", "documents' fees = statement's", of_fees, fees);
        expect.equal("K4", "documents' overage = statement's", of_overage, overage);
        let has_lines = !self.lines.is_empty();
        let documents = match self.inputs.before {
            Some(_) => self.documents.len().min(1),
            None => self.documents.len(),
        };
        expect.equal("K4", "one document where there are lines", documents as i128, has_lines);
        let charged = sum(self.charges, |row| row.overage_credits);
        expect.equal("O4", "overage credits = the charge's", s.overage_credits, charged);
        let charged = sum(self.charges, |row| row.amount);
        expect.equal("O4", "overage amount = the charge's", overage, charged);
        self.charges(expect);
    }

    /// Overage is charged at the billed plan's rate, rounded once (O4).
    fn charges(&self, expect: &mut Expected<'_>) {
        let of_plan = self.plan(self.statement.billed_plan);
        let due = of_plan.and_then(|plan| plan.overage_rate).map_or(-1, |rate| rate.scaled());
        for charge in self.charges {
            let (credits, rate) = (i128::from(charge.overage_credits), charge.rate.scaled());
            expect.equal("O4", "rate = the billed plan's, in millionths", rate, due);
            let minor = self.inputs.catalog.currency.minor_units();
            let exact = credits.saturating_mul(rate).saturating_mul(minor);
            let due = self.round(exact, 1_000_000_000_000);
            let what = "overage = round(credits × rate), in minor units";
            expect.equal("O4", what, charge.amount, due);
        }
    }

    /// The unit prices of the fees add up to the billed plan's price, prorated or not (F1 to F4).
    fn unit_prices(&self, expect: &mut Expected<'_>) {
        let (mut fees, mut overage, mut credits) = (0, 0, 0);
        for line in self.lines {
            match line.line_type.part() {
                Some(LinePart::Subscription) => fees += line.unit_price.scaled(),
                Some(LinePart::Overage) => {
                    overage += line.unit_price.scaled();
                    credits += i128::from(line.quantity);
                }
                _ => {}
            }
        }
        let price = self.plan(self.statement.billed_plan).map_or(0, |plan| plan.price.minor());
        let price = i128::from(price) * 1_000_000 / self.inputs.catalog.currency.minor_units();
        let what = "unit prices of the fees = the plan's, in millionths";
        expect.equal("F7", what, fees, price);
        let charged = sum(self.charges, |row| row.overage_credits);
        expect.equal("O4", "credits of overage's line = the charge's", credits, charged);
        let charged = sum(self.charges, |row| row.rate.scaled());
        expect.equal("O4", "unit price of overage's line = the charge's rate", overage, charged);
    }

    pub fn plan(&self, id: &str) -> Option<&Plan> {
        self.inputs.catalog.plans().iter().find(|plan| plan.id == id)
    }

    /// The plan at S, or the one that a signup within the month starts on: the lowest that is not
    /// retired (T3, V1).
    fn first_plan(&self) -> Option<&Plan> {
        match self.statement.opening_plan {
            Some(id) => self.plan(id),
            None => self.inputs.catalog.plans().iter().find(|plan| !plan.retired),
        }
    }

    /// The instant of the first upgrade ever, where it was in this month.
    fn first_upgrade(&self) -> Option<Instant> {
        let was_free = self.first_plan().is_some_and(|plan| plan.price.minor() == 0);
        let paid_at = self.closing.as_ref()?.first_paid_at.filter(|_| was_free)?;
        let (start, end) = self.span;
        Some(paid_at).filter(|at| (start..end).contains(at))
    }

    /// C3 and C4: the billed plan's credits, and up to the first upgrade those of the plan before
    /// it: the one that the month began with, or another that is free of charge and can be entered
    /// (V1), where these are what was granted.
    fn pool_credits(&self) -> i128 {
        let billed = self.plan(self.statement.billed_plan).map_or(0, |p| p.credits.micros());
        let start = self.span.0;
        let from = self.closing.as_ref().map_or(start, |state| state.signed_up_at.max(start));
        let earlier = self.first_upgrade().filter(|at| *at > from);
        let Some(first) = self.first_plan().filter(|_| earlier.is_some()) else {
            return i128::from(billed);
        };
        let above =
            self.inputs.catalog.plans().iter().filter(|plan| {
                plan.price.minor() == 0 && !plan.retired && self.is_above(plan, first)
            });
        let mut granted = std::iter::once(first).chain(above).map(|plan| plan.credits.micros());
        let is_granted = |credits: &i64| {
            i128::from(billed) + i128::from(*credits) == i128::from(self.statement.plan_granted)
        };
        let credits = granted.find(is_granted).unwrap_or(first.credits.micros());
        i128::from(billed) + i128::from(credits)
    }

    /// Whether a plan stands above another in the catalogue.
    fn is_above(&self, plan: &Plan, other: &Plan) -> bool {
        let rank = |plan: &Plan| self.inputs.catalog.rank(&plan.id);
        rank(plan) > rank(other)
    }

    /// F7: round(price × f) in the month of a first upgrade, else the price.
    fn fees_due(&self) -> i128 {
        let price = self.plan(self.statement.billed_plan).map_or(0, |plan| plan.price.minor());
        let Some(at) = self.first_upgrade() else {
            return i128::from(price);
        };
        let (start, end) = (self.span.0.micros(), self.span.1.micros());
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

impl OneAccount<'_, '_> {
    /// Each grant that came into the month goes on, has expired, or was drawn; what goes on besides was
    /// given in the month.
    fn grants(&self, of_lines: Amounts, expect: &mut Expected<'_>) {
        let s = self.statement;
        let parts = [s.grants_drawn, s.grants_expired, s.grants_carried];
        let what = "grants = drawn + expired + carried, in micro-credits";
        expect.equal("K2", what, s.grants_opening, sum(&parts, |part| *part));
        let carried = sum(self.grants, |row| row.left);
        expect.equal("K2", "grants carried = what is left of them", s.grants_carried, carried);
        let before: &[GrantBefore] = self.opening.map_or(&[], |state| &state.grants);
        let known = before.iter().map(|grant| &*grant.id).collect::<BTreeSet<&str>>();
        let expired = self.expired.iter().filter(|row| row.pool == PoolKind::Grant);
        let (mut came_in, mut given) = (sum(before, |grant| grant.left), 0);
        for row in expired {
            let id = row.grant_id.unwrap_or_default();
            given += if known.contains(id) { 0 } else { i128::from(row.granted) };
        }
        let mut prices = 0;
        for row in self.grants {
            self.goes_on(row, expect);
            if !known.contains(row.grant_id) {
                let is_new = row.granted_at >= self.span.0;
                let may_be_older = self.opening.is_none() && !s.signed_up_within(); // genesis (G7)
                let what = "a grant that goes on came in, or was given in the month";
                expect.equal("K5", what, is_new || may_be_older, 1);
                given += i128::from(row.granted);
                prices += if is_new { i128::from(row.price) } else { 0 };
            }
        }
        before.iter().for_each(|grant| self.came_in(grant, expect));
        came_in += given;
        // Those that were given and drawn whole within the month are in no table but the statement.
        let opening = i128::from(s.grants_opening);
        expect.equal("K2", "grants hold at least those known", opening.max(came_in), opening);
        expect.equal("K4", "grants = their lines", s.grants_amount, of_lines.grants);
        let paid = i128::from(s.grants_amount);
        expect.equal("G4", "grants cost at least what goes on", paid.max(prices), paid);
    }

    /// A grant goes on only beyond E, with something left, and no more than was granted.
    fn goes_on(&self, row: &OpenGrant<'_>, expect: &mut Expected<'_>) {
        let [left, granted] = [row.left, row.granted].map(i128::from);
        expect.equal(
            "K2",
            "left of a grant is more than 0, at most all",
            left.clamp(1, granted.max(1)),
            left,
        );
        let end = self.span.1;
        let is_over = row.expires_at.is_some_and(|at| at <= end);
        expect.equal("G1", "a grant that goes on has expired", is_over, 0);
    }

    /// What came in of a grant is what expires or goes on, less what was drawn.
    fn came_in(&self, before: &GrantBefore, expect: &mut Expected<'_>) {
        let on: Vec<_> = self.grants.iter().filter(|row| row.grant_id == &*before.id).collect();
        let is_it = |row: &&Expired<'_>| row.grant_id == Some(&before.id);
        let over: Vec<_> = self.expired.iter().filter(is_it).collect();
        let (rows, at_most) = (on.len() + over.len(), (on.len() + over.len()).min(1));
        expect.equal("K2", "a grant goes on or expires, once", rows as i128, at_most as i128);
        for row in over {
            expect.equal(
                "K5",
                "granted to an expired grant = what came in",
                row.granted,
                before.left,
            );
        }
        for row in on {
            let [left, came_in] = [row.left, before.left].map(i128::from);
            expect.equal("K2", "left of a grant is at most what came in", left.min(came_in), left);
            expect.equal("K5", "granted = the opening state's", row.granted, before.granted);
            expect.equal("K5", "price of a grant = the opening state's", row.price, before.price);
            let kind = &self.inputs.catalog.grant_kind(before.kind).id;
            expect.equal("K5", "kind of a grant = the opening state's", row.grant == kind, 1);
            let micros = |at: Option<Instant>| at.map_or(-1, Instant::micros);
            let [is, was] = [Some(row.granted_at), Some(before.granted_at)].map(micros);
            expect.equal("K5", "a grant was given when the opening state says", is, was);
            let [is, was] = [row.expires_at, before.expires_at].map(micros);
            expect.equal("K5", "end of a grant = the opening state's", is, was);
        }
    }
}

impl OneAccount<'_, '_> {
    /// What closes is what the statement says, and follows from how the month opened.
    fn states(&self, expect: &mut Expected<'_>) {
        let s = self.statement;
        let closing = self.closing.as_ref();
        expect.equal("K5", "one closing state for each statement", closing.is_some(), 1);
        let Some(closing) = closing else { return };
        let rank = |plan: &str| self.rank(plan).map_or(-1, |rank| i128::from(rank.0));
        let (next, billed) = (rank(s.next_plan), rank(s.billed_plan));
        expect.equal("K5", "plan from E = the state's", next, rank(closing.plan));
        let is_known = self.rank(s.next_plan).is_some();
        expect.equal("K5", "plan from E is one of the catalogue", is_known, 1);
        expect.equal("P1", "plan from E is none above the billed plan", next.min(billed), next);
        expect.equal("K5", "trial carried = the state's", s.trial_carried, closing.trial_left);
        let offered = self.plan(closing.plan).is_some_and(|plan| plan.overage_rate.is_some());
        let on_in_vain = closing.overage_on && !offered;
        expect.equal("P4", "switch on, on a plan without overage", on_in_vain, 0);
        if let Some(opening) = self.opening {
            let (plan, brought) = (s.opening_plan.map_or(-1, rank), i128::from(opening.plan.0));
            expect.equal("K5", "plan at opening = the opening state's", plan, brought);
        }
        self.signup(closing, expect);
        self.first_payment(closing, expect);
        self.trial_end(closing, expect);
    }

    fn rank(&self, plan: &str) -> Option<PlanRank> {
        self.inputs.catalog.rank(plan)
    }

    fn signup(&self, closing: &ClosingState<'_>, expect: &mut Expected<'_>) {
        let signed_up_at = closing.signed_up_at;
        match self.opening.map(|opening| opening.signed_up_at) {
            Some(before) => {
                let [is, was] = [signed_up_at, before].map(Instant::micros);
                expect.equal("K5", "signup = the opening state's", is, was);
            }
            None => {
                let within = signed_up_at >= self.span.0;
                let told = self.statement.signed_up_within();
                expect.equal("K5", "signed up within the month", within, told);
            }
        }
    }

    /// Who was ever on a paid plan has a first payment, and who was not has none.
    fn first_payment(&self, closing: &ClosingState<'_>, expect: &mut Expected<'_>) {
        let billed = self.plan(self.statement.billed_plan);
        let is_paid = billed.is_some_and(|plan| plan.price.minor() > 0);
        let known = self.opening.and_then(|opening| opening.first_paid_at);
        if let Some(at) = known {
            let closes = closing.first_paid_at.map_or(-1, Instant::micros);
            expect.equal("K5", "first payment = the opening state's", closes, at.micros());
        } else if is_paid || self.opening.is_some() || self.statement.signed_up_within() {
            let has_paid = closing.first_paid_at.is_some();
            expect.equal("F2", "a first payment where a paid plan was billed", has_paid, is_paid);
        }
    }

    /// The trial ends when it always would, and the state tells so until then.
    fn trial_end(&self, closing: &ClosingState<'_>, expect: &mut Expected<'_>) {
        let length = self.inputs.catalog.trial.map(|trial| i64::from(trial.days) * DAY_MICROS);
        let end = match self.opening {
            Some(opening) => opening.trial.map(|trial| trial.ends_at),
            None => length.map(|length| closing.signed_up_at.plus_micros(length)),
        };
        let due = end.filter(|end| *end > self.span.1);
        let [closes, due] = [closing.trial_ends_at, due].map(|end| end.map_or(-1, Instant::micros));
        expect.equal("C2", "end of a trial that goes on, in microseconds", closes, due);
    }
}
