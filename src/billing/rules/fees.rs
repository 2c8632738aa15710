//! Fees: the subscription and the upgrades of a month (F1 to F9); and all its charges but overage, in the order in
//! which they fall due (F10).

use super::grants;
use super::line::{ChargeBasis, Line};
use super::proration::Fraction;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::money::{Money, TooLarge};
use crate::billing::timeline::{AccountMonth, Upgrade};
use crate::catalog::{Catalog, PlanRank};
use crate::input::adjustments::Adjustment;

/// Fees, grants and adjustments: by instant, changes of one instant in their order, and adjustments
/// after them.
///
/// # Errors
/// [`TooLarge`]: a price or an amount.
pub fn charges(
    account: &AccountMonth,
    catalog: &Catalog,
    month: Month,
) -> Result<Vec<Line>, TooLarge> {
    let fees = fees(account, catalog, month)?;
    if account.extras.is_none() {
        return Ok(fees);
    }
    let by_upgrades = fees.len() - account.upgrades.len(); // the subscription comes before them
    let fees = fees.into_iter().enumerate().map(|(at, line)| {
        let upgrade = at.checked_sub(by_upgrades).map_or(0, |before| before + 1);
        (Due { at: line.service_start, change: (upgrade, 0), adjusts: false }, line)
    });
    let grants = account.grants().iter().enumerate().filter_map(|(place, own)| {
        let line = grants::line(own, account, catalog, month)?;
        let change = (own.upgrades_before, place + 1);
        Some((Due { at: line.service_start, change, adjusts: false }, line))
    });
    let adjustments = account.adjustments().iter().enumerate().map(|(place, own)| {
        let due = Due { at: own.at, change: (place, 0), adjusts: true };
        (due, adjusted(own, account, catalog, month))
    });
    let mut all: Vec<(Due, Line)> = fees.chain(grants).chain(adjustments).collect();
    all.sort_by_key(|(due, _)| *due);
    Ok(all.into_iter().map(|(_, line)| line).collect())
}

/// When a charge falls due, and its place among those of the instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Instant,
    /// Adjustments come after changes.
    adjusts: bool,
    /// The order of the changes: how many upgrades there are up to this one, then grants as they
    /// were given after these.
    change: (usize, usize),
}

/// A1: an amount as it is, whatever the plan.
fn adjusted(own: &Adjustment, account: &AccountMonth, catalog: &Catalog, month: Month) -> Line {
    Line {
        plan: account.billed_plan,
        charged_on: own.at.date(),
        service_start: own.at,
        service_end: month.end(),
        quantity: Credits::ONE,
        unit_price: own.amount.as_unit_price(catalog.currency),
        amount: own.amount,
        basis: ChargeBasis::Adjustment { id: own.id.clone(), description: own.description.clone() },
    }
}

/// The fee lines of an account's month, in the order in which they fell due.
///
/// # Errors
/// [`TooLarge`]: a price or an amount.
fn fees(account: &AccountMonth, catalog: &Catalog, month: Month) -> Result<Vec<Line>, TooLarge> {
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
