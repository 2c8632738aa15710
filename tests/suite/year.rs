//! The year of `fixtures/year`: eleven months of one population, through four catalogues.
//!
//! What each account pays stands in its README, worked out by hand. `tests/year/<name>.txt` are transcripts of
//! `explain` for those to look at, and `tests/year/status` is the book at a glance: `UPDATE_GOLDENS=1 cargo test
//! --test suite year::` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::golden::{wants_update, without_clock};
use crate::common::{Outcome, monthend, root, run, transcript, year_story};

/// A book with all months of the year; two have something to look at.
fn billed(folder: &Path) -> Outcome<PathBuf> {
    let book = folder.join("book");
    let said = year_story::bill(&root().join("fixtures/year"), &book)?;
    assert_eq!(
        said,
        "2026-04 to look at: 1 billed-before: BOOK/2026-04/r001/exceptions.csv\n\
         2026-08 to look at: 1 unknown-plan: BOOK/2026-08/r001/exceptions.csv\n"
    );
    Ok(book)
}

/// The months of the book, in order.
fn months(book: &Path) -> Outcome<Vec<String>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(book)? {
        let name = entry?.file_name().into_string().map_err(|name| format!("{name:?}"))?;
        found.extend(name.starts_with("20").then_some(name));
    }
    Ok(found.into_iter().collect())
}

/// Columns of a table, row by row.
fn rows(revision: &Path, table: &str, columns: &[&str]) -> Outcome<Vec<Vec<String>>> {
    let mut reader = csv::Reader::from_path(revision.join(format!("{table}.csv")))?;
    let headers = reader.headers()?.clone();
    let places = columns.iter().map(|column| headers.iter().position(|header| header == *column));
    let places: Vec<usize> = places.collect::<Option<_>>().ok_or("no such column")?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        rows.push(places.iter().map(|&place| record[place].to_owned()).collect());
    }
    Ok(rows)
}

/// What each account pays by month: the last table of the README, `–` where there is no document.
fn told() -> Outcome<BTreeMap<String, Vec<String>>> {
    let page = fs::read_to_string(root().join("fixtures/year/README.md"))?;
    let (_, table) = page.split_once("## What each account pays").ok_or("no such table")?;
    let rows = table.lines().filter(|line| line.starts_with("| `") || line.starts_with("| all |"));
    let cells =
        rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim_matches([' ', '`'])));
    let cells = cells.map(|cells| cells.map(str::to_owned).collect::<Vec<_>>());
    Ok(cells.map(|cells| (cells[0].clone(), cells[1..].to_vec())).collect())
}

/// The same of the book, from its documents, with what the statements of a month come to.
fn published(book: &Path) -> Outcome<BTreeMap<String, Vec<String>>> {
    let months = months(book)?;
    let mut paid: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (number, month) in months.iter().enumerate() {
        let revision = book.join(month).join("r001");
        let mut all = 0;
        for row in rows(&revision, "statements", &["account_id", "total_amount"])? {
            all += row[1].replace('.', "").parse::<i64>()?;
            paid.entry(row[0].clone()).or_insert_with(|| vec!["–".to_owned(); months.len()]);
        }
        for row in rows(&revision, "documents", &["account_id", "total_amount"])? {
            paid.get_mut(&row[0]).ok_or("a document without a statement")?[number]
                .clone_from(&row[1]);
        }
        let all = format!("{}.{:02}", all / 100, all % 100);
        paid.entry("all".to_owned()).or_default().push(all);
    }
    Ok(paid)
}

/// Holds what `status` says against `tests/year/status`.
fn check_status(book: &Path) -> Outcome {
    let mut status = monthend(["status", "--as-of", "2026-11-01", "--book"]);
    let said = String::from_utf8(run(status.arg(book), 0)?.stdout)?;
    let said = said.replace(&book.display().to_string(), "BOOK");
    let said: String = said.lines().map(|line| without_clock(line) + "\n").collect();
    let golden = root().join("tests/year/status");
    if wants_update() {
        fs::write(&golden, &said)?;
    }
    assert_eq!(said, fs::read_to_string(golden)?);
    Ok(())
}

#[test]
fn each_account_pays_what_the_readme_says() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = billed(folder.path())?;
    let told = told()?;
    assert_eq!(told.len(), 33, "thirty-two accounts, and all of them");
    assert_eq!(published(&book)?, told);
    run(monthend(["verify", "--book"]).arg(&book), 0)?;
    check_status(&book)?;
    let mut faults = Vec::new();
    for entry in fs::read_dir(root().join("tests/year"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "txt") {
            faults.extend(transcript::check(&path, &book)?);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    Ok(())
}

#[test]
fn what_comes_up_afterwards_is_two_notes() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = billed(folder.path())?;
    year_story::correct(&book, folder.path())?;
    for (month, expected) in [
        ("2026-04", ["late-in-april", "debit_note", "1.00"]),
        ("2026-06", ["disputed-in-june", "credit_note", "-2.40"]),
    ] {
        let columns = ["account_id", "document_type", "total_amount", "revision"];
        let documents = rows(&book.join(month).join("r002"), "documents", &columns)?;
        let notes = documents.iter().filter(|row| row[3] == "r002").map(|row| &row[..3]);
        assert_eq!(notes.collect::<Vec<_>>(), [&expected[..]], "{month}");
    }
    let sound = run(monthend(["verify", "--book"]).arg(&book), 0)?;
    assert!(String::from_utf8(sound.stdout)?.contains("11 months, 13 revisions: all is well"));
    Ok(())
}
