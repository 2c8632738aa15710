//! What a catalogue says once it is checked: plans by rank, kinds of grants, the trial, the
//! conventions.

use chrono::NaiveDate;

use crate::base::calendar::{DAY_MICROS, Instant};
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

/// The place of a kind of grant in its catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantKindPlace(u16);

/// A kind of grant: what an add-on pack, a promotion or goodwill gives (G1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantKind {
    /// The id that the change log uses.
    pub id: String,
    /// The name that customers read.
    pub name: String,
    /// Its credits, where the change names none.
    pub credits: Option<Credits>,
    /// What it costs when it is granted; 0 where it is free (G4).
    pub price: Money,
    /// When usage draws on it (G2).
    pub draws: Draws,
    /// Its length in days of 24 hours, where the change names no end; `None` for ever.
    pub expires_after_days: Option<u32>,
}

impl GrantKind {
    /// When a grant of the kind expires that is given at an instant: as is `said` with it, or by the
    /// kind's length; `None` for never (G1).
    pub fn expires_at(&self, given_at: Instant, said: Option<Instant>) -> Option<Instant> {
        let later = |days: u32| given_at.plus_micros(i64::from(days) * DAY_MICROS);
        said.or(self.expires_after_days.map(later))
    }
}

/// Whether usage draws on a grant before the plan's pool or after it (G2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Draws {
    /// After the trial, before the plan.
    #[default]
    BeforePlan,
    /// After the plan, before anything is over the cap.
    AfterPlan,
}

impl Draws {
    /// As the catalogue and JSON write it.
    pub fn name(self) -> &'static str {
        match self {
            Draws::BeforePlan => "before-plan",
            Draws::AfterPlan => "after-plan",
        }
    }

    /// For people.
    pub fn in_words(self) -> &'static str {
        match self {
            Draws::BeforePlan => "before the plan",
            Draws::AfterPlan => "after the plan",
        }
    }
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
    /// The most credits that a month bills as overage of an account that has no limit of its own;
    /// `None` where there is no such limit (O6).
    pub overage_limit: Option<Credits>,
    pub(super) plans: Vec<Plan>,
    pub(super) grants: Vec<GrantKind>,
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

    /// All kinds of grants, as the catalogue lists them.
    pub fn grant_kinds(&self) -> &[GrantKind] {
        &self.grants
    }

    /// The kind of grant at a place that this catalogue gave out.
    pub fn grant_kind(&self, place: GrantKindPlace) -> &GrantKind {
        &self.grants[usize::from(place.0)]
    }

    /// The place of the kind of grant with an id.
    pub fn grant_place(&self, id: &str) -> Option<GrantKindPlace> {
        let at = self.grants.iter().position(|kind| kind.id == id)?;
        u16::try_from(at).ok().map(GrantKindPlace)
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
