//! All charges of a month but overage, in the order in which they fall due (F10).

use super::fees::fees;
use super::grants;
use super::line::{ChargeBasis, Line};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::money::TooLarge;
use crate::billing::timeline::AccountMonth;
use crate::catalog::Catalog;
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
