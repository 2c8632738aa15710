//! The billing rules as pure functions, one file for each family; each cites its numbers.
//!
//! Nothing here reads a clock, a file, the environment or a thread count. Where an amount
//! is larger than DECIMAL(18,·) holds, the caller names the account.

pub mod expiry;
pub mod fees;
pub mod overage;
pub mod pools;
pub mod proration;
mod words;

use chrono::NaiveDate;

use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::money::Money;
use crate::catalog::PlanRank;
use proration::Fraction;

/// What a line of an invoice charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineType {
    /// The month's price of the plan in force at S (F1).
    Subscription,
    /// The first upgrade ever, prorated (F2).
    FirstUpgrade,
    /// Any other upgrade (F3, F4).
    Upgrade,
    /// Credits over the cap (O4).
    Overage,
}

impl LineType {
    /// The type as the tables write it.
    pub fn name(self) -> &'static str {
        match self {
            LineType::Subscription => "subscription",
            LineType::FirstUpgrade => "first_upgrade",
            LineType::Upgrade => "upgrade",
            LineType::Overage => "overage",
        }
    }

    /// The type of a name that the tables write.
    pub fn parse(name: &str) -> Option<Self> {
        [LineType::Subscription, LineType::FirstUpgrade, LineType::Upgrade, LineType::Overage]
            .into_iter()
            .find(|known| known.name() == name)
    }

    /// The type for people.
    pub fn in_words(self) -> &'static str {
        match self {
            LineType::Subscription => "subscription",
            LineType::FirstUpgrade => "first upgrade",
            LineType::Upgrade => "upgrade",
            LineType::Overage => "overage",
        }
    }
}

/// The rule that a line follows, with what else it takes to explain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The plan was in force at S (F1).
    WholeMonth,
    /// The first upgrade ever (F2).
    FirstUpgrade,
    /// A further upgrade in the month of the first (F3).
    FurtherUpgrade {
        /// The day of the first.
        first_on: NaiveDate,
        /// What the plan entered comes to.
        due: Money,
        /// What the plan left came to.
        paid: Money,
    },
    /// Any other upgrade (F4).
    OtherUpgrade,
    /// Usage over the cap while overage was on (O4).
    OverCap,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it charges for.
    pub line_type: LineType,
    /// The plan charged.
    pub plan: PlanRank,
    /// The plan left, for upgrades.
    pub from_plan: Option<PlanRank>,
    /// The day of the charge.
    pub charged_on: NaiveDate,
    /// The first instant of the service.
    pub service_start: Instant,
    /// The first instant after the service.
    pub service_end: Instant,
    /// Credits of overage, else 1.
    pub quantity: Credits,
    /// The price of one, in units of 10⁻⁶.
    pub unit_price: i128,
    /// The fraction of the month that is paid, where it is prorated.
    pub proration: Option<Fraction>,
    /// The charge.
    pub amount: Money,
    /// The rule that it follows; [`Line::explanation`] puts it in words.
    pub because: Because,
}
