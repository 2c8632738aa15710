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
        "p1,ann,,2026-05-01,\"1.000,00\",USD",
        &[],
        &["value `1.000,00`: is no amount", "without signs of currency"],
    ),
    (
        "p1,ann,,1 May 2026,20.00,USD",
        &[],
        &["column `at`, value `1 May 2026`: is no instant", "2026-05-01 03:12"],
    ),
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
            "column `account_id`, value `ann`: is no kind of a row that is known",
            "--kinds",
            "--refund-kinds",
            "--other-kinds",
        ],
    ),
    (
        "p1,charge,unheard-of,2026-05-01,20.00,USD",
        &["--map", "kind=account_id,status=document_id,document_id=currency,account_id=,currency="],
        &["column `document_id`, value `unheard-of`: is no status of a row that is known"],
    ),
    (
        "p1,refunded,,2026-05-01,20.00,USD",
        &["--map", "kind=account_id,account_id="],
        &[
            "column `account_id`, value `refunded`: says that something was given back, and nothing",
            "map refunded_amount",
            "--refund-kinds",
        ],
    ),
    (
        "p1,ann,20.00,2026-05-01,0.00,USD",
        &["--map", "refunded_amount=document_id,document_id="],
        &["column `document_id`, value `20.00`: is more than what the row says was paid"],
    ),
    (
        "p1,ann,10.00,2026-05-01,20.00,refund",
        &["--map", "refunded_amount=document_id,document_id=,kind=currency,currency="],
        &["column `document_id`, value `10.00`: is more than what the row says was paid"],
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
fn kinds_are_added_to_those_that_are_known() -> Outcome {
    let bench = Bench::april()?;
    let rows = bench.payments()?;
    let lines = rows.iter().enumerate().map(|(at, row)| {
        let kind = if at % 2 == 0 { "Gift card" } else { "charge" };
        format!("{},{},{},{},{kind}\n", row[0], row[1], row[3], row[4])
    });
    // Neither amounts nor ids of what is set aside matter.
    let others = ["x,,2026-05-01,-5.00,Costs\n", ",,soon,n/a,Costs\n", ",,,,payout\n"];
    let lines: String = lines.chain(others.map(str::to_owned)).collect();
    let file = bench.write("p.csv", format!("payment_id,account_id,at,amount,kind\n{lines}"))?;
    let told = bench.told(&file, &["--kinds", "gift-card", "--other-kinds", "costs"], 0)?;
    let set_aside = serde_json::json!({
        "Costs": { "count": 2, "amount": "-5.00" },
        "payout": { "count": 1, "amount": "0.00" },
    });
    assert_eq!(told["payments"]["set_aside"], set_aside);
    bench.reconcile(&file, &["--kinds", "gift-card"], 1)?;
    let said = words(&bench.reconcile(&file, &["--kinds", "a", "--other-kinds", "A"], 2)?);
    assert!(said.contains("`A` of `other_kinds` is in another list, too"), "{said}");
    Ok(())
}

/// An invoice that was paid and given back is unpaid, whatever sign the refund's amount has.
#[test]
fn a_refund_is_negative_whatever_its_sign() -> Outcome {
    let bench = Bench::april()?;
    let rows = bench.payments()?;
    let header = "payment_id,account_id,document_id,amount,kind\n";
    let line = |row: &super::bench::Row, id: &str, amount: &str, kind: &str| {
        format!("{id},{},{},{amount},{kind}\n", row[1], row[2])
    };
    let all: String = rows.iter().map(|row| line(row, &row[0], &row[4], "charge")).collect();
    let first = &rows[0];
    let given_back = [
        ("refund", &first[4], &[][..]),
        ("Refund", &format!("-{}", first[4]), &[]),
        ("credit", &first[4], &["--refund-kinds", "Credit"]),
        ("payment-reversal", &first[4], &[]),
    ];
    for (kind, amount, options) in given_back {
        let refund = line(first, "re_1", amount, kind);
        let both = bench.write("both.csv", format!("{header}{all}{refund}"))?;
        let expected = [format!("refund-without-note 1 -{}", first[4])];
        assert_eq!(breaks(&bench.told(&both, options, 4)?)?, expected, "{kind} {amount}");
        // In place of the payment it must never pass for it.
        let rest = all.split_once('\n').ok_or("no rows")?.1;
        let alone = bench.write("alone.csv", format!("{header}{rest}{refund}"))?;
        let told = breaks(&bench.told(&alone, options, 4)?)?;
        assert!(told.iter().any(|told| told.starts_with("missing-payment 1")), "{kind}: {told:?}");
    }
    let unknown =
        bench.write("unknown.csv", format!("{header}{}", line(first, "r", "1", "credit")))?;
    bench.reconcile(&unknown, &[], 1)?;
    Ok(())
}

#[test]
fn what_is_set_aside_may_share_an_id_but_not_with_a_payment() -> Outcome {
    let bench = Bench::april()?;
    let all: String = bench
        .payments()?
        .iter()
        .map(|row| format!("{},{},{},{},charge,Completed\n", row[0], row[1], row[3], row[4]))
        .collect();
    let header = "payment_id,account_id, at,amount,kind, Status\n";
    let told = |more: &str, expected: i32| {
        let file = bench.write("p.csv", format!("{header}{all}{more}"))?;
        bench.reconcile(&file, &["--map", "status=Status", "--json"], expected)
    };
    let asides =
        "po,,,1.00,payout,\npo,,,1.00,payout,\npo,,,2.00,payout,\nnew,,,,heard-of,Denied\n";
    let json = crate::common::result(&told(asides, 0)?)?;
    assert_eq!(json["duplicate_rows"], 1, "{json:#}");
    assert_eq!(json["payments"]["set_aside"]["payout"]["count"], 2);
    assert_eq!(json["payments"]["set_aside"]["Denied"]["count"], 1);
    let said = words(&told("py_01,,,20.00,charge,Denied\n", 1)?);
    assert!(said.contains("value `py_01`: stands in"), "{said}");
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
