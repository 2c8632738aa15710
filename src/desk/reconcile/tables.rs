//! The tables of a reconciliation.

use super::breaks::{Break, BreakCode};
use super::details::{detail, matched_by};
use super::items::{Document, MatchInput, Matched, PaymentOutcome, Settlement};
use super::payments::Payment;
use crate::base::error::Result;
use crate::tables::{Output, ReportTarget, report_table};

/// A settlement without breaks.
#[derive(Clone, Copy)]
struct MatchRow<'a> {
    number: u64,
    settlement: &'a Settlement,
    input: &'a MatchInput<'a>,
}

/// A break of a settlement.
#[derive(Clone)]
struct BreakRow<'a> {
    number: u64,
    settlement: &'a Settlement,
    found: &'a Break,
    input: &'a MatchInput<'a>,
    detail: String,
}

/// A document, and what became of it.
struct DocumentRow<'a> {
    document: &'a Document,
    outcome: &'static str,
    code: Option<BreakCode>,
    settlement: u64,
}

/// A payment, and what became of it.
struct PaymentRow<'a> {
    payment: &'a Payment,
    /// Its amount, where it is in another currency than the documents.
    foreign_amount: Option<String>,
    outcome: &'static str,
    code: Option<BreakCode>,
    month: Option<String>,
    settlement: Option<u64>,
}

report_table! {
    /// Settlements without breaks.
    fn matches(row: MatchRow) {
        required settlement: Integer = row.number,
        optional account_id: Text = row.settlement.account_id.as_ref(),
        optional document_id: Text = row.input.document_id(row.settlement.documents.first().copied()),
        required documents: Integer = row.settlement.documents.len() as u64,
        optional payment_id: Text = row.input.payment_id(row.settlement.payments.first().copied()),
        required payments: Integer = row.settlement.payments.len() as u64,
        required matched_by: Text = matched_by(row.settlement, row.input),
        required expected: Money = row.settlement.expected,
        required paid: Money = row.settlement.paid,
        required difference: Money = row.settlement.difference(),
    }
}

report_table! {
    /// What is wrong.
    fn breaks(row: BreakRow) {
        required settlement: Integer = row.number,
        required code: Text = row.found.code.name(),
        optional account_id: Text = row.settlement.account_id.as_ref(),
        optional document_id: Text = row.input.document_of(row.found),
        optional payment_id: Text = row.input.payment_id(row.found.payment),
        required expected: Money = row.settlement.expected,
        required paid: Money = row.settlement.paid,
        required difference: Money = row.found.difference,
        required detail: Text = &row.detail,
    }
}

report_table! {
    /// Every document, and what became of it.
    fn reconciled_documents(row: DocumentRow) {
        required document_id: Text = &row.document.document_id,
        required document_type: Text = row.document.document_type.name(),
        required account_id: Text = &row.document.account_id,
        required total_amount: Money = row.document.total,
        optional relates_to: Text = row.document.relates_to.as_ref(),
        required outcome: Text = row.outcome,
        optional code: Text = row.code.map(BreakCode::name),
        required settlement: Integer = row.settlement,
    }
}

report_table! {
    /// Every payment, and what became of it.
    fn reconciled_payments(row: PaymentRow) {
        optional payment_id: Text = some_text(&row.payment.payment_id),
        optional account_id: Text = row.payment.account_id.as_ref(),
        optional document_id: Text = row.payment.document_id.as_ref(),
        optional at: Instant = row.payment.at,
        optional amount: Money = row.foreign_amount.is_none().then_some(row.payment.money),
        required currency: Text = row.payment.currency.code(),
        optional other_amount: Text = row.foreign_amount.as_deref(),
        optional kind: Text = &row.payment.kind,
        required outcome: Text = row.outcome,
        optional code: Text = row.code.map(BreakCode::name),
        optional month: Text = row.month.as_deref(),
        optional settlement: Integer = row.settlement,
    }
}

/// Writes all tables.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the folder cannot be written.
pub(super) fn write(
    target: &ReportTarget<'_>,
    input: &MatchInput<'_>,
    matched: &Matched,
) -> Result<Vec<Output>> {
    let numbered = || (1_u64..).zip(&matched.settlements);
    let sound = numbered().filter(|(_, settlement)| settlement.breaks.is_empty());
    let sound: Vec<MatchRow<'_>> =
        sound.map(|(number, settlement)| MatchRow { number, settlement, input }).collect();
    let broken = numbered().flat_map(|(n, s)| s.breaks.iter().map(move |found| (n, s, found)));
    let broken: Vec<BreakRow<'_>> = broken
        .map(|(number, settlement, found)| {
            let detail = detail(found, settlement, input)?;
            Ok(BreakRow { number, settlement, found, input, detail })
        })
        .collect::<Result<_>>()?;
    let documents = input.documents_in_order();
    let mut payments: Vec<usize> = (0..input.payments.len()).collect();
    payments.sort_by_key(|&payment| {
        let Payment { account_id, at, payment_id, money, .. } = &input.payments[payment];
        (account_id, *at, payment_id, *money)
    });
    let outputs = [
        matches().write(target, &sound, MatchRow::clone)?,
        breaks().write(target, &broken, BreakRow::clone)?,
        reconciled_documents().write(target, &documents, |&d| document_row(d, input, matched))?,
        reconciled_payments().write(target, &payments, |&p| payment_row(p, input, matched))?,
    ];
    Ok(outputs.into_iter().flatten().collect())
}

fn document_row<'a>(document: usize, input: &MatchInput<'a>, matched: &Matched) -> DocumentRow<'a> {
    let settlement = matched.documents[document];
    let breaks = &matched.settlements[settlement].breaks;
    let own = breaks.iter().find(|found| found.document == Some(document)).or(breaks.first());
    DocumentRow {
        document: &input.documents[document],
        outcome: outcome(breaks),
        code: own.map(|found| found.code),
        settlement: settlement as u64 + 1,
    }
}

fn payment_row<'a>(payment: usize, input: &MatchInput<'a>, matched: &Matched) -> PaymentRow<'a> {
    let row = &input.payments[payment];
    let is_foreign = row.currency != input.currency;
    let (outcome, code, month, settlement) = match matched.payments[payment] {
        PaymentOutcome::OtherMonth(month) => ("other-month", None, Some(month.to_string()), None),
        PaymentOutcome::SetAside => ("set-aside", None, None, None),
        PaymentOutcome::Settled(settlement) => {
            let breaks = &matched.settlements[settlement].breaks;
            let own = breaks.iter().find(|found| found.payment == Some(payment));
            let code = own.or(breaks.first()).map(|found| found.code);
            (outcome(breaks), code, None, Some(settlement as u64 + 1))
        }
    };
    let foreign_amount = is_foreign.then(|| row.currency.plain(row.money));
    PaymentRow { payment: row, foreign_amount, outcome, code, month, settlement }
}

/// A text, where there is one.
fn some_text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn outcome(breaks: &[Break]) -> &'static str {
    if breaks.is_empty() { "matched" } else { "break" }
}
