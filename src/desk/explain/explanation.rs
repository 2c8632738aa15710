//! All that is known of an account's month: what its text and its JSON are made of.

use super::evidence::Evidence;
use super::listed_events::ListedEvent;
use super::pool_draws::MonthDraws;
use super::proof::Difference;
use super::published::Published;
use super::request::Request;
use crate::book::Stale;
use crate::tables::StatementRow;

/// An account's month, published and followed anew.
pub struct Explanation<'a> {
    /// What was asked.
    pub request: &'a Request,
    /// The published rows.
    pub published: &'a Published,
    /// The statement among them.
    pub statement: &'a StatementRow,
    /// The inputs.
    pub evidence: &'a Evidence,
    /// What the events drew.
    pub draws: &'a MonthDraws,
    /// The events.
    pub events: Vec<ListedEvent<'a>>,
    /// Where the inputs do not come to what was published.
    pub differences: &'a [Difference],
    /// Why the month's opening is stale, if it is.
    pub stale: Option<Stale>,
}
