//! What the months come to → numbered documents.
//!
//! An account has an invoice when its month has at least one line. Numbers follow the order of
//! the account ids, without gaps.

use chrono::NaiveDate;

use crate::base::calendar::Month;
use crate::base::money::Money;
use crate::billing::replay::AccountReplay;
use crate::billing::rules::Line;
use crate::tables::DocumentNumbers;

/// A document for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<'a> {
    /// `INV-2026-04-00000001`: prefix, month, gapless sequence.
    pub id: String,
    /// The account's number in the timeline.
    pub account: u32,
    /// The day on which it is issued.
    pub issued_on: NaiveDate,
    /// The fee lines' sum.
    pub subscription_amount: Money,
    /// The overage line's amount.
    pub overage_amount: Money,
    /// The sum of all lines (K4).
    pub total_amount: Money,
    /// The lines, fees first.
    pub lines: Vec<&'a Line>,
}

/// The invoices of a month's first publication.
#[derive(Debug, Clone)]
pub struct Invoices {
    numbers: DocumentNumbers,
    issued_on: NaiveDate,
    /// The accounts that have one, in order.
    accounts: Vec<u32>,
}

impl Invoices {
    /// An invoice for each of the accounts, which are in order and have a line each.
    pub fn of(accounts: Vec<u32>, month: Month, issued_on: NaiveDate) -> Self {
        Invoices { numbers: DocumentNumbers::of(month), issued_on, accounts }
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

    /// The invoice at a place, given what the month of its account comes to.
    pub fn document<'a>(&self, at: usize, outcome: &'a AccountReplay) -> Document<'a> {
        Document {
            id: self.numbers.id(at as u64 + 1),
            account: outcome.account,
            issued_on: self.issued_on,
            subscription_amount: outcome.subscription_amount,
            overage_amount: outcome.overage_amount,
            total_amount: outcome.total_amount,
            lines: outcome.lines().collect(),
        }
    }

    /// The id of an account's invoice; `None` where it has none.
    pub fn id(&self, account: u32) -> Option<String> {
        let at = self.accounts.binary_search(&account).ok()?;
        Some(self.numbers.id(at as u64 + 1))
    }
}
