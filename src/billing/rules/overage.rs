//! Overage: what usage over the cap costs, and what goes unbilled (O1 to O5).

use super::line::{ChargeBasis, Line};
use super::pools::Draw;
use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::money::TooLarge;
use crate::base::named::named_enum;
use crate::billing::timeline::{AccountMonth, Segment};
use crate::catalog::{Catalog, PlanRank};

named_enum! {
    /// Why usage over the cap is charged nothing (O5), as the table `exceptions` gives it in `detail`.
    pub enum Unbilled {
        /// The switch was off.
        OverageOff = "overage-off",
        /// The billed plan, or the plan in force at that instant, offers no overage.
        PlanWithoutOverage = "plan-without-overage",
    }
}

/// What becomes of an account's usage over the cap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OverCap {
    /// Billed (O1).
    pub overage: Credits,
    /// Unbilled since the switch was off.
    pub while_off: Credits,
    /// Unbilled since a plan offers no overage.
    pub not_offered: Credits,
}

impl OverCap {
    /// All that is unbilled.
    pub fn unbilled(self) -> Credits {
        self.while_off + self.not_offered
    }

    /// The unbilled credits by reason; only those that there are.
    pub fn reasons(self) -> impl Iterator<Item = (Unbilled, Credits)> {
        [(Unbilled::OverageOff, self.while_off), (Unbilled::PlanWithoutOverage, self.not_offered)]
            .into_iter()
            .filter(|(_, credits)| !credits.is_zero())
    }
}

/// Why a segment's usage over the cap is charged nothing (O5); `None` where it is billed (O1).
pub fn unbilled(billed_plan: PlanRank, segment: &Segment, catalog: &Catalog) -> Option<Unbilled> {
    let offered = catalog.offers_overage(billed_plan) && segment.overage_offered;
    match (offered, segment.overage_on) {
        (false, _) => Some(Unbilled::PlanWithoutOverage),
        (true, false) => Some(Unbilled::OverageOff),
        (true, true) => None,
    }
}

/// Sorts usage over the cap by what O1 and O5 make of it.
pub fn over_cap(
    billed_plan: PlanRank,
    segments: &[Segment],
    draws: &[Draw],
    catalog: &Catalog,
) -> OverCap {
    let mut sorted = OverCap::default();
    for (segment, draw) in segments.iter().zip(draws) {
        let part = match unbilled(billed_plan, segment, catalog) {
            Some(Unbilled::PlanWithoutOverage) => &mut sorted.not_offered,
            Some(Unbilled::OverageOff) => &mut sorted.while_off,
            None => &mut sorted.overage,
        };
        *part += draw.over;
    }
    sorted
}

/// The month's overage charge: round(credits × rate), once (O4). There is none without overage.
///
/// # Errors
/// [`TooLarge`]
pub fn charge(
    account: &AccountMonth,
    overage: Credits,
    catalog: &Catalog,
    month: Month,
) -> Result<Option<Line>, TooLarge> {
    let plan = catalog.plan(account.billed_plan);
    let Some(rate) = plan.overage_rate.filter(|_| !overage.is_zero()) else {
        return Ok(None);
    };
    Ok(Some(Line {
        plan: account.billed_plan,
        charged_on: month.last_day(),
        service_start: account.signed_up_at.max(month.start()),
        service_end: month.end(),
        quantity: overage,
        unit_price: rate.scaled(),
        amount: rate.charge(overage, catalog.currency, catalog.rounding)?,
        basis: ChargeBasis::OverCap { rate },
    }))
}
