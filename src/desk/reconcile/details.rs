//! What is said of a settlement: how it was matched, or each break in a sentence.

use crate::base::error::{Error, Result};
use crate::desk::payments::{Break, BreakCode, MatchInput, Payment, Settlement, fault};

/// A break in one sentence.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where it does not name what a break of its code
/// concerns, which is a fault of the program.
pub(super) fn detail(found: &Break, settlement: &Settlement, input: &MatchInput) -> Result<String> {
    let code = input.currency.code();
    let money = |minor: i128| format!("{} {code}", input.amount(minor.abs()));
    let lacks =
        |what: &str| -> Error { fault(format!("a break `{}` names no {what}", found.code.name())) };
    let payment = || found.payment.map(|p| &input.payments[p]).ok_or_else(|| lacks("payment"));
    let total = || -> Result<i128> {
        let document = found.document.ok_or_else(|| lacks("document"))?;
        Ok(input.documents[document].total.into())
    };
    Ok(match found.code {
        BreakCode::MissingPayment => match total()? {
            total if total == -found.difference => format!("nothing was paid of {}", money(total)),
            total => format!(
                "nothing was paid of {}, what a credit note leaves of {}",
                money(found.difference),
                money(total)
            ),
        },
        BreakCode::ShortPayment => {
            let due = settlement.expected;
            format!("{} of {} lacking", money(found.difference), money(due))
        }
        BreakCode::OverPayment if settlement.documents.is_empty() => {
            format!("{} paid, for which nothing is due", money(found.difference))
        }
        BreakCode::OverPayment => {
            let (paid, due) = (settlement.paid, settlement.expected);
            format!("{} paid of {} due", money(paid), money(due))
        }
        BreakCode::DuplicatePayment => {
            let first = input.payment_id(found.repeats).ok_or_else(|| lacks("first payment"))?;
            format!("{} paid again, as by {first}", money(payment()?.amount()))
        }
        BreakCode::UnknownDocument => "no month of the book has this document".to_owned(),
        BreakCode::UnknownAccount => match payment()?.account_id {
            None => "the payment names neither a document nor an account".to_owned(),
            Some(_) => {
                "the payment names no document, and the month has no such account".to_owned()
            }
        },
        BreakCode::WrongCurrency => {
            let Payment { money, currency, .. } = payment()?;
            let (paid, in_code) = (currency.amount(*money), currency.code());
            format!("{paid} {in_code} paid, while documents are in {code}")
        }
        BreakCode::RefundWithoutNote => {
            format!("{} given back without a credit note", money(found.difference))
        }
        BreakCode::NoteWithoutRefund => match total()? {
            total if total == -found.difference => {
                format!("the note's {} were not given back", money(total))
            }
            total => {
                let left = money(found.difference);
                format!("of the note's {}, {left} not given back", money(total))
            }
        },
    })
}

/// How a settlement without breaks was found, as tables write it.
pub(super) fn matched_by(settlement: &Settlement, input: &MatchInput) -> &'static str {
    let names = |&p: &usize| input.payments[p].document_id.is_some();
    match (settlement.documents.len(), settlement.payments.len()) {
        (_, 0) if settlement.expected == 0 => "nothing-due",
        (_, 0) => "tolerance",
        _ if settlement.payments.iter().all(names) => "document-id",
        (1, 1) if settlement.expected == settlement.paid => "amount",
        _ => "balance",
    }
}
