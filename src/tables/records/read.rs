//! Batches → rows, column by column.

use chrono::{NaiveDate, TimeDelta};

use super::{
    ChargeRow, DocumentRow, ExceptionRow, ExpiredRow, LineRow, Record, RejectRow, StateRow,
    StatementRow,
};
use crate::base::calendar::Instant;
use crate::tables::read::Finished;
use crate::tables::schema::Table;

/// Reads the columns of a batch, each by its name, into the rows of a struct whose fields have
/// the same names.
macro_rules! rows {
    ($batch:ident, $row:ident { $($field:ident: $kind:ident),* $(,)? }) => {{
        $(let $field = $kind($batch, stringify!($field));)*
        (0..$batch.len()).map(|row| $row { $($field: $field(row),)* }).collect()
    }};
}

fn text<'a>(batch: &'a Finished, name: &str) -> impl Fn(usize) -> String + 'a {
    let text = batch.text(name);
    move |row| text(row).to_owned()
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
    move |row| {
        let since = TimeDelta::days(value(row).unwrap_or(0).into());
        NaiveDate::default().checked_add_signed(since).unwrap_or_default()
    }
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

impl Record for RejectRow {
    const TABLE: Table = Table::Rejects;

    fn rows(batch: &Finished) -> Vec<Self> {
        rows!(
            batch,
            RejectRow { file: text, row: integer, column: text, value: text, reason: text }
        )
    }
}
