//! The year of `fixtures/year` in a book, and the two corrections that came up afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::{NaiveDate, TimeDelta};

use crate::{Outcome, monthend, root, run, words};

/// Bills the year of a folder that is like `fixtures/year` into a book; two months have something to look at. Gives
/// what
/// is said of them, with `BOOK` in place of the book.
///
/// # Errors
/// The command fails.
pub fn bill(year: &Path, book: &Path) -> Outcome<String> {
    let mut bill =
        monthend(["run", "--month", "2025-12..2026-10", "--opening", "genesis", "--quiet"]);
    bill.arg("--job").arg(year.join("job.toml")).arg("--book").arg(book);
    Ok(words(&run(&mut bill, 3)?).replace(&book.display().to_string(), "BOOK"))
}

/// Corrects it: usage of April that came late, and a batch of June that ran twice. `scratch` is a folder for lists.
///
/// # Errors
/// A command fails.
pub fn correct(book: &Path, scratch: &Path) -> Outcome {
    let twice = scratch.join("twice.csv");
    fs::write(&twice, "event_id,reason\nbatch-2,the batch ran twice\n")?;
    let rerun = |month: &str, reason: &str| {
        let mut rerun = monthend(["rerun", "--month", month, "--reason", reason, "--quiet"]);
        rerun.arg("--book").arg(book);
        rerun
    };
    // April still has its retry to look at.
    let late = root().join("fixtures/year/late/2026-04.csv");
    run(rerun("2026-04", "a late file").arg("--add-usage").arg(late), 3)?;
    let mut june = rerun("2026-06", "ticket 2071");
    run(june.args(["--accounts", "disputed-in-june", "--drop-events"]).arg(&twice), 0)?;
    Ok(())
}

/// What a provider exports of the year's payments, in the order of documents: most are paid within a month, some late,
/// short, twice, or never; one is for a document that nobody knows. They are paid out each month, less fees; one payout
/// is a cent short.
///
/// # Errors
/// The book cannot be read, or the file not be written.
pub fn write_payments(book: &Path, file: &Path) -> Outcome {
    let mut export = csv::Writer::from_path(file)?;
    export.write_record([
        "payment_id",
        "account_id",
        "document_id",
        "at",
        "amount",
        "currency",
        "kind",
        "fee",
        "payout_id",
    ])?;
    let mut months: Vec<_> = fs::read_dir(book.join("current/documents"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Outcome<Vec<_>>>()?;
    months.retain(|path| path.extension().is_some_and(|ending| ending == "csv"));
    months.sort();
    let (mut number, mut payouts) = (0_usize, BTreeMap::<String, i64>::new());
    for month in months {
        let mut documents = csv::Reader::from_path(month)?;
        let names = documents.headers()?.clone();
        for record in documents.records() {
            let record = record?;
            let cell =
                |name: &str| names.iter().position(|n| n == name).and_then(|at| record.get(at));
            let cell = |name: &str| cell(name).ok_or(format!("no column {name}"));
            let cents: i64 = cell("total_amount")?.replace('.', "").parse()?;
            number += 1;
            if cents == 0 || number.is_multiple_of(13) {
                continue;
            }
            let issued: NaiveDate = cell("issued_on")?.parse()?;
            let days = if number.is_multiple_of(11) { 75 } else { number % 20 };
            let paid_on = issued + TimeDelta::days(i64::try_from(days)?);
            let amount = if number.is_multiple_of(17) { cents - 1 } else { cents };
            let document = if number == 29 { "INV-2020-01-00000001" } else { cell("document_id")? };
            let times = if number.is_multiple_of(19) { 2 } else { 1 };
            for time in 1..=times {
                let payout = format!("po_{}", paid_on.format("%Y-%m"));
                let fee = amount.abs() / 40 + 30;
                *payouts.entry(payout.clone()).or_default() += amount - fee;
                let kind = if amount < 0 { "refund" } else { "charge" };
                let id = format!("ch_{number}_{time}");
                let (at, amount, fee) = (paid_on.to_string(), decimal(amount), decimal(fee));
                let account = cell("account_id")?;
                export.write_record([
                    &id, account, document, &at, &amount, "USD", kind, &fee, &payout,
                ])?;
            }
        }
    }
    for (at, (payout, amount)) in payouts.iter().enumerate() {
        let month = format!("{}-28", payout.trim_start_matches("po_"));
        let amount = decimal(-amount + i64::from(at == 4));
        export.write_record([payout, "", "", &month, &amount, "USD", "payout", "0.00", payout])?;
    }
    export.flush()?;
    Ok(())
}

fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}
