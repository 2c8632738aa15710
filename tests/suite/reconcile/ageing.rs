//! What is open and for how long it has been due.

use std::collections::BTreeMap;

use monthend::desk::payments::Age;

use super::case::{Case, cents, day, decimal, of_ann};
use crate::common::Outcome;

/// Ann's documents, each with the day on which it is due, and her payments, as of a day.
fn of_days(documents: &str, payments: &str, as_of: &str) -> Outcome<Case> {
    let parts = || documents.split(", ").map(|part| part.split_once(" due ").unwrap_or((part, "")));
    let named: Vec<&str> = parts().map(|(document, _)| document).collect();
    let mut case = of_ann(&named.join(", "), payments)?;
    case.as_of = day(as_of)?;
    for (document, (_, due)) in case.documents.iter_mut().zip(parts()) {
        document.due_on = Some(due).filter(|due| !due.is_empty()).map(day).transpose()?;
    }
    Ok(case)
}

/// What is open by age, and what was paid for nothing: `0-30 5.00, unapplied 1.00`.
fn told(case: &Case) -> Outcome<String> {
    let open = case.ageing()?.all;
    let mut told: Vec<String> = Age::ALL
        .into_iter()
        .filter(|&age| open.of(age) != 0)
        .map(|age| format!("{} {}", age.name(), decimal(open.of(age))))
        .collect();
    if open.unapplied != 0 {
        told.push(format!("unapplied {}", decimal(open.unapplied)));
    }
    Ok(told.join(", "))
}

#[test]
fn what_is_open_is_as_old_as_its_due_day() -> Outcome {
    for (documents, payments, as_of, expected) in [
        ("INV 20.00 due 2026-05-31", "20.00 INV", "2026-12-31", ""),
        ("INV 20.00 due 2026-05-31", "", "2026-05-30", "not-due 20.00"),
        ("INV 20.00 due 2026-05-31", "", "2026-05-31", "0-30 20.00"),
        ("INV 20.00 due 2026-05-31", "", "2026-06-30", "0-30 20.00"),
        ("INV 20.00 due 2026-05-31", "", "2026-07-01", "31-60 20.00"),
        ("INV 20.00 due 2026-05-31", "", "2026-07-30", "31-60 20.00"),
        ("INV 20.00 due 2026-05-31", "", "2026-07-31", "61-90 20.00"),
        ("INV 20.00 due 2026-05-31", "", "2026-08-29", "61-90 20.00"),
        ("INV 20.00 due 2026-05-31", "", "2026-08-30", "over-90 20.00"),
        // Without a term it is due when it is issued: on 1 May.
        ("INV 20.00", "", "2026-05-31", "0-30 20.00"),
        ("INV 20.00", "", "2026-06-01", "31-60 20.00"),
        // In part.
        ("INV 20.00 due 2026-05-31", "15.00 INV", "2026-06-01", "0-30 5.00"),
        // What pays nothing is no less open.
        ("INV 20.00 due 2026-05-31", "20.00 X", "2026-06-01", "0-30 20.00, unapplied 20.00"),
        ("INV 20.00 due 2026-05-31", "25.00 INV", "2026-06-01", "unapplied 5.00"),
        ("INV 20.00 due 2026-05-31", "20.00 INV, -3.00 INV", "2026-06-01", "unapplied -3.00"),
        ("INV 20.00 due 2026-05-31", "20.00 INV EUR", "2026-06-01", "0-30 20.00"),
        // A note has its own day; kept back, it is open no more.
        (
            "INV 50.00 due 2026-05-31, CN -20.00 due 2026-07-15",
            "50.00 INV",
            "2026-07-20",
            "0-30 -20.00",
        ),
        ("INV 50.00 due 2026-05-31, CN -20.00 due 2026-07-15", "", "2026-07-20", "31-60 30.00"),
        (
            "INV 50.00 due 2026-05-31, DN 20.00 due 2026-07-15",
            "10.00 INV",
            "2026-07-01",
            "not-due 20.00, 31-60 40.00",
        ),
    ] {
        assert_eq!(
            told(&of_days(documents, payments, as_of)?)?,
            expected,
            "{documents}; {payments}"
        );
    }
    Ok(())
}

#[test]
fn what_came_later_does_not_count_yet() -> Outcome {
    // Payments are made an hour after another from 1 May on.
    let mut case = of_days("INV 20.00 due 2026-05-31", "20.00 INV", "2026-04-30")?;
    assert_eq!(told(&case)?, "not-due 20.00");
    case.as_of = day("2026-05-01")?;
    assert_eq!(told(&case)?, "");
    case.payments[0].at = None;
    case.as_of = day("2026-04-30")?;
    assert_eq!(told(&case)?, "", "nobody knows when it came");
    Ok(())
}

#[test]
fn accounts_add_up_to_all() -> Outcome {
    let mut case = of_ann("INV 20.00, CN -5.00", "5.00 INV, 7.00 X")?;
    case.payments[1].account_id = Some("bob".into());
    let ageing = case.ageing()?;
    let told: BTreeMap<&str, (String, String)> = ageing
        .accounts
        .iter()
        .map(|(account, open)| {
            let sums = (decimal(open.documents()), decimal(open.unapplied));
            (account.as_deref().unwrap_or_default(), sums)
        })
        .collect();
    let of = |open: &str, unapplied: &str| (open.to_owned(), unapplied.to_owned());
    assert_eq!(told, BTreeMap::from([("ann", of("10.00", "0.00")), ("bob", of("0.00", "7.00"))]));
    assert_eq!(ageing.all.balance(), cents("3.00")?);
    Ok(())
}
