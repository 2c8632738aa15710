//! A program that reads object storage, and a bucket that answers as it is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use monthend_tests::bucket::{Bucket, Fate};
use monthend_tests::generator::{Format, Order, Settings, generate};
use serde_json::Value;

use super::{Outcome, code, monthend, words};
use crate::common::{json, run, tables};

/// Generates a month of an order and a format in a folder.
fn make(folder: &Path, format: Format, order: Order) -> Outcome {
    make_of(folder, format, order, 20_000)
}

fn make_of(folder: &Path, format: Format, order: Order, events: u64) -> Outcome {
    let usual = Settings::usual("2026-04", events, 300).ok_or("no month")?;
    let settings =
        Settings { duplicates: 5, conflicts: 1, format, files: 3, order, row_group: 500, ..usual };
    generate(&settings, folder).map_err(|fault| fault.to_string())?;
    Ok(())
}

/// Puts the files of a folder into a bucket: logs of usage into folders as Hive has them.
fn put_all(bucket: &Bucket, folder: &Path) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            continue; // a book
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let key = match name.strip_prefix("usage-") {
            Some(part) => format!("usage/month=2026-04/part-{part}"),
            None => name,
        };
        bucket.put(&key, fs::read(&path)?);
    }
    bucket.put("usage/month=2026-04/_SUCCESS", "");
    // As consoles make folders.
    bucket.put("usage/", "");
    bucket.put("usage/month=2026-04/", "");
    Ok(())
}

/// A command that bills the month in a folder, from the disk or from a bucket.
fn bill(folder: &Path, book: &str, bucket: Option<&Bucket>) -> Outcome<Command> {
    let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    command.current_dir(folder).args(["--book", book]);
    match bucket {
        None => command.args(["--catalog", "catalog.toml", "--changes", "changes*"]),
        Some(bucket) => {
            bucket.known_to(&mut command);
            command.args(["--catalog", "s3://logs/catalog.toml", "--changes", "s3://logs/changes*"])
        }
    };
    command.args(["--usage", if bucket.is_some() { "s3://logs/usage" } else { "usage-*" }]);
    Ok(command)
}

fn revision(folder: &Path, book: &str) -> PathBuf {
    folder.join(book).join("2026-04/r001")
}

/// The inputs of a revision's manifest, by the ends of their names.
fn inputs(revision: &Path) -> Outcome<BTreeMap<String, Value>> {
    let manifest = json(&revision.join("manifest.json"))?;
    let inputs = manifest["inputs"].as_array().ok_or("no inputs")?;
    let of = |input: &Value| {
        let file = input["file"].as_str().unwrap_or_default();
        let name = file.rsplit(['/', '-']).next().unwrap_or_default();
        (name.to_owned(), input.clone())
    };
    Ok(inputs.iter().map(of).collect())
}

#[test]
fn a_month_comes_to_the_same_bytes_from_a_bucket_as_from_the_disk() -> Outcome {
    for format in [Format::Parquet, Format::Csv, Format::NdjsonZst] {
        let sandbox = tempfile::tempdir()?;
        make(sandbox.path(), format, Order::Time)?;
        let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
        put_all(&bucket, sandbox.path())?;
        run(&mut bill(sandbox.path(), "disk", None)?, 3)?;
        run(&mut bill(sandbox.path(), "stored", Some(&bucket))?, 3)?;
        let [disk, stored] = ["disk", "stored"].map(|book| revision(sandbox.path(), book));
        assert!(tables(&disk)? == tables(&stored)?, "{format:?}");
        let manifest = json(&stored.join("manifest.json"))?;
        assert!(manifest["passed_over"].is_null(), "a folder's mark is no file: {manifest}");
        let (disk, stored) = (inputs(&disk)?, inputs(&stored)?);
        assert_eq!(disk.len(), stored.len());
        for (name, input) in &stored {
            let before = &disk[name];
            assert_eq!(input["bytes"], before["bytes"], "{name}");
            assert_eq!(input["rows"], before["rows"], "{name}");
            match name.ends_with(".parquet") {
                true => assert!(input["etag"].is_string() && input["blake3"].is_null(), "{input}"),
                false => assert_eq!(input["blake3"], before["blake3"], "{name}"),
            }
        }
    }
    Ok(())
}

#[test]
fn what_passes_is_tried_again_and_changes_nothing() -> Outcome {
    for format in [Format::Parquet, Format::CsvGz] {
        let sandbox = tempfile::tempdir()?;
        make(sandbox.path(), format, Order::Time)?;
        let bucket = Bucket::serve(|number, method, _| match number % 7 {
            0 => Fate::Failed(503),
            2 => Fate::Failed(429),
            3 if method == "GET" => Fate::Cut,
            4 => Fate::Late(Duration::from_millis(20)),
            5 => Fate::Failed(500),
            _ => Fate::Answered,
        })?;
        put_all(&bucket, sandbox.path())?;
        run(&mut bill(sandbox.path(), "disk", None)?, 3)?;
        run(&mut bill(sandbox.path(), "stored", Some(&bucket))?, 3)?;
        let [disk, stored] = ["disk", "stored"].map(|book| revision(sandbox.path(), book));
        assert!(tables(&disk)? == tables(&stored)?, "{format:?}");
    }
    Ok(())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is told in the docs")]
fn storage_that_does_not_answer_is_waited_for_and_then_given_up() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    make(sandbox.path(), Format::Parquet, Order::Time)?;
    let bucket = Bucket::serve(|_, _, key| match key.contains("part-") {
        true => Fate::Failed(503),
        false => Fate::Answered,
    })?;
    put_all(&bucket, sandbox.path())?;
    let began = Instant::now();
    let output = bill(sandbox.path(), "book", Some(&bucket))?.output()?;
    let told = words(&output);
    assert_eq!(code(&output)?, 75, "{told}");
    assert!(told.contains("s3://logs/usage/month=2026-04/part-001.parquet"), "{told}");
    assert!(told.contains("503") && told.contains("did not answer"), "{told}");
    assert!(began.elapsed() < Duration::from_secs(80), "{:?}", began.elapsed());
    assert!(!revision(sandbox.path(), "book").exists());
    Ok(())
}

#[test]
fn what_may_not_be_read_or_is_not_there_is_told_at_once() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    make(sandbox.path(), Format::Parquet, Order::Time)?;
    for (status, expected, told_so) in
        [(403, 1, "check that"), (401, 1, "check that"), (404, 1, "s3://logs/usage")]
    {
        let bucket = Bucket::serve(move |_, _, key| match key.contains("part-") {
            true => Fate::Failed(status),
            false => Fate::Answered,
        })?;
        put_all(&bucket, sandbox.path())?;
        let output = bill(sandbox.path(), "book", Some(&bucket))?.output()?;
        let told = words(&output);
        assert_eq!(code(&output)?, expected, "{status}: {told}");
        assert!(told.contains(told_so) && told.contains("part-001.parquet"), "{status}: {told}");
        assert!(bucket.requests() < 40, "{status}: {} requests", bucket.requests());
    }
    let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
    for name in ["catalog.toml", "changes.parquet"] {
        bucket.put(name, fs::read(sandbox.path().join(name))?);
    }
    let output = bill(sandbox.path(), "book", Some(&bucket))?.output()?;
    let told = words(&output);
    assert!(told.contains("s3://logs/usage") && told.contains("no usage log is there"), "{told}");
    Ok(())
}

#[test]
fn an_object_that_changes_while_it_is_read_is_billed_in_no_part() -> Outcome {
    for format in [Format::Parquet, Format::Csv] {
        let sandbox = tempfile::tempdir()?;
        make(sandbox.path(), format, Order::Time)?;
        // From some request on, ranges of what was seen first are refused.
        let seen = AtomicU64::new(0);
        let bucket = Bucket::serve(move |_, method, key| match key.contains("part-002") {
            true if method == "GET" && seen.fetch_add(1, Relaxed) > 0 => Fate::Failed(412),
            _ => Fate::Answered,
        })?;
        put_all(&bucket, sandbox.path())?;
        let output = bill(sandbox.path(), "book", Some(&bucket))?.output()?;
        let told = words(&output);
        assert_eq!(code(&output)?, 1, "{told}");
        assert!(told.contains("part-002") && told.contains("was changed"), "{told}");
        assert!(!revision(sandbox.path(), "book").exists());
    }
    Ok(())
}

#[test]
fn an_answer_that_is_too_short_is_taken_for_no_file() -> Outcome {
    for format in [Format::Parquet, Format::Csv] {
        let sandbox = tempfile::tempdir()?;
        make(sandbox.path(), format, Order::Time)?;
        let seen = AtomicU64::new(0);
        let bucket = Bucket::serve(move |_, method, key| match key.contains("part-002") {
            true if method == "GET" && seen.fetch_add(1, Relaxed) > 0 => Fate::Short,
            _ => Fate::Answered,
        })?;
        put_all(&bucket, sandbox.path())?;
        let output = bill(sandbox.path(), "book", Some(&bucket))?.output()?;
        let told = words(&output);
        assert!(matches!(code(&output)?, 1 | 75), "{told}");
        assert!(told.contains("part-002"), "{told}");
        assert!(!revision(sandbox.path(), "book").exists());
    }
    Ok(())
}

#[test]
fn a_rerun_reads_what_the_manifest_records_and_refuses_what_has_changed() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    make(sandbox.path(), Format::Parquet, Order::Time)?;
    let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
    put_all(&bucket, sandbox.path())?;
    run(&mut bill(sandbox.path(), "book", Some(&bucket))?, 3)?;
    let rerun = || {
        let mut command = monthend(["rerun", "--month", "2026-04", "--book", "book"]);
        bucket.known_to(&mut command);
        command.current_dir(sandbox.path());
        command
    };
    run(&mut rerun(), 3)?;
    assert!(!sandbox.path().join("book/2026-04/r002").exists(), "it came to the same");
    let statements = fs::read_to_string(revision(sandbox.path(), "book").join("statements.csv"))?;
    let account = statements.lines().nth(40).and_then(|line| line.split(',').next());
    let mut explain = monthend(["explain", "--month", "2026-04", "--book", "book", "--events"]);
    bucket.known_to(&mut explain);
    explain.current_dir(sandbox.path()).arg(account.ok_or("no account")?);
    let told = String::from_utf8(run(&mut explain, 0)?.stdout)?;
    assert!(told.contains("part-001.parquet, row") && !told.contains("not there"), "{told}");
    let key = "usage/month=2026-04/part-003.parquet";
    bucket.put(key, fs::read(sandbox.path().join("usage-001.parquet"))?);
    let output = rerun().output()?;
    let told = words(&output);
    assert_eq!(code(&output)?, 1, "{told}");
    assert!(told.contains(key) && told.contains("has changed"), "{told}");
    Ok(())
}

#[test]
fn only_what_is_wanted_travels() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    // Of each file the end travels as a whole: 64 KiB, which is little of this.
    make_of(sandbox.path(), Format::Parquet, Order::Account, 150_000)?;
    let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
    put_all(&bucket, sandbox.path())?;
    let size = |name: &str| -> Outcome<u64> { Ok(fs::metadata(sandbox.path().join(name))?.len()) };
    let usage =
        size("usage-001.parquet")? + size("usage-002.parquet")? + size("usage-003.parquet")?;
    run(&mut bill(sandbox.path(), "book", Some(&bucket))?, 3)?;
    let month = bucket.bytes_given("usage/");
    assert!(month < usage * 5 / 4, "{month} bytes of {usage}: instants alone are read twice");

    // One account of a log in the order of accounts: a row group or two, and no more.
    let revision = revision(sandbox.path(), "book");
    let statements = fs::read_to_string(revision.join("statements.csv"))?;
    let account = statements.lines().nth(40).and_then(|line| line.split(',').next());
    let mut command = monthend(["rerun", "--month", "2026-04", "--book", "book", "--accounts"]);
    bucket.known_to(&mut command);
    command.current_dir(sandbox.path()).arg(account.ok_or("no account")?);
    run(&mut command, 3)?;
    let dispute = bucket.bytes_given("usage/") - month;
    assert!(dispute < usage / 5, "{dispute} bytes of {usage}, where a month takes {month}");

    // Of another month nothing but footers is read, since no row group has rows of it.
    let before = bucket.bytes_given("usage/");
    let mut command = bill(sandbox.path(), "other", Some(&bucket))?;
    command.args(["--month", "2027-01"]);
    let output = command.output()?;
    let told = words(&output);
    let other = bucket.bytes_given("usage/") - before;
    assert!(other < usage / 5, "{other} bytes of {usage}: {told}");
    Ok(())
}

#[test]
fn a_file_is_read_from_a_web_server() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    make(sandbox.path(), Format::Csv, Order::Time)?;
    let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
    put_all(&bucket, sandbox.path())?;
    run(&mut bill(sandbox.path(), "disk", None)?, 3)?;
    let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    command.current_dir(sandbox.path()).args(["--book", "web", "--changes", "changes*"]);
    command.args(["--catalog", &format!("{}/catalog.toml", bucket.http())]);
    for part in ["001", "002", "003"] {
        let file = format!("{}/usage/month=2026-04/part-{part}.csv", bucket.http());
        command.args(["--usage", &file]);
    }
    run(&mut command, 3)?;
    let [disk, web] = ["disk", "web"].map(|book| revision(sandbox.path(), book));
    assert!(tables(&disk)? == tables(&web)?);
    Ok(())
}

/// A job file beside the fixtures' logs in the bucket, which says this of the storage.
fn job_file(folder: &Path, storage: &str) -> Outcome<PathBuf> {
    let file = folder.join("job.toml");
    let text = format!("book = \"s3://logs/book\"\n{storage}\n");
    fs::write(&file, text)?;
    Ok(file)
}

#[test]
fn a_job_file_says_how_storage_is_reached_and_a_profile_who_asks() -> Outcome {
    let folder = tempfile::tempdir()?;
    let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
    let status = |storage: &str, change: &dyn Fn(&mut Command)| -> Outcome<(i32, String)> {
        let mut command = monthend(["status", "--job"]);
        bucket.known_to(&mut command);
        change(command.arg(job_file(folder.path(), storage)?));
        let output = command.env("HOME", folder.path()).output()?;
        Ok((code(&output)?, words(&output)))
    };
    let there = format!("http://{}", bucket.address());
    let said =
        format!("[storage]\nendpoint = \"{there}\"\nregion = \"nowhere\"\naddressing = \"path\"");
    let (expected, told) = status("", &|_| ())?;
    // What the job file says counts, whatever the environment says.
    let elsewhere = status(&said, &|command| {
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env_remove("AWS_REGION");
    })?;
    assert_eq!(elsewhere, (expected, told.clone()));
    // A profile has what the environment has not.
    fs::create_dir(folder.path().join(".aws"))?;
    let credentials = "[billing]\naws_access_key_id = tests\naws_secret_access_key = no secret\n";
    fs::write(folder.path().join(".aws/credentials"), credentials)?;
    let config = format!(
        "[profile billing]\nregion = nowhere\nendpoint_url = {there}\n[profile people]\nsso_session = us\n"
    );
    fs::write(folder.path().join(".aws/config"), config)?;
    let of_profile = |name: &'static str| {
        move |command: &mut Command| {
            let gone =
                ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"];
            for name in gone {
                command.env_remove(name);
            }
            command.env("AWS_PROFILE", name);
        }
    };
    assert_eq!(status("", &of_profile("billing"))?, (expected, told));
    for (name, words) in
        [("people", "export-credentials --profile people"), ("nobody", "is in neither")]
    {
        let (code, told) = status("", &of_profile(name))?;
        assert!(code == 1 && told.contains(words), "{code}: {told}");
    }
    for (wrong, words) in [
        ("storage = { endpoint = \"s3.example.com\" }", "no address of a server"),
        ("storage = { endpoint = \"https://key:secret@host\" }", "without credentials"),
        ("storage = { addressing = \"virtual\" }", "expected `path` or `host`"),
        ("storage = { access_key = \"AKIA\" }", "unknown"),
    ] {
        let (code, told) = status(wrong, &|_| ())?;
        assert!(
            code == 2 && told.contains(words) && told.contains("job.toml"),
            "{wrong}: {code}: {told}"
        );
    }
    Ok(())
}
