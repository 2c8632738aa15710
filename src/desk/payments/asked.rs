//! What is asked of payments: where they are, how they are read, and what an export's own words for a row, of its kind
//! and its status, say of the money in it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::base::error::{Code, Error, Result};
use crate::input::logs::{CsvDialect, Mapping};

/// Payments, and how they are held against documents.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Where the payments are.
    pub payments: Vec<PathBuf>,
    /// Names of their columns.
    pub map: Mapping,
    /// How CSV is written.
    pub csv: CsvDialect,
    /// What the words of their kinds and statuses mean.
    pub kinds: Kinds,
    /// Whether amounts are in the currency's minor unit.
    pub minor_units: bool,
    /// Differences up to this amount are no breaks.
    pub tolerance: Option<String>,
    /// The day by whose end something was paid or is open; of the last payment or the last month's last day, whichever
    /// is later, where none is said.
    pub as_of: Option<NaiveDate>,
}

/// What a word says of a row's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// It came from a customer; where it is negative it went back.
    Counts,
    /// It came from a customer, and something of it went back since: how much must be said beside.
    CountsLess,
    /// It went back to a customer, whatever its sign.
    WentBack,
    /// No customer paid it, or it did not come.
    SetAside,
    /// No customer paid it: it is what the provider paid out, or took back of that.
    PaidOut,
}

impl Meaning {
    /// Whether it is no payment of a customer.
    pub(super) fn is_set_aside(self) -> bool {
        matches!(self, Meaning::SetAside | Meaning::PaidOut)
    }
}

/// Words of exports, some on a line.
type Words = &'static [&'static str];

/// Money that came from a customer. An `adjustment` may be a dispute: better a break than passed over.
const COUNTS: Words = &[
    // Stripe: types, reporting categories, statuses.
    "adjustment charge dispute_reversal disputed paid payment refund_failure succeeded",
    // Adyen.
    "chargebackreversed refundedreversed settled",
    // Braintree.
    "sale",
    // GoCardless.
    "confirmed paid_out",
    // Paddle, PayPal.
    "chargeback_reversal completed express_checkout_payment general_payment mobile_payment",
    "preapproved_payment_bill_user_payment subscription_payment website_payment",
    // Of columns such as Stripe's `captured`.
    "true",
];

/// Statuses of a charge of which a part or all was given back.
const COUNTS_LESS: Words = &["partially_refunded refunded"];

/// Money that went back to a customer, or that was told of before and did not come.
const WENT_BACK: Words = &[
    "charge_failure chargeback dispute partial_capture_reversal payment_failure_refund",
    "payment_refund payment_reversal refund secondchargeback",
];

/// What a provider paid out, or what came back of it: Stripe's words, Adyen's, PayPal's.
const PAID_OUT: Words = &[
    "general_withdrawal merchantpayout payout payout_cancel payout_failure payout_reversal",
    "user_initiated_withdrawal",
];

/// What no customer paid: attempts that failed or are not done yet, fees, reserves and the like.
const SET_ASIDE: Words = &[
    // Stripe.
    "advance advance_funding anticipation_repayment application_fee application_fee_refund blocked",
    "canceled cancelled climate_order_purchase climate_order_refund connect_collection_transfer",
    "connect_reserved_funds contribution failed fee fee_credit_funding financing_paydown",
    "financing_paydown_reversal financing_payout financing_payout_reversal inbound_transfer",
    "inbound_transfer_reversal incomplete network_cost payment_network_reserve_hold",
    "payment_network_reserve_release payment_unreconciled payout_minimum_balance_hold",
    "payout_minimum_balance_release pending platform_earning platform_earning_refund processing",
    "requires_action requires_capture requires_confirmation requires_payment_method reserve_hold",
    "reserve_release reserve_transaction reserved_funds risk_reserved_funds stripe_fee",
    "stripe_fx_fee tax tax_fee topup topup_reversal transfer transfer_cancel transfer_failure",
    "transfer_refund transfer_reversal uncaptured unreconciled_customer_funds",
    // Adyen.
    "balancetransfer depositcorrection invoicededuction misccosts paymentcost",
    // Braintree.
    "authorization_expired authorized authorizing gateway_rejected processor_declined",
    "settlement_declined settlement_pending settling submitted_for_settlement voided",
    // GoCardless.
    "charged_back customer_approval_denied pending_customer_approval pending_submission submitted",
    // Paddle.
    "billed draft past_due ready",
    // PayPal.
    "account_hold_for_open_authorization bank_deposit_to_pp_account chargeback_fee denied expired",
    "general_account_hold general_authorization general_currency_conversion",
    "reversal_of_general_account_hold",
    // Of columns such as Stripe's `captured`.
    "false",
];

/// Beginnings of Stripe's words for what goes on between it and the seller, or on the seller's cards.
const SET_ASIDE_BEGINNINGS: &[&str] = &["issuing_", "obligation_", "stripe_balance_payment_debit"];

/// Words of an export's own, by what they say of a row's money. Keys of the job file's `[payments]`, and options.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KindWords {
    /// It counts as it is signed.
    pub kinds: Vec<String>,
    /// It went back to the customer, whatever its sign.
    pub refund_kinds: Vec<String>,
    /// It is to be set aside.
    pub other_kinds: Vec<String>,
    /// It is what the provider paid out.
    pub payout_kinds: Vec<String>,
}

/// All words that are known.
const KNOWN: [(Words, Meaning); 5] = [
    (COUNTS, Meaning::Counts),
    (COUNTS_LESS, Meaning::CountsLess),
    (WENT_BACK, Meaning::WentBack),
    (SET_ASIDE, Meaning::SetAside),
    (PAID_OUT, Meaning::PaidOut),
];

/// What words mean: those that are known, and those that were added to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds {
    meanings: BTreeMap<String, Meaning>,
}

impl Default for Kinds {
    /// What is known.
    fn default() -> Self {
        let words = KNOWN.into_iter().flat_map(|(lines, meaning)| {
            let words = lines.iter().flat_map(|line| line.split(' '));
            words.map(move |word| (word.to_owned(), meaning))
        });
        Kinds { meanings: words.collect() }
    }
}

fn refused(message: String) -> Error {
    Error::new(Code::OPTION_VALUE, message)
        .hint("look at --kinds, --refund-kinds, --other-kinds, --payout-kinds, and at [payments] of the job file")
}

/// A word as it compares: `Partially refunded` is `partially_refunded`.
fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

impl Kinds {
    /// Adds words to those that are known. What is added wins over what is known.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: a word is empty, or in two of the lists.
    pub fn of(words: &KindWords) -> Result<Self> {
        let lists = [
            ("kinds", &words.kinds, Meaning::Counts),
            ("refund_kinds", &words.refund_kinds, Meaning::WentBack),
            ("other_kinds", &words.other_kinds, Meaning::SetAside),
            ("payout_kinds", &words.payout_kinds, Meaning::PaidOut),
        ];
        let mut added = BTreeMap::new();
        for (list, words, meaning) in lists {
            for word in words {
                if plain(word).is_empty() {
                    return Err(refused(format!("`{list}` has an empty word"))
                        .expected("words of the column that `kind` or `status` is read from"));
                }
                let before = added.insert(plain(word), meaning);
                if before.is_some_and(|before| before != meaning) {
                    let lists = lists.map(|(list, ..)| format!("`{list}`")).join(", ");
                    return Err(refused(format!("`{word}` of `{list}` is in another list, too"))
                        .expected(format!("a word in one of {lists}")));
                }
            }
        }
        let mut kinds = Kinds::default();
        kinds.meanings.extend(added);
        Ok(kinds)
    }

    /// What a word means; `None` where it is not known. A row that does not say counts.
    pub fn meaning(&self, word: &str) -> Option<Meaning> {
        let word = plain(word);
        if word.is_empty() {
            return Some(Meaning::Counts);
        }
        self.meanings.get(&word).copied().or_else(|| {
            let begins = SET_ASIDE_BEGINNINGS.iter().any(|begin| word.starts_with(begin));
            begins.then_some(Meaning::SetAside)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_or_added() {
        let known = Kinds::default();
        for (word, meaning) in [
            ("Partially refunded", Some(Meaning::CountsLess)),
            ("charge", Some(Meaning::Counts)),
            ("refund", Some(Meaning::WentBack)),
            ("payout", Some(Meaning::PaidOut)),
            ("payout_minimum_balance_hold", Some(Meaning::SetAside)),
            ("payment_unreconciled", Some(Meaning::SetAside)),
            ("issuing_authorization_hold", Some(Meaning::SetAside)),
            ("obligation_payout_failure", Some(Meaning::SetAside)),
            ("stripe_balance_payment_debit_reversal", Some(Meaning::SetAside)),
            ("credit", None),
            ("", Some(Meaning::Counts)),
        ] {
            assert_eq!(known.meaning(word), meaning, "{word}");
        }
        let words =
            |words: &[&str]| -> Vec<String> { words.iter().map(|w| (*w).to_owned()).collect() };
        let kinds = Kinds::of(&KindWords {
            kinds: words(&["Gift-card", "refunded"]),
            refund_kinds: words(&["credit"]),
            other_kinds: words(&["charge"]),
            payout_kinds: words(&["disbursement"]),
        });
        let kinds = kinds.unwrap();
        assert_eq!(kinds.meaning("Disbursement"), Some(Meaning::PaidOut));
        assert_eq!(kinds.meaning("gift card"), Some(Meaning::Counts));
        assert_eq!(kinds.meaning("Refunded"), Some(Meaning::Counts));
        assert_eq!(kinds.meaning("Credit"), Some(Meaning::WentBack));
        assert_eq!(kinds.meaning("charge"), Some(Meaning::SetAside));
        assert_eq!(kinds.meaning("payment"), Some(Meaning::Counts));
        let twice = KindWords {
            kinds: words(&["credit"]),
            refund_kinds: words(&["Credit"]),
            ..KindWords::default()
        };
        assert!(Kinds::of(&twice).is_err());
        assert!(Kinds::of(&KindWords { kinds: words(&[""]), ..KindWords::default() }).is_err());
    }

    #[test]
    fn no_word_is_in_two_lists() {
        let lines = KNOWN.iter().flat_map(|(lines, _)| *lines);
        let mut all: Vec<&str> = lines.flat_map(|line| line.split(' ')).collect();
        all.sort_unstable();
        assert!(all.windows(2).all(|two| two[0] != two[1]));
        let begin = |word: &&str| SET_ASIDE_BEGINNINGS.iter().any(|begin| word.starts_with(begin));
        assert!(!all.iter().any(begin), "said by its beginning already");
    }
}
