//! What is said of a settlement: how it was matched, or each break in a sentence.

use super::breaks::{Break, Code};
use super::items::{MatchInput, Settlement};

/// A break in one sentence.
pub(super) fn detail(found: &Break, settlement: &Settlement, input: &MatchInput<'_>) -> String {
    let code = input.currency.code();
    let money = |minor: i128| format!("{} {code}", input.plain(minor.abs()));
    let payment = found.payment.map(|p| &input.payments[p]);
    let document = found.document.map(|d| &input.documents[d]);
    let total = document.map_or(0, |document| document.total);
    match found.code {
        Code::MissingPayment if total == -found.difference => {
            format!("nothing was paid of {}", money(total))
        }
        Code::MissingPayment => format!(
            "nothing was paid of {}, what a credit note leaves of {}",
            money(found.difference),
            money(total)
        ),
        Code::ShortPayment => {
            let due = settlement.expected;
            format!("{} of {} lacking", money(found.difference), money(due))
        }
        Code::OverPayment if settlement.documents.is_empty() => {
            format!("{} paid, for which nothing is due", money(found.difference))
        }
        Code::OverPayment => {
            let (paid, due) = (settlement.paid, settlement.expected);
            format!("{} paid of {} due", money(paid), money(due))
        }
        Code::DuplicatePayment => {
            let first = found.repeats.map_or("", |p| &input.payments[p].payment_id);
            format!("{} paid again, as by {first}", money(payment.map_or(0, |p| p.amount())))
        }
        Code::UnknownDocument => "no month of the book has this document".to_owned(),
        Code::UnknownAccount => match payment.map_or("", |p| &p.account_id) {
            "" => "the payment names neither a document nor an account".to_owned(),
            _ => "the payment names no document, and the month has no such account".to_owned(),
        },
        Code::WrongCurrency => {
            let (paid, in_code) = payment
                .map_or(Default::default(), |p| (p.currency.plain(p.money), p.currency.code()));
            format!("{paid} {in_code} paid, while documents are in {code}")
        }
        Code::RefundWithoutNote => {
            format!("{} given back without a credit note", money(found.difference))
        }
        Code::NoteWithoutRefund if total == -found.difference => {
            format!("the note's {} were not given back", money(total))
        }
        Code::NoteWithoutRefund => {
            format!("of the note's {}, {} not given back", money(total), money(found.difference))
        }
    }
}

/// How a settlement without breaks was found, as tables write it.
pub(super) fn matched_by(settlement: &Settlement, input: &MatchInput<'_>) -> &'static str {
    let names = |&p: &usize| !input.payments[p].document_id.is_empty();
    match (settlement.documents.len(), settlement.payments.len()) {
        (_, 0) if settlement.expected == 0 => "nothing-due",
        (_, 0) => "tolerance",
        _ if settlement.payments.iter().all(names) => "document-id",
        (1, 1) if settlement.expected == settlement.paid => "amount",
        _ => "balance",
    }
}
