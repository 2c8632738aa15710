//! What a thread finds beside the sums.

use std::collections::BTreeSet;

use super::control::{Count, UsageControl};
use super::exceptions::{ExceptionCause, UsageExceptions};
use super::usage_row::UsageRow;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, EventId};
use crate::input::logs::RowFault;

/// What was found beside the sums.
#[derive(Default)]
pub(super) struct Findings {
    pub exceptions: UsageExceptions,
    pub rejects: Vec<RowFault>,
    pub control: UsageControl,
    pub displaced: Vec<DisplacedEvent>,
    /// Accounts whose events share an id with another account's.
    pub sharing_ids: BTreeSet<AccountId>,
}

/// An event of an account that is not billed, which gives way to an event of a billed account with
/// the same id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DisplacedEvent {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub event: EventId,
}

impl Findings {
    /// Takes in what another thread has found.
    pub fn merge(&mut self, other: Findings) {
        self.exceptions.merge(other.exceptions);
        self.rejects.extend(other.rejects);
        self.control.merge(other.control);
        self.displaced.extend(other.displaced);
        self.sharing_ids.extend(other.sharing_ids);
    }

    /// Sets a row aside.
    pub fn except(&mut self, row: &UsageRow<'_>, cause: ExceptionCause) {
        self.control.excepted.add(row.credits);
        self.exceptions.add(row, cause);
    }

    /// Counts a row that is read in full.
    pub fn count_read(&mut self, credits: Credits, rounded_by: Option<i128>) {
        self.control.read.add(credits);
        self.control.of_concern += 1;
        if let Some(rounded_by) = rounded_by {
            self.control.rounded_rows += 1;
            self.control.rounding_moved += rounded_by;
        }
    }

    /// The count of an instant's month.
    pub fn outside(&mut self, at: Instant) -> &mut Count {
        &mut self.control.outside.entry(Month::of(at)).or_default().read
    }
}
