//! Documents and payments, matched: a pure function of plain values.
//!
//! Every document and every payment comes out exactly once: in a settlement, or, of payments only,
//! set apart because it is another month's or no customer's. The order in which they come in
//! changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::account::{self, Account};
use super::breaks::{Break, Code};
use super::items::{MatchInput, Matched, PaymentOutcome, Settlement};
use super::payments::Payment;
use crate::base::calendar::Month;
use crate::base::money::Currency;

/// Where a payment belongs.
enum Target<'a> {
    To(&'a str),
    OtherMonth(Month),
    Nowhere(Code),
}

/// Matches documents with payments.
pub fn reconcile(input: &MatchInput<'_>) -> Matched {
    let mut outcomes = vec![PaymentOutcome::SetAside; input.payments.len()];
    let mut accounts: BTreeMap<&str, Account> = BTreeMap::new();
    let mut nowhere: BTreeMap<&str, Vec<Settlement>> = BTreeMap::new();
    let of_id: HashMap<&str, usize> =
        input.documents.iter().enumerate().map(|(at, d)| (d.document_id.as_str(), at)).collect();
    for document in input.documents_in_order() {
        let account_id = input.documents[document].account_id.as_str();
        accounts.entry(account_id).or_default().documents.push(document);
    }
    let mut in_order: Vec<usize> =
        (0..input.payments.len()).filter(|&at| !input.payments[at].set_aside).collect();
    in_order.sort_by_key(|&at| {
        let payment = &input.payments[at];
        (payment.at, &payment.payment_id, payment.money)
    });
    for at in in_order {
        let payment = &input.payments[at];
        match target(payment, input, &of_id, &accounts) {
            Target::To(account) => {
                let account = accounts.entry(account).or_default();
                let foreign = payment.currency != input.currency;
                if foreign { &mut account.foreign } else { &mut account.payments }.push(at);
            }
            Target::OtherMonth(month) => outcomes[at] = PaymentOutcome::OtherMonth(month),
            Target::Nowhere(code) => {
                let stray = stray(at, payment, code, input.currency);
                nowhere.entry(&payment.account_id).or_default().push(stray);
            }
        }
    }
    let mut settlements = Vec::new();
    let ids: BTreeSet<&str> = accounts.keys().chain(nowhere.keys()).copied().collect();
    for id in ids {
        let account = accounts.get(id).into_iter();
        let settled = account.flat_map(|account| account::settle(account, input));
        let strays = nowhere.remove(id).unwrap_or_default();
        let account_id = || id.to_owned();
        settlements.extend(settled.map(|s| Settlement { account_id: account_id(), ..s }));
        settlements.extend(strays);
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
    input: &MatchInput<'a>,
    of_id: &HashMap<&str, usize>,
    accounts: &BTreeMap<&str, Account>,
) -> Target<'a> {
    let Payment { account_id, document_id, .. } = payment;
    if !document_id.is_empty() {
        let here = of_id.get(document_id.as_str()).map(|&d| &input.documents[d].account_id);
        let there = input.lookup.elsewhere.get(document_id);
        return match (here, there) {
            (Some(account), _) => Target::To(account),
            (None, Some(&month)) => Target::OtherMonth(month),
            (None, None) => Target::Nowhere(Code::UnknownDocument),
        };
    }
    let is_known = input.lookup.accounts.contains(account_id);
    if is_known || accounts.contains_key(account_id.as_str()) {
        return Target::To(account_id);
    }
    Target::Nowhere(Code::UnknownAccount)
}

/// The settlement of a payment that belongs nowhere: a break by itself.
fn stray(at: usize, payment: &Payment, code: Code, currency: Currency) -> Settlement {
    let difference = if payment.currency == currency { payment.amount() } else { 0 };
    let found = Break { code, document: None, payment: Some(at), repeats: None, difference };
    Settlement {
        account_id: payment.account_id.clone(),
        documents: Vec::new(),
        payments: vec![at],
        expected: 0,
        paid: difference,
        breaks: vec![found],
    }
}
