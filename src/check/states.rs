//! What must hold of the state in which an account goes on (K5, O2, P4, C2).

use super::account::OneAccount;
use super::rows::Closing;
use crate::base::calendar::DAY_MICROS;
use crate::catalog::PlanRank;

type Expect<'a> = &'a mut dyn FnMut(&'static str, &str, i128, i128);

impl OneAccount<'_> {
    /// What closes is what the statement says, and follows from how the month opened.
    pub(super) fn states(&self, expect: Expect<'_>) {
        let s = self.statement;
        let closing = self.closing.as_ref();
        expect("K5", "one closing state for each statement", i128::from(closing.is_some()), 1);
        let Some(closing) = closing else { return };
        let rank = |plan: &str| self.rank(plan).map_or(-1, |rank| i128::from(rank.0));
        let (next, billed) = (rank(s.next_plan), rank(s.billed_plan));
        expect("K5", "plan from E = the state's", next, rank(closing.plan));
        expect("P1", "plan from E is none above the billed plan", next.min(billed), next);
        expect("K5", "trial carried = the state's", s.trial[3], closing.trial_left);
        let offered = self.plan(closing.plan).is_some_and(|plan| plan.overage_rate.is_some());
        let on_in_vain = closing.overage_on && !offered;
        expect("P4", "switch on, on a plan without overage", i128::from(on_in_vain), 0);
        if let Some(opening) = self.opening {
            let (plan, brought) = (rank(s.opening_plan), i128::from(opening.plan.0));
            expect("K5", "plan at opening = the opening state's", plan, brought);
        }
        self.signup(closing, expect);
        self.first_payment(closing, expect);
        self.trial_end(closing, expect);
    }

    fn rank(&self, plan: &str) -> Option<PlanRank> {
        self.inputs.catalog.rank(plan)
    }

    fn signup(&self, closing: &Closing<'_>, expect: Expect<'_>) {
        let signed_up_at = closing.signed_up_at.map_or(-1, i128::from);
        let start = i128::from(self.inputs.month.start().micros());
        match self.opening.map(|opening| i128::from(opening.signed_up_at.micros())) {
            Some(before) => expect("K5", "signup = the opening state's", signed_up_at, before),
            None => {
                let within = i128::from(signed_up_at >= start);
                let told = i128::from(self.statement.signed_up_within);
                expect("K5", "signed up within the month", within, told);
            }
        }
    }

    /// Who was ever on a paid plan has a first payment, and who was not has none.
    fn first_payment(&self, closing: &Closing<'_>, expect: Expect<'_>) {
        let is_paid = self.rank(self.statement.billed_plan).is_some_and(PlanRank::is_paid);
        let known = self.opening.and_then(|opening| opening.first_paid_at);
        if let Some(at) = known {
            let closes = closing.first_paid_at.map_or(-1, i128::from);
            expect("K5", "first payment = the opening state's", closes, at.micros().into());
        } else if is_paid || self.opening.is_some() || self.statement.signed_up_within {
            let has_paid = i128::from(closing.first_paid_at.is_some());
            expect("F2", "a first payment where a paid plan was billed", has_paid, is_paid.into());
        }
    }

    /// The trial ends when it always would, and the state tells so until then.
    fn trial_end(&self, closing: &Closing<'_>, expect: Expect<'_>) {
        let length = self.inputs.catalog.trial.map(|trial| i64::from(trial.days) * DAY_MICROS);
        let end = match self.opening {
            Some(opening) => opening.trial.map(|trial| trial.ends_at.micros()),
            None => closing.signed_up_at.zip(length).map(|(signup, length)| signup + length),
        };
        let due = end.filter(|end| *end > self.inputs.month.end().micros());
        let [closes, due] = [closing.trial_ends_at, due].map(|end| end.map_or(-1, i128::from));
        expect("C2", "end of a trial that goes on, in microseconds", closes, due);
    }
}
