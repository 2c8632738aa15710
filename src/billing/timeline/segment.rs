//! A span of an account's month, and why it ends.

use crate::base::calendar::Instant;
use crate::base::named::named_enum;

/// Which plan pool a segment's usage draws on, after the trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// None: usage before S that falls in a trial reaching into the month (genesis only).
    BeforeMonth,
    /// The lower plan's pool, up to the first upgrade ever (C4).
    Earlier,
    /// The billed plan's pool (C3).
    Main,
}

named_enum! {
    /// Why a segment ends.
    pub enum SegmentEnd {
        /// The first upgrade ever (C4).
        FirstUpgrade = "first-upgrade",
        /// The trial ended (C2).
        TrialEnded = "trial-ended",
        /// Overage was switched on (O1).
        OverageOn = "overage-on",
        /// Overage was switched off, by request or by P4.
        OverageOff = "overage-off",
        /// A change of plan made overage available, or took it away (O5).
        OverageAvailability = "overage-availability",
        /// The month began: what lies before is of interest to the trial only.
        MonthBegan = "month-began",
        /// The month ended.
        MonthEnded = "month-ended",
    }
}

/// A span of an account's month within which nothing that matters to rating changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The first instant.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
    /// Why it ends.
    pub end: SegmentEnd,
    /// The plan pool that it draws on.
    pub pool: Pool,
    /// Whether it lies within the trial (C2).
    pub in_trial: bool,
    /// Whether the overage switch is on (O1).
    pub overage_on: bool,
    /// Whether the plan in force offers overage (O5).
    pub overage_offered: bool,
}
