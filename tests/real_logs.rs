//! Real usage logs, billed month after month; their totals are known from a run that the
//! reference implementation agreed with in every table. Skipped where the logs are not at hand.

use std::error::Error;
use std::path::{Path, PathBuf};

use monthend::calendar::Month;
use serde_json::Value;

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
fn bill(log: &Log, data: &Path) -> Result<()> {
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
    Ok(())
}

#[test]
fn two_months_of_a_model_serving_platform() -> Result<()> {
    logs().map_or(Ok(()), |data| bill(&SERVEGEN, &data))
}

#[test]
fn twenty_one_months_of_a_coding_tool() -> Result<()> {
    logs().map_or(Ok(()), |data| bill(&AIDER, &data))
}
