//! Fees: the subscription and the upgrades of a month (F1 to F9).

use super::line::{ChargeBasis, Line};
use super::proration::Fraction;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::money::{Money, TooLarge};
use crate::billing::timeline::{AccountMonth, Upgrade};
use crate::catalog::{Catalog, PlanRank};

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
    let subscription = account.opening_plan.filter(|plan| catalog.is_paid(*plan));
    let most = account.upgrades.len() + usize::from(subscription.is_some());
    let mut lines = Vec::with_capacity(most);
    lines.extend(subscription.map(|plan| fees.subscription(plan)));
    let mut first: Option<(&Upgrade, Fraction)> = None;
    for upgrade in &account.upgrades {
        if upgrade.first_ever {
            let fraction = Fraction::of(upgrade.at, month, catalog.proration);
            first = Some((upgrade, fraction));
            lines.push(fees.first_upgrade(upgrade, fraction)?);
            continue;
        }
        lines.push(match first {
            Some((first, fraction)) => fees.further_upgrade(upgrade, fraction, first)?,
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
        let (start, price) = (self.month.start(), self.price(plan));
        self.line(plan, start, price, price, ChargeBasis::WholeMonth)
    }

    /// A line for a plan from an instant on, to the month's end.
    fn line(
        &self,
        plan: PlanRank,
        from: Instant,
        unit_price: Money,
        amount: Money,
        basis: ChargeBasis,
    ) -> Line {
        Line {
            plan,
            charged_on: from.date(),
            service_start: from,
            service_end: self.month.end(),
            quantity: Credits::ONE,
            unit_price: unit_price.as_unit_price(self.catalog.currency),
            amount,
            basis,
        }
    }

    /// F2: the first upgrade ever pays round(price × f).
    fn first_upgrade(&self, upgrade: &Upgrade, fraction: Fraction) -> Result<Line, TooLarge> {
        let price = self.price(upgrade.to);
        let amount = fraction.apply(price, self.catalog.rounding)?;
        let basis = ChargeBasis::FirstUpgrade { from: upgrade.from, fraction };
        Ok(self.line(upgrade.to, upgrade.at, price, amount, basis))
    }

    /// F3: further upgrades in the month of the first pay round(new × f) − round(old × f), with
    /// the fraction of the first.
    fn further_upgrade(
        &self,
        upgrade: &Upgrade,
        fraction: Fraction,
        first: &Upgrade,
    ) -> Result<Line, TooLarge> {
        let Upgrade { at, from, to, .. } = *upgrade;
        let (new, old) = (self.price(to), self.price(from));
        let due = fraction.apply(new, self.catalog.rounding)?;
        let paid = fraction.apply(old, self.catalog.rounding)?;
        let first_on = first.at.date();
        let basis = ChargeBasis::FurtherUpgrade { from, fraction, first_on, due, paid };
        Ok(self.line(to, at, new.minus(old)?, due.minus(paid)?, basis))
    }

    /// F4: any other upgrade pays the whole month's difference, whatever the day.
    fn other_upgrade(&self, upgrade: &Upgrade) -> Result<Line, TooLarge> {
        let Upgrade { at, from, to, .. } = *upgrade;
        let difference = self.price(to).minus(self.price(from))?;
        Ok(self.line(to, at, difference, difference, ChargeBasis::OtherUpgrade { from }))
    }
}
