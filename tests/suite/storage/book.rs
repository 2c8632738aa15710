//! A book in object storage: every command does there what it does on a disk, whatever the storage does meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};

use assert_cmd::Command;
use chrono::TimeDelta;
use monthend_tests::bucket::{Bucket, Fate};

use super::{Outcome, code, monthend, words};
use crate::common::{april, json, late_log, may, result, root, run, tables, tree};

/// Where the book is.
pub(super) const BOOK: &str = "s3://logs/book";

/// A command on the book in the bucket.
pub(super) fn stored(bucket: &Bucket, mut command: Command) -> Command {
    bucket.known_to(&mut command);
    command
}

/// A correction of April: an event that came late, for one account.
pub(super) fn correct(folder: &Path, book: &Path) -> Outcome<Command> {
    correct_for(folder, book, "a late file")
}

fn correct_for(folder: &Path, book: &Path, reason: &str) -> Outcome<Command> {
    let late = late_log(folder, 0)?;
    let mut command = monthend(["rerun", "--month", "2026-04", "--reason", reason]);
    command.arg("--add-usage").arg(late).arg("--cascade").arg("--book").arg(book);
    Ok(command)
}

/// The files of a month's revision in the bucket.
fn files(bucket: &Bucket, month: &str, revision: &str) -> BTreeMap<String, Arc<[u8]>> {
    let prefix = format!("book/{month}/{revision}-");
    let name = |key: String| key.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
    bucket.objects(&prefix).into_iter().map(|(key, bytes)| (name(key), bytes)).collect()
}

/// A month's revision in the bucket is, to the byte, that on the disk, but for what tells of the run.
fn is_the_same(bucket: &Bucket, disk: &Path, month: &str, revision: &str) -> Outcome {
    let (own, mut stored) = (disk.join(month).join(revision), files(bucket, month, revision));
    for (path, bytes) in tables(&own)? {
        let file = path.display().to_string();
        assert!(stored.remove(&file).as_deref() == Some(&bytes[..]), "{month}, {revision}: {file}");
    }
    let manifest = fs::read(own.join("manifest.json"))?;
    let there = stored.remove("manifest.json");
    assert!(there.as_deref() == Some(&manifest[..]), "{month}, {revision}: the manifest");
    assert!(stored.remove("run.json").is_some(), "{month}, {revision}");
    assert!(stored.keys().all(|file| file.starts_with("inputs/")), "{:?}", stored.keys());
    Ok(())
}

/// As long as when a run started, or a month was archived.
const CLOCK: &str = "2026-11-30T12:00:00Z";

/// What a command prints, with what differs by the place and by the clock taken out.
pub(super) fn printed(mut command: Command, book: &str, expected: i32) -> Outcome<String> {
    let output = command.output()?;
    assert_eq!(code(&output)?, expected, "{command:?}: {}", words(&output));
    let text = String::from_utf8(output.stdout)?.replace(book, "BOOK");
    let text = [r#""started_at":""#, r#""archived_at":""#].into_iter().fold(text, |text, key| {
        let parts = text.split(key).enumerate();
        let parts = parts.map(|(at, part)| if at == 0 { part } else { &part[CLOCK.len()..] });
        parts.collect::<Vec<_>>().join(key)
    });
    let mut plain = String::new();
    for line in text.lines() {
        // `r001-x9Kq2LmPz01a` is `r001` on a disk.
        let words = line.split_inclusive(['/', ' ', '"', ',']).map(|word| {
            let bare = word.trim_end_matches(['/', ' ', '"', ',']);
            match bare.split_once('-') {
                Some((revision @ ("r001" | "r002"), own)) if own.len() == 12 => {
                    format!("{revision}{}", &word[bare.len()..])
                }
                _ => word.to_owned(),
            }
        });
        plain.extend(words);
        plain.push('\n');
    }
    Ok(plain)
}

#[test]
fn every_command_on_a_book_in_storage_does_what_it_does_on_a_disk() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let disk = sandbox.path().join("book");
    let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
    let there = Path::new(BOOK);
    for command in [april, may] {
        run(&mut command("run", &disk), 3)?;
        run(&mut stored(&bucket, command("run", there)), 3)?;
    }
    run(&mut correct(sandbox.path(), &disk)?, 3)?;
    run(&mut stored(&bucket, correct(sandbox.path(), there)?), 3)?;
    for (month, revision) in [("2026-04", "r001"), ("2026-04", "r002"), ("2026-05", "r001")] {
        is_the_same(&bucket, &disk, month, revision)?;
    }
    let current = bucket.objects("book/current/");
    for (key, bytes) in &current {
        if let Some(name) = key.strip_prefix("book/").filter(|name| !name.ends_with("made-from")) {
            assert!(fs::read(disk.join(name))? == bytes[..], "{name}");
        }
    }
    assert!(current.len() > 40, "{:?}", current.keys());

    let out = sandbox.path().join("out");
    let focus = format!("export focus --month 2026-05 --out {}", out.display());
    let journal =
        format!("export journal --month 2026-04..2026-05 --format ledger --out {}", out.display());
    let mut asked = vec![
        ("status --json", 3),
        ("verify", 0),
        ("verify --json", 0),
        ("diff --month 2026-04", 0),
        ("explain overage-rounding --month 2026-04 --json", 0),
        ("explain overage-rounding --month 2026-04 --events", 0),
        ("state show overage-rounding --month 2026-05 --json", 0),
        (&focus, 0),
        (&journal, 0),
        ("export account overage-rounding", 0),
        ("run --month 2026-04 --opening genesis", 2),
    ];
    if cfg!(feature = "desk") {
        asked.push(("report --month 2026-05 --json", 0));
    }
    for (words_typed, expected) in asked {
        let command = |book: &str| {
            let mut command = monthend(words_typed.split(' '));
            command.args(["--book", book]);
            command
        };
        let of_disk = disk.display().to_string();
        let on_disk = printed(command(&of_disk), &of_disk, expected)?;
        let written = |folder: &Path| -> Outcome<Vec<_>> {
            let files = if folder.exists() { tree(folder)? } else { BTreeMap::new() };
            Ok(files.into_iter().map(|(path, entry)| (path, entry.bytes)).collect())
        };
        let before = written(&out)?;
        let in_storage = printed(stored(&bucket, command(BOOK)), BOOK, expected)?;
        assert_eq!(on_disk, in_storage, "{words_typed:?}");
        assert!(before == written(&out)?, "{words_typed:?}: what it writes");
    }
    let mut elsewhere = monthend("export focus --month 2026-05 --out s3://logs/out".split(' '));
    elsewhere.arg("--book").arg(&disk).current_dir(sandbox.path());
    let told = words(&stored(&bucket, elsewhere).output()?);
    assert!(told.contains("books alone are written"), "{told}");
    assert!(!sandbox.path().join("s3:").exists(), "a folder of that name");
    Ok(())
}

#[test]
fn a_lost_answer_a_busy_server_and_a_cut_connection_change_nothing() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let disk = sandbox.path().join("book");
    run(&mut april("run", &disk), 3)?;
    // Every request of a run is lost once, by its number, and some others are refused.
    for first in 0..11 {
        let bucket = Bucket::serve(move |number, method, _| match (number + first) % 11 {
            0 if method != "GET" => Fate::Lost,
            0 => Fate::Cut,
            5 if number % 4 == 0 => Fate::Failed(503),
            7 if number % 8 == 0 => Fate::Failed(429),
            9 if number % 8 == 0 => Fate::Expired,
            _ => Fate::Answered,
        })?;
        run(&mut stored(&bucket, april("run", Path::new(BOOK))), 3)?;
        is_the_same(&bucket, &disk, "2026-04", "r001")?;
        let month = bucket.objects("book/2026-04/");
        assert_eq!(month.len(), 24, "one revision and CURRENT: {:?}", month.keys());
        assert!(bucket.objects("book/.lock/").is_empty(), "the lease is given back");
        let journal = bucket.objects("book/.journal/");
        assert_eq!(journal.len(), 1, "{:?}", journal.keys());
        run(&mut stored(&bucket, monthend(["verify", "--book", BOOK])), 0)?;
    }
    Ok(())
}

/// The requests of a run that writes, in the bucket as it is.
fn requests_of(bucket: &Bucket, mut command: Command, expected: i32) -> Outcome<u64> {
    let before = bucket.requests();
    run(&mut command, expected)?;
    Ok(bucket.requests() - before)
}

/// The month in the bucket is whole as it was, or whole as it becomes.
fn is_whole(bucket: &Bucket, disk: &Path, revisions: &[&str]) -> Outcome<bool> {
    let current = bucket.objects("book/2026-04/CURRENT");
    let text = current.values().next().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let text = text.unwrap_or_default();
    for line in text.lines() {
        let (name, _) = line.split_once(' ').ok_or("a line of one word")?;
        is_the_same(bucket, disk, "2026-04", name)?;
    }
    Ok(text.lines().count() == revisions.len())
}

#[test]
fn a_run_that_is_refused_or_killed_at_any_request_leaves_the_month_whole() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let disk = sandbox.path().join("book");
    run(&mut april("run", &disk), 3)?;
    run(&mut correct(sandbox.path(), &disk)?, 3)?;
    let there = Path::new(BOOK);
    let of_run = {
        let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
        run(&mut stored(&bucket, april("run", there)), 3)?;
        requests_of(&bucket, stored(&bucket, correct(sandbox.path(), there)?), 3)?
    };
    assert!(of_run > 50, "{of_run} requests");
    let (mut before, mut after) = (0, 0);
    for (at, is_killed) in (0..of_run).step_by(7).zip([true, false].into_iter().cycle()) {
        let (victim, from) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU64::new(u64::MAX)));
        let (victim_of, from_of) = (Arc::clone(&victim), Arc::clone(&from));
        let bucket = Bucket::serve(move |number, _, _| {
            if number < from_of.load(SeqCst) {
                return Fate::Answered;
            }
            if is_killed {
                kill(victim_of.load(SeqCst));
            }
            Fate::Failed(403)
        })?;
        run(&mut stored(&bucket, april("run", there)), 3)?;
        from.store(bucket.requests() + at, SeqCst);
        let mut command = process(&stored(&bucket, correct(sandbox.path(), there)?));
        let child = command.stderr(std::process::Stdio::piped()).spawn()?;
        victim.store(child.id(), SeqCst);
        let ended = child.wait_with_output()?;
        from.store(u64::MAX, SeqCst);
        // 4 where the check may not read what the revision before has.
        let ended_with = ended.status.code();
        assert!(
            is_killed || ended_with.is_some_and(|code| [0, 1, 3, 4].contains(&code)),
            "{at}, {ended_with:?}: {}",
            words(&ended)
        );
        match is_whole(&bucket, &disk, &["r001", "r002"])? {
            true => after += 1,
            false => before += 1,
        }
        // The next run, once the lease of the killed one has ended, leaves the month as if nothing had been.
        bucket.wait(TimeDelta::seconds(121));
        let again = stored(&bucket, correct(sandbox.path(), there)?).output()?;
        assert!([0, 3].contains(&code(&again)?), "request {at}: {}", words(&again));
        assert!(is_whole(&bucket, &disk, &["r001", "r002"])?, "request {at}");
        run(&mut stored(&bucket, monthend(["verify", "--book", BOOK])), 0)?;
    }
    assert!(before > 0 && after > 0, "{before} before the publication, {after} after it");
    Ok(())
}

/// The same command as a process that can be killed.
pub(super) fn process(command: &Command) -> std::process::Command {
    let mut process = std::process::Command::new(command.get_program());
    process.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => process.env(name, value),
            None => process.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        process.current_dir(folder);
    }
    process.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    process
}

pub(super) fn kill(pid: u32) {
    // It may have ended by itself.
    let pid = pid.to_string();
    let _ = std::process::Command::new("kill").args(["-KILL", &pid]).output();
}

#[test]
fn of_runs_at_once_one_publishes_and_the_others_are_told() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let disk = sandbox.path().join("book");
    run(&mut april("run", &disk), 3)?;
    let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
    let runs = (0..4).map(|_| process(&stored(&bucket, april("run", Path::new(BOOK)))).spawn());
    let runs = runs.collect::<std::io::Result<Vec<_>>>()?;
    let mut codes = Vec::new();
    for mut child in runs {
        codes.push(child.wait()?.code());
    }
    assert!(codes.iter().all(|code| [Some(3), Some(75)].contains(code)), "{codes:?}");
    assert!(codes.contains(&Some(3)), "{codes:?}");
    is_the_same(&bucket, &disk, "2026-04", "r001")?;
    assert_eq!(bucket.objects("book/2026-04/CURRENT").len(), 1);
    Ok(())
}

#[test]
fn a_run_that_lost_its_lease_does_not_publish_over_another() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let there = Path::new(BOOK);
    // As the first run is about to put its revision in force, another publishes the month.
    let other: Arc<std::sync::Mutex<Option<std::process::Command>>> = Arc::default();
    let others = Arc::clone(&other);
    let itself: Arc<OnceLock<Bucket>> = Arc::default();
    let lost = Arc::clone(&itself);
    let bucket = Bucket::serve(move |_, method, key| {
        if method == "PUT" && key == "book/2026-04/CURRENT" {
            let other = others.lock().ok().and_then(|mut other| other.take());
            if let Some(mut other) = other {
                // The first run's lease is gone meanwhile.
                if let Some(bucket) = lost.get() {
                    bucket.remove("book/.lock/2026-04");
                }
                assert!(other.status().is_ok_and(|status| status.code() == Some(3)), "{other:?}");
            }
        }
        Fate::Answered
    })?;
    itself.set(bucket.clone()).map_err(|_| "set twice")?;
    run(&mut stored(&bucket, april("run", there)), 3)?;
    let second = correct_for(sandbox.path(), there, "of another run")?;
    *other.lock().map_err(|_| "poisoned")? = Some(process(&stored(&bucket, second)));
    let first = {
        let mut first = monthend(["rerun", "--month", "2026-04", "--reason", "the first"]);
        let extra = late_log(sandbox.path(), 1)?;
        first.arg("--add-usage").arg(extra).args(["--book", BOOK]);
        first
    };
    let output = stored(&bucket, first).output()?;
    let told = words(&output);
    assert_eq!(code(&output)?, 75, "{told}");
    assert!(told.contains("2026-04"), "{told}");
    run(&mut stored(&bucket, monthend(["verify", "--book", BOOK])), 0)?;
    let current = bucket.objects("book/2026-04/CURRENT");
    let current = current.values().next().ok_or("no CURRENT")?;
    assert_eq!(String::from_utf8_lossy(current).lines().count(), 2);
    let manifest = files(&bucket, "2026-04", "r002");
    let file = sandbox.path().join("manifest.json");
    fs::write(&file, manifest.get("manifest.json").ok_or("no manifest")?)?;
    assert_eq!(json(&file)?["reason"], "of another run");
    Ok(())
}

fn copy(bucket: &Bucket, from: &Path, to: &Path) -> Command {
    let mut copy = monthend(["book", "copy"]);
    copy.args([from, to]);
    stored(bucket, copy)
}

#[test]
fn a_book_goes_to_storage_and_back_and_is_sound_at_every_request() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let [disk, back] = ["book", "back"].map(|name| sandbox.path().join(name));
    run(&mut april("run", &disk), 3)?;
    run(&mut may("run", &disk), 3)?;
    run(&mut correct(sandbox.path(), &disk)?, 3)?;
    let there = Path::new(BOOK);
    let requests = {
        let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
        requests_of(&bucket, copy(&bucket, &disk, there), 0)?
    };
    for at in (0..requests).step_by(41) {
        let from = Arc::new(AtomicU64::new(at));
        let refused = Arc::clone(&from);
        let bucket = Bucket::serve(move |number, _, _| match number < refused.load(SeqCst) {
            true => Fate::Answered,
            false => Fate::Failed(403),
        })?;
        copy(&bucket, &disk, there).output()?;
        from.store(u64::MAX, SeqCst);
        bucket.wait(TimeDelta::seconds(121));
        if !bucket.objects("book/2026-04/CURRENT").is_empty() {
            let verify = monthend(["verify", "--json", "--book", BOOK]);
            let verified = result(&stored(&bucket, verify).output()?)?;
            // What follows a publication may be missing, and is made good by the next run.
            for finding in verified["findings"].as_array().ok_or("no findings")? {
                let code = finding["code"].as_str().unwrap_or_default();
                assert!(
                    ["journal", "missing", "current-tables"].contains(&code),
                    "{at}: {finding}"
                );
                let file = finding["file"].as_str().unwrap_or(".journal");
                assert!(
                    [".journal", "current"].iter().any(|of| file.starts_with(of)),
                    "{at}: {finding}"
                );
            }
        }
        run(&mut copy(&bucket, &disk, there), 0)?;
        for (month, revision) in [("2026-04", "r001"), ("2026-04", "r002"), ("2026-05", "r001")] {
            is_the_same(&bucket, &disk, month, revision)?;
        }
        run(&mut stored(&bucket, monthend(["verify", "--book", BOOK])), 0)?;
        if at == 0 {
            run(&mut copy(&bucket, there, &back), 0)?;
            run(monthend(["verify", "--book"]).arg(&back), 0)?;
            for name in ["2026-04/r002/run.json", "2026-05/r001/manifest.json", "2026-04/CURRENT"] {
                assert!(fs::read(disk.join(name))? == fs::read(back.join(name))?, "{name}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_job_file_in_storage_names_what_lies_beside_it() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
    for folder in ["catalogs", "changes", "usage"] {
        for entry in fs::read_dir(root().join("fixtures").join(folder))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            bucket.put(&format!("{folder}/{name}"), fs::read(&path)?);
        }
    }
    let job = "usage = [\"../usage/{month}*\"]\nchanges = [\"../changes\"]\ncatalog = \"../catalogs\"\n\
               max_reject_share = \"0.05\"\nbook = \"../book\"\n";
    bucket.put("jobs/job.toml", job);
    let disk = sandbox.path().join("book");
    run(&mut april("run", &disk), 3)?;
    let on_job = |typed: &str, expected: i32| -> Outcome {
        let mut command = monthend(typed.split(' '));
        command.args(["--job", "s3://logs/jobs/job.toml"]).current_dir(sandbox.path());
        run(&mut stored(&bucket, command), expected).map(drop)
    };
    on_job("run --month 2026-04 --opening genesis", 3)?;
    let stored_files = files(&bucket, "2026-04", "r001");
    for (path, bytes) in tables(&disk.join("2026-04/r001"))? {
        let file = path.display().to_string();
        // These name the inputs' files.
        if !file.starts_with("rejects") {
            assert!(stored_files.get(&file).map(|there| &there[..]) == Some(&bytes[..]), "{file}");
        }
    }
    on_job("status --as-of 2026-05-15", 0)?;
    on_job("rerun --month 2026-04", 3)?;
    on_job("verify", 0)?;
    bucket.put("jobs/job.toml", format!("{job}metrics_file = \"month.prom\"\n"));
    on_job("verify", 2)
}

/// Parts of a month, each by a process of its own, lie in the bucket until they are put together.
#[test]
fn a_month_in_parts_is_put_together_in_storage() -> Outcome {
    let (disk, bucket) = (tempfile::tempdir()?, Bucket::serve(|_, _, _| Fate::Answered)?);
    run(&mut april("run", disk.path()), 3)?;
    let named = |name: &str, more: &[&str]| {
        let mut command = april(name, Path::new(BOOK));
        command.args(more);
        stored(&bucket, command)
    };
    // One of them twice: a scheduler may try again what it thinks has failed.
    for part in ["2/3", "1/3", "2/3"] {
        run(&mut named("run", &["--part", part]), 0)?;
    }
    let missing = words(&run(&mut named("publish", &[]), 75)?);
    assert!(missing.contains("ME0524") && missing.contains("3/3"), "{missing}");
    run(&mut named("run", &["--part", "3/3"]), 0)?;
    run(&mut named("publish", &[]), 3)?;
    is_the_same(&bucket, disk.path(), "2026-04", "r001")?;
    assert_eq!(bucket.objects("book/.staging/").len(), 0, "parts are left");
    Ok(())
}
