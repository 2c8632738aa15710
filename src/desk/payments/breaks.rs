//! Breaks: what can be wrong between the documents in force and the payments, each with a code.

use crate::base::named::named_enum;

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
