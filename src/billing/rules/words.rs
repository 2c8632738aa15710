//! A line in words: one sentence that a customer can follow, with the rule's number.
//!
//! It is made where it is read or written, since most lines are looked at many times before, and
//! nobody reads it on the way.

use super::line::{ChargeBasis, Line};
use crate::base::calendar::{Month, date_in_words};
use crate::base::money::Money;
use crate::catalog::{Catalog, PlanRank};

impl Line {
    /// The line in one sentence, given the month and the catalogue that it was billed with.
    pub fn explanation(&self, catalog: &Catalog, month: Month) -> String {
        let name = |plan: PlanRank| catalog.plan(plan).name.as_str();
        let plain = |amount: Money| catalog.currency.plain(amount);
        let price = |plan: PlanRank| plain(catalog.plan(plan).price);
        let plan = name(self.plan);
        let on = || date_in_words(self.charged_on);
        match self.basis {
            ChargeBasis::WholeMonth => {
                format!("{plan} for {}: the price of the whole month (F1)", month.in_words())
            }
            ChargeBasis::FirstUpgrade { fraction, .. } => {
                let (of_month, price) = (fraction.in_words(), price(self.plan));
                format!("{plan} from {}: {of_month}, {fraction} of {price} (F2)", on())
            }
            ChargeBasis::FurtherUpgrade { from, fraction, first_on, due, paid } => format!(
                "{plan} instead of {} from {}, as if entered on {}: {fraction} of {} is {}, less \
                 {} already due (F3)",
                name(from),
                on(),
                date_in_words(first_on),
                price(self.plan),
                plain(due),
                plain(paid)
            ),
            ChargeBasis::OtherUpgrade { from } => format!(
                "{plan} instead of {} from {}: the whole month's difference, {} less {} (F4)",
                name(from),
                on(),
                price(self.plan),
                price(from)
            ),
            ChargeBasis::OverCap { rate } => format!(
                "{} credits over the cap of {plan} at {rate} a credit, overage being on (O4)",
                self.quantity
            ),
        }
    }
}
