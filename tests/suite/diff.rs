//! What differs between two revisions of a month, and why: through the binary. The cases of causes stand in
//! `src/book/differences/evidence`; random corrections in `tests/suite/properties.rs`.

mod causes;
mod shop;

use std::fs;

use monthend::base::calendar::Month;
use monthend::book::Book;
use monthend::book::differences::{
    Differences, Side, account_differences, compare, line_differences,
};
use serde_json::json as value;
use shop::Shop;

use crate::common::{Outcome, result, tree, unchanged, words};

/// Revisions of April compared by the library.
fn between(shop: &Shop, from: &str, to: &str) -> Outcome<Differences> {
    let (book, month) = (Book::at(&shop.path("book")), Month::parse("2026-04").ok_or("no month")?);
    let (before, after) = (book.revision(month, from)?, book.revision(month, to)?);
    Ok(compare(&Side::published(&book, &before)?, &Side::published(&book, &after)?)?)
}

#[test]
fn a_late_file_and_a_plan_change_are_told_apart() -> Outcome {
    let shop = Shop::new()?;
    shop.correct(|shop| {
        shop.usage("late", "e8,ann,2026-04-12T00:00:00Z,110\ne9,bob,2026-04-12T00:00:00Z,0.5")?;
        shop.replace("changes/accounts.csv", "c5,dee,2026-03-01", "c5,dee,2026-04-16")
    })?;
    let expected = "\
2026-04, r001 to r002: 3 of 4 accounts differ
  total       244.00 before, 141.73 after: -102.27 USD (subscription -106.67, overage +4.40)
  lines       3 differ
  causes      late usage: 2 accounts, +4.40
              plan change: 1 account, -106.67
  largest     dee: 200.00 to 93.33 (-106.67), plan change
              ann: 24.00 to 28.40 (+4.40), late usage
              and 1 more
  inputs      changes changes/accounts.csv: other bytes
              usage usage/late.csv: new
  totals      usage.excepted: 0 to 9,000 credits, 0 to 1 row
              usage.read: 10,530 to 10,640.5 credits, 5 to 7 rows
              and 1 more
";
    assert_eq!(between(&shop, "r001", "r002")?.summary(2), expected);
    Ok(())
}

#[test]
fn a_month_that_opens_with_another_state() -> Outcome {
    let shop = Shop::new()?;
    shop.bill("2026-04", &[])?;
    shop.bill("2026-05", &[])?;
    shop.changes(
        "late",
        "c8,cid,2026-04-20T00:00:00Z,plan,pro
         c9,eve,2026-04-20T00:00:00Z,signup,
         c7,bob,2026-04-20T00:00:00Z,overage_on,",
    )?;
    shop.usage("late", "e9,ann,2026-05-12T00:00:00Z,10")?;
    shop.bill("2026-04", &["--reason", "late changes"])?;
    shop.bill("2026-05", &["--reason", "late changes"])?;
    assert_eq!(
        shop.causes(&[])?,
        ["bob, switch, 0.00", "cid, plan change, 6.67", "eve, plan change, 0.00"]
    );
    let args = ["diff", "--month", "2026-05", "--out", "out"];
    let told = String::from_utf8(shop.monthend(&args, 0)?.stdout)?;
    let expected = "\
2026-05, r001 to r002: 4 of 5 accounts differ
  total       240.40 before, 260.80 after: +20.40 USD (subscription +20.00, overage +0.40)
  accounts    1 new
  lines       2 differ
  causes      opening state: 3 accounts, +20.00
              late usage: 1 account, +0.40
";
    assert!(told.starts_with(expected), "{told}");
    assert!(told.contains(" revision: r001 to r002\n"), "{told}");
    // Where the state that opened the first one is no longer there, the statements tell what they can.
    fs::remove_dir_all(shop.path("book/2026-04/r001"))?;
    shop.monthend(&args, 0)?;
    let rows = shop.rows("out/account_differences")?;
    let causes: Vec<_> = rows.iter().map(|row| row["cause"].as_str()).collect();
    assert_eq!(causes, ["late usage", "switch", "opening state", "opening state"]);
    Ok(())
}

#[test]
fn rows_of_nobody_are_told_too() -> Outcome {
    let shop = Shop::new()?;
    shop.correct(|shop| {
        shop.usage(
            "late",
            "e8,zed,2026-04-12T00:00:00Z,7.5
             e9,ann,12 April,7",
        )
    })?;
    let found = between(&shop, "r001", "r002")?;
    assert!(!found.is_empty() && found.accounts.is_empty() && found.lines.is_empty());
    let expected = "\
2026-04, r001 to r002: 0 of 4 accounts differ
  total       244.00 before, 244.00 after: 0.00 USD (subscription 0.00, overage 0.00)
  lines       0 differ
  set aside   unknown-account, accounts in neither: none to 1 row of 7.5 credits
  rejects     usage/late.csv: 0 to 1 row
";
    assert!(found.summary(9).starts_with(expected), "{}", found.summary(9));
    Ok(())
}

#[test]
fn tables_tell_every_account_and_line() -> Outcome {
    let shop = Shop::new()?;
    shop.correct(|shop| {
        shop.changes(
            "late",
            "c8,ann,2026-04-20T00:00:00Z,plan,pro-plus
             c9,bob,2026-04-20T00:00:00Z,plan,free",
        )
    })?;
    let before = tree(&shop.path("book"))?;
    shop.diff(&["--out", "new/out"])?;
    unchanged(&before, &shop.path("book"))?;
    let accounts = shop.rows("new/out/account_differences")?;
    let cells = [
        ("account_id", "ann", "bob"),
        ("month", "2026-04", "2026-04"),
        ("from_revision", "r001", "r001"),
        ("to_revision", "r002", "r002"),
        ("cause", "plan change", "plan change"),
        ("billed_plan_before", "pro", "pro"),
        ("billed_plan_after", "pro-plus", "pro"),
        ("next_plan_after", "pro-plus", "free"),
        ("events_before", "1", "1"),
        ("events_delta", "0", "0"),
        ("plan_granted_before", "1000.000000", "1000.000000"),
        ("plan_granted_delta", "1000.000000", "0.000000"),
        ("overage_credits_before", "100.000000", "0.000000"),
        ("overage_credits_after", "0.000000", "0.000000"),
        ("overage_credits_delta", "-100.000000", "0.000000"),
        ("subscription_amount_delta", "20.00", "0.00"),
        ("overage_amount_delta", "-4.00", "0.00"),
        ("total_amount_before", "24.00", "20.00"),
        ("total_amount_after", "40.00", "20.00"),
        ("total_amount_delta", "16.00", "0.00"),
    ];
    for (column, ann, bob) in cells {
        let found: Vec<_> = accounts.iter().map(|row| row[column].as_str()).collect();
        assert_eq!(found, [ann, bob], "{column}");
    }
    let also: Vec<_> = accounts.iter().map(|row| row["also_differs"].as_str()).collect();
    let ann = "plan_expired, state.plan, invoice_lines, overage_charges, expired_credits";
    assert_eq!(also, [ann, "state.plan"]);

    let lines = shop.rows("new/out/line_differences")?;
    let told = ["account_id", "line_type", "plan", "quantity_delta", "amount_delta"];
    let lines: Vec<_> = lines.iter().map(|row| told.map(|c| row[c].as_str()).join(" ")).collect();
    let expected = ["ann upgrade pro-plus 1.000000 20.00", "ann overage pro -100.000000 -4.00"];
    assert_eq!(lines, expected);
    Ok(())
}

#[test]
fn columns_are_those_of_the_contract() -> Outcome {
    let figures: Vec<String> = [
        ("Integer", "events"),
        ("Credits", "usage_credits trial_drawn trial_carried grants_drawn grants_carried"),
        ("Credits", "plan_granted plan_drawn"),
        ("Credits", "overage_credits unbilled_credits"),
        ("Money", "subscription_amount grants_amount adjustments_amount"),
        ("Money", "overage_amount total_amount"),
    ]
    .iter()
    .flat_map(|(kind, names)| names.split(' ').map(move |name| (kind, name)))
    .flat_map(|(kind, name)| {
        ["before: Option", "after: Option", "delta: "].map(|end| format!("{name}_{end}{kind}"))
    })
    .collect();
    let head = "account_id month from_revision to_revision cause";
    let of_all = head.split(' ').map(|name| format!("{name}: Text"));
    let plans = ["billed_plan_before", "billed_plan_after", "next_plan_before", "next_plan_after"];
    let plans = plans.map(|name| format!("{name}: OptionText"));
    let accounts = of_all.clone().chain(plans).chain(figures);
    let accounts: Vec<String> = accounts.chain(["also_differs: OptionText".to_owned()]).collect();
    let sums = ["quantity_before", "quantity_after", "quantity_delta"].map(|n| (n, "Credits"));
    let amounts = ["amount_before", "amount_after", "amount_delta"].map(|name| (name, "Money"));
    let own = [
        [("line_type", "Text"), ("plan", "OptionText"), ("item", "OptionText")].as_slice(),
        &sums,
        &amounts,
    ]
    .concat();
    let own = own.iter().map(|(name, kind)| format!("{name}: {kind}"));
    let lines: Vec<String> = of_all.chain(own).collect();
    let of_accounts: Vec<_> = account_differences().columns.iter().map(|c| c.column).collect();
    let of_lines: Vec<_> = line_differences().columns.iter().map(|c| c.column).collect();
    for (columns, expected) in [(of_accounts, accounts), (of_lines, lines)] {
        let columns = columns.iter().map(|column| {
            let option = if column.nullable { "Option" } else { "" };
            format!("{}: {option}{:?}", column.name, column.column_type)
        });
        assert_eq!(columns.collect::<Vec<_>>(), expected);
    }
    Ok(())
}

#[test]
fn the_other_way_round_the_deltas_turn() -> Outcome {
    let shop = Shop::new()?;
    shop.correct(|shop| {
        shop.replace("usage/april.csv", "1100", "1100.5")?;
        shop.changes("late", "c9,eve,2026-04-20T00:00:00Z,signup,pro")
    })?;
    let (there, back) = (between(&shop, "r001", "r002")?, between(&shop, "r002", "r001")?);
    assert_eq!((there.total_delta(), back.total_delta()), (669, -669));
    for (one, other) in there.accounts.iter().zip(&back.accounts) {
        assert_eq!((&one.before, &one.after), (&other.after, &other.before));
        assert_eq!((one.causes, &one.also), (other.causes, &other.also));
    }
    assert!(between(&shop, "r002", "r002")?.is_empty());
    let told = between(&shop, "r001", "r001")?.summary(9);
    assert_eq!(told, "2026-04, r001 to r001: nothing differs\n");
    // Who is only on one side has nothing on the other.
    shop.diff(&["--out", "out"])?;
    let rows = shop.rows("out/account_differences")?;
    let eve = rows.last().ok_or("no row")?;
    let cells = ["account_id", "total_amount_before", "total_amount_after", "total_amount_delta"];
    assert_eq!(cells.map(|column| eve[column].as_str()), ["eve", "", "6.67", "6.67"]);
    Ok(())
}

#[test]
fn fees_as_they_stand_after_two_notes() -> Outcome {
    let shop = Shop::new()?;
    shop.correct(|shop| shop.replace("catalogs/kiro.toml", "\"20.00\"", "\"18.00\""))?;
    shop.replace("catalogs/kiro.toml", "\"18.00\"", "\"15.00\"")?;
    shop.bill("2026-04", &["--reason", "once more"])?;
    shop.diff(&["r001", "r003", "--out", "out"])?;
    let rows = shop.rows("out/line_differences")?;
    let told = ["account_id", "quantity_before", "quantity_after", "amount_before", "amount_after"];
    let rows: Vec<_> = rows.iter().map(|row| told.map(|c| row[c].as_str()).join(" ")).collect();
    // A price that fell twice is still the price of one month.
    let expected = ["ann 1.000000 1.000000 20.00 15.00", "bob 1.000000 1.000000 20.00 15.00"];
    assert_eq!(rows, expected);
    Ok(())
}

#[test]
fn json_has_the_sums_and_the_causes() -> Outcome {
    let shop = Shop::new()?;
    shop.correct(|shop| shop.usage("late", "e8,ann,2026-04-12T00:00:00Z,110"))?;
    let args = ["diff", "--month", "2026-04", "--json", "--out", "out"];
    let told = result(&shop.monthend(&args, 0)?)?;
    let expected = value!({
        "month": "2026-04", "from_revision": "r001", "to_revision": "r002", "currency": "USD",
        "differs": true, "accounts_differing": 1, "lines_differing": 1,
        "total_amount": { "before": "244.00", "after": "248.40", "delta": "4.40" },
        "by_cause": [{
            "cause": "late usage", "accounts": 1, "usage_credits_delta": "110.000000",
            "subscription_amount_delta": "0.00", "grants_amount_delta": "0.00",
            "adjustments_amount_delta": "0.00", "overage_amount_delta": "4.40",
            "total_amount_delta": "4.40",
        }],
        "largest": [{
            "account_id": "ann", "cause": "late usage", "total_amount_before": "24.00",
            "total_amount_after": "28.40", "total_amount_delta": "4.40",
        }],
        "catalogue": [], "options": [], "version": [], "rejects": [], "set_aside": [],
        "folder": "out",
        "files": [
            "account_differences.parquet", "account_differences.csv",
            "line_differences.parquet", "line_differences.csv",
        ],
    });
    for (key, expected) in expected.as_object().ok_or("no object")? {
        assert_eq!(&told[key], expected, "{key} of {told:#}");
    }
    assert_eq!(told["inputs"][0]["what"], "usage usage/late.csv");
    Ok(())
}

#[test]
fn what_cannot_be_compared_is_said() -> Outcome {
    let shop = Shop::new()?;
    let diff = |more: &[&str], code, said: &[&str]| -> Outcome {
        let output = shop.monthend(&[&["diff"], more].concat(), code)?;
        for said in said {
            assert!(words(&output).contains(said), "`{said}` is not in\n{}", words(&output));
        }
        Ok(())
    };
    let april = ["--month", "2026-04"];
    diff(&april, 2, &["2026-04 is not published in book"])?;
    shop.bill("2026-04", &[])?;
    diff(&april, 2, &["2026-04 has one revision, r001", "nothing to compare", "--dry-run"])?;
    shop.usage("late", "e8,ann,2026-04-12T00:00:00Z,110")?;
    shop.bill("2026-04", &["--reason", "late"])?;
    let named = ["--month", "2026-04", "r001", "r003"];
    diff(&named, 2, &["no revision `r003`", "r001, r002"])?;

    let table = shop.path("book/2026-04/r001/statements.parquet");
    let bytes = fs::read(&table)?;
    fs::write(&table, &bytes[..bytes.len() / 2])?;
    diff(&april, 1, &["r001/statements.parquet", "cannot be read", "restore it from a copy"])?;
    fs::copy(shop.path("book/2026-04/r001/state.parquet"), &table)?;
    diff(&april, 1, &["its columns are not those of the contract"])?;
    fs::write(&table, bytes)?;
    fs::write(shop.path("file"), "")?;
    diff(&["--month", "2026-04", "--out", "file"], 1, &["file", "folder cannot be made"])?;
    diff(&april, 0, &[])
}
