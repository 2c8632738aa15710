//! The tables of a reconciliation.

use chrono::NaiveDate;

use super::details::{detail, matched_by};
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::desk::payments::{
    Age, Break, BreakCode, Document, MatchInput, Matched, Open, Payment, PaymentOutcome, Payout,
    Reconciled, Settlement,
};
use crate::tables::{Output, ReportTarget, report_table};

/// A settlement without breaks.
#[derive(Clone, Copy)]
struct MatchRow<'a> {
    number: u64,
    settlement: &'a Settlement,
    input: &'a MatchInput,
}

/// A break of a settlement.
#[derive(Clone)]
struct BreakRow<'a> {
    number: u64,
    settlement: &'a Settlement,
    found: &'a Break,
    input: &'a MatchInput,
    detail: String,
}

/// A document, and what became of it.
struct DocumentRow<'a> {
    document: &'a Document,
    outcome: &'static str,
    code: Option<BreakCode>,
    settlement: u64,
    open: i128,
    as_of: NaiveDate,
}

impl DocumentRow<'_> {
    /// For how many days it has been due; nothing where nothing is open.
    fn days(&self) -> Option<i64> {
        (self.open != 0).then(|| self.document.days_due(self.as_of))
    }

    fn age(&self) -> Option<&'static str> {
        (self.open != 0).then(|| self.document.age(self.as_of).name())
    }
}

/// An account with something open.
struct AgeingRow<'a> {
    account_id: Option<&'a AccountId>,
    open: &'a Open,
}

/// A payout, and what became of it.
struct PayoutRow<'a> {
    payout: &'a Payout,
    /// Its amounts, where it is in another currency than the documents.
    other_amounts: Option<String>,
}

impl PayoutRow<'_> {
    /// An amount, where it is in the documents' currency.
    fn ours(&self, minor: i128) -> Option<i128> {
        self.other_amounts.is_none().then_some(minor)
    }
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
        required month: Text = Cell::Month(row.document.month),
        required issued_on: Date = Cell::Date(row.document.issued_on),
        optional due_on: Date = row.document.due_on.map(Cell::Date),
        required open: Money = row.open,
        optional days_due: Integer = row.days().map(|days| Cell::Signed(days.into())),
        optional age: Text = row.age(),
    }
}

report_table! {
    /// What is open, by account and by how long it has been due.
    fn ageing(row: AgeingRow) {
        optional account_id: Text = row.account_id,
        required not_due: Money = row.open.of(Age::NotDue),
        required days_0_30: Money = row.open.of(Age::Days0To30),
        required days_31_60: Money = row.open.of(Age::Days31To60),
        required days_61_90: Money = row.open.of(Age::Days61To90),
        required over_90: Money = row.open.of(Age::Over90),
        required documents: Money = row.open.documents(),
        required unapplied: Money = row.open.unapplied,
        required balance: Money = row.open.balance(),
    }
}

report_table! {
    /// Every payout, and what became of it.
    fn payouts(row: PayoutRow) {
        required payout_id: Text = &row.payout.payout_id,
        optional at: Instant = row.payout.at,
        required currency: Text = row.payout.currency.code(),
        required payments: Integer = row.payout.payments.rows,
        optional payments_amount: Money = row.ours(row.payout.payments.amount),
        required others: Integer = row.payout.others.rows,
        optional others_amount: Money = row.ours(row.payout.others.amount),
        optional fees: Money = row.ours(row.payout.fees),
        optional paid_out: Money = row.payout.paid_out.and_then(|paid| row.ours(paid)),
        optional difference: Money = row.payout.difference().and_then(|difference| row.ours(difference)),
        optional other_amounts: Text = row.other_amounts.as_deref(),
        required outcome: Text = row.payout.outcome().name(),
    }
}

report_table! {
    /// Every payment, and what became of it.
    fn reconciled_payments(row: PaymentRow) {
        optional payment_id: Text = &row.payment.payment_id,
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
pub(super) fn write(target: &ReportTarget<'_>, reconciled: &Reconciled) -> Result<Vec<Output>> {
    let (input, matched) = (&reconciled.input, &reconciled.matched);
    let Reconciled { ageing: open, payouts: paid_out, .. } = reconciled;
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
    let of_accounts: Vec<_> = open.accounts.iter().collect();
    let outputs = [
        matches().write(target, &sound, MatchRow::clone)?,
        breaks().write(target, &broken, BreakRow::clone)?,
        reconciled_documents()
            .write(target, &documents, |&d| document_row(d, input, reconciled))?,
        reconciled_payments().write(target, &payments, |&p| payment_row(p, input, matched))?,
        ageing().write(target, &of_accounts, |(account, open)| AgeingRow {
            account_id: account.as_ref(),
            open,
        })?,
        payouts().write(target, paid_out, |payout| payout_row(payout, input))?,
    ];
    Ok(outputs.into_iter().flatten().collect())
}

fn document_row<'a>(
    document: usize,
    input: &'a MatchInput,
    reconciled: &Reconciled,
) -> DocumentRow<'a> {
    let Reconciled { matched, ageing, .. } = reconciled;
    let settlement = matched.documents[document];
    let breaks = &matched.settlements[settlement].breaks;
    let own = breaks.iter().find(|found| found.document == Some(document)).or(breaks.first());
    DocumentRow {
        document: &input.documents[document],
        outcome: outcome(breaks),
        code: own.map(|found| found.code),
        settlement: settlement as u64 + 1,
        open: ageing.documents[document],
        as_of: input.as_of,
    }
}

fn payout_row<'a>(payout: &'a Payout, input: &MatchInput) -> PayoutRow<'a> {
    let is_foreign = payout.currency != input.currency;
    PayoutRow { payout, other_amounts: is_foreign.then(|| payout.in_words()) }
}

fn payment_row<'a>(payment: usize, input: &'a MatchInput, matched: &Matched) -> PaymentRow<'a> {
    let row = &input.payments[payment];
    let is_foreign = row.currency != input.currency;
    let (outcome, code, month, settlement) = match matched.payments[payment] {
        PaymentOutcome::OtherMonth(month) => ("other-month", None, Some(month.to_string()), None),
        PaymentOutcome::Later => ("later", None, None, None),
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

fn outcome(breaks: &[Break]) -> &'static str {
    if breaks.is_empty() { "matched" } else { "break" }
}
