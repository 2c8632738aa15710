//! What is read once, and kept meanwhile: the rows of a text log, on the disk where the disk takes them; ids of
//! Parquet, in memory or there.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use monthend::base::calendar::{Instant, Month};
use monthend::base::scope::Scope;
use monthend::billing::rollup::{
    BilledBefore, Boundaries, RecentId, Retries, Rollup, Selection, UsageInput, roll_up,
};
use monthend::billing::timeline::{self, Opening};
use monthend::catalog;
use monthend::input::changes;
use monthend::input::logs::{self, LogSchema, Mapping};
use monthend_tests::generator::{self, Compression, Encoding, Format, Order, Settings, generate};

use crate::common::{Outcome, json, monthend, root, run, tables};

/// A change log of twenty accounts, and 3,000 rows of usage of all kinds: of the month, before it, of accounts that
/// sign up late or never, with ids that are UUIDs or not, twice, twice with other content, and unreadable.
fn logs(folder: &Path) -> Outcome<String> {
    let mut changes = "change_id,account_id,at,change,plan\n".to_owned();
    for account in 0..20 {
        let day = 5 + account;
        let month = if account < 15 { 3 } else { 4 };
        writeln!(
            changes,
            "c{account},a-{account:02},2026-{month:02}-{day:02}T00:00:00Z,signup,pro"
        )?;
    }
    fs::write(folder.join("changes.csv"), changes)?;
    let mut usage = "event_id,account_id,at,credits\n".to_owned();
    for row in 0..3_000 {
        let (event, again) = (row % 2_500, row / 2_500);
        let id = match event % 3 {
            0 => format!("{event:08x}-0000-4000-8000-00000000abcd"),
            1 => format!("{event:08X}-0000-4000-8000-00000000ABCD"),
            _ => format!("event {event}"),
        };
        let (account, month, day) = (event * 7 % 23, 3 + event % 4 % 3, 1 + event % 28);
        let credits = if event % 500 == 499 { -1 } else { event % 50 + again * (event % 2) };
        writeln!(usage, "{id},a-{account:02},2026-{month:02}-{day:02}T10:00:00Z,{credits}")?;
    }
    Ok(usage)
}

#[test]
fn rows_that_are_kept_come_to_the_same_bytes() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let usage = logs(sandbox.path())?;
    let publish = |name: &str, bytes: Vec<u8>| -> Outcome<Vec<(PathBuf, Vec<u8>)>> {
        let folder = sandbox.path().join(name);
        fs::create_dir(&folder)?;
        fs::write(folder.join(name), bytes)?;
        let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
        command.arg("--catalog").arg(root().join("fixtures/catalogs")).arg("--usage").arg(name);
        command.arg("--changes").arg("../changes.csv").arg("--book").arg("book");
        run(command.args(["--max-reject-share", "1"]).current_dir(&folder), 3)?;
        let revision = folder.join("book/2026-04/r001");
        let bytes = json(&revision.join("run.json"))?["kept_bytes"].as_u64();
        assert!(bytes > Some(10_000), "{name}: {bytes:?} bytes kept");
        // The file's name stands among the rejects.
        let tables = tables(&revision)?.into_iter();
        Ok(tables.filter(|(name, _)| name.file_stem() != Some("rejects".as_ref())).collect())
    };
    let plain = publish("usage.csv", usage.clone().into_bytes())?;
    let packed = publish("usage.csv.zst", zstd::encode_all(usage.as_bytes(), 1)?)?;
    assert!(plain == packed);
    Ok(())
}

#[test]
fn what_the_disk_does_not_keep_is_read_a_second_time() -> Outcome {
    for name in ["usage.csv", "usage.csv.zst"] {
        let sandbox = tempfile::tempdir()?;
        let usage = logs(sandbox.path())?;
        let packed = zstd::encode_all(usage.as_bytes(), 1)?;
        let bytes = if name == "usage.csv" { usage.into_bytes() } else { packed };
        fs::write(sandbox.path().join(name), bytes)?;
        let kept = rollup(sandbox.path(), sandbox.path(), 1 << 30)?;
        let read_twice = rollup(sandbox.path(), &sandbox.path().join("missing"), 1 << 30)?;
        assert!(kept.spooled > 10_000 && read_twice.spooled == 0);
        assert!(kept.control.duplicates.rows > 100 && kept.control.rejected.rows > 1);
        is_same(&read_twice, &kept)?;
        assert_eq!(kept.rows_by_month[0].values().sum::<u64>(), 3_000);
    }
    Ok(())
}

#[test]
fn ids_of_parquet_are_decoded_once_or_twice_and_come_to_the_same() -> Outcome {
    for binary_ids in [false, true] {
        let sandbox = tempfile::tempdir()?;
        let settings = Settings {
            month: generator::Month::parse("2026-04").ok_or("no month")?,
            seed: 5,
            events: 20_000,
            accounts: 500,
            duplicates: 30,
            conflicts: 100,
            format: Format::Parquet,
            files: 1,
            order: Order::Shuffled,
            encoding: Encoding { binary_ids, dictionary: false },
            compression: Compression::Snappy,
            row_group: 5_000,
        };
        let logs = sandbox.path().join("logs");
        generate(&settings, &logs).map_err(|e| e.to_string())?;
        let in_memory = rollup(&logs, sandbox.path(), 1 << 30)?;
        assert!(in_memory.spooled == 0 && in_memory.control.duplicates.rows > 100);
        assert!(in_memory.exceptions.len() > 10);
        // Half of it holds the ids of one row group of four; fingerprints fit.
        let little = 300 << 10;
        let on_disk = rollup(&logs, sandbox.path(), little)?;
        assert_eq!((on_disk.spooled, on_disk.spilled), (3 * 5_000 * 16, 0));
        is_same(&on_disk, &in_memory)?;
        let read_twice = rollup(&logs, &sandbox.path().join("missing"), little)?;
        assert_eq!((read_twice.spooled, read_twice.spilled), (0, 0));
        is_same(&read_twice, &in_memory)?;
    }
    Ok(())
}

/// Checks that two rollups come to the same.
#[track_caller]
fn is_same(one: &Rollup, other: &Rollup) -> Outcome {
    assert_eq!(one.control, other.control);
    assert_eq!(one.sums, other.sums);
    assert_eq!(one.exceptions, other.exceptions);
    assert_eq!(one.rejects.part(0)?, other.rejects.part(0)?);
    assert_eq!(one.sharing_ids, other.sharing_ids);
    assert_eq!(one.rows_by_month, other.rows_by_month);
    assert_eq!(kept_ids(one)?, kept_ids(other)?);
    Ok(())
}

/// The ids that are kept for the next month, each with its segment and instant.
fn kept_ids(rollup: &Rollup) -> Outcome<Vec<(u32, Instant, String)>> {
    let mut ids = Vec::new();
    for piece in 0..rollup.recent_ids.pieces() {
        rollup.recent_ids.visit(piece, |RecentId { segment, at, event }| {
            ids.push((segment, at, event.to_owned()));
            Ok(())
        })?;
    }
    Ok(ids)
}

/// April, from its beginnings, of the logs in a folder, within so much memory; what goes to the disk goes to `spill`.
fn rollup(folder: &Path, spill: &Path, memory: u64) -> Outcome<Rollup> {
    let found = |name: &str, what: &str| {
        logs::find(&[folder.join(format!("{name}*"))], what).map(|found| found.files)
    };
    let table = LogSchema::changes(&Mapping::new())?;
    let mut log = changes::read(
        &logs::open(found("changes", "change log")?, &table)?,
        &table,
        &Scope::All,
        None,
    )?;
    let month = Month::parse("2026-04").ok_or("no month")?;
    let own = folder.join("catalog.toml");
    let catalogs = if own.exists() { own } else { root().join("fixtures/catalogs") };
    let catalog = catalog::load(&catalogs, month)?.catalog;
    let timeline = timeline::build(&Opening::Genesis, &mut log, &catalog, month);
    let table = LogSchema::usage(&Mapping::new(), true)?;
    let sources = logs::open(found("usage", "usage log")?, &table)?;
    Ok(roll_up(&UsageInput {
        sources: &sources,
        table: &table,
        boundaries: &Boundaries::of(&timeline, true, Selection::default()),
        retries: Retries::of_last(24, month, BilledBefore::default()),
        memory,
        spill,
        progress: &|_| {},
    })?)
}
