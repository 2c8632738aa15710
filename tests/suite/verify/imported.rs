//! States that were imported into the book: sound as they come, and found where they were tampered with.

use std::fs;
use std::path::Path;

use monthend::base::digest;
use monthend::book::seal;
use monthend::tables::Table;

use super::books::{Book, two_months};
use super::forge::{Rows, edit};
use crate::common::{FIXTURES, Outcome, json, monthend, run, tree};
use crate::months::table_text::table_text;

const JUNE: &str =
    "event_id,account_id,at,credits\njune-1,pro-within-cap,2026-06-10T09:00:00Z,3.25\n";

/// Ids that were billed elsewhere: two of May, one of them with a retry.
const IDS: &str = "event_id,account_id,at,x\nmay-9,pro-within-cap,2026-05-31T23:00:00Z,1\n\
    may-9,pro-within-cap,2026-05-31T23:00:07Z,1\n00000000-0000-0000-0000-00000000000a,free,\
    2026-05-31T22:00:00Z,1\n";

/// A book that begins in June with the state that May has closed with, in another book, and with
/// ids.
fn imported(publish: bool) -> Outcome<Book> {
    let book = two_months()?;
    let state = book.beside("accounts.parquet");
    fs::copy(book.at("2026-05/r001/state.parquet"), &state)?;
    fs::remove_dir_all(book.path())?;
    let mut import =
        monthend(["state", "import", "--month", "2026-06", "--catalog", "fixtures/catalogs"]);
    fs::write(book.beside("ids.csv"), IDS)?;
    import.arg(state).arg("--recent-ids").arg(book.beside("ids.csv"));
    run(import.arg("--book").arg(book.path()), 0)?;
    if publish {
        fs::write(book.beside("june.csv"), JUNE)?;
        let mut june = monthend(["run", "--month", "2026-06"]);
        june.args(FIXTURES).arg("--usage").arg(book.beside("june.csv"));
        run(june.arg("--book").arg(book.path()), 0)?;
    }
    Ok(book)
}

#[test]
fn a_book_with_an_imported_state_is_sound() -> Outcome {
    imported(false)?.assert_sound()?;
    let book = imported(true)?;
    book.assert_sound()?;
    assert_eq!(json(&book.at("2026-06/r001/manifest.json"))?["opening"]["kind"], "imported");
    assert_eq!(book.verify()?.1["notes"], serde_json::json!([]));
    Ok(())
}

#[test]
fn a_changed_or_missing_part_of_an_imported_state_is_found() -> Outcome {
    let book = imported(true)?;
    for file in ["opening.json", "recent_ids.parquet", "state.csv", "state.parquet"] {
        let path = book.at("openings/2026-06").join(file);
        let bytes = fs::read(&path)?;
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, changed)?;
            book.assert_told(
                &format!("byte {at} of {file}"),
                &["2026-06", &format!("openings/2026-06/{file}")],
            )?;
        }
        fs::remove_file(&path)?;
        book.assert_told(file, &["\"missing\"", "2026-06", file])?;
        fs::write(&path, bytes)?;
    }
    for stray in ["openings/2026-06/state.csv.bak", "openings/June", "openings/letter.txt"] {
        fs::write(book.at(stray), "")?;
        book.assert_told(stray, &["\"stray\"", stray])?;
        fs::remove_file(book.at(stray))?;
    }
    book.assert_sound()?;
    fs::rename(book.at("openings/2026-06"), book.at("openings/2026-07"))?;
    book.assert_told("renamed", &["\"opening\"", "2026-06", "none is in the book"])?;
    book.assert_told("renamed", &["\"manifest\"", "2026-07", "`month` is `2026-06`"])
}

#[test]
fn a_forged_import_is_found_by_the_month_that_began_with_it() -> Outcome {
    let book = imported(true)?;
    let folder = book.at("openings/2026-06");
    edit(&folder, Table::State, |rows: &mut Rows| {
        let row = rows.find("account_id", "ten-over-the-cap")?;
        rows.set(row, "overage_on", "false")
    })?;
    forge_record(&folder, |_| Ok(()))?;
    let findings = book.assert_found("a forged import")?;
    assert_eq!(findings.lines().count(), 1, "{findings}");
    book.assert_told(
        "a forged import",
        &["\"opening\"", "2026-06", "r001", "the sha256 of the state that it began"],
    )?;
    assert!(tree(&folder)?.len() == 4);
    Ok(())
}

#[test]
fn forged_ids_are_found_by_the_month_that_began_with_them() -> Outcome {
    let book = imported(true)?;
    let folder = book.at("openings/2026-06");
    edit(&folder, Table::RecentIds, |rows: &mut Rows| rows.set(0, "event_id", "may-8"))?;
    let told = |what: &str, expected: &[&str]| book.assert_told(what, expected);
    told("other ids", &["\"digest\"", "2026-06", "recent_ids.parquet", "its rows"])?;
    forge_record(&folder, |_| Ok(()))?;
    told("other ids, digests put right", &["\"opening\"", "r001", "ids that were billed before"])?;
    forge_record(&folder, |record| {
        record["recent_ids"] = serde_json::Value::Null;
        Ok(())
    })?;
    told("ids of no file", &["\"stray\"", "2026-06", "recent_ids.parquet"])?;
    told("ids of no file", &["\"manifest\"", "`outputs` lists recent_ids.parquet 1 times"])
}

/// Changes the record of an import, and puts digests and the seal right.
fn forge_record(folder: &Path, change: impl FnOnce(&mut serde_json::Value) -> Outcome) -> Outcome {
    let mut record = json(&folder.join("opening.json"))?;
    for output in record["outputs"].as_array_mut().ok_or("no outputs")? {
        let file = output["file"].as_str().ok_or("no file")?.to_owned();
        let (bytes, sha256) = digest::of_file(&folder.join(&file))?;
        output["bytes"] = bytes.into();
        output["sha256"] = sha256.into();
        if output.get("rows_sha256").is_some() {
            let text = table_text(folder, Table::RecentIds.name())?;
            output["rows_sha256"] = digest::of_bytes(text.as_bytes()).into();
        }
    }
    change(&mut record)?;
    Ok(fs::write(folder.join("opening.json"), seal(&record)?)?)
}
