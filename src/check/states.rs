//! What must hold of the state in which an account goes on (K5, O2, P4, C2).

use super::account::OneAccount;
use super::breaches::Expected;
use super::rows::ClosingState;
use crate::base::calendar::{DAY_MICROS, Instant};
use crate::catalog::PlanRank;

impl OneAccount<'_, '_> {
    /// What closes is what the statement says, and follows from how the month opened.
    pub(super) fn states(&self, expect: &mut Expected<'_>) {
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
