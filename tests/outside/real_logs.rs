//! Real usage logs, billed month after month; their totals are known from a run that the
//! reference implementation agreed with in every table. Skipped where the logs are not at hand.

use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};

use monthend::base::calendar::Month;
use serde_json::Value;
use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

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

fn logs() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let found = folder.is_dir();
    if !found {
        println!("skipped: the real logs are not at {}", folder.display());
    }
    found.then_some(folder)
}

/// Bills every month of a log into one book, and compares what `--json` says.
fn bill(log: &Log, data: &Path) -> Result<TempDir> {
    let scratch = tempfile::tempdir()?;
    // The fixtures' catalogue, in force from before the logs begin.
    let catalog = std::fs::read_to_string("fixtures/catalogs/kiro-2025-11-15.toml")?;
    let early = catalog.replace("in_force_from = 2025-11-15", "in_force_from = 2024-01-01");
    std::fs::write(scratch.path().join("kiro.toml"), early)?;
    let mut month = Month::parse(log.first).ok_or("a month")?;
    for (index, &(documents, overage, total)) in log.expected.iter().enumerate() {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_monthend"));
        command.args(["run", "--json", "--quiet", "--month", &month.to_string()]);
        command.arg("--catalog").arg(scratch.path().join("kiro.toml"));
        command.arg("--changes").arg(data.join(log.folder).join("changes.csv"));
        command.arg("--usage").arg(data.join(log.folder).join(log.usage));
        command.arg("--book").arg(scratch.path().join("book"));
        // Four of the fourteen rows of August 2024 have no account.
        command.args(["--max-reject-share", "0.3"]);
        if index == 0 {
            command.args(["--opening", "genesis"]);
        }
        let output = command.output()?;
        let result: Value = serde_json::from_slice(&output.stdout)?;
        let found = (
            result["documents"].as_u64().unwrap_or_default(),
            result["overage_amount"].as_str().unwrap_or_default(),
            result["total_amount"].as_str().unwrap_or_default(),
        );
        assert_eq!(found, (documents, overage, total), "{} {month}: {result}", log.folder);
        month = month.next();
    }
    Ok(scratch)
}

/// The usage log with the message of May 2025 at the price that it should have had.
fn corrected(data: &Path, to: &Path) -> Result<()> {
    let mut text = String::new();
    let log = std::fs::File::open(data.join("aider/usage.csv.gz"))?;
    flate2::read::MultiGzDecoder::new(log).read_to_string(&mut text)?;
    let right = text.replace(",999001.25287500,", ",1.25287500,");
    assert_eq!(text.len() - right.len(), "99900".len(), "just one message");
    Ok(std::fs::write(to, right)?)
}

/// Runs a command that must come to exit code 0; what it prints.
fn told(book: &Path, args: &[&str]) -> Result<String> {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_monthend"));
    let output = command.args(args).arg("--book").arg(book).output()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{args:?}\n{words}");
    Ok(String::from_utf8(output.stdout)?)
}

/// The message priced 9,990.01252875 dollars instead of 0.01252875, corrected: the whole overage
/// is credited, and since no account closes otherwise, no later month is stale.
fn correct(scratch: &TempDir, data: &Path) -> Result<()> {
    let book = scratch.path().join("book");
    let (old, new) = (data.join("aider/usage.csv.gz"), scratch.path().join("corrected.csv"));
    corrected(data, &new)?;
    let replace = format!("{}={}", old.display(), new.display());
    let rerun = ["rerun", "--json", "--quiet", "--month", "2025-05", "--replace-usage", &replace];
    let why = ["--cascade", "--reason", "priced by mistake", "--issued-on", "2026-05-12"];
    let result: Value = serde_json::from_str(&told(&book, &[&rerun[..], &why].concat())?)?;
    assert_eq!((&result["revision"], &result["new_documents"]), (&"r002".into(), &1.into()));
    assert_eq!(result["total_amount"], "40.00");
    assert_eq!(result["later"], Value::Null, "no closing state differs");
    let note = std::fs::read_to_string(book.join("2025-05/r002/documents.csv"))?;
    let note = note.lines().last().unwrap_or_default();
    let busy = "c42c4e6b-f054-44d7-ae1f-6726cc41da88";
    assert_eq!(
        note,
        format!(
            "INV-2025-05-00000002,credit_note,r002,{busy},2025-05,2026-05-12,USD,pro-plus,0.00,\
             -39959.64,-39959.64,1,INV-2025-05-00000001,priced by mistake"
        )
    );
    let diff: Value =
        serde_json::from_str(&told(&book, &["diff", "--month", "2025-05", "--json"])?)?;
    assert_eq!(diff["by_cause"][0]["cause"], "corrected usage");
    assert_eq!(diff["total_amount"]["delta"], "-39959.64");
    told(&book, &["status"])?;
    Ok(())
}

#[test]
fn two_months_of_a_model_serving_platform() -> Result<()> {
    logs().map_or(Ok(()), |data| bill(&SERVEGEN, &data).map(drop))
}

#[test]
fn twenty_one_months_of_a_coding_tool_and_a_dispute() -> Result<()> {
    logs().map_or(Ok(()), |data| correct(&bill(&AIDER, &data)?, &data))
}
