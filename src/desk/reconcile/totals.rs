//! Control totals: every document and every payment counted once, and the sums that must agree.

use std::collections::BTreeMap;

use serde::Serialize;

use super::breaks::BreakCode;
use super::items::{MatchInput, Matched, PaymentOutcome};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::money::{Amount, Currency};

/// A number of things, and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Sum {
    /// How many.
    pub count: u64,
    /// Their amount; what is in another currency has none.
    pub amount: Amount,
}

impl Sum {
    fn nothing(currency: Currency) -> Self {
        Sum { count: 0, amount: Amount { minor: 0, currency } }
    }

    fn add(&mut self, minor: impl Into<i128>) {
        self.count += 1;
        self.amount.minor += minor.into();
    }

    fn plus(mut self, other: Sum) -> Sum {
        self.count += other.count;
        self.amount.minor += other.amount.minor;
        self
    }
}

/// What became of the documents.
#[derive(Debug, Serialize)]
pub(super) struct DocumentTotals {
    pub all: Sum,
    /// In settlements without breaks.
    pub matched: Sum,
    /// In settlements with breaks.
    pub in_breaks: Sum,
}

/// What became of the payments.
#[derive(Debug, Serialize)]
pub(super) struct PaymentTotals {
    pub all: Sum,
    /// In settlements without breaks.
    pub matched: Sum,
    /// In settlements with breaks.
    pub in_breaks: Sum,
    /// Payments of other months' documents.
    pub other_months: BTreeMap<Month, Sum>,
    /// Rows that are no payments of customers, by the word that says so.
    pub set_aside: BTreeMap<String, Sum>,
    /// Payments in other currencies, in their own amounts, wherever they are counted above.
    pub other_currencies: BTreeMap<&'static str, Sum>,
}

/// What became of everything.
#[derive(Debug)]
pub(super) struct Totals {
    pub documents: DocumentTotals,
    pub payments: PaymentTotals,
    /// Breaks by code, with their differences; codes without any are left out.
    pub breaks: BTreeMap<BreakCode, Sum>,
    /// All breaks.
    pub all_breaks: Sum,
    /// Differences of matches, which the tolerance allows.
    pub tolerated: Sum,
}

impl Totals {
    /// Counts what was matched.
    pub fn of(input: &MatchInput<'_>, matched: &Matched) -> Self {
        let nothing = Sum::nothing(input.currency);
        let mut all_breaks = nothing;
        let mut tolerated = nothing;
        let mut breaks = BTreeMap::new();
        for settlement in &matched.settlements {
            for found in &settlement.breaks {
                breaks.entry(found.code).or_insert(nothing).add(found.difference);
                all_breaks.add(found.difference);
            }
            if settlement.breaks.is_empty() && settlement.difference() != 0 {
                tolerated.add(settlement.difference());
            }
        }
        let documents = DocumentTotals::of(input, matched);
        let payments = PaymentTotals::of(input, matched);
        Totals { documents, payments, breaks, all_breaks, tolerated }
    }

    /// What was paid less what is due, of all that concerns the month.
    pub fn difference(&self) -> Amount {
        let Amount { minor: paid, currency } =
            self.payments.matched.plus(self.payments.in_breaks).amount;
        Amount { minor: paid - self.documents.all.amount.minor, currency }
    }
}

impl DocumentTotals {
    fn of(input: &MatchInput<'_>, matched: &Matched) -> Self {
        let nothing = Sum::nothing(input.currency);
        let mut totals = DocumentTotals { all: nothing, matched: nothing, in_breaks: nothing };
        for (document, &settlement) in input.documents.iter().zip(&matched.documents) {
            let sum = match matched.has_breaks(settlement) {
                true => &mut totals.in_breaks,
                false => &mut totals.matched,
            };
            sum.add(document.total);
            totals.all.add(document.total);
        }
        totals
    }
}

impl PaymentTotals {
    fn of(input: &MatchInput<'_>, matched: &Matched) -> Self {
        let nothing = Sum::nothing(input.currency);
        let mut totals = PaymentTotals {
            all: nothing,
            matched: nothing,
            in_breaks: nothing,
            other_months: BTreeMap::new(),
            set_aside: BTreeMap::new(),
            other_currencies: BTreeMap::new(),
        };
        for (payment, outcome) in input.payments.iter().zip(&matched.payments) {
            let sum = match *outcome {
                PaymentOutcome::Settled(at) if matched.has_breaks(at) => &mut totals.in_breaks,
                PaymentOutcome::Settled(_) => &mut totals.matched,
                PaymentOutcome::OtherMonth(month) => {
                    totals.other_months.entry(month).or_insert(nothing)
                }
                PaymentOutcome::SetAside => {
                    let word = payment.set_aside.clone().unwrap_or_default();
                    totals.set_aside.entry(word).or_insert(nothing)
                }
            };
            let amount = payment.amount_in(input.currency);
            sum.add(amount);
            totals.all.add(amount);
            if payment.currency != input.currency {
                let of_currency = totals.other_currencies.entry(payment.currency.code());
                of_currency.or_insert(Sum::nothing(payment.currency)).add(payment.amount());
            }
        }
        totals
    }

    /// All payments of other months' documents.
    pub fn of_other_months(&self) -> Sum {
        self.sum_of(self.other_months.values())
    }

    /// All rows that are no payments of customers.
    pub fn all_set_aside(&self) -> Sum {
        self.sum_of(self.set_aside.values())
    }

    fn sum_of<'a>(&self, sums: impl Iterator<Item = &'a Sum>) -> Sum {
        sums.fold(Sum::nothing(self.all.amount.currency), |all, sum| all.plus(*sum))
    }
}

/// What is a fault of the program.
pub(super) fn fault(message: String) -> Error {
    Error::new(Code::RECONCILIATION, message)
        .expected("every document and every payment exactly once, and the differences explained")
        .hint("this is a fault of the program: keep the payments and report it")
}

/// Checks that nothing was lost, and nothing counted twice: by the inputs and the settlements
/// alone.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`]: something was, which is a fault of the program.
pub fn check(input: &MatchInput<'_>, matched: &Matched) -> Result<()> {
    let mut documents = vec![0_u32; input.documents.len()];
    let mut payments: Vec<u32> = matched
        .payments
        .iter()
        .zip(input.payments)
        .map(|(outcome, payment)| match outcome {
            PaymentOutcome::Settled(_) => 0,
            PaymentOutcome::OtherMonth(_) => 1,
            PaymentOutcome::SetAside => u32::from(payment.set_aside.is_some()),
        })
        .collect();
    let (mut expected, mut paid, mut explained) = (0, 0, 0);
    for settlement in &matched.settlements {
        settlement.documents.iter().for_each(|&document| documents[document] += 1);
        settlement.payments.iter().for_each(|&payment| payments[payment] += 1);
        let difference: i128 = settlement.breaks.iter().map(|found| found.difference).sum();
        let left = settlement.difference() - difference;
        let tolerance = if settlement.breaks.is_empty() { input.tolerance.into() } else { 0 };
        if left.abs() > tolerance {
            let account = settlement.account_id.as_deref().unwrap_or_default();
            return Err(fault(format!("a difference of account `{account}` is not explained")));
        }
        expected += settlement.expected;
        paid += settlement.paid;
        explained += difference + left;
    }
    if let Some(at) = documents.iter().position(|&times| times != 1) {
        let id = &input.documents[at].document_id;
        return Err(fault(format!("document `{id}` is accounted for {} times", documents[at])));
    }
    if let Some(at) = payments.iter().position(|&times| times != 1) {
        let id = &input.payments[at].payment_id;
        return Err(fault(format!("payment `{id}` is accounted for {} times", payments[at])));
    }
    let due: i128 = input.documents.iter().map(|document| document.total).sum();
    let came = input.payments.iter().zip(&matched.payments);
    let came = came.filter(|(_, outcome)| matches!(outcome, PaymentOutcome::Settled(_)));
    let came: i128 = came.map(|(payment, _)| payment.amount_in(input.currency)).sum();
    if (due, came) != (expected, paid) || came - due != explained {
        return Err(fault("the settlements do not add up to documents and payments".to_owned()));
    }
    Ok(())
}
