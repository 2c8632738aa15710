//! `monthend explain`: an account's month as a person would tell it, and to the last digit what was published.
//!
//! `tests/explain/<name>.txt` are transcripts for analysts to read: commands on a book (`BOOK`) that holds April and
//! May of the fixtures, each with what it says. `UPDATE_GOLDENS=1 cargo test --test suite explain::` writes them anew.
//! Read what has changed before you commit it.

mod inputs;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use monthend::base::answer::Answer;
use monthend::base::calendar::Month;
use monthend::book::{Book, Whereabouts};
use monthend::desk::explain::{self, Request};
use monthend::tables::{StatementRow, records};

use crate::common::explained_sums::add_up;
use crate::common::{Outcome, april, copy_folder, may, root, run, transcript};

/// A book with April and May of the fixtures.
fn publish(book: &Path) -> Outcome {
    run(april("run", book).arg("--quiet"), 3)?;
    run(may("run", book).arg("--quiet"), 3)?;
    Ok(())
}

fn goldens() -> Outcome<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root().join("tests/explain"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "txt") {
            found.insert(path);
        }
    }
    Ok(found)
}

#[test]
fn every_transcript_is_what_the_program_says() -> Outcome {
    let folder = tempfile::tempdir()?;
    let fixtures = folder.path().join("fixtures");
    publish(&fixtures)?;
    let mut faults = Vec::new();
    for (number, golden) in goldens()?.iter().enumerate() {
        let book = folder.path().join(format!("book-{number}"));
        copy_folder(&fixtures, &book)?;
        faults.extend(transcript::check(golden, &book)?);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    Ok(())
}

/// Explains an account through the library, with all its events.
fn explained(book: &Path, month: &str, account: &str) -> Outcome<Answer> {
    let month = Month::parse(month).ok_or("a month")?;
    let (book, account) = (Book::at(book), account.into());
    let (document, revision, events) = (None, None, true);
    let whereabouts = Whereabouts::default();
    Ok(explain::run(&Request { book, month, account, document, revision, events, whereabouts })?)
}

/// The accounts of a month's revision in force.
fn accounts(book: &Path, month: &str) -> Outcome<Vec<String>> {
    let month = Month::parse(month).ok_or("a month")?;
    let revision = Book::at(book).current(month)?.ok_or("a published month")?;
    let rows = records::<StatementRow>(revision.tables()?)?;
    rows.map(|row| Ok(row?.account_id.to_string())).collect()
}

#[test]
fn every_account_of_the_fixtures_adds_up() -> Outcome {
    let folder = tempfile::tempdir()?;
    publish(folder.path())?;
    for (month, number) in [("2026-04", 44), ("2026-05", 45)] {
        let accounts = accounts(folder.path(), month)?;
        assert_eq!(accounts.len(), number, "{month}");
        for account in accounts {
            let answer = explained(folder.path(), month, &account)?;
            assert_eq!(answer.exit_code, 0, "{}", answer.text);
            add_up(&answer.result)?;
        }
    }
    Ok(())
}
