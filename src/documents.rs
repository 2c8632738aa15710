//! Outcomes → numbered documents.
//!
//! An account has an invoice when its month has at least one line. Numbers follow the order of
//! the account ids, without gaps.

use chrono::NaiveDate;

use crate::calendar::Month;
use crate::money::Money;
use crate::replay::Outcome;
use crate::rules::Line;

/// A document for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<'a> {
    /// `INV-2026-04-00000001`: prefix, month, gapless sequence.
    pub id: String,
    /// The account's number in the timeline.
    pub account: u32,
    /// The day on which it is issued.
    pub issued_on: NaiveDate,
    /// The fee lines' sum.
    pub subscription_amount: Money,
    /// The overage line's amount.
    pub overage_amount: Money,
    /// The sum of all lines (K4).
    pub total_amount: Money,
    /// The lines, fees first.
    pub lines: Vec<&'a Line>,
}

/// The invoices of a month's first publication.
pub fn invoices(outcomes: &[Outcome], month: Month, issued_on: NaiveDate) -> Vec<Document<'_>> {
    let with_lines = outcomes.iter().filter(|outcome| outcome.lines().next().is_some());
    with_lines
        .zip(1_u64..)
        .map(|(outcome, number)| Document {
            id: document_id(month, number),
            account: outcome.account,
            issued_on,
            subscription_amount: outcome.subscription_amount,
            overage_amount: outcome.overage_amount,
            total_amount: outcome.total_amount,
            lines: outcome.lines().collect(),
        })
        .collect()
}

/// `INV-2026-04-00000001`: one series a month, for documents of all types.
pub fn document_id(month: Month, number: u64) -> String {
    format!("INV-{month}-{number:08}")
}
