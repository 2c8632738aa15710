//! Exports of other providers, made up with their real columns (`providers/make.py`), read as the documentation says.

use serde_json::json;

use super::bench::{Bench, breaks};
use crate::common::{Outcome, root};

/// The options that the documentation shows for an export: of the row of a table that begins so.
fn documented(beginning: &str) -> Outcome<Vec<String>> {
    let page = std::fs::read_to_string(root().join("docs/RECONCILIATION.md"))?;
    let row = page.lines().find(|line| line.starts_with(&format!("| {beginning}")));
    let cell = row.and_then(|row| row.split(" | ").nth(1)).ok_or(format!("no {beginning}"))?;
    let mut options = Vec::new();
    for part in cell.split('`').skip(1).step_by(2) {
        for (at, piece) in part.split('\'').enumerate() {
            match at % 2 {
                0 => options.extend(piece.split_whitespace().map(str::to_owned)),
                _ => options.push(piece.to_owned()),
            }
        }
    }
    Ok(options)
}

/// What is told of an export with the documented options.
fn told(bench: &Bench, beginning: &str, file: &str) -> Outcome<serde_json::Value> {
    let options = documented(beginning)?;
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    bench.told(&root().join("tests/reconcile").join(file), &options, 4)
}

const FAILED: &str = "missing-payment 1 -40.00";
const GIVEN_BACK: &str = "refund-without-note 1 -144.13";
const GIVEN_BACK_AND_CHARGED_BACK: &str = "refund-without-note 2 -164.53";

#[test]
fn the_documented_options_read_them() -> Outcome {
    let bench = Bench::april()?;
    let exports = [
        ("PayPal", "paypal.csv", GIVEN_BACK_AND_CHARGED_BACK, 3),
        ("Adyen", "adyen.csv", GIVEN_BACK_AND_CHARGED_BACK, 2),
        ("Paddle", "paddle.ndjson", GIVEN_BACK, 1),
        ("GoCardless", "gocardless.ndjson", GIVEN_BACK, 1),
        ("Braintree", "braintree.csv", GIVEN_BACK, 2),
    ];
    for (provider, file, refunds, set_aside) in exports {
        let told = told(&bench, provider, &format!("providers/{file}"))?;
        assert_eq!(breaks(&told)?, [FAILED, refunds], "{provider}");
        let matched = json!({ "count": 27, "amount": "1361.84" });
        assert_eq!(told["payments"]["matched"], matched, "{provider}");
        let asides = told["payments"]["set_aside"].as_object().ok_or("nothing set aside")?;
        let asides = asides.values().filter_map(|sum| sum["count"].as_u64());
        assert_eq!(asides.sum::<u64>(), set_aside, "{provider}");
    }
    Ok(())
}

/// What was authorized and never captured, or captured in part, paid nothing, or a part.
#[test]
fn of_stripes_charges_counts_what_was_captured() -> Outcome {
    let bench = Bench::april()?;
    let text = std::fs::read_to_string(root().join("tests/reconcile/stripe/charges.ndjson"))?;
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut charge: serde_json::Value = serde_json::from_str(line)?;
        match charge["metadata"]["account_id"].as_str() {
            Some("cancelled-to-free") => {
                charge["captured"] = json!(false);
                charge["amount_captured"] = json!(0);
            }
            // One that expired uncaptured counts as refunded at Stripe's.
            Some("downgrade-withdrawn") => {
                charge["captured"] = json!(false);
                charge["amount_captured"] = json!(0);
                charge["amount_refunded"] = charge["amount"].clone();
            }
            Some("downgrade-cancelled") => charge["amount_captured"] = json!(15_000),
            _ => {}
        }
        lines.push(charge.to_string());
    }
    let file = bench.write("charges.ndjson", lines.join("\n"))?;
    let options = documented("API, charges")?;
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let told = bench.told(&file, &options, 4)?;
    let found = breaks(&told)?;
    assert!(found.contains(&"missing-payment 3 -82.00".to_owned()), "{found:?}");
    assert!(found.contains(&"short-payment 1 -50.00".to_owned()), "{found:?}");
    assert_eq!(told["payments"]["set_aside"]["false"]["count"], 2);
    // The dashboard tells whether, in a column of its own.
    let text = std::fs::read_to_string(root().join("tests/reconcile/stripe/payments.csv"))?;
    let lines = text.lines().map(|line| match line.contains("INV-2026-04-00000002") {
        true => line.replace(",true,", ",false,"),
        false => line.to_owned(),
    });
    let file = bench.write("payments.csv", lines.collect::<Vec<_>>().join("\n"))?;
    let options = documented("dashboard, *Payments*")?;
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let found = breaks(&bench.told(&file, &options, 4)?)?;
    assert!(found.contains(&"missing-payment 2 -62.00".to_owned()), "{found:?}");
    Ok(())
}

/// Other exports of PayPal's have blanks before the names of columns.
#[test]
fn names_with_blanks_around_them_can_be_mapped() -> Outcome {
    let bench = Bench::april()?;
    let text = std::fs::read_to_string(root().join("tests/reconcile/providers/paypal.csv"))?;
    let (header, rows) = text.split_once('\n').ok_or("no header")?;
    let header = header.replace(",\"", ",\" ");
    let file = bench.write("paypal.csv", format!("{header}\n{rows}"))?;
    let options = documented("PayPal")?;
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let told = bench.told(&file, &options, 4)?;
    assert_eq!(breaks(&told)?, [FAILED, GIVEN_BACK_AND_CHARGED_BACK]);
    Ok(())
}
