//! Payouts: what a provider paid out is what it took less its fees.

use std::collections::BTreeMap;

use super::export::Payment;
use crate::base::calendar::Instant;
use crate::base::money::Currency;
use crate::base::named::named_enum;

named_enum! {
    /// What comes of a payout.
    pub enum PayoutOutcome {
        /// Its rows, less the fees, are what was paid out.
        Agrees = "agrees",
        /// They are not.
        Differs = "differs",
        /// The export has rows of it, and not the payout.
        NotThere = "not-there",
    }
}

/// Rows of a kind: how many, and what they come to in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Part {
    /// How many.
    pub rows: u64,
    /// What they come to.
    pub amount: i128,
}

impl Part {
    fn add(&mut self, amount: i128) {
        self.rows += 1;
        self.amount += amount;
    }
}

/// What belongs to one payout, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// The provider's id.
    pub payout_id: String,
    /// The currency of all of it.
    pub currency: Currency,
    /// When it was paid out, where the export says so.
    pub at: Option<Instant>,
    /// Payments and refunds of customers.
    pub payments: Part,
    /// What else is in it, such as fees of their own rows.
    pub others: Part,
    /// What was kept of its rows.
    pub fees: i128,
    /// What was paid out, where the export says so: negative where more went back than came.
    pub paid_out: Option<i128>,
}

impl Payout {
    /// What should have been paid out.
    pub fn expected(&self) -> i128 {
        self.payments.amount + self.others.amount - self.fees
    }

    /// What was paid out less what should have been.
    pub fn difference(&self) -> Option<i128> {
        self.paid_out.map(|paid| paid - self.expected())
    }

    /// What it comes to, in one sentence.
    pub fn in_words(&self) -> String {
        let money =
            |minor: i128| format!("{} {}", self.currency.amount(minor), self.currency.code());
        let paid = match self.paid_out {
            Some(paid) => format!("{} were paid out", money(paid)),
            None => "the export does not say what was paid out".to_owned(),
        };
        let (came, others) = (money(self.payments.amount), money(self.others.amount));
        format!("payments {came}, others {others}, fees {}: {paid}", money(self.fees))
    }

    /// What comes of it.
    pub fn outcome(&self) -> PayoutOutcome {
        match self.difference() {
            None => PayoutOutcome::NotThere,
            Some(0) => PayoutOutcome::Agrees,
            Some(_) => PayoutOutcome::Differs,
        }
    }
}

/// The payouts of an export whose rows say which they are part of, in the order of their ids.
pub fn payouts(payments: &[Payment]) -> Vec<Payout> {
    if payments.iter().all(|payment| payment.payout_id.is_none()) {
        return Vec::new();
    }
    let mut payouts: BTreeMap<(&str, &'static str), Payout> = BTreeMap::new();
    for payment in payments {
        let own = Some(payment.payment_id.as_str()).filter(|_| payment.is_payout);
        let id = payment.payout_id.as_deref().or(own).filter(|id| !id.is_empty());
        let Some(id) = id else { continue };
        let payout = payouts.entry((id, payment.currency.code())).or_insert_with(|| Payout {
            payout_id: id.to_owned(),
            currency: payment.currency,
            at: None,
            payments: Part::default(),
            others: Part::default(),
            fees: 0,
            paid_out: None,
        });
        payout.fees += i128::from(payment.fee);
        match (payment.is_payout, &payment.set_aside) {
            (true, _) => {
                payout.at = payout.at.max(payment.at);
                *payout.paid_out.get_or_insert(0) += payment.amount();
            }
            (false, Some(_)) => payout.others.add(payment.amount()),
            (false, None) => payout.payments.add(payment.amount()),
        }
    }
    let mut payouts: Vec<Payout> = payouts.into_values().collect();
    sign(&mut payouts);
    payouts
}

/// Some providers sign a payout as money that leaves, others as money that arrives. Which it is most payouts of an
/// export tell: a single one may differ, or be drawn from the seller where more went back than came.
fn sign(payouts: &mut [Payout]) {
    let arrives = |payout: &Payout| {
        payout.paid_out.map_or(0, |paid| paid.signum() * payout.expected().signum())
    };
    if payouts.iter().map(arrives).sum::<i128>() <= 0 {
        for paid in payouts.iter_mut().filter_map(|payout| payout.paid_out.as_mut()) {
            *paid = -*paid;
        }
    }
}
