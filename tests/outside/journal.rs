//! What the programs that journal entries are written for say of a year with its corrections: hledger and ledger at
//! their strictest, beancount.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use monthend_tests::{Outcome, monthend, program, result, root, run, year_story};

use crate::{cannot_run, python};

const FORMATS: &str = "ledger,beancount";

const DETAILS: [&str; 2] = ["summary", "document"];

/// The folders of the exports of all months of the year, in both details.
fn exports_of_year(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let book = folder.join("book");
    year_story::bill(&root().join("fixtures/year"), &book)?;
    year_story::correct(&book, folder)?;
    exports(&book, folder)
}

/// The folders of the exports of all months of a book, month by month in both details.
fn exports(book: &Path, folder: &Path) -> Outcome<Vec<PathBuf>> {
    let status = result(&monthend(["status", "--json", "--book"]).arg(book).output()?)?;
    let mut outs = Vec::new();
    for month in status["months"].as_array().ok_or("no months")? {
        let month = month["month"].as_str().ok_or("no month")?;
        for detail in DETAILS {
            let out = folder.join(format!("{month}-{detail}"));
            let mut export = monthend(["export", "journal", "--format", FORMATS, "--month", month]);
            export.args(["--detail", detail, "--book"]).arg(book).arg("--out").arg(&out);
            run(&mut export, 0)?;
            outs.push(out);
        }
    }
    Ok(outs)
}

/// Holds the entries of a book's months to hledger, ledger and beancount; `folder` is for them.
pub fn check_book(book: &Path, folder: &Path) -> Outcome {
    let outs = exports(book, folder)?;
    for out in &outs {
        let file = out.join("journal.ledger");
        said("hledger", &file, &["check", "--strict", "ordereddates"])?;
        said("ledger", &file, &BALANCE)?;
    }
    bean_check(&mains(&outs, folder, "")?)
}

/// Files of beancount that include the entries of all months, one of each detail, and end with a text.
fn mains(outs: &[PathBuf], folder: &Path, end: &str) -> Outcome<Vec<PathBuf>> {
    let mut mains = Vec::new();
    for (at, detail) in DETAILS.into_iter().enumerate() {
        let mut text = String::new();
        for (number, out) in outs.iter().skip(at).step_by(DETAILS.len()).enumerate() {
            if number == 0 {
                writeln!(text, "include \"{}\"", out.join("accounts.beancount").display())?;
            }
            writeln!(text, "include \"{}\"", out.join("journal.beancount").display())?;
        }
        let main = folder.join(format!("{detail}.beancount"));
        fs::write(&main, text + end)?;
        mains.push(main);
    }
    Ok(mains)
}

fn bean_check(mains: &[PathBuf]) -> Outcome {
    let checked = python::script("MONTHEND_PYTHON", |command| {
        command.arg(root().join("tests/journal/bean_check.py")).args(mains);
    })?;
    assert!(checked.status.success(), "{}", python::words_of(&checked));
    Ok(())
}

const BALANCE: [&str; 4] = ["--pedantic", "--strict", "balance", "Assets:Receivable"];

/// What a program prints, which must have nothing to object to.
fn said(program: &str, file: &Path, options: &[&str]) -> Outcome<String> {
    let output = match Command::new(program).arg("-f").arg(file).args(options).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return cannot_run(format!("no {program}"));
        }
        output => output?,
    };
    assert!(output.status.success(), "{program} {}: {}", file.display(), python::words_of(&output));
    Ok(String::from_utf8(output.stdout)?)
}

pub fn hledger_and_ledger_have_nothing_to_object_to() -> Outcome {
    let folder = tempfile::tempdir()?;
    for out in exports_of_year(folder.path())? {
        let file = out.join("journal.ledger");
        said("hledger", &file, &["check", "--strict", "ordereddates"])?;
        let once = said("ledger", &file, &BALANCE)?;
        // ledger passes over what it has seen already.
        let twice = out.join("twice.ledger");
        fs::write(&twice, "include journal.ledger\n\ninclude journal.ledger\n")?;
        assert_eq!(said("ledger", &twice, &BALANCE)?, once);
        let faulty = out.join("faulty.ledger");
        let text = fs::read_to_string(&file)?;
        fs::write(
            &faulty,
            text.replacen("    Assets:Receivable  USD ", "    Assets:Receivable  USD 1", 1),
        )?;
        let is_right = |program: &str, options: &[&str]| said_of_fault(program, &faulty, options);
        assert!(!is_right("hledger", &["check"])? && !is_right("ledger", &["balance"])?);
    }
    Ok(())
}

/// Whether a program has nothing to object to.
fn said_of_fault(program: &str, file: &Path, options: &[&str]) -> Outcome<bool> {
    Ok(Command::new(program).arg("-f").arg(file).args(options).output()?.status.success())
}

pub fn beancount_has_nothing_to_object_to() -> Outcome {
    let folder = tempfile::tempdir()?;
    let outs = exports_of_year(folder.path())?;
    // All revenue and receivables are there, and nothing is unbilled.
    let asserted = "2026-12-31 balance Assets:Receivable:Unbilled 0.00 ~ 0.00 USD\n";
    bean_check(&mains(&outs, folder.path(), asserted)?)
}

/// Months of the reference's random populations, in their currencies, with notes of late files and disputes.
pub fn random_books_are_nothing_to_object_to() -> Outcome {
    let folder = tempfile::tempdir()?;
    let made = python::script("MONTHEND_PYTHON", |command| {
        command.arg(root().join("tests/reference/compare.py")).arg("--binary").arg(program());
        command.args(["--seeds", "0..8", "--keep"]).arg(folder.path());
    })?;
    assert!(made.status.success(), "{}", python::words_of(&made));
    let mut books = 0;
    for seed in 0..8 {
        for name in ["book", "late-book", "dispute-book"] {
            let book = folder.path().join(format!("seed-{seed}")).join(name);
            if book.is_dir() {
                check_book(&book, tempfile::tempdir()?.path())?;
                books += 1;
            }
        }
    }
    assert!(books > 8, "corrected ones, too: {books}");
    Ok(())
}
