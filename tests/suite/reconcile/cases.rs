//! One account's month, case by case: what its documents and payments come to.

use super::case::of_ann;
use crate::common::Outcome;

/// Name, documents, payments, breaks.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

fn hold(cases: &[Row]) -> Outcome {
    let mut faults = Vec::new();
    for &(name, documents, payments, expected) in cases {
        let told = of_ann(documents, payments)?.breaks()?;
        if told != expected {
            faults.push(format!("{name}: expected {expected:?}, told {told:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[test]
fn what_agrees() -> Outcome {
    hold(&[
        ("paid by number", "INV 20.00", "20.00 INV", &[]),
        ("paid without a number", "INV 20.00", "20.00", &[]),
        ("paid in parts", "INV 20.00", "15.00 INV, 5.00 INV", &[]),
        ("paid in parts without a number", "INV 20.00", "15.00, 5.00", &[]),
        ("paid in parts, half of them named", "INV 20.00", "15.00, 5.00 INV", &[]),
        ("nothing due, nothing paid", "INV 0.00", "", &[]),
        ("a payment of nothing for nothing due", "INV 0.00", "0.00 INV", &[]),
        ("no documents, no payments", "", "", &[]),
        ("paid twice, given back", "INV 20.00", "20.00 INV, 20.00 INV, -20.00 INV", &[]),
        ("too much, the rest given back", "INV 20.00", "25.00 INV, -5.00 INV", &[]),
        ("given back and paid again", "INV 20.00", "20.00 INV, -20.00 INV, 20.00 INV", &[]),
    ])
}

#[test]
fn what_agrees_with_notes() -> Outcome {
    let credit = "INV 100.00, CN -30.00";
    let debit = "INV 100.00, DN 5.00";
    let both = "INV 100.00, CN -30.00, DN 5.00";
    hold(&[
        ("paid before the note, refund names the invoice", credit, "100.00 INV, -30.00 INV", &[]),
        ("refund names the note", credit, "100.00 INV, -30.00 CN", &[]),
        ("refund names nothing", credit, "100.00 INV, -30.00", &[]),
        ("nothing is named", credit, "100.00, -30.00", &[]),
        ("paid after the note", credit, "70.00 INV", &[]),
        ("paid after the note, without a number", credit, "70.00", &[]),
        ("refund in parts", credit, "100.00 INV, -10.00 INV, -20.00 CN", &[]),
        ("the note takes all back before it is paid", "INV 100.00, CN -100.00", "", &[]),
        ("the note takes all back", "INV 100.00, CN -100.00", "100.00 INV, -100.00 INV", &[]),
        ("a debit note by itself", debit, "100.00 INV, 5.00 DN", &[]),
        ("a debit note without a number", debit, "100.00 INV, 5.00", &[]),
        ("one sum for both", debit, "105.00 INV", &[]),
        ("one sum for both without a number", debit, "105.00", &[]),
        ("both name the invoice", debit, "100.00 INV, 5.00 INV", &[]),
        ("a debit note set off against a credit note", both, "100.00 INV, -25.00 INV", &[]),
        ("all in one", both, "75.00", &[]),
        ("a note that moves amounts only", "INV 100.00, CN 0.00", "100.00 INV", &[]),
        ("set off without money", "INV 100.00, CN -30.00, DN 30.00", "100.00 INV", &[]),
    ])
}

#[test]
fn what_is_missing_or_too_much() -> Outcome {
    hold(&[
        ("nothing paid", "INV 20.00", "", &["missing-payment INV -20.00"]),
        ("less", "INV 20.00", "15.00 INV", &["short-payment INV -5.00"]),
        ("less, without a number", "INV 20.00", "15.00", &["short-payment INV -5.00"]),
        ("more", "INV 20.00", "25.00 INV", &["over-payment INV p1 5.00"]),
        ("more, without a number", "INV 20.00", "25.00", &["over-payment INV p1 5.00"]),
        ("nothing due", "INV 0.00", "20.00 INV", &["over-payment INV p1 20.00"]),
        ("no documents", "", "20.00", &["over-payment p1 20.00"]),
        ("twice", "INV 20.00", "20.00 INV, 20.00 INV", &["duplicate-payment INV p2 20.00"]),
        ("twice, no numbers", "INV 20.00", "20.00, 20.00", &["duplicate-payment INV p2 20.00"]),
        (
            "twice, the named one counts",
            "INV 20.00",
            "20.00, 20.00 INV",
            &["duplicate-payment INV p1 20.00"],
        ),
        (
            "three times",
            "INV 20.00",
            "20.00 INV, 20.00 INV, 20.00 INV",
            &["duplicate-payment INV p2 20.00", "duplicate-payment INV p3 20.00"],
        ),
        (
            "twice too much",
            "INV 20.00",
            "25.00 INV, 25.00 INV",
            &["over-payment INV p1 5.00", "duplicate-payment INV p2 25.00"],
        ),
        ("parts that are too much", "INV 20.00", "15.00, 15.00", &["over-payment INV p2 10.00"]),
        (
            "a part too many",
            "INV 20.00",
            "10.00 INV, 10.00 INV, 10.00 INV",
            &["duplicate-payment INV p3 10.00"],
        ),
        (
            "twice, half of one given back",
            "INV 20.00",
            "20.00 INV, 20.00 INV, -10.00 INV",
            &["duplicate-payment INV p2 10.00"],
        ),
        (
            "a payment for nothing due, twice",
            "",
            "20.00, 20.00",
            &["over-payment p1 20.00", "duplicate-payment p2 20.00"],
        ),
        (
            "another amount beside the right one",
            "INV 20.00",
            "20.00 INV, 7.00 INV",
            &["over-payment INV p2 7.00"],
        ),
    ])
}

#[test]
fn what_is_wrong_with_notes() -> Outcome {
    let credit = "INV 100.00, CN -30.00";
    let debit = "INV 100.00, DN 5.00";
    hold(&[
        ("refund without note", "INV 100.00", "100.00, -30.00", &["refund-without-note p2 -30.00"]),
        (
            "refund that names the invoice",
            "INV 100.00",
            "100.00 INV, -30.00 INV",
            &["refund-without-note INV p2 -30.00"],
        ),
        ("note without refund", credit, "100.00 INV", &["note-without-refund CN 30.00"]),
        ("too little back", credit, "100.00 INV, -20.00", &["note-without-refund CN 10.00"]),
        ("too much back", credit, "100.00 INV, -40.00 INV", &["refund-without-note INV p2 -10.00"]),
        (
            "back twice",
            credit,
            "100.00 INV, -30.00 INV, -30.00 INV",
            &["refund-without-note INV p3 -30.00"],
        ),
        ("nothing paid, a note", credit, "", &["missing-payment INV -70.00"]),
        ("less than is left after the note", credit, "50.00 INV", &["short-payment INV -20.00"]),
        ("more than is left after the note", credit, "80.00", &["note-without-refund CN 10.00"]),
        (
            "too much, and the note's amount not given back",
            credit,
            "120.00 INV",
            &["note-without-refund CN 30.00", "over-payment INV p1 20.00"],
        ),
        (
            "twice, and a note that was not given back",
            credit,
            "100.00 INV, 100.00 INV",
            &["note-without-refund CN 30.00", "duplicate-payment INV p2 100.00"],
        ),
        ("a debit note not paid", debit, "100.00 INV", &["missing-payment DN -5.00"]),
        ("the invoice not paid", debit, "5.00 DN", &["missing-payment INV -100.00"]),
        ("neither paid", debit, "", &["missing-payment DN -5.00", "missing-payment INV -100.00"]),
        ("one sum that is too small", debit, "103.00 INV", &["short-payment DN -2.00"]),
        (
            "a debit note unpaid is not paid by a credit note that is owed",
            "INV 100.00, CN -30.00, DN 5.00",
            "100.00 INV",
            &["note-without-refund CN 30.00", "missing-payment DN -5.00"],
        ),
        (
            "a refund without anything paid",
            "INV 100.00",
            "-100.00 INV",
            &["missing-payment INV -100.00", "refund-without-note INV p1 -100.00"],
        ),
        (
            "two notes, one given back",
            "INV 100.00, CN-1 -30.00, CN-2 -10.00",
            "100.00 INV, -10.00 INV",
            &["note-without-refund CN-1 30.00"],
        ),
    ])
}

#[test]
fn payments_in_other_currencies() -> Outcome {
    hold(&[
        ("the only payment", "INV 20.00", "20.00 INV EUR", &["wrong-currency INV p1 -20.00"]),
        ("without a number", "INV 20.00", "20.00 EUR", &["wrong-currency INV p1 -20.00"]),
        (
            "beside the right one",
            "INV 20.00",
            "20.00 INV, 20.00 INV EUR",
            &["wrong-currency INV p2 0.00"],
        ),
        (
            "a part in another currency",
            "INV 20.00",
            "15.00 INV, 5.00 INV EUR",
            &["wrong-currency INV p2 -5.00"],
        ),
        (
            "a refund in another currency",
            "INV 100.00, CN -30.00",
            "100.00 INV, -30.00 CN EUR",
            &["wrong-currency CN p2 30.00"],
        ),
        (
            "twice in another currency",
            "INV 20.00",
            "20.00 INV EUR, 20.00 INV EUR",
            &["wrong-currency INV p1 -20.00", "wrong-currency INV p2 0.00"],
        ),
    ])
}

#[test]
fn a_tolerance_forgives_small_differences_and_no_others() -> Outcome {
    for (documents, payments, tolerance, expected) in [
        ("INV 20.00", "19.98 INV", 2, &[][..]),
        ("INV 20.00", "20.02", 2, &[]),
        ("INV 20.00", "19.97 INV", 2, &["short-payment INV -0.03"]),
        ("INV 20.00", "", 2, &["missing-payment INV -20.00"]),
        ("INV 0.02", "", 2, &[]),
        ("INV 20.00", "19.99 INV, 19.99 INV", 2, &["duplicate-payment INV p2 19.99"]),
        ("INV 20.00", "20.00 EUR", 5000, &["wrong-currency INV p1 -20.00"]),
        ("INV 100.00, CN -30.00", "100.00 INV, -29.99", 1, &[]),
        ("INV 100.00, DN 5.00", "104.99", 1, &[]),
    ] {
        let case = super::case::Case { tolerance, ..of_ann(documents, payments)? };
        assert_eq!(case.breaks()?, expected, "{documents}: {payments}");
    }
    Ok(())
}

#[test]
fn a_payment_belongs_where_its_document_is() -> Outcome {
    let mut case = of_ann("INV 20.00", "20.00 INV, 20.00 INV-9, 20.00 INV-8, 20.00, 20.00")?;
    let march = monthend::base::calendar::Month::parse("2026-03").ok_or("no month")?;
    case.lookup.elsewhere.insert("ann/INV-9".to_owned(), march);
    case.payments[0].account_id = Some("bob".into());
    case.payments[3].account_id = Some("bob".into());
    case.payments[4].account_id = None;
    let told = case.breaks()?;
    let expected =
        ["unknown-account p5 20.00", "unknown-document p3 20.00", "unknown-account p4 20.00"];
    assert_eq!(told, expected);
    Ok(())
}
