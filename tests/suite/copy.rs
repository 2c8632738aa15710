//! `book copy` between folders: whole, verified, and a sound book at every point. Between a disk and object storage:
//! `storage::book`.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

use crate::common::{
    Outcome, april, code, json, late_log, may, monthend, result, run, tree, unchanged, words,
};

/// A book of April with a second revision, and of May.
fn published(book: &Path, folder: &Path) -> Outcome {
    run(&mut april("run", book), 3)?;
    run(&mut may("run", book), 3)?;
    let late = late_log(folder, 0)?;
    let mut rerun = monthend(["rerun", "--month", "2026-04", "--reason", "late", "--cascade"]);
    run(rerun.arg("--add-usage").arg(late).arg("--book").arg(book), 3)?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Command {
    let mut copy = monthend(["book", "copy", "--json"]);
    copy.args([from, to]);
    copy
}

/// All files of a book's months are those of another, to the byte.
fn are_alike(one: &Path, other: &Path) -> Outcome {
    let months = |book: &Path| -> Outcome<Vec<_>> {
        let files = tree(book)?
            .into_iter()
            .filter(|(path, _)| path.starts_with("2026-04") || path.starts_with("2026-05"));
        Ok(files.map(|(path, entry)| (path, entry.bytes)).collect())
    };
    assert!(months(one)? == months(other)?);
    run(monthend(["verify", "--book"]).arg(other), 0)?;
    Ok(())
}

#[test]
fn a_copy_is_the_book_and_goes_on_where_it_ended() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let [book, to] = ["book", "copy"].map(|name| sandbox.path().join(name));
    run(&mut april("run", &book), 3)?;
    let first = result(&run(&mut copy(&book, &to), 0)?)?;
    assert_eq!(first["status"], "copied");
    assert_eq!(first["months"][0]["revisions"].as_array().map(Vec::len), Some(1), "{first}");
    are_alike(&book, &to)?;
    published(&book, sandbox.path())?;
    let second = result(&run(&mut copy(&book, &to), 0)?)?;
    assert_eq!(second["months"].as_array().map(Vec::len), Some(2), "{second}");
    are_alike(&book, &to)?;
    let third = result(&run(&mut copy(&book, &to), 0)?)?;
    assert_eq!(third["status"], "unchanged", "{third}");
    // The copy goes on as a book of its own.
    run(&mut may("run", &to), 3)?;
    Ok(())
}

#[test]
fn another_book_is_not_copied_over_nor_a_damaged_one() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let [book, to, other] = ["book", "copy", "other"].map(|name| sandbox.path().join(name));
    published(&book, sandbox.path())?;
    run(april("run", &other).args(["--payment-term-days", "30"]), 3)?;
    let before = tree(&other)?;
    let told = words(&run(&mut copy(&book, &other), 1)?);
    assert!(told.contains("2026-04/r001") && told.contains("ME0538"), "{told}");
    unchanged(&before, &other)?;
    // The copy has more than the book.
    run(&mut april("run", &to), 3)?;
    let told = words(&run(&mut copy(&to, &book), 1)?);
    assert!(told.contains("no 2026-04 r002"), "{told}");
    // And so it has where it has a month more.
    let more = sandbox.path().join("more");
    run(&mut april("run", &more), 3)?;
    run(&mut may("run", &more), 3)?;
    let told = words(&run(&mut copy(&to, &more), 1)?);
    assert!(told.contains("no 2026-05 r001"), "{told}");
    // A table that was changed goes nowhere, and what was copied before it stays.
    let table = book.join("2026-05/r001/statements.csv");
    let sound = fs::read(&table)?;
    fs::write(&table, [&sound[..], b"x"].concat())?;
    let to = sandbox.path().join("second");
    let told = words(&run(&mut copy(&book, &to), 4)?);
    assert!(told.contains("statements.csv") && told.contains("2026-04"), "{told}");
    run(monthend(["verify", "--book"]).arg(&to), 0)?;
    fs::write(&table, sound)?;
    run(&mut copy(&book, &to), 0)?;
    are_alike(&book, &to)
}

#[test]
fn archived_months_and_imported_openings_are_copied_whole() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let [book, to, whole] = ["book", "copy", "whole"].map(|name| sandbox.path().join(name));
    published(&book, sandbox.path())?;
    run(&mut copy(&book, &whole), 0)?;
    let archive = sandbox.path().join("archive");
    let mut archived = monthend(["archive", "--before", "2026-05", "--book"]);
    run(archived.arg(&book).arg("--to").arg(&archive), 0)?;
    run(&mut copy(&book, &to), 0)?;
    are_alike(&whole, &to)?;

    let state = whole.join("2026-05/r001/state.csv");
    let imports = sandbox.path().join("imports");
    let mut import = monthend(["state", "import"]);
    import.arg(&state).args(["--month", "2026-06", "--catalog", "fixtures/catalogs", "--book"]);
    run(import.arg(&imports), 0)?;
    let mut first = monthend(["run", "--month", "2026-06", "--catalog", "fixtures/catalogs"]);
    first.args(["--changes", "fixtures/changes", "--usage", "fixtures/usage/2026-05*", "--book"]);
    first.arg(&imports).args(["--max-reject-share", "1", "--accept", "a month without usage"]);
    let output = first.output()?;
    assert!([0, 3].contains(&code(&output)?), "{}", words(&output));
    let copied = sandbox.path().join("copied");
    let said = result(&run(&mut copy(&imports, &copied), 0)?)?;
    assert_eq!(said["imports"][0], "2026-06", "{said}");
    let record = |book: &Path| json(&book.join("openings/2026-06/opening.json"));
    assert_eq!(record(&imports)?, record(&copied)?);
    run(monthend(["verify", "--book"]).arg(&copied), 0)?;
    Ok(())
}
