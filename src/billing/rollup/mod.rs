//! Sums of usage per account and segment: the only part that sees every event.
//!
//! In go [`Boundaries`] (`account_id`, `segment`, `from`; a segment lasts until the next begins),
//! out come [`Sum`]s (`events`, `credits`) and what was set aside. [`roll_up`] goes through the
//! files twice. The pass over ids finds which may come more than once; the billing pass adds up
//! integers, so that neither order nor threads matter, and lines up the rows of those ids, which
//! are decided on at the end. What exceeds the memory budget is spilled to the disk.
//!
//! The ids of the month's last hours are kept for the next month, and those that the month before
//! has kept make candidates of the rows that bear them (L1).
//!
//! [`events`] finds single rows again, for whoever must tell where an account's usage went.

mod billed_before;
mod billing_pass;
mod boundaries;
mod candidates;
mod columnar;
mod control;
mod duplicates;
pub mod elsewhere;
pub mod events;
mod findings;
mod id_pass;
mod passes;
mod recent_ids;
mod row_by_row;
mod rows_by_month;
mod spill;
mod sums;
mod usage_row;

pub use billed_before::BilledBefore;
pub use boundaries::{Boundaries, Selection};
pub use control::{Count, Sum, UsageControl};
pub use passes::{Retries, RolledUpBy, Rollup, SHARING_NAMED, UsageInput, roll_up};
pub use recent_ids::{RecentId, RecentIds};
