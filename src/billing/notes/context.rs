//! What all new documents of a revision share.

use chrono::NaiveDate;

use crate::base::calendar::Month;
use crate::catalog::Catalog;

/// What all new documents of a revision share.
#[derive(Debug, Clone, Copy)]
pub struct IssueContext<'a> {
    /// The month.
    pub month: Month,
    /// The catalogue that the month is billed with now.
    pub catalog: &'a Catalog,
    /// The revision that issues them.
    pub revision: &'a str,
    /// Why there is that revision.
    pub reason: &'a str,
    /// The day on which notes are issued.
    pub notes_on: NaiveDate,
    /// The day on which invoices are issued.
    pub invoices_on: NaiveDate,
}
