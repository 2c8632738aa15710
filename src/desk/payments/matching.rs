//! Documents and payments, matched: a pure function of plain values.
//!
//! Every document and every payment comes out exactly once: in a settlement, or, of payments only,
//! set apart because it is another month's or no customer's. The order in which they come in
//! changes nothing.

use std::collections::{BTreeMap, HashMap};

use super::account::{self, Account};
use super::export::Payment;
use super::items::{Break, BreakCode, MatchInput, Matched, PaymentOutcome, Settlement};
use crate::base::calendar::Month;
use crate::base::ids::AccountId;

/// Where a payment belongs.
enum Target<'a> {
    Account(&'a AccountId),
    OtherMonth(Month),
    Nowhere(BreakCode),
}

/// Matches documents with payments.
pub fn reconcile(input: &MatchInput) -> Matched {
    let mut outcomes = vec![PaymentOutcome::SetAside; input.payments.len()];
    let mut accounts: BTreeMap<Option<&AccountId>, Account> = BTreeMap::new();
    let of_id: HashMap<&str, usize> =
        input.documents.iter().enumerate().map(|(at, d)| (d.document_id.as_str(), at)).collect();
    for document in input.documents_in_order() {
        let account_id = &input.documents[document].account_id;
        accounts.entry(Some(account_id)).or_default().documents.push(document);
    }
    let mut in_order = Vec::with_capacity(input.payments.len());
    for (at, payment) in input.payments.iter().enumerate() {
        match (&payment.set_aside, payment.is_later_than(input.as_of)) {
            (Some(_), _) => {}
            (None, true) => outcomes[at] = PaymentOutcome::Later,
            (None, false) => in_order.push(at),
        }
    }
    in_order.sort_by_key(|&at| {
        let payment = &input.payments[at];
        (payment.at, &payment.payment_id, payment.money)
    });
    for at in in_order {
        let payment = &input.payments[at];
        match target(payment, input, &of_id, &accounts) {
            Target::Account(account) => {
                let account = accounts.entry(Some(account)).or_default();
                let foreign = payment.currency != input.currency;
                if foreign { &mut account.foreign } else { &mut account.payments }.push(at);
            }
            Target::OtherMonth(month) => outcomes[at] = PaymentOutcome::OtherMonth(month),
            Target::Nowhere(code) => {
                let account = accounts.entry(payment.account_id.as_ref()).or_default();
                account.strays.push((at, code));
            }
        }
    }
    let mut settlements = Vec::new();
    for (id, account) in accounts {
        let settled = account::settle(&account, input).into_iter();
        let strays = account.strays.iter().map(|&(at, code)| stray(at, code, input));
        let settled = settled.chain(strays);
        settlements.extend(settled.map(|s| Settlement { account_id: id.cloned(), ..s }));
    }
    let mut documents = vec![0; input.documents.len()];
    for (at, settlement) in settlements.iter().enumerate() {
        settlement.documents.iter().for_each(|&document| documents[document] = at);
        settlement
            .payments
            .iter()
            .for_each(|&payment| outcomes[payment] = PaymentOutcome::Settled(at));
    }
    Matched { settlements, payments: outcomes, documents }
}

/// By the document that it names, else by its account.
fn target<'a>(
    payment: &'a Payment,
    input: &'a MatchInput,
    of_id: &HashMap<&str, usize>,
    accounts: &BTreeMap<Option<&AccountId>, Account>,
) -> Target<'a> {
    if let Some(document_id) = &payment.document_id {
        let here = of_id.get(document_id.as_str()).map(|&d| &input.documents[d].account_id);
        let there = input.lookup.elsewhere.get(document_id);
        return match (here, there) {
            (Some(account), _) => Target::Account(account),
            (None, Some(&month)) => Target::OtherMonth(month),
            (None, None) => Target::Nowhere(BreakCode::UnknownDocument),
        };
    }
    let has_documents = |id| accounts.get(&Some(id)).is_some_and(|a| !a.documents.is_empty());
    match &payment.account_id {
        Some(id) if input.lookup.accounts.contains(id) || has_documents(id) => Target::Account(id),
        _ => Target::Nowhere(BreakCode::UnknownAccount),
    }
}

/// The settlement of a payment that belongs nowhere: a break by itself.
fn stray(at: usize, code: BreakCode, input: &MatchInput) -> Settlement {
    let difference = input.payments[at].amount_in(input.currency);
    let found = Break { payment: Some(at), ..Break::new(code, difference) };
    let (payments, breaks) = (vec![at], vec![found]);
    Settlement { payments, paid: difference, breaks, ..Settlement::default() }
}
