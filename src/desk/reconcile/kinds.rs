//! Which rows of an export are payments of customers, by the export's own word for what a row is.

use std::collections::BTreeSet;

/// Stripe's words, of types, reporting categories and statuses, for money that came from a
/// customer or went back. An `adjustment` may be a dispute: better a break than passed over.
const PAYMENTS: &[&str] = &[
    "adjustment",
    "charge",
    "charge_failure",
    "dispute",
    "dispute_reversal",
    "disputed",
    "paid",
    "partial_capture_reversal",
    "partially_refunded",
    "payment",
    "payment_failure_refund",
    "payment_refund",
    "payment_reversal",
    "refund",
    "refund_failure",
    "refunded",
    "succeeded",
];

/// Stripe's words for what no customer paid: attempts that failed or are not done yet, payouts,
/// fees, reserves and the like.
const OTHERS: &[&str] = &[
    "advance",
    "advance_funding",
    "anticipation_repayment",
    "application_fee",
    "application_fee_refund",
    "blocked",
    "canceled",
    "cancelled",
    "climate_order_purchase",
    "climate_order_refund",
    "connect_collection_transfer",
    "connect_reserved_funds",
    "contribution",
    "failed",
    "fee",
    "financing_paydown",
    "financing_paydown_reversal",
    "financing_payout",
    "financing_payout_reversal",
    "incomplete",
    "network_cost",
    "payment_network_reserve_hold",
    "payment_network_reserve_release",
    "payout",
    "payout_cancel",
    "payout_failure",
    "payout_minimum_balance_hold",
    "payout_minimum_balance_release",
    "payout_reversal",
    "pending",
    "platform_earning",
    "platform_earning_refund",
    "processing",
    "requires_action",
    "requires_capture",
    "requires_confirmation",
    "requires_payment_method",
    "reserve_hold",
    "reserve_release",
    "reserve_transaction",
    "reserved_funds",
    "risk_reserved_funds",
    "stripe_fee",
    "stripe_fx_fee",
    "tax",
    "tax_fee",
    "topup",
    "topup_reversal",
    "transfer",
    "transfer_cancel",
    "transfer_failure",
    "transfer_refund",
    "transfer_reversal",
    "uncaptured",
];

/// Which kinds of rows are payments and refunds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Kinds {
    /// Stripe's.
    #[default]
    Known,
    /// These; all others are set aside.
    Listed(BTreeSet<String>),
}

/// A word as it compares: `Partially refunded` is `partially_refunded`.
fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

impl Kinds {
    /// The kinds that were listed; Stripe's where none was.
    pub fn of(listed: &[String]) -> Self {
        if listed.is_empty() {
            return Kinds::Known;
        }
        Kinds::Listed(listed.iter().map(|word| plain(word)).collect())
    }

    /// Whether a row of this kind is a payment or a refund; `None` where the word is not known. A
    /// row that does not say is one.
    pub fn is_payment(&self, word: &str) -> Option<bool> {
        let word = plain(word);
        match self {
            _ if word.is_empty() => Some(true),
            Kinds::Listed(listed) => Some(listed.contains(&word)),
            Kinds::Known if PAYMENTS.contains(&word.as_str()) => Some(true),
            Kinds::Known if OTHERS.contains(&word.as_str()) => Some(false),
            Kinds::Known => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_or_listed() {
        let known = Kinds::default();
        assert_eq!(known.is_payment("Partially refunded"), Some(true));
        assert_eq!(known.is_payment("payout"), Some(false));
        assert_eq!(known.is_payment("Settled"), None);
        assert_eq!(known.is_payment(""), Some(true));
        let listed = Kinds::of(&["Settled".to_owned(), "charge-back".to_owned()]);
        assert_eq!(listed.is_payment("settled"), Some(true));
        assert_eq!(listed.is_payment("Charge back"), Some(true));
        assert_eq!(listed.is_payment("charge"), Some(false));
    }

    #[test]
    fn no_word_is_both() {
        assert!(PAYMENTS.iter().all(|word| !OTHERS.contains(word)));
    }
}
