//! Words that the tables' columns hold.

use super::values::Word;
use crate::base::money::{Amounts, Money};
use crate::base::named::vocabulary;

vocabulary! {
    /// What a document is.
    pub enum DocumentType {
        /// The account's first document of the month.
        Invoice = "invoice",
        /// A later difference in the customer's favour, or one that only moves amounts; also a first
        /// document that comes to less than 0 (A2).
        CreditNote = "credit_note",
        /// A later difference that the customer owes.
        DebitNote = "debit_note",
    }
}

impl DocumentType {
    /// What an account's first document of a month is, by what it comes to (A2).
    pub fn of_first(total: Money) -> Self {
        if total < Money::ZERO { DocumentType::CreditNote } else { DocumentType::Invoice }
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
        /// A grant that costs something (G4).
        Grant = "grant",
        /// An amount adjusted by hand (A1).
        Adjustment = "adjustment",
        /// Credits over the cap (O4).
        Overage = "overage",
    }
}

/// What a line is counted to in statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinePart {
    /// Fees of plans (F7).
    Subscription,
    /// Grants (G4).
    Grants,
    /// Adjustments (A1).
    Adjustments,
    /// Overage (O4).
    Overage,
}

impl<T: AsRef<str>> Word<LineType, T> {
    /// What a line of this type is counted to; nothing where no run writes the word.
    pub fn part(&self) -> Option<LinePart> {
        self.known().map(LineType::part)
    }

    /// What a line of this type adds to sums: to its part, and to the total.
    pub fn amounts(&self, amount: impl Into<i128>) -> Amounts {
        let amount = amount.into();
        let all = Amounts { total: amount, ..Amounts::default() };
        match self.part() {
            Some(LinePart::Subscription) => Amounts { subscription: amount, ..all },
            Some(LinePart::Grants) => Amounts { grants: amount, ..all },
            Some(LinePart::Adjustments) => Amounts { adjustments: amount, ..all },
            Some(LinePart::Overage) => Amounts { overage: amount, ..all },
            None => all,
        }
    }
}

impl LineType {
    /// What it is counted to.
    pub fn part(self) -> LinePart {
        match self {
            LineType::Subscription | LineType::FirstUpgrade | LineType::Upgrade => {
                LinePart::Subscription
            }
            LineType::Grant => LinePart::Grants,
            LineType::Adjustment => LinePart::Adjustments,
            LineType::Overage => LinePart::Overage,
        }
    }

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
        /// A grant's.
        Grant = "grant",
        /// A plan's.
        Plan = "plan",
    }
}

vocabulary! {
    /// Why credits expire.
    pub enum ExpiryReason {
        /// The trial's days were over (C2).
        TrialEnded = "trial-ended",
        /// The grant's end had come (G5).
        GrantExpired = "grant-expired",
        /// The grant was voided (G5).
        GrantVoided = "grant-voided",
        /// The month was over (C5).
        MonthEnded = "month-ended",
        /// The first upgrade ever replaced the lower plan's pool (C4, C5).
        FirstUpgrade = "first-upgrade",
    }
}
