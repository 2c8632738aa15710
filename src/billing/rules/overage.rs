//! Overage: what usage over the cap costs, and what goes unbilled (O1 to O6).

use super::line::{ChargeBasis, Line};
use super::pools::Draw;
use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::money::TooLarge;
use crate::base::named::named_enum;
use crate::billing::timeline::{AccountMonth, Segment};
use crate::catalog::{Catalog, PlanRank};

named_enum! {
    /// Why usage over the cap is charged nothing (O5, O6), as the table `exceptions` gives it in `detail`.
    pub enum Unbilled {
        /// The switch was off.
        OverageOff = "overage-off",
        /// The month has billed as much as the limit in force allows (O6).
        OverageLimit = "overage-limit",
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
    /// Unbilled since the limit was reached (O6).
    pub over_limit: Credits,
    /// Unbilled since a plan offers no overage.
    pub not_offered: Credits,
}

impl OverCap {
    /// All that is unbilled.
    pub fn unbilled(self) -> Credits {
        self.while_off + self.over_limit + self.not_offered
    }

    /// The unbilled credits by reason; only those that there are.
    pub fn reasons(self) -> impl Iterator<Item = (Unbilled, Credits)> {
        let reasons = [
            (Unbilled::OverageOff, self.while_off),
            (Unbilled::OverageLimit, self.over_limit),
            (Unbilled::PlanWithoutOverage, self.not_offered),
        ];
        reasons.into_iter().filter(|(_, credits)| !credits.is_zero())
    }
}

/// Why all of a segment's usage over the cap is charged nothing (O5); `None` where it is billed (O1),
/// as far as the limit allows.
pub fn unbilled(billed_plan: PlanRank, segment: &Segment, catalog: &Catalog) -> Option<Unbilled> {
    let offered = catalog.offers_overage(billed_plan) && segment.overage_offered;
    match (offered, segment.overage_on) {
        (false, _) => Some(Unbilled::PlanWithoutOverage),
        (true, false) => Some(Unbilled::OverageOff),
        (true, true) => None,
    }
}

impl OverCap {
    /// Adds usage over the cap of a segment, all of it or an event at a time, by what O1, O5 and O6
    /// make of it; gives the part that is billed. Segments, and events within them, come in time
    /// order.
    pub fn add(
        &mut self,
        account: &AccountMonth,
        segment: &Segment,
        over: Credits,
        catalog: &Catalog,
    ) -> Credits {
        match unbilled(account.billed_plan, segment, catalog) {
            Some(Unbilled::PlanWithoutOverage) => self.not_offered += over,
            Some(Unbilled::OverageOff) => self.while_off += over,
            Some(Unbilled::OverageLimit) | None => {
                let billed = self.within_limit(account.overage_limit(segment.from, catalog), over);
                self.overage += billed;
                self.over_limit += over - billed;
                return billed;
            }
        }
        Credits::ZERO
    }

    /// O6: as much as the limit in force exceeds what the month has billed so far.
    fn within_limit(&self, limit: Option<Credits>, over: Credits) -> Credits {
        match limit {
            None => over,
            Some(limit) => over.min(limit - limit.min(self.overage)),
        }
    }
}

/// Sorts usage over the cap by what O1, O5 and O6 make of it.
pub fn over_cap(
    account: &AccountMonth,
    segments: &[Segment],
    draws: &[Draw],
    catalog: &Catalog,
) -> OverCap {
    let mut sorted = OverCap::default();
    for (segment, draw) in segments.iter().zip(draws) {
        sorted.add(account, segment, draw.over, catalog);
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
