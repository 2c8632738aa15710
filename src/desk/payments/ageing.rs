//! How long what is open has been due.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::conservation::fault;
use super::items::{Break, BreakCode, Document, MatchInput, Matched};
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::named::named_enum;

named_enum! {
    /// For how many days something has been due.
    pub enum Age {
        /// It is due on a later day.
        NotDue = "not-due",
        /// Due today, or for up to 30 days.
        Days0To30 = "0-30",
        /// For 31 to 60 days.
        Days31To60 = "31-60",
        /// For 61 to 90 days.
        Days61To90 = "61-90",
        /// For more than 90 days.
        Over90 = "over-90",
    }
}

impl Age {
    /// Of what has been due for so many days.
    fn of(days: i64) -> Self {
        match days {
            ..0 => Age::NotDue,
            0..=30 => Age::Days0To30,
            31..=60 => Age::Days31To60,
            61..=90 => Age::Days61To90,
            91.. => Age::Over90,
        }
    }
}

impl Document {
    /// For how many days it has been due on a day; negative before it is.
    pub fn days_due(&self, as_of: NaiveDate) -> i64 {
        (as_of - self.due()).num_days()
    }

    /// The same as an age.
    pub fn age(&self, as_of: NaiveDate) -> Age {
        Age::of(self.days_due(as_of))
    }
}

/// What is open of some documents by age, and what was paid that settles none, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Open {
    /// By age; credit notes that are neither given nor kept back count as negative.
    pub by_age: [i128; Age::ALL.len()],
    /// What was paid and settles no document; negative where more went back than there are notes for.
    pub unapplied: i128,
}

impl Open {
    /// What is open of documents.
    pub fn documents(&self) -> i128 {
        self.by_age.iter().sum()
    }

    /// What is still to be paid, all in all.
    pub fn balance(&self) -> i128 {
        self.documents() - self.unapplied
    }

    /// What is open of an age.
    pub fn of(&self, age: Age) -> i128 {
        self.by_age[age as usize]
    }
}

/// What is open, by documents, accounts and ages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ageing {
    /// What is open of each document.
    pub documents: Vec<i128>,
    /// The accounts with something open, in their order; payments of nobody first.
    pub accounts: BTreeMap<Option<AccountId>, Open>,
    /// All of it.
    pub all: Open,
    /// How many documents are open, by age.
    pub counts: [u64; Age::ALL.len()],
}

impl Ageing {
    /// Works out what the breaks leave open.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Conservation`] where it is not what the documents come to less what was paid,
    /// which is a fault of the program.
    pub fn of(input: &MatchInput, matched: &Matched) -> Result<Self> {
        let mut ageing = Ageing {
            documents: vec![0; input.documents.len()],
            accounts: BTreeMap::new(),
            all: Open::default(),
            counts: [0; Age::ALL.len()],
        };
        let (mut left, mut tolerated) = (0, 0);
        for settlement in &matched.settlements {
            left -= settlement.difference();
            if settlement.breaks.is_empty() {
                tolerated -= settlement.difference();
            }
            for found in &settlement.breaks {
                ageing.add(found, settlement.account_id.as_ref(), input);
            }
        }
        for (document, &open) in input.documents.iter().zip(&ageing.documents) {
            if open != 0 {
                ageing.counts[document.age(input.as_of) as usize] += 1;
            }
        }
        let listed: i128 = ageing.accounts.values().map(Open::balance).sum();
        if left - tolerated != ageing.all.balance() || listed != ageing.all.balance() {
            return Err(fault("what is open is not what is due less what was paid".to_owned()));
        }
        ageing.accounts.retain(|_, open| *open != Open::default());
        Ok(ageing)
    }

    /// A break leaves its document open, or is money that settles none.
    fn add(&mut self, found: &Break, account: Option<&AccountId>, input: &MatchInput) {
        let of_account = self.accounts.entry(account.cloned()).or_default();
        match found.document.filter(|_| found.code.leaves_open()) {
            Some(document) => {
                let age = input.documents[document].age(input.as_of) as usize;
                self.documents[document] -= found.difference;
                for open in [of_account, &mut self.all] {
                    open.by_age[age] -= found.difference;
                }
            }
            None => {
                for open in [of_account, &mut self.all] {
                    open.unapplied += found.difference;
                }
            }
        }
    }
}

impl BreakCode {
    /// Whether the difference is what its document lacks, and not money that settles none.
    fn leaves_open(self) -> bool {
        match self {
            BreakCode::MissingPayment
            | BreakCode::ShortPayment
            | BreakCode::WrongCurrency
            | BreakCode::NoteWithoutRefund => true,
            BreakCode::OverPayment
            | BreakCode::DuplicatePayment
            | BreakCode::UnknownDocument
            | BreakCode::UnknownAccount
            | BreakCode::RefundWithoutNote => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_begin_on_the_day_that_something_is_due() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (due, age) in [
            ("2026-06-01", Age::NotDue),
            ("2026-05-31", Age::Days0To30),
            ("2026-05-01", Age::Days0To30),
            ("2026-04-30", Age::Days31To60),
            ("2026-04-01", Age::Days31To60),
            ("2026-03-31", Age::Days61To90),
            ("2026-03-02", Age::Days61To90),
            ("2026-03-01", Age::Over90),
            ("2024-02-29", Age::Over90),
        ] {
            assert_eq!(Age::of((day("2026-05-31") - day(due)).num_days()), age, "{due}");
        }
    }
}
