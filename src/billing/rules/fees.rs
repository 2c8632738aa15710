//! Fees: the subscription and the upgrades of a month (F1 to F9).

use super::proration::Fraction;
use super::{Because, Line};
use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::money::{Money, TooLarge};
use crate::billing::timeline::{AccountMonth, Upgrade};
use crate::catalog::{Catalog, PlanRank};
use crate::tables::LineType;

/// The fee lines of an account's month, in the order in which they fell due.
///
/// # Errors
/// [`TooLarge`]: a price or an amount.
pub fn fees(
    account: &AccountMonth,
    catalog: &Catalog,
    month: Month,
) -> Result<Vec<Line>, TooLarge> {
    let fees = Fees { catalog, month };
    let subscription = account.opening_plan.filter(|plan| plan.is_paid());
    let mut lines = Vec::with_capacity(account.upgrades.len() + 1);
    lines.extend(subscription.map(|plan| fees.subscription(plan)));
    let first = account.first_upgrade_at().map(|at| Fraction::of(at, month, catalog.proration));
    for (index, upgrade) in account.upgrades.iter().enumerate() {
        lines.push(match first {
            Some(fraction) if index == 0 => fees.first_upgrade(upgrade, fraction)?,
            Some(fraction) => fees.further_upgrade(upgrade, fraction, &account.upgrades[0])?,
            None => fees.other_upgrade(upgrade)?,
        });
    }
    Ok(lines)
}

struct Fees<'a> {
    catalog: &'a Catalog,
    month: Month,
}

impl Fees<'_> {
    fn price(&self, plan: PlanRank) -> Money {
        self.catalog.plan(plan).price
    }

    /// F1: a paid plan at S pays its price on the first day.
    fn subscription(&self, plan: PlanRank) -> Line {
        let price = self.price(plan);
        Line {
            line_type: LineType::Subscription,
            plan,
            from_plan: None,
            charged_on: self.month.first_day(),
            service_start: self.month.start(),
            service_end: self.month.end(),
            quantity: Credits::ONE,
            unit_price: price.as_unit_price(self.catalog.currency),
            proration: None,
            amount: price,
            because: Because::WholeMonth,
        }
    }

    fn upgrade(&self, upgrade: &Upgrade, unit_price: Money, amount: Money) -> Line {
        Line {
            line_type: LineType::Upgrade,
            plan: upgrade.to,
            from_plan: Some(upgrade.from),
            charged_on: upgrade.at.date(),
            service_start: upgrade.at,
            service_end: self.month.end(),
            quantity: Credits::ONE,
            unit_price: unit_price.as_unit_price(self.catalog.currency),
            proration: None,
            amount,
            because: Because::OtherUpgrade,
        }
    }

    /// F2: the first upgrade ever pays round(price × f).
    fn first_upgrade(&self, upgrade: &Upgrade, fraction: Fraction) -> Result<Line, TooLarge> {
        let price = self.price(upgrade.to);
        let amount = fraction.apply(price, self.catalog.rounding)?;
        Ok(Line {
            line_type: LineType::FirstUpgrade,
            proration: Some(fraction),
            because: Because::FirstUpgrade,
            ..self.upgrade(upgrade, price, amount)
        })
    }

    /// F3: further upgrades in the month of the first pay round(new × f) − round(old × f), with
    /// the fraction of the first.
    fn further_upgrade(
        &self,
        upgrade: &Upgrade,
        fraction: Fraction,
        first: &Upgrade,
    ) -> Result<Line, TooLarge> {
        let (new, old) = (self.price(upgrade.to), self.price(upgrade.from));
        let due = fraction.apply(new, self.catalog.rounding)?;
        let paid = fraction.apply(old, self.catalog.rounding)?;
        Ok(Line {
            proration: Some(fraction),
            because: Because::FurtherUpgrade { first_on: first.at.date(), due, paid },
            ..self.upgrade(upgrade, new.minus(old)?, due.minus(paid)?)
        })
    }

    /// F4: any other upgrade pays the whole month's difference, whatever the day.
    fn other_upgrade(&self, upgrade: &Upgrade) -> Result<Line, TooLarge> {
        let (new, old) = (self.price(upgrade.to), self.price(upgrade.from));
        let difference = new.minus(old)?;
        Ok(self.upgrade(upgrade, difference, difference))
    }
}
