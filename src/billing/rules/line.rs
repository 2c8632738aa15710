//! A line of an invoice, and the rule that it follows.

use chrono::NaiveDate;

use super::proration::Fraction;
use crate::base::calendar::{DAY_MICROS, Instant, Month, date_in_words};
use crate::base::credits::Credits;
use crate::base::digits::quantity_of;
use crate::base::money::{Money, Rate};
use crate::catalog::{Catalog, GrantKindPlace, PlanRank};
use crate::tables::LineType;

/// The rule that a line follows, with what else it takes to explain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeBasis {
    /// The plan was in force at S (F1).
    WholeMonth,
    /// The first upgrade ever (F2).
    FirstUpgrade {
        /// The plan left.
        from: PlanRank,
        /// The fraction of the month that is paid.
        fraction: Fraction,
    },
    /// A further upgrade in the month of the first (F3).
    FurtherUpgrade {
        /// The plan left.
        from: PlanRank,
        /// The fraction of the month that is paid, which is the first upgrade's.
        fraction: Fraction,
        /// The day of the first.
        first_on: NaiveDate,
        /// What the plan entered comes to.
        due: Money,
        /// What the plan left came to.
        paid: Money,
    },
    /// Any other upgrade (F4).
    OtherUpgrade {
        /// The plan left.
        from: PlanRank,
    },
    /// A grant that costs something (G4).
    Grant {
        /// Its kind.
        kind: GrantKindPlace,
        /// When it expires; `None` for never.
        expires_at: Option<Instant>,
    },
    /// An amount that was adjusted by hand (A1).
    Adjustment {
        /// The adjustment's id.
        id: Box<str>,
        /// Why, for the customer.
        description: Box<str>,
    },
    /// Usage over the cap while overage was on (O4).
    OverCap {
        /// The price of a credit.
        rate: Rate,
    },
}

/// A date where an instant is the first of a day.
fn instant_in_words(at: Instant) -> String {
    if at.micros().rem_euclid(DAY_MICROS) == 0 { date_in_words(at.date()) } else { at.to_string() }
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The plan charged; of grants, adjustments and overage the billed plan.
    pub plan: PlanRank,
    /// The day of the charge.
    pub charged_on: NaiveDate,
    /// The first instant of the service; of an adjustment its own.
    pub service_start: Instant,
    /// The first instant after the service; E for a grant that never expires.
    pub service_end: Instant,
    /// Credits of overage and of grants, else 1.
    pub quantity: Credits,
    /// The price of one, in units of 10⁻⁶.
    pub unit_price: i128,
    /// The charge.
    pub amount: Money,
    /// The rule that it follows; [`Line::explanation`] puts it in words.
    pub basis: ChargeBasis,
}

impl Line {
    /// What it charges for.
    pub fn line_type(&self) -> LineType {
        match self.basis {
            ChargeBasis::WholeMonth => LineType::Subscription,
            ChargeBasis::FirstUpgrade { .. } => LineType::FirstUpgrade,
            ChargeBasis::FurtherUpgrade { .. } | ChargeBasis::OtherUpgrade { .. } => {
                LineType::Upgrade
            }
            ChargeBasis::Grant { .. } => LineType::Grant,
            ChargeBasis::Adjustment { .. } => LineType::Adjustment,
            ChargeBasis::OverCap { .. } => LineType::Overage,
        }
    }

    /// The plan left, for upgrades.
    pub fn from_plan(&self) -> Option<PlanRank> {
        match self.basis {
            ChargeBasis::FirstUpgrade { from, .. }
            | ChargeBasis::FurtherUpgrade { from, .. }
            | ChargeBasis::OtherUpgrade { from } => Some(from),
            ChargeBasis::WholeMonth
            | ChargeBasis::Grant { .. }
            | ChargeBasis::Adjustment { .. }
            | ChargeBasis::OverCap { .. } => None,
        }
    }

    /// The kind of grant, of grants.
    pub fn grant(&self) -> Option<GrantKindPlace> {
        match self.basis {
            ChargeBasis::Grant { kind, .. } => Some(kind),
            _ => None,
        }
    }

    /// The adjustment's id, of adjustments.
    pub fn adjustment_id(&self) -> Option<&str> {
        match &self.basis {
            ChargeBasis::Adjustment { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The fraction of the month that is paid, where it is prorated.
    pub fn proration(&self) -> Option<Fraction> {
        match self.basis {
            ChargeBasis::FirstUpgrade { fraction, .. }
            | ChargeBasis::FurtherUpgrade { fraction, .. } => Some(fraction),
            _ => None,
        }
    }
}

impl Line {
    /// The line in one sentence, given the month and the catalogue that it was billed with.
    pub fn explanation(&self, catalog: &Catalog, month: Month) -> String {
        let name = |plan: PlanRank| catalog.plan(plan).name.as_str();
        let plain = |amount: Money| catalog.currency.plain(amount);
        let price = |plan: PlanRank| plain(catalog.plan(plan).price);
        let plan = name(self.plan);
        let on = || date_in_words(self.charged_on);
        match self.basis {
            ChargeBasis::Adjustment { ref description, .. } => description.to_string(),
            ChargeBasis::Grant { kind, expires_at } => {
                let until = match expires_at {
                    Some(end) => format!("to be used before {}", instant_in_words(end)),
                    None => "to be used at any time".to_owned(),
                };
                format!(
                    "{} from {}, {until}: {} for {} (G4)",
                    catalog.grant_kind(kind).name,
                    on(),
                    quantity_of(self.quantity, "credit"),
                    plain(self.amount)
                )
            }
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
                "{} over the cap of {plan} at {rate} a credit, overage being on (O4)",
                quantity_of(self.quantity, "credit")
            ),
        }
    }
}
