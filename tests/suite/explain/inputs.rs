//! Inputs that were moved, taken away or changed since the month was billed, and parts of them that are not needed.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::explained_sums::add_up;
use crate::common::{Outcome, code, monthend, result, run, words};

/// A month with logs of its own, published.
struct Bench {
    folder: TempDir,
}

const CHANGES: &str = "change_id,account_id,at,change,plan
c1,ann,2026-01-05T10:00:00Z,signup,pro
c2,ann,2026-04-10T10:00:00Z,overage_on,
c3,bob,2026-01-05T10:00:00Z,signup,
";
const USAGE: &str = "event_id,account_id,at,credits
u1,ann,2026-04-02T10:00:00Z,700
u2,bob,2026-04-03T10:00:00Z,5
u3,ann,2026-04-20T10:00:00Z,400
";

impl Bench {
    /// Publishes April with the logs of these names, which must be there.
    fn publish(folder: TempDir, usage: &str) -> Outcome<Self> {
        let bench = Bench { folder };
        let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
        command.args(["--quiet", "--catalog", "fixtures/catalogs"]);
        command.arg("--changes").arg(bench.path("logs/changes.csv"));
        command.arg("--usage").arg(bench.path(usage)).arg("--book").arg(bench.path("book"));
        run(&mut command, 0)?;
        Ok(bench)
    }

    fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("logs"))?;
        fs::write(folder.path().join("logs/changes.csv"), CHANGES)?;
        fs::write(folder.path().join("logs/usage.csv"), USAGE)?;
        Bench::publish(folder, "logs/usage.csv")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, row: &str) -> Outcome {
        let mut file = File::options().append(true).open(self.path(name))?;
        Ok(writeln!(file, "{row}")?)
    }

    fn explain(&self, account: &str, more: &[&str]) -> Outcome<Output> {
        let mut command = monthend(["explain", account, "--month", "2026-04", "--events"]);
        command.args(more).arg("--book").arg(self.path("book"));
        Ok(command.output()?)
    }

    /// The JSON result of an explanation that must end with this exit code.
    fn told(&self, account: &str, expected: i32) -> Outcome<Value> {
        let output = self.explain(account, &["--json"])?;
        assert_eq!(code(&output)?, expected, "{}", words(&output));
        result(&output)
    }

    /// The text of an explanation that must end with this exit code.
    fn text(&self, account: &str, expected: i32) -> Outcome<String> {
        let output = self.explain(account, &[])?;
        let text = String::from_utf8(output.stdout.clone())?;
        assert_eq!(code(&output)?, expected, "{}{text}", words(&output));
        Ok(text)
    }
}

/// The sums that differ, with what the inputs come to now and what was published.
fn differences(told: &Value) -> Vec<String> {
    let none = Vec::new();
    let differences = told["check"]["differences"].as_array().unwrap_or(&none);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = differences.iter().map(|one| {
        format!("{}: {} / {}", text(&one["sum"]), text(&one["now"]), text(&one["published"]))
    });
    told.collect()
}

#[test]
fn moved_inputs_are_found_where_they_are_said_to_be() -> Outcome {
    let bench = Bench::new()?;
    fs::rename(bench.path("logs"), bench.path("archive"))?;
    let output = bench.explain("ann", &[])?;
    assert_eq!(code(&output)?, 3);
    let told = String::from_utf8(output.stdout.clone())?;
    let file = bench.path("logs/usage.csv").display().to_string();
    for said in [&format!("not there: {file}"), "--moved OLD=NEW", "told from the tables alone"] {
        assert!(told.contains(said), "`{said}` is not in\n{told}");
    }

    let (old, new) = (bench.path("logs"), bench.path("archive"));
    let moved = format!("{}={}", old.display(), new.display());
    let output = bench.explain("ann", &["--json", "--moved", &moved])?;
    let told = result(&output)?;
    add_up(&told)?;
    assert_eq!(told["events"][0]["file"], file, "rows are named as the manifest names them");
    Ok(())
}

#[test]
fn a_log_that_has_grown_is_fine_where_the_account_has_not_changed() -> Outcome {
    let bench = Bench::new()?;
    bench.append("logs/usage.csv", "u4,bob,2026-04-29T10:00:00Z,3")?;
    bench.append("logs/changes.csv", "c4,ann,2026-05-02T10:00:00Z,overage_off,")?;
    let told = bench.told("ann", 0)?;
    add_up(&told)?;
    assert_eq!(told["changed_inputs"][0]["bytes"], USAGE.len() + 30, "{told}");
    let text = bench.text("ann", 0)?;
    let says = "logs/usage.csv has 30 bytes more than when the month was billed; what concerns \
                this account has not changed";
    assert!(text.contains(says), "{text}");
    Ok(())
}

#[test]
fn usage_that_has_changed_is_told_sum_by_sum() -> Outcome {
    let bench = Bench::new()?;
    bench.append("logs/usage.csv", "u4,ann,2026-04-29T10:00:00Z,10.5")?;
    assert_eq!(
        differences(&bench.told("ann", 4)?),
        [
            "events: 3 / 2",
            "usage_credits: 1110.500000 / 1100.000000",
            "overage_credits: 110.500000 / 100.000000",
            "overage_amount: 4.42 / 4.00",
            "total_amount: 24.42 / 24.00",
            "lines: overage, pro: 4.42 / 4.00",
        ]
    );
    let text = bench.text("ann", 4)?;
    assert!(text.contains("what the inputs come to now is not what was published"), "{text}");
    assert!(text.contains("usage_credits        1110.500000  1100.000000"), "{text}");
    assert!(text.contains("than when the month was billed, which may be why"), "{text}");
    Ok(())
}

#[test]
fn changes_that_have_changed_are_told() -> Outcome {
    let bench = Bench::new()?;
    fs::write(bench.path("logs/changes.csv"), CHANGES.replace("overage_on", "overage_off"))?;
    assert_eq!(
        differences(&bench.told("ann", 4)?),
        [
            "overage_credits: 0.000000 / 100.000000",
            "unbilled_credits: 100.000000 / 0.000000",
            "overage_amount: 0.00 / 4.00",
            "total_amount: 20.00 / 24.00",
            "lines: overage, pro: 0.00 / 4.00",
            "state: overage_on: false / true",
            "unbilled-usage, overage-off: 100 credits / ",
        ]
    );
    add_up(&bench.told("bob", 0)?)?;

    fs::write(bench.path("logs/changes.csv"), CHANGES.replace(",ann,", ",anna,"))?;
    let output = bench.explain("ann", &[])?;
    assert_eq!(code(&output)?, 4);
    assert!(words(&output).contains("the inputs of 2026-04 do not know it"), "{}", words(&output));
    Ok(())
}

#[test]
fn a_published_table_that_was_changed_is_told() -> Outcome {
    let (bench, other) = (Bench::new()?, Bench::new()?);
    let more = USAGE.replace(",400", ",425");
    fs::write(other.path("logs/usage.csv"), more)?;
    fs::remove_dir_all(other.path("book"))?;
    let other = Bench::publish(other.folder, "logs/usage.csv")?;
    for (table, told) in [
        ("statements", "usage_credits: 1100.000000 / 1125.000000"),
        ("documents", "total_amount of all documents: 25.00 / 24.00"),
        ("invoice_lines", "lines of INV-2026-04-00000001: 25.00 / 24.00"),
    ] {
        let file = format!("book/2026-04/r001/{table}.parquet");
        let kept = fs::read(bench.path(&file))?;
        fs::copy(other.path(&file), bench.path(&file))?;
        let differences = differences(&bench.told("ann", 4)?);
        assert!(differences.iter().any(|one| one == told), "{table}: {differences:?}");
        fs::write(bench.path(&file), kept)?;
    }
    assert_eq!(differences(&bench.told("ann", 0)?), [] as [&str; 0]);
    Ok(())
}

#[test]
fn row_groups_of_other_accounts_are_not_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("logs"))?;
    fs::write(folder.path().join("logs/changes.csv"), CHANGES)?;
    let log = folder.path().join("logs/usage.parquet");
    sorted_log(&log)?;
    let bench = Bench::publish(folder, "logs/usage.parquet")?;
    wipe_first_row_group(&log)?;
    add_up(&bench.told("bob", 0)?)?;
    let output = bench.explain("ann", &[])?;
    assert_eq!(code(&output)?, 1);
    let words = words(&output);
    assert!(words.contains("row group 0") && words.contains("cannot be decoded"), "{words}");
    Ok(())
}

/// A Parquet log whose first row group has the events of one account, and its second another's.
fn sorted_log(path: &Path) -> Outcome {
    let strings = |cells: [&str; 4]| -> ArrayRef { Arc::new(StringArray::from(cells.to_vec())) };
    let instants = [1_775_124_000, 1_775_210_400, 1_775_296_800, 1_775_383_200]; // 2 to 5 April 10:00
    let at =
        arrow_array::TimestampMillisecondArray::from_iter_values(instants.map(|at| at * 1_000));
    let batch = RecordBatch::try_from_iter([
        ("event_id", strings(["u1", "u2", "u3", "u4"])),
        ("account_id", strings(["ann", "ann", "bob", "bob"])),
        ("at", Arc::new(at.with_timezone("UTC"))),
        ("credits", Arc::new(Int64Array::from(vec![700, 400, 5, 6]))),
    ])?;
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

/// Overwrites all pages of the first row group; the footer stays.
fn wipe_first_row_group(path: &Path) -> Outcome {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let mut file = File::options().write(true).open(path)?;
    for chunk in reader.metadata().row_group(0).columns() {
        let (start, length) = chunk.byte_range();
        file.seek(SeekFrom::Start(start))?;
        file.write_all(&vec![0xff; usize::try_from(length)?])?;
    }
    Ok(())
}
