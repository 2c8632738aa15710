//! The catalogue: plans, prices, kinds of grants, the trial, currency and conventions. Parsed or refused.
//!
//! A catalogue is data, never code. Everything that the rules ask of it is checked here, so
//! that the rules can rely on it: prices never fall with rank, accounts start free of charge,
//! ids are unique, and no number is negative or finer than the currency's minor unit.

mod check;
mod describe;
mod plans;
mod recorded;
mod refusal;
mod select;
mod text;

pub use describe::describe;
pub use plans::{Catalog, Draws, GrantKind, GrantKindPlace, Plan, PlanRank, Proration, Trial};
pub use recorded::RecordedCatalog;
#[cfg(test)]
pub(crate) use select::SAMPLE;
pub use select::{Content, Version, load, load_versions, parse};
