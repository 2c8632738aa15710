//! The change log, as read.

use std::ops::Range;

use super::store::{Change, Place, Store};
use crate::base::exceptions::ChangeExceptions;

/// Changes: one for each id, in the order (`account_id`, `at`, `change_id`).
#[derive(Debug, Default)]
pub struct Changes {
    pub(super) store: Store,
    pub(super) order: Vec<Place>,
}

/// The change log, as read.
#[derive(Debug, Default)]
pub struct ChangeLog {
    /// The changes that stand.
    pub changes: Changes,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Conflicting duplicates.
    pub exceptions: ChangeExceptions,
    /// Rows read, the rejected ones included.
    pub rows_read: u64,
    /// Rows dropped as exact duplicates.
    pub duplicates: u64,
    /// Rows set aside as conflicting duplicates.
    pub conflicting: u64,
    /// Changes of other accounts than those asked for, duplicates left out.
    pub others: u64,
    /// Rows read that lie in 1970.
    pub of_1970: u64,
    /// Rows read whose credits were rounded.
    pub rounded: u64,
}

impl Changes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// A change, by its place in the order.
    pub fn get(&self, at: usize) -> Change<'_> {
        self.store.get(self.order[at])
    }

    /// Changes by their places in the order.
    pub fn some(&self, places: Range<usize>) -> Vec<Change<'_>> {
        let mut changes = Vec::with_capacity(places.len());
        for places in self.order[places].chunks(FETCHED) {
            self.store.fetch(places);
            changes.extend(places.iter().map(|&place| self.store.get(place)));
        }
        changes
    }

    /// The account of a change.
    pub fn account(&self, at: usize) -> &str {
        self.store.account(self.order[at])
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = Change<'_>> {
        self.order.iter().map(|&place| self.store.get(place))
    }

    /// The place of the first change that is of none of the accounts before `account`.
    pub fn first_from(&self, account: &str) -> usize {
        self.order.partition_point(|&place| self.store.account(place) < account)
    }
}

/// Changes that are fetched before the first of them is looked at.
const FETCHED: usize = 64;
