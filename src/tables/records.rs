//! The rows of a published revision, whole. Credits are in micro-credits, amounts in minor units
//! of the currency, rates and unit prices in millionths; text that may be empty is empty there.

use std::path::Path;

use chrono::{NaiveDate, TimeDelta};

use super::read::{Finished, stream};
use super::schema::Table;
use crate::calendar::Instant;
use crate::error::Result;

/// A row of one of a revision's tables.
pub trait Record: Sized + 'static {
    /// The table.
    const TABLE: Table;
    /// The rows of a batch.
    fn rows(batch: &Finished) -> Vec<Self>;
}

/// The rows of a table in the revision at `folder`, one after the other.
///
/// # Errors
/// [`crate::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
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

/// Reads the columns of a batch, each by its name, into the rows of a struct whose fields have
/// the same names.
macro_rules! rows {
    ($batch:ident, $row:ident { $($field:ident: $kind:ident),* $(,)? }) => {{
        $(let $field = $kind($batch, stringify!($field));)*
        (0..$batch.len()).map(|row| $row { $($field: $field(row),)* }).collect()
    }};
}

fn text<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> String + 'a {
    batch.text(name)
}

fn decimal<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> i128 + 'a {
    batch.decimal(name)
}

fn some_decimal<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> Option<i128> + 'a {
    let (value, is_null) = (batch.decimal(name), batch.is_null(name));
    move |row| (!is_null(row)).then(|| value(row))
}

fn integer<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> i128 + 'a {
    let value = batch.integer(name);
    move |row| value(row).unwrap_or(0)
}

fn some_integer<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> Option<i128> + 'a {
    batch.integer(name)
}

fn some_instant<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> Option<Instant> + 'a {
    let value = batch.instant(name);
    move |row| value(row).and_then(Instant::from_micros)
}

fn instant<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> Instant + 'a {
    let value = some_instant(batch, name);
    move |row| value(row).unwrap_or(Instant::EPOCH)
}

fn date<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> NaiveDate + 'a {
    let value = batch.date(name);
    move |row| NaiveDate::default() + TimeDelta::days(value(row).unwrap_or(0).into())
}

fn flag<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> bool + 'a {
    batch.flag(name)
}

impl Record for DocumentRow {
    const TABLE: Table = Table::Documents;

    fn rows(batch: &Finished) -> Vec<Self> {
        rows!(
            batch,
            DocumentRow {
                document_id: text,
                document_type: text,
                revision: text,
                account_id: text,
                month: text,
                issued_on: date,
                currency: text,
                plan: text,
                subscription_amount: decimal,
                overage_amount: decimal,
                total_amount: decimal,
                line_count: integer,
                relates_to: text,
                reason: text,
            }
        )
    }
}

impl Record for LineRow {
    const TABLE: Table = Table::InvoiceLines;

    fn rows(batch: &Finished) -> Vec<Self> {
        rows!(
            batch,
            LineRow {
                document_id: text,
                line_number: integer,
                account_id: text,
                line_type: text,
                plan: text,
                from_plan: text,
                charged_on: date,
                service_start: instant,
                service_end: instant,
                quantity: decimal,
                unit_price: decimal,
                proration: text,
                amount: decimal,
                explanation: text,
            }
        )
    }
}

impl Record for ChargeRow {
    const TABLE: Table = Table::OverageCharges;

    fn rows(batch: &Finished) -> Vec<Self> {
        rows!(
            batch,
            ChargeRow {
                account_id: text,
                month: text,
                plan: text,
                overage_credits: decimal,
                rate: decimal,
                amount: decimal,
                currency: text,
                charged_on: date,
                document_id: text,
            }
        )
    }
}

impl Record for ExpiredRow {
    const TABLE: Table = Table::ExpiredCredits;

    fn rows(batch: &Finished) -> Vec<Self> {
        rows!(
            batch,
            ExpiredRow {
                account_id: text,
                month: text,
                pool: text,
                plan: text,
                granted: decimal,
                drawn: decimal,
                expired: decimal,
                expired_at: instant,
                reason: text,
            }
        )
    }
}

impl Record for StatementRow {
    const TABLE: Table = Table::Statements;

    fn rows(batch: &Finished) -> Vec<Self> {
        rows!(
            batch,
            StatementRow {
                account_id: text,
                month: text,
                opening_plan: text,
                billed_plan: text,
                next_plan: text,
                events: integer,
                usage_credits: decimal,
                trial_opening: decimal,
                trial_drawn: decimal,
                trial_expired: decimal,
                trial_carried: decimal,
                plan_granted: decimal,
                plan_drawn: decimal,
                plan_expired: decimal,
                overage_credits: decimal,
                unbilled_credits: decimal,
                subscription_amount: decimal,
                overage_amount: decimal,
                total_amount: decimal,
                currency: text,
            }
        )
    }
}

impl Record for StateRow {
    const TABLE: Table = Table::State;

    fn rows(batch: &Finished) -> Vec<Self> {
        rows!(
            batch,
            StateRow {
                account_id: text,
                plan: text,
                overage_on: flag,
                signed_up_at: instant,
                first_paid_at: some_instant,
                trial_ends_at: some_instant,
                trial_left: decimal,
            }
        )
    }
}

impl Record for ExceptionRow {
    const TABLE: Table = Table::Exceptions;

    fn rows(batch: &Finished) -> Vec<Self> {
        rows!(
            batch,
            ExceptionRow {
                kind: text,
                account_id: text,
                month: text,
                rows: some_integer,
                credits: some_decimal,
                first_at: some_instant,
                last_at: some_instant,
                sample_id: text,
                detail: text,
            }
        )
    }
}
