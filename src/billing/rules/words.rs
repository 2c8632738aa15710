//! A line in words: one sentence that a customer can follow, with the rule's number.
//!
//! It is made where it is read or written, since most lines are looked at many times before, and
//! nobody reads it on the way.

use super::{Because, Line};
use crate::base::calendar::{Month, date_in_words};
use crate::base::money::Money;
use crate::catalog::{Catalog, PlanRank};

impl Line {
    /// The line in one sentence, given the month and the catalogue that it was billed with.
    pub fn explanation(&self, catalog: &Catalog, month: Month) -> String {
        let name = |plan: PlanRank| catalog.plan(plan).name.as_str();
        let price = |plan: PlanRank| plain(catalog, catalog.plan(plan).price);
        let plan = name(self.plan);
        let from = self.from_plan.unwrap_or(PlanRank::LOWEST);
        let on = || date_in_words(self.charged_on);
        match self.because {
            Because::WholeMonth => {
                format!("{plan} for {}: the price of the whole month (F1)", month.in_words())
            }
            Because::FirstUpgrade => {
                let (of_month, fraction) = self.fraction();
                let price = price(self.plan);
                format!("{plan} from {}: {of_month}, {fraction} of {price} (F2)", on())
            }
            Because::FurtherUpgrade { first_on, due, paid } => format!(
                "{plan} instead of {} from {}, as if entered on {}: {} of {} is {}, less {} \
                 already due (F3)",
                name(from),
                on(),
                date_in_words(first_on),
                self.fraction().1,
                price(self.plan),
                plain(catalog, due),
                plain(catalog, paid)
            ),
            Because::OtherUpgrade => format!(
                "{plan} instead of {} from {}: the whole month's difference, {} less {} (F4)",
                name(from),
                on(),
                price(self.plan),
                price(from)
            ),
            Because::OverCap => {
                let rate = catalog.plan(self.plan).overage_rate;
                format!(
                    "{} credits over the cap of {plan} at {} a credit, overage being on (O4)",
                    self.quantity,
                    rate.map(|rate| rate.to_string()).unwrap_or_default()
                )
            }
        }
    }

    /// The fraction of the month that is paid, in words and in figures.
    fn fraction(&self) -> (String, String) {
        let words = self.proration.map(|fraction| fraction.in_words());
        let figures = self.proration.map(|fraction| fraction.to_string());
        (words.unwrap_or_default(), figures.unwrap_or_default())
    }
}

fn plain(catalog: &Catalog, amount: Money) -> String {
    catalog.currency.plain(amount)
}
