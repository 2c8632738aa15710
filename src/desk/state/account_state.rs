//! An account's state, as far as the book says.

use serde::Serialize;

use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::digits::short_decimal;
use crate::tables::StateRow;

/// An account's state at an instant; for machines in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct AccountState {
    pub plan: String,
    /// `None` where it is not recorded.
    pub overage_on: Option<bool>,
    pub signed_up_at: Instant,
    pub first_paid_at: Option<Instant>,
    pub trial_ends_at: Option<Instant>,
    pub trial_left: Credits,
}

impl From<StateRow> for AccountState {
    fn from(row: StateRow) -> Self {
        AccountState {
            plan: row.plan,
            overage_on: Some(row.overage_on),
            signed_up_at: row.signed_up_at,
            first_paid_at: row.first_paid_at,
            trial_ends_at: row.trial_ends_at,
            trial_left: row.trial_left,
        }
    }
}

impl AccountState {
    /// What [`AccountState::in_words`] says, item by item.
    pub const LABELS: [&str; 5] = ["plan", "overage", "signed up", "first payment", "trial"];

    /// The state for people.
    pub fn in_words(&self) -> [String; 5] {
        let overage = match self.overage_on {
            Some(true) => "on",
            Some(false) => "off",
            None => "not recorded",
        };
        let left = short_decimal(self.trial_left.into(), 6);
        let trial = match self.trial_ends_at {
            Some(end) => format!("{left} credits until {end}"),
            None if !self.trial_left.is_zero() => format!("{left} credits"),
            None => "none".to_owned(),
        };
        [
            self.plan.clone(),
            overage.to_owned(),
            self.signed_up_at.to_string(),
            self.first_paid_at.map_or_else(|| "never".to_owned(), |at| at.to_string()),
            trial,
        ]
    }
}
