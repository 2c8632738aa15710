//! Control totals: every document and every payment counted once, and the sums that must agree.

use std::collections::BTreeMap;

use super::breaks::Code;
use super::items::{MatchInput, Matched, PaymentOutcome};
use super::payments::Payment;
use crate::base::calendar::Month;
use crate::base::digits::plain_decimal;
use crate::base::error::{Error, Kind, Result};
use crate::base::money::Currency;

/// A number of things, and what they come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Their amount in minor units of the book's currency; what is in other currencies has none.
    pub amount: i128,
}

impl Sum {
    fn add(&mut self, amount: i128) {
        self.count += 1;
        self.amount += amount;
    }

    fn plus(self, other: Sum) -> Sum {
        Sum { count: self.count + other.count, amount: self.amount + other.amount }
    }
}

/// What became of everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Documents in settlements without breaks.
    pub documents_matched: Sum,
    /// Documents in settlements with breaks.
    pub documents_broken: Sum,
    /// Payments in settlements without breaks.
    pub payments_matched: Sum,
    /// Payments in settlements with breaks.
    pub payments_broken: Sum,
    /// Payments of other months' documents.
    pub other_months: BTreeMap<Month, Sum>,
    /// Rows that are no payments of customers, by kind.
    pub set_aside: BTreeMap<String, Sum>,
    /// Payments in other currencies, wherever they are counted above: how many, and their amount.
    pub other_currencies: BTreeMap<&'static str, (u64, String)>,
    /// Breaks by code, with their differences.
    pub breaks: BTreeMap<Code, Sum>,
    /// Differences of matches, which the tolerance allows.
    pub tolerated: Sum,
}

impl Totals {
    /// Counts what was matched.
    pub fn of(input: &MatchInput<'_>, matched: &Matched) -> Self {
        let mut totals = Totals::default();
        let broken = |settlement: usize| !matched.settlements[settlement].breaks.is_empty();
        for (document, &settlement) in input.documents.iter().zip(&matched.documents) {
            let sum = match broken(settlement) {
                true => &mut totals.documents_broken,
                false => &mut totals.documents_matched,
            };
            sum.add(document.total);
        }
        let mut foreign: BTreeMap<&'static str, (Currency, Sum)> = BTreeMap::new();
        for (payment, outcome) in input.payments.iter().zip(&matched.payments) {
            let sum = match *outcome {
                PaymentOutcome::Settled(settlement) if broken(settlement) => {
                    &mut totals.payments_broken
                }
                PaymentOutcome::Settled(_) => &mut totals.payments_matched,
                PaymentOutcome::OtherMonth(month) => totals.other_months.entry(month).or_default(),
                PaymentOutcome::SetAside => {
                    totals.set_aside.entry(payment.kind.clone()).or_default()
                }
            };
            sum.add(amount_in(payment, input.currency));
            if payment.currency != input.currency {
                let of_currency = foreign.entry(payment.currency.code());
                let (_, sum) = of_currency.or_insert((payment.currency, Sum::default()));
                sum.add(payment.amount());
            }
        }
        let in_words = |(currency, sum): (Currency, Sum)| {
            (sum.count, plain_decimal(sum.amount, u32::from(currency.decimals())))
        };
        totals.other_currencies =
            foreign.into_iter().map(|(code, sum)| (code, in_words(sum))).collect();
        for settlement in &matched.settlements {
            for found in &settlement.breaks {
                totals.breaks.entry(found.code).or_default().add(found.difference);
            }
            if settlement.breaks.is_empty() && settlement.paid != settlement.expected {
                totals.tolerated.add(settlement.paid - settlement.expected);
            }
        }
        totals
    }

    /// All documents.
    pub fn documents(&self) -> Sum {
        self.documents_matched.plus(self.documents_broken)
    }

    /// Payments that concern the month: those that were matched, and those in breaks.
    pub fn of_month(&self) -> Sum {
        self.payments_matched.plus(self.payments_broken)
    }

    /// Payments of other months' documents.
    pub fn of_other_months(&self) -> Sum {
        self.other_months.values().fold(Sum::default(), |all, sum| all.plus(*sum))
    }

    /// Rows that were set aside.
    pub fn aside(&self) -> Sum {
        self.set_aside.values().fold(Sum::default(), |all, sum| all.plus(*sum))
    }

    /// All payments.
    pub fn payments(&self) -> Sum {
        self.of_month().plus(self.of_other_months()).plus(self.aside())
    }

    /// All breaks.
    pub fn all_breaks(&self) -> Sum {
        self.breaks.values().fold(Sum::default(), |all, sum| all.plus(*sum))
    }
}

/// A payment's amount in a currency; nothing where it is in another.
fn amount_in(payment: &Payment, currency: Currency) -> i128 {
    if payment.currency == currency { payment.amount() } else { 0 }
}

/// Checks that nothing was lost, and nothing counted twice: by the inputs and the settlements
/// alone.
///
/// # Errors
/// [`Kind::Conservation`]: something was, which is a fault of the program.
pub fn check(input: &MatchInput<'_>, matched: &Matched) -> Result<()> {
    let fault = |message: String| {
        Error::new(Kind::Conservation, message)
            .expected(
                "every document and every payment exactly once, and the differences explained",
            )
            .hint("this is a fault of the program: keep the payments and report it")
    };
    let mut documents = vec![0_u32; input.documents.len()];
    let mut payments: Vec<u32> = matched
        .payments
        .iter()
        .map(|outcome| u32::from(!matches!(outcome, PaymentOutcome::Settled(_))))
        .collect();
    let (mut expected, mut paid, mut explained) = (0, 0, 0);
    for settlement in &matched.settlements {
        settlement.documents.iter().for_each(|&document| documents[document] += 1);
        settlement.payments.iter().for_each(|&payment| payments[payment] += 1);
        let difference: i128 = settlement.breaks.iter().map(|found| found.difference).sum();
        let left = settlement.paid - settlement.expected - difference;
        if settlement.breaks.is_empty() && left.abs() > input.tolerance
            || !settlement.breaks.is_empty() && left != 0
        {
            let account = &settlement.account_id;
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
    let came: i128 = came.map(|(payment, _)| amount_in(payment, input.currency)).sum();
    if (due, came) != (expected, paid) || came - due != explained {
        return Err(fault("the settlements do not add up to documents and payments".to_owned()));
    }
    Ok(())
}
