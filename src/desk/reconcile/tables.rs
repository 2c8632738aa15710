//! The tables of a reconciliation.

use std::path::Path;

use super::breaks::{Break, Code};
use super::matching::{Fate, Matched, Question, Settlement, matched_by};
use super::payments::Payment;
use super::report::detail;
use crate::base::error::Result;
use crate::tables::{Cell, ColumnType, Output, ReportTable, TableColumn, optional, required};

const INTEGER: ColumnType = ColumnType::Integer;
const MONEY: ColumnType = ColumnType::Money;
const TEXT: ColumnType = ColumnType::Text;

/// Settlements without breaks.
const MATCHES: ReportTable = ReportTable {
    name: "matches",
    columns: &[
        required("settlement", INTEGER),
        optional("account_id", TEXT),
        optional("document_id", TEXT),
        required("documents", INTEGER),
        optional("payment_id", TEXT),
        required("payments", INTEGER),
        required("matched_by", TEXT),
        required("expected", MONEY),
        required("paid", MONEY),
        required("difference", MONEY),
    ],
};

/// What is wrong.
const BREAKS: ReportTable = ReportTable {
    name: "breaks",
    columns: &[
        required("settlement", INTEGER),
        required("code", TEXT),
        optional("account_id", TEXT),
        optional("document_id", TEXT),
        optional("payment_id", TEXT),
        required("expected", MONEY),
        required("paid", MONEY),
        required("difference", MONEY),
        required("detail", TEXT),
    ],
};

const DOCUMENT_COLUMNS: &[TableColumn] = &[
    required("document_id", TEXT),
    required("document_type", TEXT),
    required("account_id", TEXT),
    required("total_amount", MONEY),
    optional("relates_to", TEXT),
    required("outcome", TEXT),
    optional("code", TEXT),
    required("settlement", INTEGER),
];

/// Every document, and what became of it.
const DOCUMENTS: ReportTable =
    ReportTable { name: "reconciled_documents", columns: DOCUMENT_COLUMNS };

/// Every payment, and what became of it.
const PAYMENTS: ReportTable = ReportTable {
    name: "reconciled_payments",
    columns: &[
        required("payment_id", TEXT),
        optional("account_id", TEXT),
        optional("document_id", TEXT),
        required("at", ColumnType::Instant),
        optional("amount", MONEY),
        required("currency", TEXT),
        optional("other_amount", TEXT),
        optional("kind", TEXT),
        required("outcome", TEXT),
        optional("code", TEXT),
        optional("month", TEXT),
        optional("settlement", INTEGER),
    ],
};

/// Writes all tables into `folder`.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the folder cannot be written.
pub fn write(
    folder: &Path,
    what: &Question<'_>,
    matched: &Matched,
    notes: &[(&str, &str)],
) -> Result<Vec<Output>> {
    let numbered = || (1_u64..).zip(&matched.settlements);
    let matches: Vec<_> = numbered().filter(|(_, s)| s.breaks.is_empty()).collect();
    let breaks: Vec<(u64, &Settlement, &Break)> =
        numbered().flat_map(|(n, s)| s.breaks.iter().map(move |found| (n, s, found))).collect();
    let mut documents: Vec<usize> = (0..what.documents.len()).collect();
    documents.sort_by_key(|&d| (&what.documents[d].account_id, &what.documents[d].document_id));
    let mut payments: Vec<usize> = (0..what.payments.len()).collect();
    payments.sort_by_key(|&p| key_of(&what.payments[p]));

    let mut outputs = MATCHES.write(folder, what.currency, notes, &matches, |row, sheet| {
        let (number, settlement) = *row;
        sheet.push(match_cells(number, settlement, what))
    })?;
    outputs.extend(BREAKS.write(folder, what.currency, notes, &breaks, |row, sheet| {
        let (number, settlement, found) = *row;
        let detail = detail(found, settlement, what);
        sheet.push([
            Cell::Integer(number),
            found.code.name().into(),
            text(&settlement.account_id),
            text(document_of(found, what)),
            text(found.payment.map_or("", |p| &what.payments[p].payment_id)),
            Cell::Decimal(settlement.expected),
            Cell::Decimal(settlement.paid),
            Cell::Decimal(found.difference),
            detail.as_str().into(),
        ])
    })?);
    outputs.extend(DOCUMENTS.write(folder, what.currency, notes, &documents, |&row, sheet| {
        sheet.push(document_cells(row, what, matched))
    })?);
    outputs.extend(PAYMENTS.write(folder, what.currency, notes, &payments, |&row, sheet| {
        let payment = &what.payments[row];
        let other_amount = payment.currency.plain(payment.money);
        let month = match matched.payments[row] {
            Fate::OtherMonth(month) => month.to_string(),
            _ => String::new(),
        };
        let (outcome, code, settlement) = fate_of(row, matched);
        let foreign = payment.currency != what.currency;
        sheet.push([
            payment.payment_id.as_str().into(),
            text(&payment.account_id),
            text(&payment.document_id),
            payment.at.into(),
            if foreign { Cell::Null } else { payment.money.into() },
            payment.currency.code().into(),
            if foreign { text(&other_amount) } else { Cell::Null },
            text(&payment.kind),
            outcome.into(),
            code.map(Code::name).into(),
            text(&month),
            settlement.map_or(Cell::Null, Cell::Integer),
        ])
    })?);
    Ok(outputs)
}

fn key_of(payment: &Payment) -> impl Ord {
    let Payment { account_id, at, payment_id, money, .. } = payment;
    (account_id, *at, payment_id, *money)
}

fn text(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Null } else { Cell::Text(text) }
}

/// The number of the document that a break concerns: one of the book's, else what the payment
/// names.
pub fn document_of<'a>(found: &Break, what: &Question<'a>) -> &'a str {
    let named = found.payment.map_or("", |p| &what.payments[p].document_id);
    found.document.map_or(named, |d| &what.documents[d].document_id)
}

fn match_cells<'a>(number: u64, settlement: &'a Settlement, what: &Question<'a>) -> [Cell<'a>; 10] {
    let document = settlement.documents.first().map(|&d| what.documents[d].document_id.as_str());
    let payment = settlement.payments.first().map(|&p| what.payments[p].payment_id.as_str());
    [
        Cell::Integer(number),
        text(&settlement.account_id),
        document.into(),
        Cell::Integer(settlement.documents.len() as u64),
        payment.into(),
        Cell::Integer(settlement.payments.len() as u64),
        matched_by(settlement, what).into(),
        Cell::Decimal(settlement.expected),
        Cell::Decimal(settlement.paid),
        Cell::Decimal(settlement.paid - settlement.expected),
    ]
}

fn document_cells<'a>(row: usize, what: &Question<'a>, matched: &Matched) -> [Cell<'a>; 8] {
    let document = &what.documents[row];
    let settlement = matched.documents[row];
    let of = &matched.settlements[settlement].breaks;
    let own = of.iter().find(|found| found.document == Some(row)).or(of.first());
    [
        document.document_id.as_str().into(),
        document.document_type.as_str().into(),
        document.account_id.as_str().into(),
        Cell::Decimal(document.total),
        text(&document.relates_to),
        outcome(of.is_empty()).into(),
        own.map(|found| found.code.name()).into(),
        Cell::Integer(settlement as u64 + 1),
    ]
}

fn outcome(matched: bool) -> &'static str {
    if matched { "matched" } else { "break" }
}

/// What became of a payment: in a word, with the code of its break, and its settlement's number.
fn fate_of(row: usize, matched: &Matched) -> (&'static str, Option<Code>, Option<u64>) {
    match matched.payments[row] {
        Fate::OtherMonth(_) => ("other-month", None, None),
        Fate::SetAside => ("set-aside", None, None),
        Fate::Settled(settlement) => {
            let breaks = &matched.settlements[settlement].breaks;
            let own = breaks.iter().find(|found| found.payment == Some(row)).or(breaks.first());
            let code = own.map(|found| found.code);
            (outcome(breaks.is_empty()), code, Some(settlement as u64 + 1))
        }
    }
}
