//! Books to verify and to tamper with: made once, and copied for every test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{
    FIXTURES, Outcome, april, code, copy_folder, july, may, monthend, result, run, words,
};

const JUNE_USAGE: &str = "event_id,account_id,at,credits
june-1,pro-within-cap,2026-06-10T09:00:00Z,3.25
";

/// Usage that comes in when April is published: one more event over the cap, one on a trial that reaches into May, and
/// one that changes no amount.
const LATE_USAGE: &str = "event_id,account_id,at,credits
late-1,pro-within-cap,2026-04-20T10:00:00Z,12.5
late-2,trial-over-month-end,2026-04-25T10:00:00Z,7
late-3,ten-over-the-cap,2026-04-29T10:00:00Z,5
";

/// An account that nobody knew of, on a paid plan.
const LATE_CHANGES: &str = "change_id,account_id,at,change,plan
late-c1,late-comer,2026-04-10T08:00:00Z,signup,
late-c2,late-comer,2026-04-15T08:00:00Z,plan,pro
";

const DISPUTED: &str = "event_id,reason\nlate-3,the customer was not asked\n";

/// A book of its own, thrown away at the end.
pub struct Book {
    folder: TempDir,
}

impl Book {
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("book")
    }

    /// A file or folder of the book.
    pub fn at(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    /// A file beside the book.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `monthend verify --json`; gives the exit code and the result.
    pub fn verify(&self) -> Outcome<(i32, Value)> {
        let output = verify(&self.path(), &["--json"])?;
        Ok((code(&output)?, result(&output)?))
    }

    /// Checks that nothing is wrong.
    pub fn assert_sound(&self) -> Outcome {
        let (code, result) = self.verify()?;
        assert_eq!(result["findings"], serde_json::json!([]));
        assert_eq!((code, &result["status"]), (0, &"sound".into()));
        Ok(())
    }

    /// Checks that something is found; gives the findings, one a line.
    pub fn assert_found(&self, what: &str) -> Outcome<String> {
        let (code, result) = self.verify()?;
        assert_eq!((code, &result["status"]), (4, &"findings".into()), "not found: {what}");
        let findings = result["findings"].as_array().ok_or("no findings")?;
        assert!(!findings.is_empty(), "not found: {what}");
        Ok(findings.iter().map(|finding| format!("{finding}\n")).collect())
    }

    /// Checks that a finding has all of these words in it.
    pub fn assert_told(&self, what: &str, told: &[&str]) -> Outcome {
        let findings = self.assert_found(what)?;
        let has_all = |line: &str| told.iter().all(|word| line.contains(word));
        assert!(findings.lines().any(has_all), "{what}: {told:?} are not in one of\n{findings}");
        Ok(())
    }
}

/// Runs `monthend verify`, which never panics.
pub fn verify(book: &Path, args: &[&str]) -> Outcome<Output> {
    let output = monthend(["verify", "--book"]).arg(book).args(args).output()?;
    assert!(!words(&output).contains("panicked"), "{}", words(&output));
    Ok(output)
}

/// April and May of the fixtures, published once.
pub fn two_months() -> Outcome<Book> {
    static MADE: OnceLock<Made> = OnceLock::new();
    copy(&MADE, &|folder| {
        run(&mut april("run", &folder.join("book")), 3)?;
        run(&mut may("run", &folder.join("book")), 3).map(|_| ())
    })
}

/// July of the year of `fixtures/year`, out of which grants are carried, published once.
pub fn month_with_grants() -> Outcome<Book> {
    static MADE: OnceLock<Made> = OnceLock::new();
    copy(&MADE, &|folder| run(&mut july(&folder.join("book")), 3).map(|_| ()))
}

/// April to June, April with a late file and a dispute, both cascaded: April has three revisions, with an invoice that
/// came late, a debit note and a credit note, all with a payment term.
pub fn three_months_and_notes() -> Outcome<Book> {
    static MADE: OnceLock<Made> = OnceLock::new();
    copy(&MADE, &|folder| {
        let book = folder.join("book");
        run(april("run", &book).args(["--payment-term-days", "30"]), 3)?;
        run(&mut may("run", &book), 3)?;
        let file = |name: &str, text: &str| -> Outcome<PathBuf> {
            fs::write(folder.join(name), text)?;
            Ok(folder.join(name))
        };
        let mut june = monthend(["run", "--month", "2026-06"]);
        june.args(FIXTURES).arg("--usage").arg(file("june.csv", JUNE_USAGE)?);
        run(june.arg("--book").arg(&book), 0)?;
        let mut late = rerun("2026-04", &book, "late file");
        late.arg("--add-usage").arg(file("late.csv", LATE_USAGE)?);
        late.arg("--add-changes").arg(file("late-changes.csv", LATE_CHANGES)?);
        run(&mut late, 3)?;
        let mut dispute = rerun("2026-04", &book, "ticket 7");
        dispute.args(["--accounts", "ten-over-the-cap", "--drop-events"]);
        run(dispute.arg(file("disputed.csv", DISPUTED)?), 3).map(|_| ())
    })
}

/// A rerun with its reason, cascaded.
fn rerun(month: &str, book: &Path, reason: &str) -> assert_cmd::Command {
    let mut command = monthend(["rerun", "--month", month, "--reason", reason, "--cascade"]);
    command.arg("--book").arg(book);
    command
}

/// A book that is made once, or why it could not be.
type Made = Result<TempDir, String>;

/// A copy of what is made once.
fn copy(made: &OnceLock<Made>, make: &dyn Fn(&Path) -> Outcome) -> Outcome<Book> {
    let made = made.get_or_init(|| {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        make(folder.path()).map_err(|error| error.to_string())?;
        Ok(folder)
    });
    let book = Book { folder: tempfile::tempdir()? };
    copy_folder(&made.as_ref().map_err(Clone::clone)?.path().join("book"), &book.path())?;
    Ok(book)
}
