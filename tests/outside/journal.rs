//! What the programs that journal entries are written for say of a year with its corrections: hledger and ledger at
//! their strictest, beancount.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use monthend_tests::{Outcome, monthend, root, run, year_story};

use crate::{cannot_run, python};

const FORMATS: &str = "ledger,beancount";

/// The folders of the exports of all months of the year, in both details.
fn exports(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let book = folder.join("book");
    year_story::bill(&root().join("fixtures/year"), &book)?;
    year_story::correct(&book, folder)?;
    let mut outs = Vec::new();
    for month in ["2025-12".to_owned()].into_iter().chain((1..=10).map(|m| format!("2026-{m:02}")))
    {
        for detail in ["summary", "document"] {
            let out = folder.join(format!("{month}-{detail}"));
            let mut export =
                monthend(["export", "journal", "--format", FORMATS, "--month", &month]);
            export.args(["--detail", detail, "--book"]).arg(&book).arg("--out").arg(&out);
            run(&mut export, 0)?;
            outs.push(out);
        }
    }
    Ok(outs)
}

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
    let balance = ["--pedantic", "--strict", "balance", "Assets:Receivable"];
    for out in exports(folder.path())? {
        let file = out.join("journal.ledger");
        said("hledger", &file, &["check", "--strict", "ordereddates"])?;
        let once = said("ledger", &file, &balance)?;
        // ledger passes over what it has seen already.
        let twice = out.join("twice.ledger");
        fs::write(&twice, "include journal.ledger\n\ninclude journal.ledger\n")?;
        assert_eq!(said("ledger", &twice, &balance)?, once);
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
    let (mut mains, mut texts) = (Vec::new(), [String::new(), String::new()]);
    for (at, out) in exports(folder.path())?.iter().enumerate() {
        let text = &mut texts[at % 2];
        if at < 2 {
            writeln!(text, "include \"{}\"", out.join("accounts.beancount").display())?;
        }
        writeln!(text, "include \"{}\"", out.join("journal.beancount").display())?;
    }
    for (detail, text) in ["summary", "document"].into_iter().zip(texts) {
        // All revenue and receivables are there, and nothing is unbilled.
        let asserted = "2026-12-31 balance Assets:Receivable:Unbilled 0.00 ~ 0.00 USD\n";
        let main = folder.path().join(format!("{detail}.beancount"));
        fs::write(&main, text + asserted)?;
        mains.push(main);
    }
    let checked = python::script("MONTHEND_PYTHON", |command| {
        command.arg(root().join("tests/journal/bean_check.py")).args(&mains);
    })?;
    assert!(checked.status.success(), "{}", python::words_of(&checked));
    Ok(())
}
