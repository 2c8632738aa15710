//! What other programs make of revisions: `tests/readers/check_tables.py` opens their tables with pyarrow, DuckDB and
//! pandas, `tests/spark/check_tables.py` with Spark. Both hold what they see against the contract. And what they make
//! of all months: `tests/readers/check_current.py` reads the tables in `current/`.

use std::fs;
use std::path::{Path, PathBuf};

use monthend_tests::{Outcome, april, july, may, monthend, root, run};

use crate::python;

/// Publishes months that have rows of every table together; gives their revisions.
fn all_tables(book: &Path) -> Outcome<[PathBuf; 2]> {
    run(&mut april("run", book), 3)?;
    run(&mut july(book), 3)?;
    Ok(["2026-04/r001", "2026-07/r001"].map(|revision| book.join(revision)))
}

pub fn other_readers_see_the_contract_in_every_table() -> Outcome {
    let book = tempfile::tempdir()?;
    let revisions = all_tables(book.path())?;
    let check = python::script("MONTHEND_PYTHON", |command| {
        command
            .arg(root().join("tests/readers/check_tables.py"))
            .args(revisions)
            .args(["--version", env!("CARGO_PKG_VERSION")]);
    })?;
    assert!(check.status.success(), "{}", python::words_of(&check));
    Ok(())
}

pub fn other_readers_see_each_month_once_in_the_tables_of_all_months() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (book, list) = (folder.path().join("book"), folder.path().join("disputed.csv"));
    run(&mut april("run", &book), 3)?;
    run(&mut may("run", &book), 3)?;
    fs::write(&list, "event_id,reason\nev-0090,the batch ran twice\n")?;
    let mut dispute = monthend(["rerun", "--month", "2026-04", "--reason", "a batch ran twice"]);
    dispute.args(["--accounts", "power-heavy", "--drop-events"]).arg(list);
    run(dispute.arg("--book").arg(&book), 3)?;
    // 1,401.84 less 3,600 credits over the cap at 0.04 in April (O4), and May's 1,202.28.
    let total = "2460.12";
    let check = python::script("MONTHEND_PYTHON", |command| {
        command
            .arg(root().join("tests/readers/check_current.py"))
            .arg(&book)
            .args(["--total", total, "--months", "2026-04", "2026-05"]);
    })?;
    assert!(check.status.success(), "{}", python::words_of(&check));
    Ok(())
}

pub fn spark_sees_the_contract_in_every_table() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = folder.path().join("book");
    let revisions = all_tables(&book)?;
    let check = python::script("MONTHEND_SPARK_PYTHON", |command| {
        command.arg(root().join("tests/spark/check_tables.py"));
        command.args(revisions).arg(folder.path().join("scratch"));
    })?;
    assert!(check.status.success(), "{}", python::words_of(&check));
    Ok(())
}
