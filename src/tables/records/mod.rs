//! The rows of a published revision, whole. Credits are in micro-credits, amounts in minor units
//! of the currency, rates and unit prices in millionths; text that may be empty is empty there.

mod read;
mod write;

use std::path::Path;

use chrono::NaiveDate;

use super::read::{Finished, stream};
use super::schema::Table;
use crate::base::calendar::Instant;
use crate::base::error::Result;

/// A row of one of a revision's tables.
pub trait Record: Sized + 'static {
    /// The table.
    const TABLE: Table;
    /// The rows of a batch.
    fn rows(batch: &Finished) -> Vec<Self>;
}

/// A row that belongs to an account. The tables of such rows are sorted by account.
pub trait OfAccount: Record + PartialEq {
    /// The account's id.
    fn account(&self) -> &str;
}

macro_rules! of_account {
    ($($row:ty),*) => {
        $(impl OfAccount for $row {
            fn account(&self) -> &str {
                &self.account_id
            }
        })*
    };
}

of_account!(ChargeRow, DocumentRow, ExceptionRow, ExpiredRow, LineRow, StateRow, StatementRow);

/// The rows of a table in the revision at `folder`, one after the other.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
pub fn records<R: Record>(folder: &Path) -> Result<impl Iterator<Item = Result<R>> + use<R>> {
    stream(folder, R::TABLE, R::rows)
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentType {
    /// The account's first document of the month.
    Invoice,
    /// A later difference in the customer's favour, or one that only moves amounts.
    CreditNote,
    /// A later difference that the customer owes.
    DebitNote,
}

impl DocumentType {
    /// The type as the tables write it.
    pub fn name(self) -> &'static str {
        match self {
            DocumentType::Invoice => "invoice",
            DocumentType::CreditNote => "credit_note",
            DocumentType::DebitNote => "debit_note",
        }
    }

    /// The type of a name that the tables write.
    pub fn parse(name: &str) -> Option<Self> {
        [DocumentType::Invoice, DocumentType::CreditNote, DocumentType::DebitNote]
            .into_iter()
            .find(|known| known.name() == name)
    }
}

/// A row of `documents`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns' meanings are those of the contract, docs/FILES.md")]
pub struct DocumentRow {
    pub document_id: String,
    pub document_type: String,
    pub revision: String,
    pub account_id: String,
    pub month: String,
    pub issued_on: NaiveDate,
    pub currency: String,
    pub plan: String,
    pub subscription_amount: i128,
    pub overage_amount: i128,
    pub total_amount: i128,
    pub line_count: i128,
    pub relates_to: String,
    pub reason: String,
}

/// A row of `invoice_lines`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns' meanings are those of the contract, docs/FILES.md")]
pub struct LineRow {
    pub document_id: String,
    pub line_number: i128,
    pub account_id: String,
    pub line_type: String,
    pub plan: String,
    pub from_plan: String,
    pub charged_on: NaiveDate,
    pub service_start: Instant,
    pub service_end: Instant,
    pub quantity: i128,
    pub unit_price: i128,
    pub proration: String,
    pub amount: i128,
    pub explanation: String,
}

/// A row of `overage_charges`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns' meanings are those of the contract, docs/FILES.md")]
pub struct ChargeRow {
    pub account_id: String,
    pub month: String,
    pub plan: String,
    pub overage_credits: i128,
    pub rate: i128,
    pub amount: i128,
    pub currency: String,
    pub charged_on: NaiveDate,
    pub document_id: String,
}

/// A row of `expired_credits`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns' meanings are those of the contract, docs/FILES.md")]
pub struct ExpiredRow {
    pub account_id: String,
    pub month: String,
    pub pool: String,
    pub plan: String,
    pub granted: i128,
    pub drawn: i128,
    pub expired: i128,
    pub expired_at: Instant,
    pub reason: String,
}

/// A row of `statements`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns' meanings are those of the contract, docs/FILES.md")]
pub struct StatementRow {
    pub account_id: String,
    pub month: String,
    pub opening_plan: String,
    pub billed_plan: String,
    pub next_plan: String,
    pub events: i128,
    pub usage_credits: i128,
    pub trial_opening: i128,
    pub trial_drawn: i128,
    pub trial_expired: i128,
    pub trial_carried: i128,
    pub plan_granted: i128,
    pub plan_drawn: i128,
    pub plan_expired: i128,
    pub overage_credits: i128,
    pub unbilled_credits: i128,
    pub subscription_amount: i128,
    pub overage_amount: i128,
    pub total_amount: i128,
    pub currency: String,
}

/// A row of `state`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns' meanings are those of the contract, docs/FILES.md")]
pub struct StateRow {
    pub account_id: String,
    pub plan: String,
    pub overage_on: bool,
    pub signed_up_at: Instant,
    pub first_paid_at: Option<Instant>,
    pub trial_ends_at: Option<Instant>,
    pub trial_left: i128,
}

/// A row of `exceptions`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns' meanings are those of the contract, docs/FILES.md")]
pub struct ExceptionRow {
    pub kind: String,
    pub account_id: String,
    pub month: String,
    pub rows: Option<i128>,
    pub credits: Option<i128>,
    pub first_at: Option<Instant>,
    pub last_at: Option<Instant>,
    pub sample_id: String,
    pub detail: String,
}

/// A row of `rejects`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns' meanings are those of the contract, docs/FILES.md")]
pub struct RejectRow {
    pub file: String,
    pub row: i128,
    pub column: String,
    pub value: String,
    pub reason: String,
}
