//! What FOCUS calls a charge: category, frequency, units, and the SKU that is priced.

use super::row::{Charge, CreditUse, Row};
use crate::base::credits::MICROS;
use crate::base::digits::short_decimal;
use crate::catalog::Catalog;
use crate::tables::{LinePart, LineType};

/// The unit of usage: a virtual currency, in the terms of FOCUS.
pub(super) const CREDITS: &str = "Credits";

impl CreditUse {
    /// `SkuMeter` and `ChargeDescription`.
    fn in_words(self) -> (&'static str, &'static str) {
        match self {
            CreditUse::Trial => ("Trial credits used", "Credits used, drawn on the trial"),
            CreditUse::Grants => ("Credits of grants used", "Credits used, drawn on grants"),
            CreditUse::Plan => (
                "Plan credits used",
                "Credits used, drawn on the plan: they bear their share of its fees",
            ),
            CreditUse::Unused => (
                "Plan credits expired",
                "Credits of the plan that expired unused: they bear the rest of its fees",
            ),
            CreditUse::Overage => {
                ("Overage credits used", "Credits used over the cap: they bear the overage charge")
            }
            CreditUse::Unbilled => {
                ("Credits used and not billed", "Credits used over the cap, charged nothing")
            }
        }
    }
}

impl Charge {
    /// `ChargeCategory`.
    pub fn category(&self) -> &'static str {
        match self {
            Charge::Purchase(line) if line.line_type == LineType::Adjustment => "Adjustment",
            Charge::Purchase(_) => "Purchase",
            Charge::Usage(..) => "Usage",
        }
    }

    /// `ChargeFrequency`.
    pub fn frequency(&self) -> &'static str {
        match self {
            Charge::Purchase(line) if line.line_type == LineType::Subscription => "Recurring",
            Charge::Purchase(_) => "One-Time",
            Charge::Usage(..) => "Usage-Based",
        }
    }

    /// `PricingUnit`, of which a price is that of one, and `SkuMeter`: what is counted.
    pub fn unit_and_meter(&self) -> (&'static str, &'static str) {
        match self {
            Charge::Purchase(line) => match line.line_type.part() {
                LinePart::Subscription => ("Months", "Months of the plan"),
                LinePart::Grants => ("Grants", "Grants bought"),
                LinePart::Adjustments => ("Adjustments", "Adjustments"),
                LinePart::Overage => (CREDITS, "Overage credits bought"),
            },
            Charge::Usage(credit_use, _) => (CREDITS, credit_use.in_words().0),
        }
    }

    /// `x_LineType`: a line's type, or what credits were drawn on.
    pub fn name(&self) -> &'static str {
        match self {
            Charge::Purchase(line) => line.line_type.name(),
            Charge::Usage(credit_use, _) => credit_use.name(),
        }
    }
}

impl Row {
    /// `ChargeDescription`.
    pub fn description(&self) -> &str {
        match &self.charge {
            Charge::Purchase(line) => &line.row.explanation,
            Charge::Usage(credit_use, _) => credit_use.in_words().1,
        }
    }

    /// `SkuId`: what is sold or metered.
    pub fn sku(&self) -> String {
        match &self.charge {
            Charge::Purchase(line) => match line.line_type.part() {
                LinePart::Subscription => format!("plan/{}", self.plan),
                LinePart::Grants => {
                    format!("grant/{}", line.row.grant.as_deref().unwrap_or_default())
                }
                LinePart::Adjustments => "adjustment".to_owned(),
                LinePart::Overage => format!("overage/{}", self.plan),
            },
            Charge::Usage(credit_use, _) => format!("usage/{}", credit_use.name()),
        }
    }

    /// `SkuPriceId`: the entry of the price list. An upgrade's price is the difference of two
    /// plans' prices.
    pub fn sku_price(&self) -> String {
        let upgrade = self.line().filter(|line| line.line_type == LineType::Upgrade);
        match upgrade.and_then(|line| line.row.from_plan.as_ref()) {
            Some(from_plan) => format!("{}/from/{from_plan}", self.sku()),
            None => self.sku(),
        }
    }

    /// `SkuPriceDetails`: the credits of a plan's month.
    pub fn sku_price_details(&self) -> Option<String> {
        let part = self.line().map(|line| line.line_type.part());
        let of_plan = part == Some(LinePart::Subscription);
        let catalog: &Catalog = &self.basis.catalog;
        let rank = catalog.rank(&self.plan).filter(|_| of_plan)?;
        let credits = short_decimal(catalog.plan(rank).credits.micros().into(), 6);
        Some(format!("{{\"x_PlanCredits\":{credits}}}"))
    }

    /// The unit price in `PricingCurrency`, list and contracted, in millionths; `None` for a
    /// correction of an amount alone. A credit that is used costs one credit.
    pub fn unit_price(&self) -> Option<(i128, i128)> {
        const ONE: i128 = MICROS as i128;
        match &self.charge {
            Charge::Purchase(line) => line.price.map(|price| (price.list, price.contracted)),
            Charge::Usage(..) => Some((ONE, ONE)),
        }
    }

    /// `PricingCurrencyEffectiveCost` of usage: the credits themselves. What is bought bears no
    /// cost of its own.
    pub fn effective_credits(&self) -> i128 {
        match &self.charge {
            Charge::Purchase(_) => 0,
            Charge::Usage(_, credits) => *credits,
        }
    }

    /// `PricingCurrency`: money for what is bought, credits for what is used.
    pub fn pricing_currency(&self) -> &'static str {
        match &self.charge {
            Charge::Purchase(_) => self.basis.currency().code(),
            Charge::Usage(..) => CREDITS,
        }
    }
}
