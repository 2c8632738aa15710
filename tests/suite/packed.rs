//! A packed text log, which is unpacked once: its rows are kept on the disk meanwhile, where the disk takes them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use monthend::base::calendar::Month;
use monthend::base::scope::Scope;
use monthend::billing::rollup::{
    BilledBefore, Boundaries, Retries, Rollup, Selection, UsageInput, roll_up,
};
use monthend::billing::timeline::{self, Opening};
use monthend::catalog;
use monthend::input::changes;
use monthend::input::logs::{self, LogSchema, Mapping};

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
fn a_packed_log_is_kept_and_comes_to_the_same_bytes() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let usage = logs(sandbox.path())?;
    let publish = |name: &str, bytes: Vec<u8>, kept: bool| -> Outcome<Vec<(PathBuf, Vec<u8>)>> {
        let folder = sandbox.path().join(name);
        fs::create_dir(&folder)?;
        fs::write(folder.join(name), bytes)?;
        let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
        command.arg("--catalog").arg(root().join("fixtures/catalogs")).arg("--usage").arg(name);
        command.arg("--changes").arg("../changes.csv").arg("--book").arg("book");
        run(command.args(["--max-reject-share", "1"]).current_dir(&folder), 3)?;
        let revision = folder.join("book/2026-04/r001");
        let bytes = json(&revision.join("run.json"))?["kept_bytes"].as_u64();
        assert_eq!(bytes > Some(10_000), kept, "{name}: {bytes:?} bytes kept");
        // The file's name stands among the rejects.
        let tables = tables(&revision)?.into_iter();
        Ok(tables.filter(|(name, _)| name.file_stem() != Some("rejects".as_ref())).collect())
    };
    let plain = publish("usage.csv", usage.clone().into_bytes(), false)?;
    let packed = publish("usage.csv.zst", zstd::encode_all(usage.as_bytes(), 1)?, true)?;
    assert!(plain == packed);
    Ok(())
}

#[test]
fn what_the_disk_does_not_keep_is_read_a_second_time() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let usage = logs(sandbox.path())?;
    fs::write(sandbox.path().join("usage.csv.zst"), zstd::encode_all(usage.as_bytes(), 1)?)?;
    let kept = rollup(sandbox.path(), sandbox.path())?;
    let read_twice = rollup(sandbox.path(), &sandbox.path().join("missing"))?;
    assert!(kept.spooled > 10_000 && read_twice.spooled == 0);
    assert!(kept.control.duplicates.rows > 100 && kept.control.rejected.rows > 1);
    assert_eq!(read_twice.control, kept.control);
    assert_eq!(read_twice.sums, kept.sums);
    assert_eq!(read_twice.exceptions, kept.exceptions);
    assert_eq!(read_twice.rejects.part(0)?, kept.rejects.part(0)?);
    assert_eq!(read_twice.sharing_ids, kept.sharing_ids);
    assert_eq!(read_twice.rows_by_month, kept.rows_by_month);
    assert_eq!(kept.rows_by_month[0].values().sum::<u64>(), 3_000);
    Ok(())
}

/// April, from its beginnings, of the logs in a folder; what goes to the disk goes to `spill`.
fn rollup(folder: &Path, spill: &Path) -> Outcome<Rollup> {
    let found =
        |name: &str, what: &str| logs::find(&[folder.join(name)], what).map(|found| found.files);
    let table = LogSchema::changes(&Mapping::new())?;
    let mut log = changes::read(
        &logs::open(found("changes.csv", "change log")?, &table)?,
        &table,
        &Scope::All,
        None,
    )?;
    let month = Month::parse("2026-04").ok_or("no month")?;
    let catalog = catalog::load(&root().join("fixtures/catalogs"), month)?.catalog;
    let timeline = timeline::build(&Opening::Genesis, &mut log, &catalog, month);
    let table = LogSchema::usage(&Mapping::new(), true)?;
    let sources = logs::open(found("usage.csv.zst", "usage log")?, &table)?;
    Ok(roll_up(&UsageInput {
        sources: &sources,
        table: &table,
        boundaries: &Boundaries::of(&timeline, true, Selection::default()),
        retries: Retries::of_last(24, month, BilledBefore::default()),
        memory: 1 << 30,
        spill,
        progress: &|_| {},
    })?)
}
