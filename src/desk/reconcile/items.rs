//! What is matched, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use super::breaks::Break;
use super::payments::Payment;
use crate::base::calendar::Month;
use crate::base::digits::plain_decimal;
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

/// What the book says of names in the payments, beside the documents in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookLookup {
    /// Accounts of the month, those without documents too.
    pub accounts: BTreeSet<String>,
    /// Documents of other months that payments name.
    pub elsewhere: BTreeMap<String, Month>,
}

/// What is matched.
#[derive(Debug, Clone, Copy)]
pub struct MatchInput<'a> {
    /// The documents in force.
    pub documents: &'a [Document],
    /// The payments.
    pub payments: &'a [Payment],
    /// What the book says of what else payments name.
    pub lookup: &'a BookLookup,
    /// The documents' currency.
    pub currency: Currency,
    /// Differences of a settlement up to this amount are no breaks.
    pub tolerance: i128,
}

impl MatchInput<'_> {
    /// The documents, by index, in the order of accounts and ids.
    pub(super) fn documents_in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.documents.len()).collect();
        order.sort_by_key(|&d| (&self.documents[d].account_id, &self.documents[d].document_id));
        order
    }

    /// An amount of the documents' currency in plain digits.
    pub(super) fn plain(&self, minor: i128) -> String {
        plain_decimal(minor, u32::from(self.currency.decimals()))
    }
}

impl<'a> MatchInput<'a> {
    /// The number of the document that a break concerns: one of the book's, else what the payment
    /// names, which may be nothing.
    pub(super) fn document_of(&self, found: &Break) -> &'a str {
        let named = found.payment.map_or("", |p| &self.payments[p].document_id);
        found.document.map_or(named, |d| &self.documents[d].document_id)
    }

    /// The number of a settlement's first document; empty where it has none.
    pub(super) fn first_document(&self, settlement: &Settlement) -> &'a str {
        settlement.documents.first().map_or("", |&d| &self.documents[d].document_id)
    }

    /// The id of a settlement's first payment; empty where it has none.
    pub(super) fn first_payment(&self, settlement: &Settlement) -> &'a str {
        settlement.payments.first().map_or("", |&p| &self.payments[p].payment_id)
    }

    /// The id of the payment that a break concerns; empty where it concerns none.
    pub(super) fn payment_of(&self, found: &Break) -> &'a str {
        found.payment.map_or("", |p| &self.payments[p].payment_id)
    }
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
pub enum PaymentOutcome {
    /// It is in this settlement.
    Settled(usize),
    /// It names a document of another month.
    OtherMonth(Month),
    /// It is no payment of a customer.
    SetAside,
}

impl Settlement {
    /// What was paid less what is due, in minor units.
    pub fn difference(&self) -> i128 {
        self.paid - self.expected
    }
}

/// All documents and payments, matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The settlements, by account.
    pub settlements: Vec<Settlement>,
    /// What became of each payment.
    pub payments: Vec<PaymentOutcome>,
    /// Each document's settlement.
    pub documents: Vec<usize>,
}

impl Matched {
    /// Whether something is wrong with a settlement.
    pub(super) fn has_breaks(&self, settlement: usize) -> bool {
        !self.settlements[settlement].breaks.is_empty()
    }
}
