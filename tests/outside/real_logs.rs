//! Real usage logs, billed month after month; their totals are known from a run that the reference implementation
//! agreed with in every table. Their accounts explained, each to the last digit.

use std::fs;
use std::io::Read;
use std::path::Path;

use monthend_tests::explained_sums::add_up;
use monthend_tests::{Outcome, monthend, result, root, run, words};
use serde_json::Value;
use tempfile::TempDir;

use crate::{journal, real_log};

/// A log, and the months to bill in a row.
struct Log {
    folder: &'static str,
    usage: &'static str,
    first: &'static str,
    /// Documents, overage and total of each month.
    expected: &'static [(u64, &'static str, &'static str)],
}

const SERVEGEN: Log = Log {
    folder: "servegen",
    usage: "usage.parquet",
    first: "2026-01",
    expected: &[(142, "25929.06", "26533.58"), (209, "42369.71", "49078.38")],
};

const AIDER: Log = Log {
    folder: "aider",
    usage: "usage.csv.gz",
    first: "2024-08",
    expected: &[
        (0, "0.00", "0.00"),
        (0, "0.00", "0.00"),
        (0, "0.00", "0.00"),
        (1, "51.63", "70.96"),
        (1, "46.66", "86.66"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "243.67", "283.67"),
        (1, "0.00", "40.00"),
        (1, "39959.64", "39999.64"), // one message priced 9,990 dollars by mistake
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
        (1, "0.00", "40.00"),
    ],
};

impl Log {
    /// Its months, in order.
    fn months(&self) -> Outcome<Vec<String>> {
        let (year, month) = self.first.split_once('-').ok_or("no month")?;
        let first = year.parse::<usize>()? * 12 + month.parse::<usize>()? - 1;
        let months = first..first + self.expected.len();
        Ok(months.map(|month| format!("{}-{:02}", month / 12, month % 12 + 1)).collect())
    }

    /// Bills every month into one book, and compares what `--json` says.
    fn bill(&self) -> Outcome<TempDir> {
        let folder = real_log(self.folder)?;
        let scratch = tempfile::tempdir()?;
        // The fixtures' catalogue, in force from before the logs begin.
        let catalog = fs::read_to_string(root().join("fixtures/catalogs/kiro-2025-11-15.toml"))?;
        let early = catalog.replace("in_force_from = 2025-11-15", "in_force_from = 2024-01-01");
        fs::write(scratch.path().join("kiro.toml"), early)?;
        for (month, &(documents, overage, total)) in self.months()?.iter().zip(self.expected) {
            let mut command = monthend(["run", "--json", "--quiet", "--month", month]);
            command.arg("--catalog").arg(scratch.path().join("kiro.toml"));
            command.arg("--changes").arg(folder.join("changes.csv"));
            command.arg("--usage").arg(folder.join(self.usage));
            command.arg("--book").arg(scratch.path().join("book"));
            // Four of the fourteen rows of August 2024 have no account.
            command.args(["--max-reject-share", "0.3"]);
            // Nobody used anything in September 2024.
            command.args(["--accept", "as the logs are"]);
            if month == self.first {
                command.args(["--opening", "genesis"]);
            }
            let output = command.output()?;
            assert!(matches!(output.status.code(), Some(0 | 3)), "{month}: {}", words(&output));
            let result = result(&output)?;
            let found = (
                result["documents"].as_u64().unwrap_or_default(),
                result["overage_amount"].as_str().unwrap_or_default(),
                result["total_amount"].as_str().unwrap_or_default(),
            );
            assert_eq!(found, (documents, overage, total), "{} {month}: {result}", self.folder);
        }
        Ok(scratch)
    }

    /// Explains every `step`th account of each month that was billed; how many.
    fn explain(&self, scratch: &TempDir, step: usize) -> Outcome<usize> {
        let book = scratch.path().join("book");
        let mut explained = 0;
        for month in self.months()? {
            let mut statements =
                csv::Reader::from_path(book.join(&month).join("r001/statements.csv"))?;
            let at = statements.headers()?.iter().position(|column| column == "account_id");
            let at = at.ok_or("no account_id")?;
            for row in statements.records().step_by(step) {
                let mut command = monthend(["explain", "--month", &month, "--events", "--json"]);
                command.arg(&row?[at]).arg("--book").arg(&book);
                add_up(&result(&run(&mut command, 0)?)?)?;
                explained += 1;
            }
        }
        Ok(explained)
    }
}

/// The usage log with the message of May 2025 at the price that it should have had.
fn corrected(log: &Path, to: &Path) -> Outcome {
    let mut text = String::new();
    let log = fs::File::open(log)?;
    flate2::read::MultiGzDecoder::new(log).read_to_string(&mut text)?;
    let right = text.replace(",999001.25287500,", ",1.25287500,");
    assert_eq!(text.len() - right.len(), "99900".len(), "just one message");
    Ok(fs::write(to, right)?)
}

/// Runs a command that must come to exit code 0; what it prints.
fn told(book: &Path, args: &[&str]) -> Outcome<String> {
    let output = run(monthend(args.iter().copied()).arg("--book").arg(book), 0)?;
    Ok(String::from_utf8(output.stdout)?)
}

/// The message priced 9,990.01252875 dollars instead of 0.01252875, corrected: the whole overage
/// is credited, and no account closes otherwise.
fn correct(scratch: &TempDir) -> Outcome {
    let book = scratch.path().join("book");
    let (old, new) =
        (real_log(AIDER.folder)?.join(AIDER.usage), scratch.path().join("corrected.csv"));
    corrected(&old, &new)?;
    let replace = format!("{}={}", old.display(), new.display());
    let rerun = ["rerun", "--json", "--quiet", "--month", "2025-05", "--replace-usage", &replace];
    let why = ["--cascade", "--reason", "priced by mistake", "--issued-on", "2026-05-12"];
    // The corrected log has rows of earlier months, too, which were billed from the old one (L2).
    let mut command = monthend(rerun.into_iter().chain(why));
    let output = run(command.arg("--book").arg(&book), 3)?;
    let result = result(&output)?;
    assert_eq!((&result["revision"], &result["new_documents"]), (&"r002".into(), &1.into()));
    assert_eq!(result["total_amount"], "40.00");
    assert_eq!(result["stale"], serde_json::json!([]), "no closing state differs");
    let note = fs::read_to_string(book.join("2025-05/r002/documents.csv"))?;
    let note = note.lines().last().unwrap_or_default();
    let busy = "c42c4e6b-f054-44d7-ae1f-6726cc41da88";
    assert_eq!(
        note,
        format!(
            "INV-2025-05-00000002,credit_note,r002,{busy},2025-05,2026-05-12,,USD,pro-plus,\
             0.00,-39959.64,-39959.64,1,INV-2025-05-00000001,priced by mistake"
        )
    );
    let diff: Value =
        serde_json::from_str(&told(&book, &["diff", "--month", "2025-05", "--json"])?)?;
    assert_eq!(diff["by_cause"][0]["cause"], "corrected usage");
    assert_eq!(diff["total_amount"]["delta"], "-39959.64");
    let mut status = monthend(["status", "--as-of", "2024-01-01"]);
    run(status.arg("--book").arg(&book), 3)?;
    Ok(())
}

pub fn two_months_of_a_model_serving_platform() -> Outcome {
    let scratch = SERVEGEN.bill()?;
    assert!(SERVEGEN.explain(&scratch, 40)? > 15);
    Ok(())
}

pub fn twenty_one_months_of_a_coding_tool_and_a_dispute() -> Outcome {
    let scratch = AIDER.bill()?;
    assert!(AIDER.explain(&scratch, 1)? >= 21);
    correct(&scratch)
}

pub fn a_coding_tools_months_as_journal_entries() -> Outcome {
    let scratch = AIDER.bill()?;
    correct(&scratch)?;
    let journal = scratch.path().join("journal");
    fs::create_dir(&journal)?;
    journal::check_book(&scratch.path().join("book"), &journal)
}
