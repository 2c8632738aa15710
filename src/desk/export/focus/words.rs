//! What FOCUS calls a charge: category, frequency, units, and the SKU that is priced.

use super::row::{Charge, CreditUse, Row};
use crate::base::credits::MICROS;
use crate::base::digits::plain_decimal;
use crate::catalog::Catalog;
use crate::tables::LineType;

/// The unit of usage: a virtual currency, in the terms of FOCUS.
pub(super) const CREDITS: &str = "Credits";

impl Charge {
    /// `ChargeCategory`.
    pub fn category(self) -> &'static str {
        match self {
            Charge::Purchase(_) => "Purchase",
            Charge::Usage(_) => "Usage",
        }
    }

    /// `ChargeFrequency`.
    pub fn frequency(self) -> &'static str {
        match self {
            Charge::Purchase(LineType::Subscription) => "Recurring",
            Charge::Purchase(_) => "One-Time",
            Charge::Usage(_) => "Usage-Based",
        }
    }

    /// `PricingUnit`, of which a price is that of one.
    pub fn unit(self) -> &'static str {
        match self {
            Charge::Purchase(LineType::Overage) | Charge::Usage(_) => CREDITS,
            Charge::Purchase(_) => "Months",
        }
    }

    /// `SkuMeter`: what is counted.
    pub fn meter(self) -> &'static str {
        match self {
            Charge::Purchase(LineType::Overage) => "Overage credits bought",
            Charge::Purchase(_) => "Months of the plan",
            Charge::Usage(CreditUse::Trial) => "Trial credits used",
            Charge::Usage(CreditUse::Plan) => "Plan credits used",
            Charge::Usage(CreditUse::Unused) => "Plan credits expired",
            Charge::Usage(CreditUse::Overage) => "Overage credits used",
            Charge::Usage(CreditUse::Unbilled) => "Credits used and not billed",
        }
    }

    /// `x_LineType`: a line's type, or what credits were drawn on.
    pub fn name(self) -> &'static str {
        match self {
            Charge::Purchase(line_type) => line_type.name(),
            Charge::Usage(credit_use) => credit_use.name(),
        }
    }
}

impl Row {
    /// `ChargeDescription`.
    pub fn description(&self) -> &str {
        match self.charge {
            Charge::Purchase(_) => self.document.as_ref().map_or("", |line| &line.explanation),
            Charge::Usage(CreditUse::Trial) => "Credits used, drawn on the trial",
            Charge::Usage(CreditUse::Plan) => {
                "Credits used, drawn on the plan: they bear their share of its fees"
            }
            Charge::Usage(CreditUse::Unused) => {
                "Credits of the plan that expired unused: they bear the rest of its fees"
            }
            Charge::Usage(CreditUse::Overage) => {
                "Credits used over the cap: they bear the overage charge"
            }
            Charge::Usage(CreditUse::Unbilled) => "Credits used over the cap, charged nothing",
        }
    }

    /// `SkuId`: what is sold or metered.
    pub fn sku(&self) -> String {
        match self.charge {
            Charge::Purchase(LineType::Overage) => format!("overage/{}", self.plan),
            Charge::Purchase(_) => format!("plan/{}", self.plan),
            Charge::Usage(credit_use) => format!("usage/{}", credit_use.name()),
        }
    }

    /// `SkuPriceId`: the entry of the price list. An upgrade's price is the difference of two
    /// plans' prices.
    pub fn sku_price(&self) -> String {
        let from_plan = self.document.as_ref().map_or("", |line| &line.from_plan);
        match self.charge {
            Charge::Purchase(LineType::Upgrade) if !from_plan.is_empty() => {
                format!("{}/from/{from_plan}", self.sku())
            }
            _ => self.sku(),
        }
    }

    /// `SkuPriceDetails`: the credits of a plan's month.
    pub fn sku_price_details(&self) -> Option<String> {
        let of_plan = self.charge.unit() != CREDITS;
        let catalog: &Catalog = &self.basis.catalog;
        let rank = catalog.rank(&self.plan).filter(|_| of_plan)?;
        let credits = plain_decimal(catalog.plan(rank).credits.micros().into(), 6);
        let credits = credits.trim_end_matches('0').trim_end_matches('.');
        Some(format!("{{\"x_PlanCredits\":{credits}}}"))
    }

    /// The unit price in `PricingCurrency`, list and contracted, in millionths; `None` for a
    /// correction of an amount alone. A credit that is used costs one credit.
    pub fn unit_price(&self) -> Option<(i128, i128)> {
        const ONE: i128 = MICROS as i128;
        match self.charge {
            Charge::Purchase(_) => self.price.map(|price| (price.list, price.contracted)),
            Charge::Usage(_) => Some((ONE, ONE)),
        }
    }

    /// `PricingCurrencyEffectiveCost` of usage: the credits themselves. What is bought bears no
    /// cost of its own.
    pub fn effective_credits(&self) -> i128 {
        match self.charge {
            Charge::Purchase(_) => 0,
            Charge::Usage(_) => self.price.map_or(0, |price| price.quantity),
        }
    }

    /// `PricingCurrency`: money for what is bought, credits for what is used.
    pub fn pricing_currency(&self) -> &'static str {
        match self.charge {
            Charge::Purchase(_) => self.basis.currency().code(),
            Charge::Usage(_) => CREDITS,
        }
    }
}
