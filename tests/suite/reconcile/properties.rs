//! What must hold of any month: an export made from the documents agrees, one change makes the one break that it
//! should, the order of rows changes nothing, and nothing is lost.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use monthend::base::calendar::Month;
use monthend::base::money::{Currency, Money};
use monthend::desk::payments::{BookLookup, Document, Payment, PaymentOutcome};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{
    Config, RngSeed, TestCaseError, TestError, TestRunner, contextualize_config,
};

use super::case::{Case, day, document, payment};

type Held = Result<(), TestCaseError>;

/// How an account's documents are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Each by a payment that names it.
    Each,
    /// Each by a payment that names nothing.
    Unnamed,
    /// What is due by payments of their own, what is owed back by refunds that name the invoice.
    RefundsOnInvoice,
    /// All by one sum that names the invoice.
    OneSum,
    /// All by one sum that names nothing.
    OneSumUnnamed,
    /// Each by two parts that name it.
    Parts,
}

const MANNERS: [Manner; 6] = [
    Manner::Each,
    Manner::Unnamed,
    Manner::RefundsOnInvoice,
    Manner::OneSum,
    Manner::OneSumUnnamed,
    Manner::Parts,
];

/// The manners in which each document has one payment of its own.
const ONE_FOR_EACH: [Manner; 3] = [Manner::Each, Manner::Unnamed, Manner::RefundsOnInvoice];

/// An account's documents: an invoice, and notes of later revisions.
type Totals = (i128, Vec<i128>);

/// Months of one to four accounts; amounts are few, so that many are alike.
fn months(manners: &'static [Manner]) -> impl Strategy<Value = Vec<(Totals, Manner)>> {
    let invoice = prop_oneof![0..1_i128, Just(2000), Just(500), 1..20_000_i128];
    let note = prop_oneof![Just(0), Just(2000), Just(-500), -2000..2000_i128];
    let account = (invoice, vec(note, 0..3));
    vec((account, proptest::sample::select(manners)), 1..5)
}

/// The documents of a month, and an export that pays them.
fn paid(accounts: &[(Totals, Manner)]) -> Result<Case, TestCaseError> {
    let lookup = BookLookup::default();
    let as_of = day("2026-06-30").map_err(failed)?;
    let (documents, payments) = (Vec::new(), Vec::new());
    let mut case = Case { documents, payments, lookup, tolerance: 0, as_of };
    for (number, ((invoice, notes), manner)) in accounts.iter().enumerate() {
        let account = format!("a{number}");
        let mut documents = vec![document(&account, "INV", *invoice)];
        for (at, note) in (1..).zip(notes) {
            let kind = if *note > 0 { "DN" } else { "CN" };
            documents.push(document(&account, &format!("{kind}-{at}"), *note));
        }
        pay(&mut case.payments, &account, &documents, *manner)?;
        case.documents.extend(documents);
    }
    Ok(case)
}

fn pay(payments: &mut Vec<Payment>, account: &str, documents: &[Document], manner: Manner) -> Held {
    let mut add = |names: &str, amount: i128| -> Held {
        let (id, at) = (format!("p{:03}", payments.len()), payments.len() as i64);
        if amount != 0 {
            payments.push(payment(&id, account, names, at, amount).map_err(failed)?);
        }
        Ok(())
    };
    let invoice = &documents[0].document_id;
    let sum: i128 = documents.iter().map(|document| document.total).sum();
    if matches!(manner, Manner::OneSum | Manner::OneSumUnnamed) {
        return add(if manner == Manner::OneSum { invoice } else { "" }, sum);
    }
    for document in documents {
        let (id, total) = (&document.document_id, i128::from(document.total));
        match manner {
            Manner::Each => add(id, total)?,
            Manner::Unnamed => add("", total)?,
            Manner::RefundsOnInvoice => add(if total < 0 { invoice } else { id }, total)?,
            _ => {
                add(id, total / 3)?;
                add(id, total - total / 3)?;
            }
        }
    }
    Ok(())
}

fn failed(error: Box<dyn std::error::Error>) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// Holds a property to 300 cases, unless the environment asks for another number of them.
fn holds<S: Strategy>(of: S, property: impl Fn(S::Value) -> Held) {
    let seed = RngSeed::Fixed(RandomState::new().hash_one("any"));
    let usual = Config { cases: 300, rng_seed: seed, ..Config::default() };
    let config = Config { failure_persistence: None, ..contextualize_config(usual) };
    let seed = config.rng_seed;
    let told = match TestRunner::new(config).run(&of, property) {
        Ok(()) => return,
        Err(TestError::Fail(reason, least)) => format!("{reason}\n\n{least:#?}"),
        Err(TestError::Abort(reason)) => reason.to_string(),
    };
    assert!(told.is_empty(), "{told}\nagain with PROPTEST_RNG_SEED={seed}");
}

/// The codes and differences of the breaks.
fn codes(case: &Case) -> Result<Vec<(&'static str, i128)>, TestCaseError> {
    let matched = case.matched().map_err(failed)?;
    let breaks = matched.settlements.iter().flat_map(|settlement| &settlement.breaks);
    let mut codes: Vec<_> = breaks.map(|found| (found.code.name(), found.difference)).collect();
    codes.sort_unstable();
    Ok(codes)
}

#[test]
fn an_export_made_from_the_documents_agrees() {
    holds(months(&MANNERS), |accounts| {
        prop_assert_eq!(codes(&paid(&accounts)?)?, []);
        Ok(())
    });
}

/// What a single change of one payment does: the change, and the codes that it must come to.
type Change = fn(&mut Vec<Payment>, usize) -> Vec<(&'static str, i128)>;

/// Holds what one change of a payment comes to.
fn changed(change: Change) {
    let of = (months(&ONE_FOR_EACH), any::<proptest::sample::Index>());
    holds(of, move |(accounts, which)| {
        let mut case = paid(&accounts)?;
        prop_assume!(!case.payments.is_empty());
        let at = which.index(case.payments.len());
        let mut expected = change(&mut case.payments, at);
        expected.sort_unstable();
        prop_assert_eq!(codes(&case)?, expected);
        Ok(())
    });
}

#[test]
fn a_payment_taken_out_is_missing() {
    changed(|payments, at| {
        let amount = payments.remove(at).amount();
        vec![if amount > 0 {
            ("missing-payment", -amount)
        } else {
            ("note-without-refund", -amount)
        }]
    });
}

#[test]
fn a_payment_made_again_is_a_duplicate() {
    changed(|payments, at| {
        let again = Payment { payment_id: "again".to_owned(), ..payments[at].clone() };
        let amount = again.amount();
        payments.push(again);
        vec![if amount > 0 {
            ("duplicate-payment", amount)
        } else {
            ("refund-without-note", amount)
        }]
    });
}

/// Changes a payment's amount by one cent.
fn altered(payment: &mut Payment, by: i128) {
    payment.money = Money::from_minor(payment.amount() + by).unwrap_or_default();
}

#[test]
fn a_payment_of_a_cent_more_or_less_is_told_to_the_cent() {
    changed(|payments, at| {
        let (amount, by) = (payments[at].amount(), if at % 2 == 0 { 1 } else { -1 });
        altered(&mut payments[at], by);
        vec![match (amount > 0, by > 0) {
            // Nothing is left of a payment of one cent.
            (true, false) if amount == 1 => ("missing-payment", -1),
            (true, false) => ("short-payment", -1),
            (true, true) => ("over-payment", 1),
            (false, true) => ("note-without-refund", 1),
            (false, false) => ("refund-without-note", -1),
        }]
    });
}

#[test]
fn a_payment_in_another_currency_is_told_as_that_alone() {
    changed(|payments, at| {
        let amount = payments[at].amount();
        payments[at].currency = Currency::parse("EUR").unwrap_or(payments[at].currency);
        vec![("wrong-currency", -amount)]
    });
}

#[test]
fn a_payment_that_belongs_nowhere_is_told_beside_what_it_leaves_open() {
    changed(|payments, at| {
        let amount = payments[at].amount();
        let unknown = if payments[at].document_id.is_none() {
            payments[at].account_id = Some("nobody".into());
            "unknown-account"
        } else {
            payments[at].document_id = Some("INV-0".to_owned());
            "unknown-document"
        };
        let open = if amount > 0 { "missing-payment" } else { "note-without-refund" };
        vec![(unknown, amount), (open, -amount)]
    });
}

/// Payments of any amount, document, account and currency, with little regard for the documents.
fn any_payments() -> impl Strategy<Value = Vec<Payment>> {
    let document = prop_oneof![
        Just(String::new()),
        (0..4_usize, 0..4_usize).prop_map(|(account, which)| {
            format!("a{account}/{}", ["INV", "CN-1", "DN-2", "X"][which])
        }),
        Just("elsewhere".to_owned()),
    ];
    let amount = prop_oneof![Just(2000), Just(-500), Just(0), -3000..3000_i128];
    let parts = (0..5_usize, document, 0..3_i64, amount, 0..20_u8);
    let one = parts.prop_filter_map("too large", |(account, document, at, amount, odd)| {
        let account = ["a0", "a1", "a2", "", "nobody"][account];
        let mut payment = payment("", account, &document, at, amount).ok()?;
        payment.set_aside = (odd == 0).then(|| "payout".to_owned());
        if odd == 1 {
            payment.currency = Currency::parse("JPY")?;
        }
        Some(payment)
    });
    vec(one, 0..12).prop_map(|mut payments| {
        for (at, payment) in payments.iter_mut().enumerate() {
            payment.payment_id = format!("p{at:02}");
        }
        payments
    })
}

/// Any month with any payments, and a tolerance.
fn anything() -> impl Strategy<Value = Case> {
    let tolerance = prop_oneof![Just(0), 0..3000_i128];
    let parts = (months(&MANNERS), any_payments(), any::<bool>(), tolerance);
    parts.prop_filter_map("too large", |(accounts, payments, beside, tolerance)| {
        let mut case = paid(&accounts).ok()?;
        if !beside {
            case.payments.clear();
        }
        case.payments.extend(payments);
        case.lookup.elsewhere.insert("elsewhere".to_owned(), Month::parse("2026-03")?);
        Some(Case { tolerance, ..case })
    })
}

/// What became of everything, by ids: settlements as sets of ids with their breaks, and each payment's fate.
fn by_ids(case: &Case) -> Result<(Vec<String>, BTreeMap<String, String>), TestCaseError> {
    let matched = case.matched().map_err(failed)?;
    let document = |d: &usize| case.documents[*d].document_id.clone();
    let payment = |p: &usize| case.payments[*p].payment_id.clone();
    let settlements = matched.settlements.iter().map(|settlement| {
        let breaks: Vec<_> = settlement
            .breaks
            .iter()
            .map(|b| (b.code, b.document.map(|d| document(&d)), b.payment.map(|p| payment(&p))))
            .collect();
        let documents: Vec<_> = settlement.documents.iter().map(document).collect();
        let payments: Vec<_> = settlement.payments.iter().map(payment).collect();
        let sums = (settlement.expected, settlement.paid);
        format!("{:?} {documents:?} {payments:?} {sums:?} {breaks:?}", settlement.account_id)
    });
    let fates = case.payments.iter().zip(&matched.payments);
    let fates = fates.map(|(payment, fate)| (payment.payment_id.clone(), format!("{fate:?}")));
    Ok((settlements.collect(), fates.collect()))
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let shuffled = anything().prop_flat_map(|case| {
        let documents = Just(case.documents.clone()).prop_shuffle();
        let payments = Just(case.payments.clone()).prop_shuffle();
        (Just(case), documents, payments)
    });
    holds(shuffled, |(case, documents, payments)| {
        let other = Case { documents, payments, ..case.clone() };
        prop_assert_eq!(by_ids(&case)?, by_ids(&other)?);
        Ok(())
    });
}

#[test]
fn nothing_is_lost_and_nothing_counted_twice() {
    holds(anything(), |case| {
        let matched = case.matched().map_err(failed)?;
        let mut documents = vec![0; case.documents.len()];
        let mut payments = vec![0; case.payments.len()];
        let (mut paid, mut due, mut different) = (0, 0, 0);
        for (at, settlement) in matched.settlements.iter().enumerate() {
            settlement.documents.iter().for_each(|&d| documents[d] += 1);
            settlement.payments.iter().for_each(|&p| payments[p] += 1);
            let breaks: i128 = settlement.breaks.iter().map(|found| found.difference).sum();
            let difference = settlement.paid - settlement.expected;
            match settlement.breaks.is_empty() {
                true => prop_assert!(difference.abs() <= case.tolerance),
                false => prop_assert_eq!(difference, breaks),
            }
            prop_assert!(settlement.documents.iter().all(|&d| matched.documents[d] == at));
            (paid, due) = (paid + settlement.paid, due + settlement.expected);
            different += difference;
        }
        for (fate, times) in matched.payments.iter().zip(&mut payments) {
            *times += u32::from(!matches!(fate, PaymentOutcome::Settled(_)));
        }
        prop_assert!(documents.iter().all(|&times| times == 1), "{:?}", documents);
        prop_assert!(payments.iter().all(|&times| times == 1), "{:?}", payments);
        prop_assert_eq!(due, case.documents.iter().map(|d| d.total).sum::<i128>());
        let counted = case.payments.iter().zip(&matched.payments);
        let counted = counted.filter(|(_, fate)| matches!(fate, PaymentOutcome::Settled(_)));
        let dollars = counted.filter(|(payment, _)| payment.currency.code() == "USD");
        prop_assert_eq!(paid, dollars.map(|(payment, _)| payment.amount()).sum::<i128>());
        prop_assert_eq!(paid - due, different);
        let open = case.ageing().map_err(failed)?;
        let tolerated: i128 = matched
            .settlements
            .iter()
            .filter(|settlement| settlement.breaks.is_empty())
            .map(|settlement| settlement.paid - settlement.expected)
            .sum();
        prop_assert_eq!(open.all.balance(), due - paid + tolerated);
        prop_assert_eq!(open.documents.iter().sum::<i128>(), open.all.documents());
        for (document, open) in case.documents.iter().zip(&open.documents) {
            let total = i128::from(document.total);
            let within = (total.min(0)..=total.max(0)).contains(open);
            prop_assert!(within, "{open} is open of {total}");
        }
        Ok(())
    });
}
