//! How fine entries are, and the forms that they are written in.

use crate::base::named::named_enum;

named_enum! {
    /// A form of the entries.
    pub enum Face {
        /// hledger and ledger, one file.
        Ledger = "ledger",
        /// beancount.
        Beancount = "beancount",
        /// QuickBooks Online's import of journal entries.
        QuickBooks = "quickbooks",
        /// Xero's import of manual journals.
        Xero = "xero",
    }
}

/// How fine the entries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// One for each kind and day.
    Summary,
    /// One for each kind and document, or account where there is none.
    Document,
}
