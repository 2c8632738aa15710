//! What a provider paid out, held against what it took.

use std::fs;

use serde_json::json;

use super::bench::Bench;
use crate::common::{Outcome, result};

const HEADER: &str = "payment_id,account_id,document_id,at,amount,currency,kind,fee,payout_id\n";

/// The payouts of an export, as the table has them without `at`.
fn told(bench: &Bench, rows: &str, options: &[&str], code: i32) -> Outcome<Vec<String>> {
    let payments = bench.write("payouts.csv", format!("{HEADER}{rows}"))?;
    let out = bench.path("paid-out");
    let options = [&["--out", out.to_str().ok_or("no text")?][..], options].concat();
    let text = bench.told(&payments, &options, code)?;
    let table = fs::read_to_string(out.join("payouts.csv"))?;
    let told: Vec<String> = table.lines().skip(1).map(str::to_owned).collect();
    let differ = told.iter().filter(|row| row.ends_with(",differs")).count();
    assert_eq!(text["payouts"]["differs"]["count"], differ);
    Ok(told)
}

#[test]
fn a_payouts_payments_and_fees_add_up_to_it() -> Outcome {
    let bench = Bench::april()?;
    let two = "ch_1,,X,2026-05-01,20.00,USD,charge,0.88,po_1\n\
               ch_2,,X,2026-05-02,40.00,USD,charge,1.46,po_1\n\
               re_1,,X,2026-05-03,-5.00,USD,refund,0.00,po_1\n\
               fee_1,,,2026-05-03,-2.00,USD,stripe_fee,0.00,po_1\n";
    let sum = "po_1,2026-05-04T00:00:00Z,USD,3,55.00,1,-2.00,2.34,";
    for (payout, expected) in [
        ("po_1,,,2026-05-04,-50.66,USD,payout,0.00,po_1\n", "50.66,0.00,,agrees"),
        // Some write what was paid out as it arrives, and name it by its own id.
        ("po_1,,,2026-05-04,50.66,USD,payout,,\n", "50.66,0.00,,agrees"),
        // At once, for a fee.
        ("po_1,,,2026-05-04,-50.16,USD,payout,0.50,po_1\n", "50.16,0.00,,agrees"),
        ("po_1,,,2026-05-04,-50.65,USD,payout,0.00,po_1\n", "50.65,-0.01,,differs"),
        (
            "po_1,,,2026-05-04,-50.66,USD,payout,0.00,po_1\n\
             pf_1,,,2026-05-04,50.66,USD,payout_failure,0.00,po_1\n",
            "0.00,-50.66,,differs",
        ),
        ("po_1,,,2026-05-04,-50.66,USD,Auszahlung,0.00,po_1\n", "50.66,0.00,,agrees"),
    ] {
        let options = ["--payout-kinds", "Auszahlung"];
        let fees =
            if payout.contains(",0.50,") { sum.replace("2.34", "2.84") } else { sum.to_owned() };
        let told = told(&bench, &format!("{two}{payout}"), &options, 4)?;
        assert_eq!(told, [format!("{fees}{expected}")], "{payout}");
    }
    // Of one that is not in the export nobody can say more.
    let told_of = told(&bench, two, &[], 4)?;
    assert_eq!(told_of, ["po_1,,USD,3,55.00,1,-2.00,2.34,,,,not-there"]);
    Ok(())
}

#[test]
fn a_payout_alone_can_be_what_differs() -> Outcome {
    let bench = Bench::april()?;
    let mut rows = String::new();
    for (at, row) in bench.payments()?.iter().enumerate() {
        rows += &format!("{},charge,0.10,po_{}\n", row.join(","), at % 2);
    }
    let sums = |of: usize| -> Outcome<i128> {
        let all = bench.payments()?;
        let rows = all.iter().skip(of).step_by(2);
        rows.map(|row| super::case::cents(&row[4]).map(|cents| cents - 10)).sum()
    };
    let payout = |of: usize, by: i128| -> Outcome<String> {
        let amount = super::case::decimal(-sums(of)? - by);
        Ok(format!("po_{of},,,2026-05-20,{amount},USD,payout,0.00,po_{of}\n"))
    };
    let agree = told(&bench, &format!("{rows}{}{}", payout(0, 0)?, payout(1, 0)?), &[], 0)?;
    assert!(agree.iter().all(|row| row.ends_with(",0.00,,agrees")), "{agree:?}");
    assert_eq!(agree.len(), 2);
    let differ = told(&bench, &format!("{rows}{}{}", payout(0, 0)?, payout(1, 1)?), &[], 4)?;
    assert!(differ[1].ends_with(",0.01,,differs"), "{differ:?}");
    let said = bench.reconcile(&bench.path("payouts.csv"), &[], 4)?;
    let said = String::from_utf8(said.stdout)?;
    assert!(said.starts_with("2026-04 r001 agrees, but for 1 payout, with "), "{said}");
    assert!(said.contains("\n  payouts: 1 agree, 1 differ by 0.01\n"), "{said}");
    Ok(())
}

#[test]
fn a_payout_is_drawn_from_the_seller_where_more_goes_back_than_comes() -> Outcome {
    let bench = Bench::april()?;
    let of_weeks = "ch_1,,X,2026-05-01,20.00,USD,charge,0.50,po_1\n\
                    ch_2,,X,2026-05-08,30.00,USD,charge,0.50,po_2\n\
                    re_2,,X,2026-05-15,-70.00,USD,refund,-0.20,po_3\n";
    // As money that leaves, and as money that arrives.
    for (one, two, three) in [("-19.50", "-29.50", "69.80"), ("19.50", "29.50", "-69.80")] {
        let payouts = format!(
            "po_1,,,2026-05-04,{one},USD,payout,0.00,po_1\n\
             po_2,,,2026-05-11,{two},USD,payout,0.00,po_2\n\
             po_3,,,2026-05-18,{three},USD,payout,0.00,po_3\n"
        );
        let rows = told(&bench, &format!("{of_weeks}{payouts}"), &[], 4)?;
        assert!(rows.iter().all(|row| row.ends_with(",agrees")), "{rows:?}");
        assert!(rows[2].contains(",-0.20,-69.80,0.00,"), "{}", rows[2]);
    }
    // The wrong way round it is no payout of these rows.
    let payouts = "po_1,,,2026-05-04,-19.50,USD,payout,0.00,po_1\n\
                   po_2,,,2026-05-11,-29.50,USD,payout,0.00,po_2\n\
                   po_3,,,2026-05-18,-69.80,USD,payout,0.00,po_3\n";
    let rows = told(&bench, &format!("{of_weeks}{payouts}"), &[], 4)?;
    assert!(rows[2].contains(",-0.20,69.80,139.60,"), "{}", rows[2]);
    Ok(())
}

#[test]
fn amounts_of_a_payout_must_be_readable() -> Outcome {
    let bench = Bench::april()?;
    for (row, column) in [
        ("f_1,,,2026-05-03,-2.001,USD,stripe_fee,0.00,po_1\n", "amount"),
        ("f_1,,,2026-05-03,-2.00,USD,stripe_fee,1e3,po_1\n", "fee"),
        ("f_1,,,2026-05-03,-2.00,XXY,stripe_fee,0.00,po_1\n", "currency"),
    ] {
        let payments = bench.write("bad.csv", format!("{HEADER}{row}"))?;
        let told = result(&bench.reconcile(&payments, &["--json"], 1)?)?;
        let error = &told["error"];
        assert_eq!((&error["column"], &error["row"]), (&json!(column), &json!(1)), "{error}");
    }
    // Of what is part of no payout, it does not matter.
    let row = "f_1,,,2026-05-03,-2.001,USD,stripe_fee,1e3,\n";
    let payments = bench.write("bad.csv", format!("{HEADER}{row}"))?;
    let told = bench.told(&payments, &[], 4)?;
    assert_eq!(told["payments"]["set_aside"]["stripe_fee"]["count"], 1);
    Ok(())
}
