//! Logs of the generator: the same bytes from the same seed, the same rows in every order and format, and a month that
//! comes to the same tables whichever of them it was read from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use monthend_tests::generator::{Compression, Encoding, Format, Month, Order, Settings, generate};

use crate::common::{Outcome, json, monthend, run, tables, tree};

/// A small month.
fn small() -> Outcome<Settings> {
    Ok(Settings {
        month: Month::parse("2026-04").ok_or("no month")?,
        seed: 3,
        events: 6_000,
        accounts: 600,
        duplicates: 30,
        conflicts: 100,
        format: Format::Parquet,
        files: 1,
        order: Order::Shuffled,
        encoding: Encoding { binary_ids: false, dictionary: false },
        compression: Compression::Snappy,
        row_group: 1_000,
    })
}

/// Makes a month on so many threads.
fn make(settings: &Settings, threads: usize, folder: &Path) -> Outcome {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let files = pool.install(|| generate(settings, folder)).map_err(|e| e.to_string())?;
    let of_usage = |path: &Path| path.display().to_string().contains("/usage-");
    let usage = files.iter().filter(|file| of_usage(&file.path));
    assert_eq!(usage.map(|file| file.rows).sum::<u64>(), settings.events, "rows of {settings:?}");
    Ok(())
}

/// The bytes of a folder's files.
fn bytes(folder: &Path) -> Outcome<BTreeMap<PathBuf, Option<Vec<u8>>>> {
    Ok(tree(folder)?.into_iter().map(|(path, entry)| (path, entry.bytes)).collect())
}

/// The lines of the usage files, in order.
fn lines(settings: &Settings, folder: &Path) -> Outcome<Vec<String>> {
    make(settings, 2, folder)?;
    let mut lines = Vec::new();
    for file in 1..=settings.files {
        let text = fs::read_to_string(folder.join(format!("usage-{file:03}.csv")))?;
        lines.extend(text.lines().skip(1).map(str::to_owned));
    }
    Ok(lines)
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() -> Outcome {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    for (format, order) in [(Format::Parquet, Order::Account), (Format::CsvZst, Order::Shuffled)] {
        let settings = Settings { format, order, files: 2, ..small()? };
        let (one, three) = (at(&format!("one-{order:?}")), at(&format!("three-{order:?}")));
        make(&settings, 1, &one)?;
        make(&settings, 3, &three)?;
        assert_eq!(tree(&one)?.len(), 4);
        assert!(bytes(&one)? == bytes(&three)?, "{order:?} differs by the threads");
        let other = at(&format!("other-{order:?}"));
        make(&Settings { seed: 4, ..settings }, 3, &other)?;
        assert!(bytes(&one)? != bytes(&other)?, "{order:?} is the same with another seed");
    }
    Ok(())
}

#[test]
fn every_order_holds_the_same_rows_and_keeps_its_word() -> Outcome {
    let folder = tempfile::tempdir()?;
    let settings = Settings { format: Format::Csv, ..small()? };
    let in_order = |order, files| {
        let at = folder.path().join(format!("{order:?}"));
        lines(&Settings { order, files, ..settings.clone() }, &at)
    };
    let mut shuffled = in_order(Order::Shuffled, 1)?;
    let mut time = in_order(Order::Time, 3)?;
    let mut account = in_order(Order::Account, 2)?;
    let cell = |line: &str, nth: usize| line.split(',').nth(nth).map(str::to_owned);
    assert!(time.is_sorted_by_key(|line| cell(line, 2)), "instants do not rise");
    assert!(account.is_sorted_by_key(|line| cell(line, 1)), "accounts do not rise");
    assert!(!shuffled.is_sorted_by_key(|line| cell(line, 2)), "instants rise");
    for lines in [&mut shuffled, &mut time, &mut account] {
        lines.sort_unstable();
    }
    assert!(shuffled == time && time == account, "the orders hold other rows");
    Ok(())
}

#[test]
fn a_month_comes_to_the_same_tables_in_every_form() -> Outcome {
    let folder = tempfile::tempdir()?;
    let shuffled = Settings { events: 12_000, ..small()? }; // enough for some of everything
    let binary = Encoding { binary_ids: true, dictionary: true };
    let zstd = Compression::Zstd;
    let forms = [
        Settings { format: Format::Csv, ..shuffled.clone() },
        Settings { format: Format::NdjsonGz, files: 2, ..shuffled.clone() },
        Settings { order: Order::Time, compression: zstd, files: 3, ..shuffled.clone() },
        Settings {
            order: Order::Account,
            encoding: binary,
            compression: Compression::Lz4Raw,
            ..shuffled.clone()
        },
        shuffled,
    ];
    let mut first = None;
    let mut counted = Vec::new();
    for (number, form) in forms.iter().enumerate() {
        let folder = folder.path().join(number.to_string());
        make(form, 2, &folder)?;
        let revision = publish(&folder)?;
        let (tables, rows) = (tables(&revision)?, rows_by_month(&revision, form.files)?);
        assert_eq!(rows.values().sum::<u64>(), form.events, "{form:?}");
        counted.push(rows);
        let first = first.get_or_insert_with(|| tables.clone());
        let differing = tables.iter().filter(|(path, bytes)| first.get(*path) != Some(bytes));
        let differing: Vec<_> = differing.map(|(path, _)| path).collect();
        assert!(differing.is_empty(), "{differing:?} differ with {form:?}");
    }
    assert!(counted.windows(2).all(|pair| pair[0] == pair[1]), "{counted:?}");
    Ok(())
}

#[test]
fn documents_are_numbered_without_a_gap_however_many_there_are() -> Outcome {
    let folder = tempfile::tempdir()?;
    make(&Settings { events: 20_000, accounts: 12_000, ..small()? }, 2, folder.path())?;
    let revision = publish(folder.path())?;
    let text = fs::read_to_string(revision.join("documents.csv"))?;
    let numbers = text.lines().skip(1).filter_map(|line| line.split(',').next());
    let numbers: Vec<String> = numbers.map(str::to_owned).collect();
    let expected = (1..=numbers.len()).map(|number| format!("INV-2026-04-{number:08}"));
    assert!(numbers.len() > 4_500, "more than are made at once, not {}", numbers.len());
    let wrong = numbers.iter().zip(expected).find(|(number, expected)| *number != expected);
    assert_eq!(wrong, None);
    run(monthend(["verify", "--book"]).arg(folder.path().join("book")), 0)?;
    Ok(())
}

/// The rows of each month in all usage files, which are so many.
fn rows_by_month(revision: &Path, files: u64) -> Outcome<BTreeMap<String, u64>> {
    let manifest = json(&revision.join("manifest.json"))?;
    let inputs = manifest["inputs"].as_array().ok_or("no inputs")?;
    let usage: Vec<_> = inputs.iter().filter(|input| input["role"] == "usage").collect();
    assert_eq!(usage.len() as u64, files);
    let mut all = BTreeMap::new();
    for input in usage {
        for (month, rows) in input["rows"].as_object().ok_or("rows were not counted")? {
            *all.entry(month.clone()).or_insert(0) += rows.as_u64().ok_or("no number")?;
        }
    }
    Ok(all)
}

/// Runs a made month into a book beside it; gives the revision, after a look at what was found.
fn publish(folder: &Path) -> Outcome<PathBuf> {
    let path = |name: &str| folder.join(name).display().to_string();
    let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    command.args(["--usage", &path("usage-*"), "--changes", &path("changes*")]);
    command.args(["--catalog", &path("catalog.toml"), "--book", &path("book")]);
    run(&mut command, 3)?;
    let revision = folder.join("book/2026-04/r001");
    let text = fs::read_to_string(revision.join("exceptions.csv"))?;
    for kind in ["unknown-account", "before-signup", "conflicting-duplicate", "unbilled-usage"] {
        assert!(text.contains(kind), "no {kind} in {}", folder.display());
    }
    let totals = &json(&revision.join("manifest.json"))?["control_totals"];
    for (log, more) in [("usage", "/duplicates/rows"), ("changes", "/duplicates")] {
        let rows = totals[log].pointer(more).and_then(serde_json::Value::as_u64);
        assert!(rows > Some(0), "no duplicates of {log}: {totals}");
    }
    let outside = totals["usage"]["outside"].as_object().ok_or("no months outside")?;
    assert_eq!(outside.keys().collect::<Vec<_>>(), ["2026-03", "2026-05"]);
    Ok(revision)
}
