//! Opening state + changes → each account's month, cut into segments.
//!
//! Between two boundaries (signup, first upgrade ever, trial's end, overage switched or its
//! availability changed) the rules are monotone: the sum of a segment's usage bills exactly as
//! its events one by one. So usage needs no order, and one pass. The plan in force is the
//! running maximum of the opening plan and the targets asked for; it needs no segments.

mod account;
mod build;
mod change_effects;
mod cuts;
mod month;
mod subscription;

pub use build::{Opening, build, change_effects};
pub use change_effects::{ChangeEffect, ChangeEffects, EffectiveChange};
pub use month::{
    AccountMonth, ChangeControl, ChangeCounts, Pool, Segment, SegmentEnd, Timeline, Upgrade,
};
