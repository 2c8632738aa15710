//! Control totals: every document and every payment counted once.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::calendar::Month;
use crate::base::money::{Amount, Currency};
use crate::desk::payments::{
    Age, Ageing, BreakCode, MatchInput, Matched, PaymentOutcome, PayoutOutcome, Reconciled,
};

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

    /// What is open of an age, and of how many documents.
    pub fn open(ageing: &Ageing, age: Age, input: &MatchInput) -> Self {
        let count = ageing.counts[age as usize];
        Sum { count, amount: input.amount(ageing.all.of(age)) }
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
    /// Payments that came after the day that is asked for.
    pub later: Sum,
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
    /// Payouts by what comes of them, with what was paid out less what should have been, as far as it is in the book's
    /// currency; outcomes without any are left out.
    pub payouts: BTreeMap<PayoutOutcome, Sum>,
}

impl Totals {
    /// Counts what was matched.
    pub fn of(reconciled: &Reconciled) -> Self {
        let (input, matched) = (&reconciled.input, &reconciled.matched);
        let nothing = Sum::nothing(input.currency);
        let breaks: BTreeMap<BreakCode, Sum> = reconciled
            .breaks()
            .into_iter()
            .map(|(code, (count, minor))| (code, Sum { count, amount: input.amount(minor) }))
            .collect();
        let all_breaks = breaks.values().fold(nothing, |all, sum| all.plus(*sum));
        let mut tolerated = nothing;
        for settlement in &matched.settlements {
            if settlement.breaks.is_empty() && settlement.difference() != 0 {
                tolerated.add(settlement.difference());
            }
        }
        let documents = DocumentTotals::of(input, matched);
        let payments = PaymentTotals::of(input, matched);
        let mut payouts = BTreeMap::new();
        for payout in &reconciled.payouts {
            let is_ours = payout.currency == input.currency;
            let difference = payout.difference().filter(|_| is_ours).unwrap_or(0);
            payouts.entry(payout.outcome()).or_insert(nothing).add(difference);
        }
        Totals { documents, payments, breaks, all_breaks, tolerated, payouts }
    }

    /// How many payouts are not what they should be.
    pub fn payouts_that_differ(&self) -> u64 {
        self.payouts.get(&PayoutOutcome::Differs).map_or(0, |sum| sum.count)
    }

    /// What was paid less what is due, of all that concerns the months.
    pub fn difference(&self) -> Amount {
        let Amount { minor: paid, currency } =
            self.payments.matched.plus(self.payments.in_breaks).amount;
        Amount { minor: paid - self.documents.all.amount.minor, currency }
    }
}

impl DocumentTotals {
    fn of(input: &MatchInput, matched: &Matched) -> Self {
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
    fn of(input: &MatchInput, matched: &Matched) -> Self {
        let nothing = Sum::nothing(input.currency);
        let mut totals = PaymentTotals {
            all: nothing,
            matched: nothing,
            in_breaks: nothing,
            other_months: BTreeMap::new(),
            later: nothing,
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
                PaymentOutcome::Later => &mut totals.later,
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
