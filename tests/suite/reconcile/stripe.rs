//! Stripe's exports as they come: one story, told by the dashboard, the API and the reports (`stripe/make.py`).

use std::path::Path;

use serde_json::json;

use super::bench::{Bench, breaks};
use crate::common::{Outcome, root};

/// An export, how it is read, and what is set aside of it.
struct Export {
    file: &'static str,
    options: &'static [&'static str],
    set_aside: &'static str,
}

const OF_CHARGES: [Export; 2] = [
    Export {
        file: "payments.csv",
        options: &[
            "--map",
            "payment_id=id,at=Created (UTC),amount=Amount,currency=Currency",
            "--map",
            "kind=Status,status=Captured,refunded_amount=Amount Refunded",
            "--map",
            "document_id=document_id (metadata)",
        ],
        set_aside: r#"{"Failed":{"count":2,"amount":"59.33"}}"#,
    },
    Export {
        file: "charges.ndjson",
        options: &[
            "--minor-units",
            "--map",
            "payment_id=id,at=created,kind=status,status=captured",
            "--map",
            "amount=amount_captured,refunded_amount=amount_refunded",
            "--map",
            "document_id=metadata.document_id",
        ],
        set_aside: r#"{"failed":{"count":2,"amount":"59.33"}}"#,
    },
];

const OF_THE_BALANCE: [Export; 3] = [
    Export {
        file: "balance.csv",
        options: &[
            "--map",
            "payment_id=id,at=Created (UTC),amount=Amount,currency=Currency,kind=Type",
            "--map",
            "document_id=document_id (metadata)",
        ],
        set_aside: r#"{"payout":{"count":2,"amount":"-1400.00"},"stripe_fee":{"count":1,"amount":"-2.60"}}"#,
    },
    Export {
        file: "balance.ndjson",
        options: &[
            "--minor-units",
            "--map",
            "payment_id=id,at=created,kind=type,document_id=source.metadata.document_id",
        ],
        set_aside: r#"{"payout":{"count":2,"amount":"-1400.00"},"stripe_fee":{"count":1,"amount":"-2.60"}}"#,
    },
    Export {
        file: "activity.csv",
        options: &[
            "--map",
            "payment_id=balance_transaction_id,at=created_utc,amount=gross,kind=reporting_category",
            "--map",
            "document_id=payment_metadata[document_id]",
        ],
        set_aside: r#"{"fee":{"count":1,"amount":"-2.60"},"payout":{"count":2,"amount":"-1400.00"}}"#,
    },
];

fn told_by(bench: &Bench, export: &Export) -> Outcome<serde_json::Value> {
    let file = root().join("tests/reconcile/stripe").join(export.file);
    let told = bench.told(&file, export.options, 4)?;
    let set_aside: serde_json::Value = serde_json::from_str(export.set_aside)?;
    assert_eq!(told["payments"]["set_aside"], set_aside, "{}", export.file);
    let may = json!({ "2026-05": { "count": 1, "amount": "20.00" } });
    assert_eq!(told["payments"]["other_months"], may, "{}", export.file);
    assert_eq!(told["documents"]["all"], json!({ "count": 29, "amount": "1401.84" }));
    assert_eq!(told["payments"]["matched"], json!({ "count": 29, "amount": "1361.84" }));
    Ok(told)
}

#[test]
fn charges() -> Outcome {
    let bench = Bench::april_and_may()?;
    for export in &OF_CHARGES {
        let told = told_by(&bench, export)?;
        let expected = [
            "missing-payment 1 -40.00",
            "duplicate-payment 1 40.00",
            "refund-without-note 1 -144.13",
        ];
        assert_eq!(breaks(&told)?, expected, "{}", export.file);
        // Two rows tell of a refund as well, and are two payments each.
        assert_eq!((&told["rows"], &told["payments"]["all"]["count"]), (&json!(32), &json!(34)));
    }
    Ok(())
}

#[test]
fn balance_transactions() -> Outcome {
    let bench = Bench::april_and_may()?;
    for export in &OF_THE_BALANCE {
        let told = told_by(&bench, export)?;
        let expected = [
            "missing-payment 1 -40.00",
            "duplicate-payment 1 40.00",
            "refund-without-note 2 -164.53",
        ];
        assert_eq!(breaks(&told)?, expected, "{}", export.file);
        assert_eq!((&told["rows"], &told["payments"]["all"]["count"]), (&json!(36), &json!(36)));
    }
    Ok(())
}

#[test]
fn the_documentation_shows_what_is_said() -> Outcome {
    let page = std::fs::read_to_string(root().join("docs/RECONCILIATION.md"))?;
    let session = page.split("```console\n").nth(1).and_then(|text| text.split("```").next());
    let (command, said) =
        session.ok_or("no session")?.split_once("'\n2026-04").ok_or("no output")?;
    let said = format!("2026-04{}", said.trim_end_matches("$ echo $?\n4\n"));
    let bench = Bench::april_and_may()?;
    let out = bench.path("out");
    let out = out.to_str().ok_or("no text")?;
    let options = OF_CHARGES[0].options;
    assert!(
        options.iter().all(|option| command.contains(option.trim_end_matches('\''))),
        "{command}"
    );
    let options: Vec<&str> = options.iter().copied().chain(["--out", out]).collect();
    let file = Path::new("tests/reconcile/stripe/payments.csv");
    let output = bench.reconcile(file, &options, 4)?;
    assert_eq!(String::from_utf8(output.stdout)?.replace(out, "reconciliation"), said);
    Ok(())
}

#[test]
fn accounts_instead_of_document_numbers() -> Outcome {
    let bench = Bench::april_and_may()?;
    let file = root().join("tests/reconcile/stripe/charges.ndjson");
    let columns = "payment_id=id,at=created,kind=status,refunded_amount=amount_refunded";
    let account = "account_id=metadata.account_id";
    let told = bench.told(&file, &["--minor-units", "--map", columns, "--map", account], 4)?;
    // Without numbers a charge for a document of May is one more of the same amount.
    let expected =
        ["missing-payment 1 -40.00", "duplicate-payment 2 60.00", "refund-without-note 1 -144.13"];
    assert_eq!(breaks(&told)?, expected);
    Ok(())
}
