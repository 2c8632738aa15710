//! Revisions and months that were deleted, renamed, swapped, or put in force by hand.

use std::fs;

use super::books::{Book, three_months_and_notes, two_months};
use crate::common::{Outcome, copy_folder};

#[test]
fn current_that_names_anything_but_the_latest_revision_is_found() -> Outcome {
    let book = three_months_and_notes()?;
    for text in [
        "r002\n",
        "r001\n",
        "r004\n",
        "r003",
        "r003\r\n",
        "r003\n\n",
        " r003\n",
        "R003\n",
        "",
        "\n",
        "../2026-05/r001\n",
    ] {
        fs::write(book.at("2026-04/CURRENT"), text)?;
        book.assert_told(
            text,
            &["\"current\"", "2026-04", "CURRENT", "`r003`, the latest revision"],
        )?;
    }
    fs::write(book.at("2026-04/CURRENT"), [0xff; 10_000])?;
    book.assert_told("garbage", &["\"current\"", "2026-04"])?;
    fs::write(book.at("2026-04/CURRENT"), "r003\n")?;
    book.assert_sound()
}

#[test]
fn a_deleted_revision_is_found() -> Outcome {
    let delete = |name: &str| -> Outcome<Book> {
        let book = three_months_and_notes()?;
        fs::remove_dir_all(book.at("2026-04").join(name))?;
        Ok(book)
    };
    let book = delete("r001")?;
    book.assert_told("r001", &["revision-gap", "2026-04", "no r001"])?;
    let book = delete("r002")?;
    book.assert_told("r002", &["revision-gap", "2026-04", "no r002"])?;
    // May's second revision began with it.
    book.assert_told("r002", &["\"opening\"", "2026-05", "2026-04/r002"])?;
    let book = delete("r003")?;
    book.assert_told("r003", &["\"current\"", "2026-04", "`r003\\\\n`"])?;

    // A revision that a later month began with cannot be taken back, though CURRENT is put right.
    let book = three_months_and_notes()?;
    fs::remove_dir_all(book.at("2026-04/r003"))?;
    fs::remove_dir_all(book.at("2026-04/r002"))?;
    fs::write(book.at("2026-04/CURRENT"), "r001\n")?;
    book.assert_told(
        "taken back",
        &["\"opening\"", "2026-05", "r002", "2026-04/r002", "is not there"],
    )?;
    fs::remove_dir_all(book.at("2026-04/r001"))?;
    book.assert_told("all", &["\"missing\"", "2026-04", "has no revision"])
}

#[test]
fn a_renamed_revision_is_found() -> Outcome {
    let book = three_months_and_notes()?;
    fs::rename(book.at("2026-04/r003"), book.at("2026-04/r004"))?;
    book.assert_told("r004", &["revision-gap", "2026-04", "no r003"])?;
    book.assert_told("r004", &["\"manifest\"", "r004", "`revision` is `r003`"])?;
    fs::rename(book.at("2026-04/r004"), book.at("2026-04/r003"))?;
    book.assert_sound()?;

    // Two revisions that changed places.
    fs::rename(book.at("2026-04/r001"), book.beside("away"))?;
    fs::rename(book.at("2026-04/r002"), book.at("2026-04/r001"))?;
    fs::rename(book.beside("away"), book.at("2026-04/r002"))?;
    for name in ["r001", "r002"] {
        book.assert_told("swapped", &["\"manifest\"", name, "as the folder is named"])?;
        book.assert_told("swapped", &["\"previous\"", name])?;
    }
    Ok(())
}

#[test]
fn a_renamed_or_deleted_month_is_found() -> Outcome {
    let book = two_months()?;
    fs::rename(book.at("2026-04"), book.at("2026-03"))?;
    book.assert_told("April is March", &["\"manifest\"", "2026-03", "`month` is `2026-04`"])?;
    book.assert_told(
        "April is March",
        &["\"table\"", "2026-03", "statements.parquet", "is another month"],
    )?;
    book.assert_told(
        "April is March",
        &["\"opening\"", "2026-05", "2026-04/r001", "is not there"],
    )?;
    fs::rename(book.at("2026-03"), book.at("April"))?;
    book.assert_told("April", &["\"stray\"", "April"])?;
    book.assert_told("April", &["\"opening\"", "2026-05", "2026-04/r001"])?;
    fs::remove_dir_all(book.at("April"))?;
    book.assert_told("deleted", &["\"opening\"", "2026-05", "2026-04/r001"])?;

    // Another book's month.
    let (book, other) = (three_months_and_notes()?, two_months()?);
    fs::remove_dir_all(book.at("2026-04"))?;
    copy_folder(&other.at("2026-04"), &book.at("2026-04"))?;
    book.assert_told(
        "another April",
        &["\"opening\"", "2026-05", "r002", "2026-04/r002", "is not there"],
    )
}

#[test]
fn files_of_another_revision_are_found() -> Outcome {
    let book = three_months_and_notes()?;
    for table in ["documents", "statements"] {
        for ending in ["csv", "parquet"] {
            let file = format!("{table}.{ending}");
            fs::copy(book.at("2026-04/r001").join(&file), book.at("2026-04/r002").join(&file))?;
        }
    }
    book.assert_told("r001's", &["\"digest\"", "r002", "documents.csv"])?;
    book.assert_told("r001's", &["\"digest\"", "r002", "statements.parquet"])
}
