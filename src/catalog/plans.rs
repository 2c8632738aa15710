//! What a catalogue says once it is checked: plans by rank, the trial, the conventions.

use chrono::NaiveDate;

use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::money::{Currency, Money, Rate, Rounding};

/// A plan's rank: its place in the catalogue, 0 for the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanRank(pub u16);

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The id that logs use.
    pub id: String,
    /// The name that customers read.
    pub name: String,
    /// The price of a whole month.
    pub price: Money,
    /// The credits of a month's pool (C3).
    pub credits: Credits,
    /// The price of a credit over the cap; `None` where overage is not offered (O2).
    pub overage_rate: Option<Rate>,
    /// Whether it is kept for those who are on it, and nobody may enter it any more (V1).
    pub retired: bool,
    /// Ids that it had, or that plans had whose accounts are on it now (V2).
    pub formerly: Vec<String>,
}

/// The once-only grant at signup (C2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// Credits granted.
    pub credits: Credits,
    /// Length in days of 24 hours.
    pub days: u32,
}

/// How the month of a first upgrade is prorated (F8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Proration {
    /// (D − d) / D.
    #[default]
    DaysAfter,
    /// (D − d + 1) / D.
    DaysInclusive,
    /// (E − t) / (E − S).
    Seconds,
}

/// One version of a product's tiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    /// The product's name.
    pub name: String,
    /// The first day on which this version is in force.
    pub in_force_from: NaiveDate,
    /// The currency of all prices.
    pub currency: Currency,
    /// How amounts are rounded (F9).
    pub rounding: Rounding,
    /// How a first upgrade's month is prorated (F8).
    pub proration: Proration,
    /// The trial, where the product has one.
    pub trial: Option<Trial>,
    pub(super) plans: Vec<Plan>,
}

impl Catalog {
    /// All plans in rank order, the lowest first.
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The plan of a rank that this catalogue gave out.
    pub fn plan(&self, rank: PlanRank) -> &Plan {
        &self.plans[usize::from(rank.0)]
    }

    /// The rank of the plan that an id means: its own, or one that it had formerly (V2).
    pub fn rank(&self, id: &str) -> Option<PlanRank> {
        let is_its_own = |plan: &Plan| plan.id == id;
        let was_its_own = |plan: &Plan| plan.formerly.iter().any(|former| former == id);
        let at = self.plans.iter().position(is_its_own);
        let at = at.or_else(|| self.plans.iter().position(was_its_own))?;
        u16::try_from(at).ok().map(PlanRank)
    }

    /// Where every account starts (T3): the lowest plan that is not retired (V1). It is free of
    /// charge.
    pub fn starting_plan(&self) -> PlanRank {
        let at = self.plans.iter().position(|plan| !plan.retired).unwrap_or_default();
        PlanRank(u16::try_from(at).unwrap_or_default())
    }

    /// Whether a plan costs anything.
    pub fn is_paid(&self, rank: PlanRank) -> bool {
        self.plan(rank).price > Money::ZERO
    }

    /// Whether nobody may enter a plan at an instant (V1). In genesis, who entered it before this
    /// version came into force is on it.
    pub fn is_closed(&self, rank: PlanRank, at: Instant) -> bool {
        self.plan(rank).retired && at.date() >= self.in_force_from
    }

    /// Whether a plan offers overage (O2).
    pub fn offers_overage(&self, rank: PlanRank) -> bool {
        self.plan(rank).overage_rate.is_some()
    }
}
