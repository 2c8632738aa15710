//! Months that need more memory than they may have: what exceeds the budget goes to the disk meanwhile, and the month
//! comes to the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use monthend::base::ids::fingerprint;
use parquet::arrow::ArrowWriter;

use crate::common::{Outcome, json, monthend, root, run, tables};

/// A change log of a hundred accounts, and 60,000 events, one in six of which comes twice: every other time with other
/// content.
fn logs(folder: &Path) -> Outcome {
    let mut changes = "change_id,account_id,at,change,plan\n".to_owned();
    for account in 0..100 {
        writeln!(changes, "c{account},account-{account:03},2026-01-10T00:00:00Z,signup,pro")?;
    }
    fs::write(folder.join("changes.csv"), changes)?;
    let mut usage = "event_id,account_id,at,credits\n".to_owned();
    for event in 0..60_000 {
        let (id, again) = (event % 50_000, event / 50_000);
        let (account, day) = (id * 7 % 100, 1 + id % 28);
        let credits = 1 + id % 50 + again * (id % 2);
        writeln!(
            usage,
            "e-{id:08},account-{account:03},2026-04-{day:02}T10:00:00Z,0.{credits:02}"
        )?;
    }
    fs::write(folder.join("usage.csv"), usage)?;
    Ok(())
}

#[test]
fn a_tiny_budget_gives_the_same_bytes_and_says_so() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    logs(sandbox.path())?;
    let publish = |book: &str, budget: &[&str]| -> Outcome<(serde_json::Value, String)> {
        let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
        let path = |name: &str| sandbox.path().join(name);
        command.arg("--catalog").arg(root().join("fixtures/catalogs"));
        command.arg("--changes").arg(path("changes.csv")).arg("--usage").arg(path("usage.csv"));
        command.arg("--book").arg(path(book)).args(budget);
        let output = run(&mut command, 3)?;
        let said = String::from_utf8(output.stderr)?;
        Ok((json(&path(book).join("2026-04/r001/run.json"))?, said))
    };
    let (facts, said) = publish("whole", &[])?;
    assert_eq!(facts["spilled_bytes"], 0);
    assert!(!said.contains("memory budget"), "{said}");
    for (book, budget) in [("none", "0"), ("some", "100KiB")] {
        let (facts, said) = publish(book, &["--memory-budget", budget])?;
        assert!(facts["spilled_bytes"].as_u64() > Some(100_000), "{budget}: {facts}");
        assert!(said.contains("event ids need more than the memory budget"), "{said}");
        let revision = |book: &str| sandbox.path().join(book).join("2026-04/r001");
        assert!(tables(&revision("whole"))? == tables(&revision(book))?, "budget {budget}");
        let manifest = |book: &str| fs::read(revision(book).join("manifest.json"));
        assert!(manifest("whole")? == manifest(book)?, "budget {budget}");
    }
    Ok(())
}

#[test]
fn ids_that_only_seem_to_come_twice_are_billed_each() -> Outcome {
    // Of these, as much of the fingerprints is equal as is kept of them.
    let ids = ["001b0c65-0000-4000-8000-00000000abcd", "003456a2-0000-4000-8000-00000000abcd"];
    let [one, other] = ids.map(|id| fingerprint(id) >> 24);
    assert_eq!(one, other, "ids whose fingerprints are alike must be looked for again");
    let rows = [ids[0], ids[1], ids[0], "000cedee-0000-4000-8000-00000000abcd"];
    let sandbox = tempfile::tempdir()?;
    let path = |name: &str| sandbox.path().join(name);
    let columns: [(&str, ArrayRef); 4] = [
        ("event_id", Arc::new(StringArray::from_iter_values(rows))),
        ("account_id", Arc::new(StringArray::from(vec!["acorn"; 4]))),
        ("at", Arc::new(StringArray::from(vec!["2026-04-02T10:00:00Z"; 4]))),
        ("credits", Arc::new(StringArray::from(vec!["1"; 4]))),
    ];
    let batch = RecordBatch::try_from_iter(columns)?;
    let mut parquet =
        ArrowWriter::try_new(File::create(path("usage.parquet"))?, batch.schema(), None)?;
    parquet.write(&batch)?;
    parquet.close()?;
    let mut csv = "event_id,account_id,at,credits\n".to_owned();
    rows.iter().for_each(|id| csv.push_str(&format!("{id},acorn,2026-04-02T10:00:00Z,1\n")));
    fs::write(path("usage.csv"), csv)?;
    let changes = "change_id,account_id,at,change,plan\nc-1,acorn,2026-01-10T00:00:00Z,signup,\n";
    fs::write(path("changes.csv"), changes)?;
    for usage in [&["usage.parquet"][..], &["usage.csv"], &["usage.csv", "usage.parquet"]] {
        let book = format!("book of {}", usage.join(" and "));
        let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
        command.current_dir(sandbox.path()).arg("--catalog").arg(root().join("fixtures/catalogs"));
        command.args(["--changes", "changes.csv", "--book", &book]);
        usage.iter().for_each(|file| {
            command.args(["--usage", file]);
        });
        run(&mut command, 0)?;
        let manifest = json(&path(&book).join("2026-04/r001/manifest.json"))?;
        let control = &manifest["control_totals"]["usage"];
        assert_eq!(control["used"]["rows"], 3, "{book}: {control}");
        assert_eq!(control["duplicates"]["rows"], 4 * usage.len() - 3, "{book}: {control}");
    }
    Ok(())
}

/// What a month takes at its most, of so many rows, in bytes; and its tables.
fn month_of(rows: u64, line: fn(u64) -> String, budget: &str) -> Outcome<(u64, Tables)> {
    let sandbox = tempfile::tempdir()?;
    let path = |name: &str| sandbox.path().join(name);
    let changes = "change_id,account_id,at,change,plan\nc-1,acorn,2026-01-10T00:00:00Z,signup,\n";
    fs::write(path("changes.csv"), changes)?;
    let mut usage = "event_id,account_id,at,credits\n".to_owned();
    (0..rows).for_each(|row| usage.push_str(&line(row)));
    fs::write(path("usage.csv"), usage)?;
    let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    command.current_dir(sandbox.path()).arg("--catalog").arg(root().join("fixtures/catalogs"));
    command.args(["--changes", "changes.csv", "--usage", "usage.csv", "--book", "book"]);
    command.args(["--max-reject-share", "1", "--threads", "2", "--memory-budget", budget]);
    run(&mut command, 3)?;
    let revision = path("book/2026-04/r001");
    let facts = json(&revision.join("run.json"))?;
    let peak = facts["peak_memory_bytes"].as_u64().ok_or("no peak memory")?;
    Ok((peak, tables(&revision)?))
}

type Tables = BTreeMap<PathBuf, Vec<u8>>;

/// Checks that many rows take hardly more memory than few, and come to what they come to with all memory there is.
#[track_caller]
fn memory_is_bounded(rows: u64, line: fn(u64) -> String) -> Outcome {
    const MOST: u64 = 48 << 20;
    let (few, _) = month_of(1_000, line, "1MiB")?;
    let (peak, tables) = month_of(rows, line, "1MiB")?;
    assert!(peak < few + MOST, "{few} bytes for few rows, {peak} for many");
    let (_, expected) = month_of(rows, line, "4GiB")?;
    assert!(tables == expected);
    Ok(())
}

#[test]
fn one_id_on_all_rows_takes_no_more_memory_than_it_may() -> Outcome {
    memory_is_bounded(500_000, |row| {
        let (minute, second) = (row / 60 % 60, row % 60);
        format!("e-1,acorn,2026-04-02T10:{minute:02}:{second:02}Z,0.{:02}\n", row * 7 % 100)
    })
}

#[test]
fn rows_that_cannot_be_read_take_no_more_memory_than_they_may() -> Outcome {
    memory_is_bounded(250_000, |row| format!("e-{row},acorn,10.04.2026 12:00,1\n"))
}
