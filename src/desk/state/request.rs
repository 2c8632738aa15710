//! What the commands on states are asked.

use std::path::PathBuf;

use crate::base::calendar::Month;
use crate::base::ids::AccountId;
use crate::book::{Book, Holder, Whereabouts};
use crate::catalog::Catalog;

/// What `state import` is asked.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The book.
    pub book: Book,
    /// The month that the state opens.
    pub month: Month,
    /// The state file.
    pub path: PathBuf,
    /// The file with the ids that were billed before, if there is one.
    pub recent_ids: Option<PathBuf>,
    /// The file with the grants that go on, if there is one.
    pub grants: Option<PathBuf>,
    /// The catalogue that bills the month.
    pub catalog: Catalog,
    /// Whether an earlier import for the month is replaced.
    pub replace: bool,
    /// Who imports it, for the lock.
    pub holder: Holder,
}

/// What `state show` is asked.
#[derive(Debug, Clone)]
pub struct ShowRequest {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// The account's id.
    pub account: AccountId,
    /// Where recorded inputs are now.
    pub whereabouts: Whereabouts,
}
