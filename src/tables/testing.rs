//! Rows that tests of the tables are made of.

use super::StateCells;
use crate::base::calendar::Instant;
use crate::base::credits::Credits;

/// The state of an account on the plan `free`.
pub(super) fn state(account_id: &str) -> StateCells<'_> {
    StateCells {
        account_id,
        plan: "free",
        overage_on: false,
        signed_up_at: Instant::EPOCH,
        first_paid_at: None,
        trial_ends_at: None,
        trial_left: Credits::ONE,
        overage_limit: None,
    }
}
