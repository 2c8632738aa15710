//! What the months come to → numbered documents.
//!
//! An account has an invoice when its month has at least one line. Numbers follow the order of
//! the account ids, without gaps.

use chrono::NaiveDate;

use crate::base::calendar::{Month, PaymentTerm};
use crate::tables::DocumentNumbers;

/// The invoices of a month's first publication.
#[derive(Debug, Clone)]
pub struct Invoices {
    numbers: DocumentNumbers,
    issued_on: NaiveDate,
    due_on: Option<NaiveDate>,
    /// The accounts that have one, in order.
    accounts: Vec<u32>,
}

impl Invoices {
    /// An invoice for each of the accounts, which are in order and have a line each.
    pub fn of(
        accounts: Vec<u32>,
        month: Month,
        issued_on: NaiveDate,
        payment_term: Option<PaymentTerm>,
    ) -> Self {
        let due_on = payment_term.map(|term| term.due_on(issued_on));
        Invoices { numbers: DocumentNumbers::of(month), issued_on, due_on, accounts }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The accounts that have one, by number.
    pub fn accounts(&self) -> &[u32] {
        &self.accounts
    }

    /// The day on which they are issued.
    pub fn issued_on(&self) -> NaiveDate {
        self.issued_on
    }

    /// The day by which they are to be paid, if there is a payment term.
    pub fn due_on(&self) -> Option<NaiveDate> {
        self.due_on
    }

    /// The id of the invoice at a place.
    pub fn id_at(&self, at: usize) -> String {
        self.numbers.id(at as u64 + 1)
    }
}
