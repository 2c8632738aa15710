//! Words that the tables' columns hold.

use crate::base::named::vocabulary;

vocabulary! {
    /// What a document is.
    pub enum DocumentType {
        /// The account's first document of the month.
        Invoice = "invoice",
        /// A later difference in the customer's favour, or one that only moves amounts.
        CreditNote = "credit_note",
        /// A later difference that the customer owes.
        DebitNote = "debit_note",
    }
}

vocabulary! {
    /// What a line of a document charges for.
    pub enum LineType {
        /// The month's price of the plan in force at S (F1).
        Subscription = "subscription",
        /// The first upgrade ever, prorated (F2).
        FirstUpgrade = "first_upgrade",
        /// Any other upgrade (F3, F4).
        Upgrade = "upgrade",
        /// Credits over the cap (O4).
        Overage = "overage",
    }
}

impl LineType {
    /// The type for people.
    pub fn in_words(self) -> &'static str {
        match self {
            LineType::FirstUpgrade => "first upgrade",
            other => other.name(),
        }
    }
}

vocabulary! {
    /// Which pool credits were in.
    pub enum PoolKind {
        /// The trial's.
        Trial = "trial",
        /// A plan's.
        Plan = "plan",
    }
}

vocabulary! {
    /// Why credits expire.
    pub enum ExpiryReason {
        /// The trial's days were over (C2).
        TrialEnded = "trial-ended",
        /// The month was over (C5).
        MonthEnded = "month-ended",
        /// The first upgrade ever replaced the lower plan's pool (C4, C5).
        FirstUpgrade = "first-upgrade",
    }
}
