//! Opening state + changes → each account's month, cut into segments.
//!
//! Between two boundaries (signup, first upgrade ever, the trial's end, a grant's beginning or end,
//! overage switched, limited anew or its availability changed) the rules are monotone: the sum of a
//! segment's usage bills exactly as
//! its events one by one. So usage needs no order, and one pass. The plan in force is the
//! running maximum of the opening plan and the targets asked for; it needs no segments.

mod account;
mod build;
mod change_effects;
mod cuts;
mod grants;
mod month;
mod subscription;

pub use build::{Opening, build, change_effects};
pub use change_effects::{ChangeEffect, ChangeEffects, EffectiveChange};
pub use month::{
    AccountMonth, ChangeControl, ChangeCounts, Extras, MonthGrant, OwnLimit, Pool, Segment,
    SegmentEnd, Timeline, Upgrade,
};
