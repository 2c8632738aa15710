//! What is matched, and what comes of it: settlements, and breaks where something is wrong.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::export::Payment;
use crate::base::calendar::Month;
use crate::base::ids::AccountId;
use crate::base::money::{Amount, Currency, Money};
use crate::base::named::named_enum;
use crate::tables::{DocumentType, Word};

/// A document in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its number.
    pub document_id: String,
    /// What it is.
    pub document_type: Word<DocumentType>,
    /// The account that it is of.
    pub account_id: AccountId,
    /// What it comes to; negative in the customer's favour.
    pub total: Money,
    /// A note's invoice.
    pub relates_to: Option<String>,
    /// The month that it is of.
    pub month: Month,
    /// When it was issued.
    pub issued_on: NaiveDate,
    /// When it is to be paid, where a term was told.
    pub due_on: Option<NaiveDate>,
}

impl Document {
    /// The day from which on it is open too long; without a term it is due at once.
    pub fn due(&self) -> NaiveDate {
        self.due_on.unwrap_or(self.issued_on)
    }
}

/// What the book says of names in the payments, beside the documents in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookLookup {
    /// Accounts of the months, those without documents too.
    pub accounts: BTreeSet<AccountId>,
    /// Documents of other months that payments name.
    pub elsewhere: BTreeMap<String, Month>,
}

/// What is matched.
#[derive(Debug, Clone)]
pub struct MatchInput {
    /// The documents in force.
    pub documents: Vec<Document>,
    /// The payments.
    pub payments: Vec<Payment>,
    /// What the book says of what else payments name.
    pub lookup: BookLookup,
    /// The documents' currency.
    pub currency: Currency,
    /// Differences of a settlement up to this amount are no breaks.
    pub tolerance: Money,
    /// The day by whose end something was paid or is open.
    pub as_of: NaiveDate,
}

impl MatchInput {
    /// The documents, by index, in the order of accounts and ids.
    pub fn documents_in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.documents.len()).collect();
        order.sort_by_key(|&d| (&self.documents[d].account_id, &self.documents[d].document_id));
        order
    }

    /// So many minor units of the documents' currency.
    pub fn amount(&self, minor: impl Into<i128>) -> Amount {
        Amount { minor: minor.into(), currency: self.currency }
    }

    /// The number of the document that a break concerns: one of the book's, else what the payment
    /// names.
    pub fn document_of(&self, found: &Break) -> Option<&str> {
        let named = || self.payments[found.payment?].document_id.as_deref();
        self.document_id(found.document).or_else(named)
    }

    /// The number of a document, where there is one.
    pub fn document_id(&self, document: Option<usize>) -> Option<&str> {
        document.map(|d| self.documents[d].document_id.as_str())
    }

    /// The id of a payment, where there is one.
    pub fn payment_id(&self, payment: Option<usize>) -> Option<&str> {
        payment.map(|p| self.payments[p].payment_id.as_str())
    }
}

/// Documents and payments that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The account; of payments of unknown ones, what the payment says, if it does.
    pub account_id: Option<AccountId>,
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
    /// It came after the day that is asked for.
    Later,
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
    pub fn has_breaks(&self, settlement: usize) -> bool {
        !self.settlements[settlement].breaks.is_empty()
    }
}

named_enum! {
    /// What is wrong.
    pub enum BreakCode {
        /// Nothing was paid for a document.
        MissingPayment = "missing-payment",
        /// Less was paid than is due.
        ShortPayment = "short-payment",
        /// More was paid than is due.
        OverPayment = "over-payment",
        /// A payment more of an amount that was paid already.
        DuplicatePayment = "duplicate-payment",
        /// A payment names a document that no month of the book has.
        UnknownDocument = "unknown-document",
        /// A payment names no document, and no account of the month.
        UnknownAccount = "unknown-account",
        /// A payment in another currency than the documents.
        WrongCurrency = "wrong-currency",
        /// Money was given back for which there is no credit note.
        RefundWithoutNote = "refund-without-note",
        /// A credit note whose amount was neither given back nor kept back.
        NoteWithoutRefund = "note-without-refund",
    }
}

/// Something that is wrong. Documents and payments are named by their index in what was matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// What.
    pub code: BreakCode,
    /// The document that it concerns.
    pub document: Option<usize>,
    /// The payment that it concerns.
    pub payment: Option<usize>,
    /// The payment that a duplicate repeats.
    pub repeats: Option<usize>,
    /// What was paid less what is due, in minor units of the book's currency: negative where money
    /// is missing. The differences of all breaks of a settlement add up to the settlement's.
    pub difference: i128,
}

impl Break {
    /// One that concerns no document and no payment yet.
    pub(super) fn new(code: BreakCode, difference: i128) -> Self {
        Break { code, document: None, payment: None, repeats: None, difference }
    }
}
