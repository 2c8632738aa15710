//! What stops a reconciliation, and what is said: file, row, column, value, what was expected, what to do.

use std::fs;

use super::bench::{Bench, as_csv, breaks};
use crate::common::{Outcome, code, monthend, words};

const HEADER: &str = "payment_id,account_id,document_id,at,amount,currency";

/// Rows below the header, options, and what must be said.
type Fault = (&'static str, &'static [&'static str], &'static [&'static str]);

const ROWS: &[Fault] = &[
    (
        "p1,ann,,2026-05-01,20.00,USD\np2,ann,,2026-05-01,twenty,USD",
        &[],
        &[
            "payments.csv, row 2, column `amount`, value `twenty`: is no amount",
            "expected: an amount in plain digits, such as 20.00 or -20.00",
            "hint: write amounts in plain digits",
            "so that no payment is lost",
        ],
    ),
    ("p1,ann,,2026-05-01,,USD", &[], &["column `amount`: is empty", "fill in the amount"]),
    ("p1,ann,,2026-05-01,20.005,USD", &[], &["`20.005`: is finer than a minor unit of USD"]),
    ("p1,ann,,2026-05-01,20.5,jpy", &[], &["`20.5`: is finer than a minor unit of JPY"]),
    (
        "p1,ann,,2026-05-01,20.50,USD",
        &["--minor-units"],
        &["`20.50`: is no whole number", "leave out --minor-units"],
    ),
    (
        "p1,ann,,2026-05-01,\"1,000.00\",USD",
        &[],
        &["value `1,000.00`: is no amount", "without signs of currency and thousands"],
    ),
    (
        "p1,ann,,1 May 2026,20.00,USD",
        &[],
        &["column `at`, value `1 May 2026`: is no instant", "2026-05-01 03:12"],
    ),
    ("p1,ann,,,20.00,USD", &[], &["column `at`: is empty", "whole seconds since 1970"]),
    (
        "p1,ann,,2026-05-01,20.00,dollars",
        &[],
        &["column `currency`, value `dollars`: is no currency", "a code of ISO 4217"],
    ),
    (
        ",ann,,2026-05-01,20.00,USD",
        &[],
        &["row 1, column `payment_id`: is empty", "an id of 1 to 256 bytes"],
    ),
    (
        "p1,ann,,2026-05-01,20.00",
        &[],
        &[
            "row 1, value `p1,ann,,2026-05-01,20.00`: the row has 5 cells",
            "6 as in the header",
            "correct the row",
        ],
    ),
    (
        "p1,ann,,x,20.00,USD\np2,ann,,x,20.00,USD\np3,ann,,x,20.00,USD",
        &[],
        &["row 1, column `at`", "; 2 more rows cannot be read"],
    ),
    (
        "p1,ann,,2026-05-01,20.00,USD\np2,ann,,2026-05-01,20.00,USD\np1,ann,,2026-05-01,25.00,USD",
        &[],
        &[
            "payments.csv, row 3, column `payment_id`, value `p1`: stands in",
            "payments.csv, row 1 with another `amount`",
            "an id of its own for each payment, or the same row again",
            "keep the row that is right",
        ],
    ),
    (
        "p1,ann,,2026-05-01,20.00,USD",
        &["--map", "kind=account_id,account_id="],
        &[
            "column `account_id`, value `ann`: is no kind of row that is known",
            "--kinds",
            "--map kind=",
        ],
    ),
    (
        "p1,ann,-20.00,2026-05-01,20.00,USD",
        &["--map", "refunded_amount=document_id,document_id="],
        &["column `document_id`, value `-20.00`: is negative", "what was given back"],
    ),
];

#[test]
fn a_row_that_cannot_be_read_stops_it() -> Outcome {
    let bench = Bench::april()?;
    let mut faults = Vec::new();
    for (rows, options, parts) in ROWS {
        let file = bench.write("payments.csv", format!("{HEADER}\n{rows}\n"))?;
        let out = bench.path("out");
        let mut command = monthend(["reconcile", "--month", "2026-04", "--payments"]);
        command.arg(&file).arg("--book").arg(bench.book()).arg("--out").arg(&out).args(*options);
        let output = command.output()?;
        let said = words(&output);
        if code(&output)? != 1 || out.exists() {
            faults.push(format!("`{rows}`: exit code {}\n{said}", code(&output)?));
        }
        let lacking = parts.iter().filter(|part| !said.contains(**part));
        faults.extend(lacking.map(|part| format!("`{part}` is not said:\n{said}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[test]
fn columns_that_are_lacking() -> Outcome {
    let bench = Bench::april()?;
    let said = |header: &str, options: &[&str], expected: i32| -> Outcome<String> {
        let file = bench.write("payments.csv", format!("{header}\n"))?;
        Ok(words(&bench.reconcile(&file, options, expected)?))
    };
    let neither = said("payment_id,at,amount", &[], 1)?;
    assert!(neither.contains("has neither `account_id` nor `document_id`"), "{neither}");
    assert!(neither.contains("--map document_id=NAME"), "{neither}");
    let neither = said(HEADER, &["--map", "account_id=,document_id="], 1)?;
    assert!(neither.contains("has neither"), "{neither}");
    let missing = said("payment_id,account_id,at", &[], 1)?;
    assert!(missing.contains("column `amount`: is missing"), "{missing}");
    let missing = said(HEADER, &["--map", "document_id=invoice"], 1)?;
    assert!(missing.contains("column `invoice`: is missing"), "{missing}");
    assert!(missing.contains("--map document_id=NAME"), "{missing}");
    let nothing = said(HEADER, &["--map", "amount="], 2)?;
    assert!(nothing.contains("--map maps `amount` to nothing"), "{nothing}");
    let unknown = said(HEADER, &["--map", "invoice=id"], 2)?;
    assert!(unknown.contains("--map maps `invoice`"), "{unknown}");
    Ok(())
}

#[test]
fn columns_that_can_be_done_without() -> Outcome {
    let bench = Bench::april()?;
    let rows = bench.payments()?;
    // By account and amount alone, in the book's currency.
    let lines = rows.iter().map(|row| format!("{},{},{},{}\n", row[0], row[1], row[3], row[4]));
    let text = format!("payment_id,account_id,at,amount\n{}", lines.collect::<String>());
    let accounts = bench.write("accounts.csv", text)?;
    bench.reconcile(&accounts, &[], 0)?;
    // By number alone: every second row names nothing.
    let lines = rows.iter().map(|row| format!("{},{},{},{}\n", row[0], row[2], row[3], row[4]));
    let text = format!("payment_id,document_id,at,amount\n{}", lines.collect::<String>());
    let numbers = bench.write("numbers.csv", text)?;
    let told = bench.told(&numbers, &[], 4)?;
    assert_eq!(breaks(&told)?, ["missing-payment 13 -813.20", "unknown-account 13 813.20"]);
    // A column that is there, and not to be read.
    let mut wrong = rows.clone();
    wrong.iter_mut().for_each(|row| row[2] = format!("in_{}", row[0]));
    let file = bench.write("payments.csv", as_csv(&wrong)?)?;
    bench.reconcile(&file, &[], 4)?;
    bench.reconcile(&file, &["--map", "document_id="], 0)?;
    Ok(())
}

#[test]
fn kinds_that_are_listed_are_payments() -> Outcome {
    let bench = Bench::april()?;
    let rows = bench.payments()?;
    let lines =
        rows.iter().map(|row| format!("{},{},{},{},Settled\n", row[0], row[1], row[3], row[4]));
    let lines: String = lines.chain(["x,,2026-05-01,-5.00,Costs\n".to_owned()]).collect();
    let file = bench.write("p.csv", format!("payment_id,account_id,at,amount,kind\n{lines}"))?;
    let told = bench.told(&file, &["--kinds", "settled,refunded"], 0)?;
    assert_eq!(told["payments"]["set_aside"]["Costs"]["amount"], "-5.00");
    bench.reconcile(&file, &[], 1)?;
    let told = bench.told(&file, &["--map", "kind="], 4)?;
    assert_eq!(breaks(&told)?, ["unknown-account 1 -5.00"]);
    Ok(())
}

#[test]
fn a_tolerance_is_asked_for() -> Outcome {
    let bench = Bench::april()?;
    let mut rows = bench.payments()?;
    rows[0][4] = "19.95".to_owned(); // cancelled-then-back, 20.00
    let file = bench.write("payments.csv", as_csv(&rows)?)?;
    bench.reconcile(&file, &[], 4)?;
    bench.reconcile(&file, &["--tolerance", "0.04"], 4)?;
    let told = bench.told(&file, &["--tolerance", "0.05"], 0)?;
    assert_eq!(told["tolerated"], serde_json::json!({ "count": 1, "amount": "-0.05" }));
    for wrong in ["--tolerance=-1", "--tolerance=0.001", "--tolerance=x"] {
        let said = words(&bench.reconcile(&file, &[wrong], 2)?);
        assert!(said.contains("an amount in USD, such as 0.05"), "{said}");
    }
    Ok(())
}

#[test]
fn a_month_or_a_folder_that_is_not_there() -> Outcome {
    let bench = Bench::april()?;
    let file = bench.write("payments.csv", as_csv(&bench.payments()?)?)?;
    let mut command = monthend(["reconcile", "--month", "2026-03", "--payments"]);
    let output = command.arg(&file).arg("--book").arg(bench.book()).output()?;
    assert_eq!(code(&output)?, 1);
    assert!(words(&output).contains("2026-03 is not published"), "{}", words(&output));
    fs::write(bench.path("out"), "in the way")?;
    let out = bench.path("out");
    let said = words(&bench.reconcile(&file, &["--out", out.to_str().ok_or("no text")?], 1)?);
    assert!(said.contains("the folder cannot be made"), "{said}");
    let said = words(&bench.reconcile(&bench.path("nowhere.csv"), &[], 1)?);
    assert!(said.contains("no export of payments is there"), "{said}");
    Ok(())
}
