//! `current/`: its links lead to the revisions in force, `verify` holds them to it, and any run makes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use monthend::book::Book as MonthsOfBook;
use monthend::tables::Table;

use super::books::{Book, three_months_and_notes};
use super::forge::{forge_journal, without};
use crate::common::{Outcome, april, may, monthend, result, run, tree, words};

/// A file whose month has three revisions.
const FILE: &str = "current/statements/2026-04.parquet";

/// What is in `current/`: of files their bytes, of links where they lead.
fn current(book: &Book) -> Outcome<BTreeMap<PathBuf, Option<Vec<u8>>>> {
    Ok(tree(&book.at("current"))?.into_iter().map(|(path, entry)| (path, entry.bytes)).collect())
}

/// A fault: its name, how it is made, and the words of a finding.
type Fault<'a> = (&'a str, &'a dyn Fn(&Book) -> Outcome, &'a [&'a str]);

fn link(book: &Book, to: &str) -> Outcome {
    fs::remove_file(book.at(FILE))?;
    Ok(symlink(to, book.at(FILE))?)
}

const FAULTS: &[Fault<'_>] = &[
    (
        "a link to a superseded revision",
        &|book| link(book, "../../2026-04/r002/statements.parquet"),
        &["\"current-tables\"", FILE, "leads to ../../2026-04/r002/statements.parquet", "r003"],
    ),
    (
        "a link that leads nowhere",
        &|book| link(book, "../../2026-04/r009/statements.parquet"),
        &["\"current-tables\"", FILE, "r009"],
    ),
    (
        "a link to another table",
        &|book| link(book, "../../2026-04/r003/documents.parquet"),
        &["\"current-tables\"", FILE, "documents.parquet"],
    ),
    (
        "a copy of a superseded revision",
        &|book| {
            let superseded = fs::read(book.at("2026-04/r001/statements.parquet"))?;
            fs::remove_file(book.at(FILE))?;
            Ok(fs::write(book.at(FILE), superseded)?)
        },
        &["\"current-tables\"", FILE, "is not a copy of what is in force"],
    ),
    (
        "a link removed",
        &|book| Ok(fs::remove_file(book.at(FILE))?),
        &["\"missing\"", FILE, "a link to ../../2026-04/r003/statements.parquet"],
    ),
    (
        "a table removed",
        &|book| Ok(fs::remove_dir_all(book.at("current/state"))?),
        &["\"missing\"", "current/state"],
    ),
    (
        "a month that is not in the book",
        &|book| {
            let link = "../../2026-04/r003/statements.parquet";
            Ok(symlink(link, book.at("current/statements/2025-01.parquet"))?)
        },
        &["\"stray\"", "current/statements/2025-01.parquet"],
    ),
];

#[test]
fn every_fault_is_found_and_the_next_run_of_any_month_mends_it() -> Outcome {
    let sound = three_months_and_notes()?;
    sound.assert_sound()?;
    let due = current(&sound)?;
    let forms = |table: Table| 1 + usize::from(table.has_csv());
    assert_eq!(due.len(), Table::ALL.map(|table| 1 + 3 * forms(table)).iter().sum::<usize>());
    for (at, (name, make, told)) in FAULTS.iter().enumerate() {
        let book = three_months_and_notes()?;
        make(&book)?;
        book.assert_told(name, told)?;
        // A month that is unchanged, and one that comes to another result and is refused.
        match at % 2 {
            0 => run(&mut may("run", &book.path()), 3)?,
            _ => run(&mut april("run", &book.path()), 1)?,
        };
        assert_eq!(current(&book)?, due, "{name}");
        book.assert_sound()?;
    }
    Ok(())
}

#[test]
fn what_is_not_the_programs_is_told_and_left_alone() -> Outcome {
    for path in ["current/notes.txt", "current/statements/notes.txt", "current/totals"] {
        let book = three_months_and_notes()?;
        fs::write(book.at(path), "mine")?;
        book.assert_told(path, &["\"stray\"", path])?;
        run(&mut may("run", &book.path()), 3)?;
        assert_eq!(fs::read(book.at(path))?, b"mine");
    }
    // Nor is anything written where a link leads out of the book.
    for path in ["current", "current/statements"] {
        let book = three_months_and_notes()?;
        fs::remove_dir_all(book.at(path))?;
        fs::create_dir(book.beside("elsewhere"))?;
        symlink(book.beside("elsewhere"), book.at(path))?;
        book.assert_told(path, &["\"wrong-kind\"", path])?;
        let said = words(&run(&mut may("run", &book.path()), 3)?);
        assert!(said.contains("is no folder of the book"), "{said}");
        assert!(tree(&book.beside("elsewhere"))?.is_empty());
    }
    Ok(())
}

#[test]
fn what_a_crash_left_aside_is_no_fault_and_is_cleared() -> Outcome {
    let book = three_months_and_notes()?;
    let due = current(&book)?;
    symlink(
        "../../2026-04/r002/statements.parquet",
        book.at("current/statements/.2026-04.parquet"),
    )?;
    book.assert_sound()?;
    run(&mut may("run", &book.path()), 3)?;
    assert_eq!(current(&book)?, due);
    Ok(())
}

#[test]
fn a_book_without_the_folder_is_told_and_no_fault() -> Outcome {
    let book = three_months_and_notes()?;
    let due = current(&book)?;
    fs::remove_dir_all(book.at("current"))?;
    book.assert_sound()?;
    assert_eq!(book.verify()?.1["notes"][0]["code"], "no-current-tables");
    run(&mut may("run", &book.path()), 3)?;
    assert_eq!(current(&book)?, due);
    assert_eq!(book.verify()?.1["notes"], serde_json::json!([]));
    Ok(())
}

#[test]
fn copies_of_what_is_in_force_are_as_good_as_links() -> Outcome {
    let book = three_months_and_notes()?;
    for path in tree(&book.at("current"))?.into_keys() {
        let path = book.at("current").join(path);
        if path.is_file() {
            let bytes = fs::read(&path)?;
            fs::remove_file(&path)?;
            fs::write(&path, bytes)?;
        }
    }
    book.assert_sound()
}

#[test]
fn months_that_are_gone_and_tables_that_a_revision_lacks_are_not_there() -> Outcome {
    let book = three_months_and_notes()?;
    fs::remove_dir_all(book.at("2026-06"))?;
    without(&book.at("2026-05/r002"), Table::Plans)?;
    for path in ["current/state/2026-06.csv", "current/plans/2026-05.parquet"] {
        book.assert_told(path, &["\"stray\"", path])?;
    }
    forge_journal(&book.path())?;
    for path in ["current/state/2026-06.csv", "current/plans/2026-05.parquet"] {
        assert!(fs::symlink_metadata(book.at(path)).is_err(), "{path}");
    }
    assert!(book.at("current/plans/2026-04.parquet").exists());
    book.assert_sound()
}

#[test]
fn a_month_that_cannot_be_understood_keeps_what_it_has() -> Outcome {
    let book = three_months_and_notes()?;
    let due = current(&book)?;
    fs::write(book.at("2026-06/CURRENT"), "r0")?;
    MonthsOfBook::at(&book.path()).renew_current_tables()?;
    assert_eq!(current(&book)?, due);
    let findings = book.assert_found("CURRENT of June")?;
    assert!(!findings.contains("current/"), "{findings}");
    Ok(())
}

#[test]
fn a_publication_stands_though_it_cannot_be_shown() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = folder.path().join("book");
    run(&mut april("run", &book), 3)?;
    let in_the_way = book.join("current/statements/2026-05.parquet");
    fs::create_dir_all(in_the_way.join("mine"))?;
    let told = result(&run(may("run", &book).arg("--json"), 3)?)?;
    assert_eq!((&told["status"], &told["exit_code"]), (&"published".into(), &3.into()));
    let warnings = told["warnings"].to_string();
    for said in ["could not be renewed", "current/statements/2026-05.parquet", "any later run"] {
        assert!(warnings.contains(said), "`{said}` is not in {warnings}");
    }
    // All else is renewed, and this once it is out of the way.
    assert!(book.join("current/state/2026-05.csv").exists());
    fs::remove_dir_all(&in_the_way)?;
    run(&mut may("run", &book), 3)?;
    assert!(fs::symlink_metadata(&in_the_way)?.is_symlink());
    run(monthend(["verify", "--book"]).arg(&book), 0)?;
    Ok(())
}
