//! Breaks: what can be wrong between the documents in force and the payments, each with a code.

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Nothing was paid for a document.
    MissingPayment,
    /// Less was paid than is due.
    ShortPayment,
    /// More was paid than is due.
    OverPayment,
    /// A payment more of an amount that was paid already.
    DuplicatePayment,
    /// A payment names a document that no month of the book has.
    UnknownDocument,
    /// A payment names no document, and no account of the month.
    UnknownAccount,
    /// A payment in another currency than the documents.
    WrongCurrency,
    /// Money was given back for which there is no credit note.
    RefundWithoutNote,
    /// A credit note whose amount was neither given back nor kept back.
    NoteWithoutRefund,
}

impl Code {
    /// All codes, in the order in which they are told.
    pub const ALL: [Code; 9] = [
        Code::MissingPayment,
        Code::ShortPayment,
        Code::OverPayment,
        Code::DuplicatePayment,
        Code::UnknownDocument,
        Code::UnknownAccount,
        Code::WrongCurrency,
        Code::RefundWithoutNote,
        Code::NoteWithoutRefund,
    ];

    /// The code as tables and `--json` write it.
    pub fn name(self) -> &'static str {
        match self {
            Code::MissingPayment => "missing-payment",
            Code::ShortPayment => "short-payment",
            Code::OverPayment => "over-payment",
            Code::DuplicatePayment => "duplicate-payment",
            Code::UnknownDocument => "unknown-document",
            Code::UnknownAccount => "unknown-account",
            Code::WrongCurrency => "wrong-currency",
            Code::RefundWithoutNote => "refund-without-note",
            Code::NoteWithoutRefund => "note-without-refund",
        }
    }
}

/// Something that is wrong. Documents and payments are named by their index in what was matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// What.
    pub code: Code,
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
