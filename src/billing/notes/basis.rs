//! What the documents of a later revision rest on: those that stand already, and what all new ones
//! share.

use chrono::NaiveDate;

use crate::base::calendar::{Month, PaymentTerm};
use crate::base::money::Amounts;
use crate::catalog::Catalog;
use crate::tables::{DocumentRow, LineRow};

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
    /// When they are to be paid, if that is said.
    pub payment_term: Option<PaymentTerm>,
}

/// The documents of a published revision, each account's lines beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EarlierDocuments {
    /// By account, then by number.
    pub documents: Vec<DocumentRow>,
    /// By account, then by document and line.
    pub lines: Vec<LineRow>,
    /// The highest number given out so far.
    pub last_number: u64,
    /// The last day on which one of them was issued, whoever's it is, and that document.
    pub latest: Option<(NaiveDate, String)>,
    /// The documents of all other accounts, where only some accounts' are at hand.
    pub others: OtherDocuments,
}

/// Documents that stand as they are, and are not looked at one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OtherDocuments {
    /// How many there are.
    pub documents: u64,
    /// What they come to.
    pub amounts: Amounts,
}
