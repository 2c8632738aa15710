//! Accounts of the real logs in `../shared/data`, explained; skipped where the logs are not there.

use std::fs;
use std::path::{Path, PathBuf};

use monthend::base::calendar::Month;

use super::{accounts, explained, sums};
use crate::common::{Outcome, monthend, root, run, say};

/// The folder of a log, if it is there.
fn log(name: &str) -> Outcome<Option<PathBuf>> {
    let folder = root().join("../shared/data").join(name);
    if folder.is_dir() {
        return Ok(Some(folder));
    }
    say(&format!("skipped: the real logs are not at {}", folder.display()))?;
    Ok(None)
}

/// Bills months one after the other, the first from nothing.
fn bill(
    folder: &Path,
    usage: &str,
    first: &str,
    months: usize,
    book: &Path,
) -> Outcome<Vec<String>> {
    let catalog = fs::read_to_string(root().join("fixtures/catalogs/kiro-2025-11-15.toml"))?;
    let early = catalog.replace("in_force_from = 2025-11-15", "in_force_from = 2024-01-01");
    fs::create_dir_all(book)?;
    let file = book.join("kiro.toml");
    fs::write(&file, early)?;
    let mut month = Month::parse(first).ok_or("a month")?;
    let mut billed = Vec::new();
    for index in 0..months {
        let mut command = monthend(["run", "--quiet", "--max-reject-share", "0.3"]);
        command.args(["--month", &month.to_string()]).arg("--catalog").arg(&file);
        command.arg("--changes").arg(folder.join("changes.csv"));
        command.arg("--usage").arg(folder.join(usage)).arg("--book").arg(book);
        if index == 0 {
            command.args(["--opening", "genesis"]);
        }
        let output = command.output()?;
        if !matches!(output.status.code(), Some(0 | 3)) {
            run(&mut command, 0)?;
        }
        billed.push(month.to_string());
        month = month.next();
    }
    Ok(billed)
}

/// Explains every `step`th account of each month.
fn sample(book: &Path, months: &[String], step: usize) -> Outcome<usize> {
    let mut told = 0;
    for month in months {
        for account in accounts(book, month)?.iter().step_by(step) {
            let answer = explained(book, month, account)?;
            assert_eq!(answer.exit_code, 0, "{}", answer.text);
            sums::add_up(&answer.result)?;
            told += 1;
        }
    }
    Ok(told)
}

#[test]
fn clients_of_a_model_serving_platform_add_up() -> Outcome {
    let Some(folder) = log("servegen")? else { return Ok(()) };
    let book = tempfile::tempdir()?;
    let months = bill(&folder, "usage.parquet", "2026-01", 2, book.path())?;
    assert!(sample(book.path(), &months, 40)? > 15);
    Ok(())
}

#[test]
fn twenty_one_months_of_a_coding_tool_add_up() -> Outcome {
    let Some(folder) = log("aider")? else { return Ok(()) };
    let book = tempfile::tempdir()?;
    let months = bill(&folder, "usage.csv.gz", "2024-08", 21, book.path())?;
    assert!(sample(book.path(), &months, 1)? >= 21);
    Ok(())
}
