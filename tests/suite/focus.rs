//! `export focus` through the binary: what a month's export holds, and what closed months keep.

mod checks;
pub mod rows;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use checks::{MANDATORY, faults, unequal};
use rows::{Row, read, sums};

use crate::common::focus_story::{Story, YEN, export};
use crate::common::{Outcome, april, may, monthend, result, run, words};

/// A table of the columns that a case is about, a line for each row.
fn shown(rows: &[Row], columns: &[&str]) -> String {
    let line = |row: &Row| columns.iter().map(|&c| row.get(c)).collect::<Vec<_>>().join(" | ");
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

const SHOWN: [&str; 8] = [
    "BillingAccountId",
    "x_LineType",
    "ChargeClass",
    "InvoiceId",
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ConsumedQuantity",
];

#[test]
fn a_month_is_what_was_bought_and_what_was_used() -> Outcome {
    let story = Story::begin()?;
    let rows = read(&story.export("2026-04")?.join("focus.csv"))?;
    assert_eq!(
        shown(&rows, &SHOWN),
        "\
ann | subscription |  | INV-2026-04-00000001 | 20.00 | 0.00 | 20.000000000000 | 
ann | overage |  | INV-2026-04-00000001 | 4.01 | 0.00 | 4.013200000000 | 
ann | plan |  |  | 0.00 | 20.00 | 0.000000000000 | 1000.000000
ann | overage |  |  | 0.00 | 4.01 | 0.000000000000 | 100.330000
bob | subscription |  | INV-2026-04-00000002 | 20.00 | 0.00 | 20.000000000000 | 
bob | upgrade |  | INV-2026-04-00000002 | 20.00 | 0.00 | 20.000000000000 | 
bob | plan |  |  | 0.00 | 12.00 | 0.000000000000 | 600.000000
bob | unused |  |  | 0.00 | 28.00 | 0.000000000000 | 0.000000
cy | plan |  |  | 0.00 | 0.00 | 0.000000000000 | 40.000000
dee | trial |  |  | 0.00 | 0.00 | 0.000000000000 | 30.000000
eve | plan |  |  | 0.00 | 0.00 | 0.000000000000 | 50.000000
eve | unbilled |  |  | 0.00 | 0.00 | 0.000000000000 | 10.000000"
    );
    // A fraction of a second is more than FOCUS can say: bob's upgrade began at 08:00:00.25.
    assert_eq!(rows[5].get("ChargePeriodStart"), "2026-04-10T08:00:00Z");
    assert_eq!(rows[5].get("SkuPriceId"), "plan/pro-plus/from/pro");
    Ok(())
}

#[test]
fn corrections_are_in_the_month_of_their_date() -> Outcome {
    let story = Story::begin()?;
    story.correct()?;
    let rows = read(&story.export("2026-06")?.join("focus.csv"))?;
    assert_eq!(
        shown(&rows, &SHOWN),
        "\
ann | overage | Correction | INV-2026-04-00000003 | 2.00 | 0.00 | 2.000000000000 | 
ann | overage | Correction |  | 0.00 | 2.00 | 0.000000000000 | 50.000000
bob | upgrade | Correction | INV-2026-04-00000004 | -20.00 | 0.00 | -20.000000000000 | 
bob | unused | Correction |  | 0.00 | -20.00 | 0.000000000000 | 0.000000
cy | first_upgrade | Correction | INV-2026-04-00000005 | 10.00 | 0.00 | 20.000000000000 | 
cy | plan | Correction |  | 0.00 | 0.38 | 0.000000000000 | 0.000000
cy | unused | Correction |  | 0.00 | 9.62 | 0.000000000000 | 0.000000"
    );
    for row in &rows {
        assert_eq!(row.get("BillingPeriodStart"), "2026-06-01T00:00:00Z");
        assert_eq!((row.get("x_Month"), row.get("x_Revision")), ("2026-04", "r002"));
        assert!(row.get("ChargePeriodStart").starts_with("2026-04"), "{row:?}");
    }
    let [note, invoice] = [&rows[0], &rows[4]];
    assert_eq!(
        (note.get("x_RelatesTo"), note.get("x_Reason")),
        ("INV-2026-04-00000001", "late files")
    );
    assert_eq!((note.get("ListUnitPrice"), note.get("PricingQuantity")), ("", ""));
    assert_eq!((invoice.get("ListUnitPrice"), invoice.get("x_RelatesTo")), ("20.000000", ""));

    // A revision that issued nothing is dated by the day on which it was made.
    let made = story.made("r003")?;
    let rows = read(&story.export(&made)?.join("focus.csv"))?;
    assert_eq!(
        shown(&rows, &SHOWN),
        "eve | unbilled | Correction |  | 0.00 | 0.00 | 0.000000000000 | 5.000000"
    );
    Ok(())
}

/// Where no date is given, a note is dated today and a late invoice the first of the month after: so one revision's
/// documents are in two exports, and usage is where its account's document is.
#[test]
fn each_account_of_a_revision_has_its_own_date() -> Outcome {
    let story = Story::begin()?;
    story.correct()?;
    story.correct_again()?;
    let of_r004 = |month: &str| -> Outcome<String> {
        let mut rows = read(&story.export(month)?.join("focus.csv"))?;
        rows.retain(|row| row.get("x_Revision") == "r004");
        Ok(shown(&rows, &SHOWN))
    };
    assert_eq!(
        of_r004("2026-05")?,
        "\
fin | first_upgrade | Correction | INV-2026-04-00000007 | 6.67 | 0.00 | 20.000000000000 | 
fin | unused | Correction |  | 0.00 | 6.67 | 0.000000000000 | 0.000000"
    );
    assert_eq!(
        of_r004(&story.made("r004")?)?,
        "\
ann | overage | Correction | INV-2026-04-00000006 | 1.00 | 0.00 | 1.000000000000 | 
ann | overage | Correction |  | 0.00 | 1.00 | 0.000000000000 | 25.000000"
    );
    Ok(())
}

#[test]
fn a_closed_month_keeps_its_export() -> Outcome {
    let story = Story::begin()?;
    let bytes = |folder: PathBuf| -> Outcome<[Vec<u8>; 2]> {
        Ok([fs::read(folder.join("focus.csv"))?, fs::read(folder.join("focus.parquet"))?])
    };
    let before = [bytes(story.export("2026-04")?)?, bytes(story.export("2026-05")?)?];
    story.correct()?;
    let after = [bytes(story.export("2026-04")?)?, bytes(story.export("2026-05")?)?];
    assert!(before == after);
    Ok(())
}

/// All exports of the story's book together.
fn all_exports(story: &Story) -> Outcome<Vec<Row>> {
    let made = [story.made("r003")?, story.made("r004")?];
    let months = ["2026-04", "2026-05", "2026-06"].into_iter();
    let months: BTreeSet<&str> = months.chain(made.iter().map(String::as_str)).collect();
    let mut all = Vec::new();
    for month in months {
        let rows = read(&story.export(month)?.join("focus.csv"))?;
        assert_eq!(faults(&rows, month, "USD")?, [""; 0], "{month}");
        all.extend(rows);
    }
    Ok(all)
}

#[test]
fn every_document_is_in_one_export_and_all_usage_is_told() -> Outcome {
    let story = Story::begin()?;
    story.correct()?;
    story.correct_again()?;
    let all = all_exports(&story)?;
    let in_force = [story.april_in_force()?, story.book().join("2026-05/r001")];
    let (mut documents, mut statements) = (Vec::new(), Vec::new());
    for revision in &in_force {
        documents.extend(read(&revision.join("documents.csv"))?);
        statements.extend(read(&revision.join("statements.csv"))?);
    }
    assert_eq!(documents.len(), 9);
    let billed = |rows: &[Row]| sums(rows.iter().filter(is_purchase), "InvoiceId", "BilledCost");
    assert_eq!(
        unequal("totals", &billed(&all)?, &sums(&documents, "document_id", "total_amount")?),
        [""; 0]
    );
    let lines: u64 = documents.iter().map(|row| row.get("line_count").parse().unwrap_or(0)).sum();
    assert_eq!(all.iter().filter(is_purchase).count() as u64, lines, "each line once");
    // Each account's credits of both months, and what they cost.
    let used = sums(&all, "BillingAccountId", "ConsumedQuantity")?;
    assert_eq!(
        unequal("credits", &used, &sums(&statements, "account_id", "usage_credits")?),
        [""; 0]
    );
    let cost = sums(&all, "BillingAccountId", "EffectiveCost")?;
    assert_eq!(unequal("costs", &cost, &sums(&statements, "account_id", "total_amount")?), [""; 0]);
    Ok(())
}

fn is_purchase(row: &&Row) -> bool {
    row.get("ChargeCategory") == "Purchase"
}

#[test]
fn the_example_months_keep_to_the_checks() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (book, out) = (folder.path().join("book"), folder.path().join("focus"));
    run(&mut april("run", &book), 3)?;
    run(&mut may("run", &book), 3)?;
    for month in ["2026-04", "2026-05"] {
        export(&book, month, &out)?;
        let rows = read(&out.join("focus.csv"))?;
        assert_eq!(faults(&rows, month, "USD")?, [""; 0], "{month}");
        let revision = book.join(month).join("r001");
        let statements = read(&revision.join("statements.csv"))?;
        let mut used = sums(&rows, "BillingAccountId", "ConsumedQuantity")?;
        let mut credits = sums(&statements, "account_id", "usage_credits")?;
        used.retain(|_, credits| !credits.is_zero());
        credits.retain(|_, credits| !credits.is_zero());
        assert_eq!(unequal("credits", &used, &credits), [""; 0]);
        let documents = read(&revision.join("documents.csv"))?;
        let billed = sums(rows.iter().filter(is_purchase), "InvoiceId", "BilledCost")?;
        assert_eq!(
            unequal("totals", &billed, &sums(&documents, "document_id", "total_amount")?),
            [""; 0]
        );
    }
    Ok(())
}

/// The checks find what is wrong: a cell of the column, set to the value, in the first row where it is another.
#[test]
fn the_checks_find_every_planted_fault() -> Outcome {
    let story = Story::begin()?;
    let rows = read(&story.export("2026-04")?.join("focus.csv"))?;
    let planted = [
        ("ListCost", "4.013200000001"),
        ("ContractedUnitPrice", "-20.000000"),
        ("BilledCost", "20.01"),
        ("EffectiveCost", "0.01"),
        ("BillingCurrency", "EUR"),
        ("PricingCurrency", "Tokens"),
        ("BillingPeriodEnd", "2026-04-30T23:59:59Z"),
        ("ChargePeriodEnd", "2026-05-01T00:00:01Z"),
        ("ChargePeriodStart", "2026-04-10T08:00:00.250000Z"),
        ("ChargeClass", "Correction"),
        ("ChargeCategory", "Credit"),
        ("ChargeFrequency", "Usage-Based"),
        ("PricingCategory", "Prepaid"),
        ("ServiceCategory", "Toys"),
        ("ServiceSubcategory", "Other (Compute)"),
        ("InvoiceId", ""),
        ("ConsumedQuantity", "1.000000"),
    ];
    let not_null = MANDATORY
        .into_iter()
        .filter(|column| !["BillingAccountName", "ChargeClass"].contains(column));
    for (column, value) in planted.into_iter().chain(not_null.map(|column| (column, ""))) {
        let mut rows = rows.clone();
        let row = rows.iter_mut().find(|row| row.get(column) != value);
        let cell = row.and_then(|row| row.0.get_mut(column)).ok_or(column)?;
        value.clone_into(cell);
        let found = faults(&rows, "2026-04", "USD");
        assert!(found.is_err() || found.is_ok_and(|f| !f.is_empty()), "{column}: `{value}`");
    }
    Ok(())
}

#[test]
fn the_answer_says_what_is_in_the_export() -> Outcome {
    let story = Story::begin()?;
    story.correct()?;
    let ask = |month: &str, options: &[&str]| {
        let mut ask = monthend(["export", "focus", "--month", month]);
        ask.arg("--book").arg(story.book()).arg("--out").arg(story.path("out")).args(options);
        ask
    };
    let folder = story.path("out");
    let told = String::from_utf8(run(&mut ask("2026-04", &[]), 0)?.stdout)?;
    let expected = format!(
        "\
2026-04 as FOCUS 1.2: {}/focus.parquet, focus.csv
  documents   2
  rows        4 Purchase: billed 64.01, effective 0.00, list 64.0132, contracted 64.0132 USD
  rows        8 Usage: billed 0.00, effective 64.01, list 0.00, contracted 0.00 USD
  credits     1,830.33 used
  later       2026-04 is corrected by 3 documents in 2026-06's export
",
        folder.display()
    );
    assert_eq!(told, expected);
    let told = String::from_utf8(run(&mut ask("2026-06", &[]), 0)?.stdout)?;
    assert!(
        told.contains("\n  month       not published: only corrections of earlier months\n"),
        "{told}"
    );

    let told = result(&run(&mut ask("2026-06", &["--json"]), 0)?)?;
    assert_eq!(
        (&told["published"], &told["documents"], &told["rows"]),
        (&false.into(), &3.into(), &7.into())
    );
    assert_eq!(told["totals"][0]["charge_class"], "Correction");
    assert_eq!(told["totals"][0]["billed_cost"], "-8.00");
    assert_eq!(told["totals"][1]["consumed_credits"], "50.000000");
    assert_eq!(told["files"][0]["file"], "focus.parquet");
    Ok(())
}

#[test]
fn who_sells_and_what_can_be_said() -> Outcome {
    let story = Story::begin()?;
    let out = story.path("out");
    let mut ask = monthend(["export", "focus", "--month", "2026-04", "--provider", "Acme Inc."]);
    ask.args(["--service-category", "developer tools"]);
    run(ask.arg("--book").arg(story.book()).arg("--out").arg(&out), 0)?;
    let rows = read(&out.join("focus.csv"))?;
    let columns = ["ProviderName", "PublisherName", "InvoiceIssuerName"];
    assert_eq!(shown(&rows[..1], &columns), "Acme Inc. | Acme Inc. | Acme Inc.");
    let columns = ["ServiceName", "ServiceCategory", "ServiceSubcategory"];
    assert_eq!(
        shown(&rows[..1], &columns),
        "Kiro for individuals | Developer Tools | Other (Developer Tools)"
    );

    for (options, said) in [
        (["--month", "2026-09", "--provider", "A"], "the book has nothing for 2026-09"),
        (["--month", "2026-04", "--provider", " "], "--provider is empty"),
        (["--month", "2026-04", "--service-category", "Toys"], "is no category of FOCUS 1.2"),
    ] {
        let mut ask = monthend(["export", "focus"]);
        ask.args(options).arg("--book").arg(story.book()).arg("--out").arg(&out);
        let refused = run(&mut ask, 2)?;
        assert!(words(&refused).contains(said), "{}", words(&refused));
    }
    Ok(())
}

/// In a currency without decimals a charge is a whole number, and the exact cost stays what it is.
#[test]
fn yen_have_no_decimals() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut bill = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    for (option, name, text) in YEN {
        fs::write(folder.path().join(name), text)?;
        bill.arg(option).arg(folder.path().join(name));
    }
    bill.arg("--book").arg(folder.path().join("book"));
    run(&mut bill, 0)?;
    export(&folder.path().join("book"), "2026-04", folder.path())?;
    let rows = read(&folder.path().join("focus.csv"))?;
    assert_eq!(faults(&rows, "2026-04", "JPY")?, [""; 0]);
    // A plan without credits leaves its whole fee to none of them.
    assert_eq!(
        shown(&rows, &SHOWN),
        "\
a | subscription |  | INV-2026-04-00000001 | 3000 | 0 | 3000.000000000000 | 
a | overage |  | INV-2026-04-00000001 | 3 | 0 | 2.551437781893 | 
a | unused |  |  | 0 | 3000 | 0.000000000000 | 0.000000
a | overage |  |  | 0 | 3 | 0.000000000000 | 7.654321"
    );
    Ok(())
}
