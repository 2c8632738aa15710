//! What `report` says of the year, with its corrections.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use monthend::base::calendar::{Month, MonthRange};
use serde_json::Value;

use crate::common::answers::{Answer, comparable, of_report, rows_of};
use crate::common::golden::wants_update;
use crate::common::schemas::fits;
use crate::common::{Outcome, code, monthend, result, root, run, tree, words, year_story};

/// The year, billed and corrected.
fn year(folder: &Path) -> Outcome<PathBuf> {
    let book = folder.join("book");
    year_story::bill(&root().join("fixtures/year"), &book)?;
    year_story::correct(&book, folder)?;
    Ok(book)
}

/// What `report` comes to as JSON.
fn report(book: &Path, more: &[&str]) -> Outcome<Value> {
    let mut report = monthend(["report", "--json", "--book"]);
    let output = run(report.arg(book).args(more), 0)?;
    let result = result(&output)?;
    fits("result-report", &result)?;
    Ok(result)
}

/// A decimal in units of its last place; nothing is 0.
fn units(cell: &Value) -> Outcome<i128> {
    match cell {
        Value::Null => Ok(0),
        Value::String(text) => Ok(text.replacen('.', "", 1).parse()?),
        other => Ok(other.to_string().parse()?),
    }
}

/// Sums of a column by month.
fn by_month(rows: &[Value], column: &str) -> Outcome<BTreeMap<String, i128>> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let month = row["month"].as_str().ok_or("no month")?;
        *sums.entry(month.to_owned()).or_insert(0) += units(&row[column])?;
    }
    Ok(sums)
}

/// The kept answer to a question.
fn of_sql(id: &str) -> Outcome<Vec<Answer>> {
    let mut answer = csv::Reader::from_path(root().join(format!("tests/sql/{id}.csv")))?;
    let rows: Vec<BTreeMap<String, String>> = answer.deserialize().collect::<Result<_, _>>()?;
    Ok(comparable(rows.into_iter()))
}

#[test]
fn every_section_comes_to_the_answer_of_its_question() -> Outcome {
    let folder = tempfile::tempdir()?;
    let report = report(&year(folder.path())?, &[])?;
    let sections = report["sections"].as_array().ok_or("no sections")?;
    for section in sections {
        let id = section["id"].as_str().ok_or("no id")?;
        let sql = section["sql"].as_str().ok_or("no question")?;
        assert!(root().join(sql).is_file(), "{sql}");
        assert_eq!(of_report(&report, id)?, of_sql(id)?, "{id}");
    }
    assert_eq!(sections.len(), 12);
    Ok(())
}

#[test]
fn what_must_add_up_does() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = year(folder.path())?;
    let report = report(&book, &[])?;
    let headline = rows_of(&report, "headline")?;
    let total = by_month(headline, "total_amount")?;
    assert_eq!(total.len(), 11);
    assert_eq!(by_month(rows_of(&report, "revenue")?, "amount")?, total);
    assert_eq!(by_month(rows_of(&report, "plans")?, "accounts")?, by_month(headline, "accounts")?);
    for (id, opening, between, closing) in [
        (
            "movements",
            "opening",
            &["new", "expansion", "contraction", "churn", "return", "price"][..],
            "closing",
        ),
        ("grants_owed", "opening", &["sold", "-drawn", "-expired"], "closing"),
    ] {
        let mut before = None;
        for row in rows_of(&report, id)? {
            let mut level = units(&row[opening])?;
            assert_eq!(before.unwrap_or(level), level, "{id}: {row}");
            for step in between {
                let figure = units(&row[step.trim_start_matches('-')])?;
                level += if step.starts_with('-') { -figure } else { figure };
            }
            assert_eq!(level, units(&row[closing])?, "{id}: {row}");
            before = Some(level);
        }
    }
    for row in rows_of(&report, "credits")? {
        let [opening, drawn, expired, carried] =
            ["opening", "drawn", "expired", "carried"].map(|name| units(&row[name]));
        assert_eq!(opening?, drawn? + expired? + carried?, "{row}");
    }
    let status = result(&run(
        monthend(["status", "--as-of", "2026-11-01", "--json", "--book"]).arg(&book),
        0,
    )?)?;
    for (row, month) in headline.iter().zip(status["months"].as_array().ok_or("no months")?) {
        for name in ["month", "accounts", "total_amount", "overage_amount", "subscription_amount"] {
            assert_eq!(row[name], month[name], "{name} of {}", row["month"]);
        }
    }
    Ok(())
}

#[test]
fn the_figures_of_the_newest_month_are_those_that_are_kept() -> Outcome {
    let folder = tempfile::tempdir()?;
    let report = report(&year(folder.path())?, &["--from", "2026-09"])?;
    let golden = root().join("tests/report/year.json");
    let text = serde_json::to_string_pretty(&report)? + "\n";
    if wants_update() {
        fs::write(&golden, &text)?;
    }
    assert_eq!(text, fs::read_to_string(golden)?);
    Ok(())
}

#[test]
fn the_same_book_gives_the_same_bytes_and_the_page_loads_nothing() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = year(folder.path())?;
    let mut made = Vec::new();
    for name in ["one", "other"] {
        let out = folder.path().join(name);
        let mut report = monthend(["report", "--month", "2026-09", "--book"]);
        report.arg(&book).arg("--parquet").arg(&out).arg("--out").arg(out.with_extension("html"));
        report.arg("--xlsx").arg(out.with_extension("xlsx"));
        let said = String::from_utf8(run(&mut report, 0)?.stdout)?;
        assert!(
            said.starts_with(
                "2026-09 of Kiro for individuals, in USD, beside the months from 2025-12"
            ),
            "{said}"
        );
        assert!(said.contains("12 Parquet files"), "{said}");
        let files = tree(&out)?.into_iter().map(|(path, entry)| (path, entry.bytes));
        let workbook = fs::read(out.with_extension("xlsx"))?;
        let page = fs::read_to_string(out.with_extension("html"))?;
        made.push((files.collect::<Vec<_>>(), page, workbook));
    }
    assert!(made[0] == made[1], "the same command writes something else");
    let page = &made[0].1;
    assert!(
        page.contains("September 2026")
            && page.contains("929.33")
            && page.matches("<svg").count() >= 8
    );
    for loads in ["<script", "<link", "src=", "url(", "@import"] {
        assert!(!page.contains(loads), "{loads}");
    }
    Ok(())
}

#[test]
fn months_that_cannot_be_reported_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = folder.path().join("book");
    year_story::bill(&root().join("fixtures/year"), &book)?;
    for (more, says) in [
        (&["--month", "2027-01"][..], "2027-01 is not in the book"),
        (&["--from", "2026-09", "--through", "2026-08"], "2026-08 comes before it"),
        (&["--month", "2026-09", "--from", "2026-08"], "cannot be used with"),
    ] {
        let mut report = monthend(["report", "--book"]);
        let output = report.arg(&book).args(more).output()?;
        assert_eq!(code(&output)?, 2, "{more:?}");
        assert!(words(&output).contains(says), "{}", words(&output));
    }
    Ok(())
}

#[test]
fn what_is_open_is_what_reconcile_tells() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (book, payments) = (year(folder.path())?, folder.path().join("payments.csv"));
    year_story::write_payments(&book, &payments)?;
    let payments = payments.to_str().ok_or("no text")?;
    let report = report(&book, &["--payments", payments])?;
    let mut reconcile = monthend(["reconcile", "--json", "--from", "2025-12", "--book"]);
    let told = result(&run(reconcile.arg(&book).args(["--payments", payments]), 4)?)?;
    fits("result-reconcile", &told)?;

    let settled = rows_of(&report, "payments_settled")?;
    let sum = |rows: &[Value], column: &str| -> Outcome<i128> {
        rows.iter().map(|row| units(&row[column])).sum()
    };
    assert_eq!(sum(settled, "billed")?, units(&told["documents"]["all"]["amount"])?);
    assert_eq!(sum(settled, "open")?, units(&told["ageing"]["documents"])?);
    assert_eq!(sum(settled, "billed")?, sum(settled, "settled")? + sum(settled, "open")?);
    let billed = by_month(settled, "billed")?;
    assert_eq!(billed, by_month(rows_of(&report, "headline")?, "total_amount")?);
    let ages = rows_of(&report, "payments_ageing")?;
    assert_eq!(ages.len(), 5);
    for row in ages {
        let age = &told["ageing"]["by_age"][row["age"].as_str().ok_or("no age")?];
        assert_eq!((&row["documents"], &row["amount"]), (&age["count"], &age["amount"]), "{row}");
    }
    let broken = rows_of(&report, "payments_breaks")?;
    for row in broken {
        let code = &told["breaks"][row["code"].as_str().ok_or("no code")?];
        assert_eq!((&row["breaks"], &row["difference"]), (&code["count"], &code["difference"]));
    }
    assert_eq!(sum(broken, "breaks")?, units(&told["all_breaks"])?);
    assert_eq!(sum(broken, "difference")?, -units(&told["ageing"]["balance"])?);
    let payouts = rows_of(&report, "payments_payouts")?;
    assert_eq!(payouts[1]["difference"], "-0.01", "{payouts:?}");
    assert_eq!(payouts[1]["payouts"], told["payouts"]["differs"]["count"]);
    assert!(ages.iter().filter(|row| row["documents"] != 0).count() > 1, "{ages:?}");
    assert!(broken.len() > 3, "{broken:?}");
    Ok(())
}

#[test]
fn payments_of_the_job_file_are_those_of_months_that_the_book_has() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = year(folder.path())?;
    let header = "payment_id,document_id,amount\n";
    for month in MonthRange::of(month("2025-12")?, month("2026-10")?).ok_or("no months")?.all() {
        fs::write(folder.path().join(format!("paid-{month}.csv")), header)?;
    }
    let job = folder.path().join("monthend.toml");
    fs::write(&job, "book = \"book\"\n[payments]\npaths = \"paid-{month}.csv\"\n")?;
    let report = report(&book, &["--job", job.to_str().ok_or("no text")?])?;
    assert_eq!(rows_of(&report, "payments_settled")?.len(), 11);
    Ok(())
}

fn month(text: &str) -> Outcome<Month> {
    Ok(Month::parse(text).ok_or_else(|| format!("{text} is no month"))?)
}
