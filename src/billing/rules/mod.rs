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
use crate::tables::LineType;
use proration::Fraction;

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
