//! Documents and payments, matched: a pure function of plain values.
//!
//! Every document and every payment comes out exactly once: in a settlement, or, of payments only,
//! set apart because it is another month's or no customer's. The order in which they come in
//! changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::account::{self, Account};
use super::breaks::{Break, Code};
use super::payments::Payment;
use crate::base::calendar::Month;
use crate::base::money::Currency;

/// A document in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its number.
    pub document_id: String,
    /// `invoice`, `credit_note` or `debit_note`.
    pub document_type: String,
    /// The account that it is of.
    pub account_id: String,
    /// What it comes to, in minor units; negative in the customer's favour.
    pub total: i128,
    /// A note's invoice; else empty.
    pub relates_to: String,
}

/// What is known beside the documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Accounts of the month, those without documents too.
    pub accounts: BTreeSet<String>,
    /// Documents of other months that payments name.
    pub elsewhere: BTreeMap<String, Month>,
}

/// What is matched.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The documents in force.
    pub documents: &'a [Document],
    /// The payments.
    pub payments: &'a [Payment],
    /// What is known beside them.
    pub known: &'a Known,
    /// The documents' currency.
    pub currency: Currency,
    /// Differences of a settlement up to this amount are no breaks.
    pub tolerance: i128,
}

/// Documents and payments that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The account; of payments of unknown ones, what the payment says, which may be nothing.
    pub account_id: String,
    /// The documents, by index, in the order of their ids.
    pub documents: Vec<usize>,
    /// The payments, by index, in the order of time and id.
    pub payments: Vec<usize>,
    /// What the documents come to.
    pub expected: i128,
    /// What the payments in the documents' currency come to.
    pub paid: i128,
    /// What is wrong; nothing in a match. The differences add up to `paid` − `expected`.
    pub breaks: Vec<Break>,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is in this settlement.
    Settled(usize),
    /// It names a document of another month.
    OtherMonth(Month),
    /// It is no payment of a customer.
    SetAside,
}

/// All documents and payments, matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The settlements, by account.
    pub settlements: Vec<Settlement>,
    /// What became of each payment.
    pub payments: Vec<Fate>,
    /// Each document's settlement.
    pub documents: Vec<usize>,
}

/// Where a payment belongs.
enum Belongs<'a> {
    To(&'a str),
    OtherMonth(Month),
    Nowhere(Code),
}

/// Matches documents with payments.
pub fn reconcile(what: &Question<'_>) -> Matched {
    let mut fates = vec![Fate::SetAside; what.payments.len()];
    let mut accounts: BTreeMap<&str, Account> = BTreeMap::new();
    let mut nowhere: BTreeMap<&str, Vec<Settlement>> = BTreeMap::new();
    let of_id: HashMap<&str, usize> =
        what.documents.iter().enumerate().map(|(at, d)| (d.document_id.as_str(), at)).collect();
    for document in sorted_by(what.documents, |d| (&d.account_id, &d.document_id)) {
        let account_id = what.documents[document].account_id.as_str();
        accounts.entry(account_id).or_default().documents.push(document);
    }
    let in_order = sorted_by(what.payments, |p| (p.at, &p.payment_id, p.money));
    for at in in_order.into_iter().filter(|&at| !what.payments[at].set_aside) {
        let payment = &what.payments[at];
        match belongs(payment, what, &of_id, &accounts) {
            Belongs::To(account) => {
                let account = accounts.entry(account).or_default();
                let foreign = payment.currency != what.currency;
                if foreign { &mut account.foreign } else { &mut account.payments }.push(at);
            }
            Belongs::OtherMonth(month) => fates[at] = Fate::OtherMonth(month),
            Belongs::Nowhere(code) => {
                let stray = stray(at, payment, code, what.currency);
                nowhere.entry(&payment.account_id).or_default().push(stray);
            }
        }
    }
    let mut settlements = Vec::new();
    let ids: BTreeSet<&str> = accounts.keys().chain(nowhere.keys()).copied().collect();
    for id in ids {
        let account = accounts.get(id).into_iter();
        let settled = account.flat_map(|account| {
            account::settle(account, what.documents, what.payments, what.tolerance)
        });
        let strays = nowhere.remove(id).unwrap_or_default();
        let account_id = || id.to_owned();
        settlements.extend(settled.map(|s| Settlement { account_id: account_id(), ..s }));
        settlements.extend(strays);
    }
    let mut documents = vec![0; what.documents.len()];
    for (at, settlement) in settlements.iter().enumerate() {
        settlement.documents.iter().for_each(|&document| documents[document] = at);
        settlement.payments.iter().for_each(|&payment| fates[payment] = Fate::Settled(at));
    }
    Matched { settlements, payments: fates, documents }
}

/// The indices of items, in the order of a key of theirs.
fn sorted_by<'a, T, K: Ord>(items: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|&a, &b| key(&items[a]).cmp(&key(&items[b])));
    order
}

/// By the document that it names, else by its account.
fn belongs<'a>(
    payment: &'a Payment,
    what: &Question<'a>,
    of_id: &HashMap<&str, usize>,
    accounts: &BTreeMap<&str, Account>,
) -> Belongs<'a> {
    let Payment { account_id, document_id, .. } = payment;
    if !document_id.is_empty() {
        let here = of_id.get(document_id.as_str()).map(|&d| &what.documents[d].account_id);
        let there = what.known.elsewhere.get(document_id);
        return match (here, there) {
            (Some(account), _) => Belongs::To(account),
            (None, Some(&month)) => Belongs::OtherMonth(month),
            (None, None) => Belongs::Nowhere(Code::UnknownDocument),
        };
    }
    let known = what.known.accounts.contains(account_id);
    if known || accounts.contains_key(account_id.as_str()) {
        return Belongs::To(account_id);
    }
    Belongs::Nowhere(Code::UnknownAccount)
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

/// How a settlement without breaks was found, as tables write it.
pub fn matched_by(settlement: &Settlement, what: &Question<'_>) -> &'static str {
    let names = |&p: &usize| !what.payments[p].document_id.is_empty();
    match (settlement.documents.len(), settlement.payments.len()) {
        (_, 0) if settlement.expected == 0 => "nothing-due",
        (_, 0) => "tolerance",
        _ if settlement.payments.iter().all(names) => "document-id",
        (1, 1) if settlement.expected == settlement.paid => "amount",
        _ => "balance",
    }
}
