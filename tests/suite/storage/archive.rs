//! Old months of a book in object storage leave it for an archive, and come back, as they do on a disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use chrono::TimeDelta;
use monthend_tests::bucket::{Bucket, Fate};

use super::book::{BOOK, correct, kill, printed, process, stored};
use super::{Outcome, code, monthend, words};
use crate::common::{april, may, run, tree};

/// Where the archive is.
const ARCHIVE: &str = "s3://logs/archive";

/// Both months, and a correction of the first, in the book of a bucket.
fn a_book(bucket: &Bucket, folder: &Path) -> Outcome {
    for command in [april, may] {
        run(&mut stored(bucket, command("run", Path::new(BOOK))), 3)?;
    }
    run(&mut stored(bucket, correct(folder, Path::new(BOOK))?), 3)?;
    Ok(())
}

/// A command on the book in the bucket.
fn ask(bucket: &Bucket, typed: &str, expected: i32) -> Outcome<String> {
    let mut command = monthend(typed.split(' '));
    command.args(["--book", BOOK]);
    let output = stored(bucket, command).output()?;
    assert_eq!(code(&output)?, expected, "{typed}: {}", words(&output));
    Ok(words(&output))
}

/// What lies in the archive of a bucket, by path.
fn archived(bucket: &Bucket) -> BTreeMap<PathBuf, Arc<[u8]>> {
    let name = |key: String| PathBuf::from(key.strip_prefix("archive/").unwrap_or_default());
    bucket.objects("archive/").into_iter().map(|(key, bytes)| (name(key), bytes)).collect()
}

#[test]
fn a_month_in_storage_leaves_for_an_archive_and_comes_back_as_on_a_disk() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let (disk, shelf) = (sandbox.path().join("book"), sandbox.path().join("shelf"));
    let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
    a_book(&bucket, sandbox.path())?;
    for command in [april, may] {
        run(&mut command("run", &disk), 3)?;
    }
    run(&mut correct(sandbox.path(), &disk)?, 3)?;
    let before = bucket.objects("book/2026-04/");

    let archive = |to: &Path, book: &str| {
        let mut command = monthend(["archive", "--before", "2026-05", "--book", book]);
        command.arg("--to").arg(to);
        command
    };
    let of_disk = disk.display().to_string();
    run(&mut archive(&shelf, &of_disk), 0)?;
    run(&mut stored(&bucket, archive(Path::new(ARCHIVE), BOOK)), 0)?;
    // Of both books the archive holds the same, but for what tells of the run.
    let (there, own) = (archived(&bucket), tree(&shelf)?);
    let mut compared = 0;
    for (path, bytes) in own.iter().filter_map(|(path, entry)| Some((path, entry.bytes.as_ref()?)))
    {
        let stored = there.get(path).ok_or_else(|| format!("{} is not there", path.display()))?;
        if !path.ends_with("run.json") {
            assert!(stored[..] == bytes[..], "{}", path.display());
            compared += 1;
        }
    }
    assert!(compared > 40 && there.len() == compared + 2, "{:?}", there.keys());

    for (typed, expected) in [
        ("status --json", 3),
        ("verify", 0),
        ("explain overage-rounding --month 2026-04 --json", 0),
        ("diff --month 2026-04", 0),
        ("state show overage-rounding --month 2026-05 --json", 0),
        ("export account overage-rounding", 0),
        ("run --month 2026-04 --opening genesis", 2),
    ] {
        let command = |book: &str| {
            let mut command = monthend(typed.split(' '));
            command.args(["--book", book]);
            command
        };
        let plain = |text: String, place: &str| text.replace(place, "ARCHIVE");
        let on_disk = printed(command(&of_disk), &of_disk, expected)?;
        let in_storage = printed(stored(&bucket, command(BOOK)), BOOK, expected)?;
        let shelf = shelf.display().to_string();
        assert_eq!(plain(on_disk, &shelf), plain(in_storage, ARCHIVE), "{typed:?}");
    }
    let current = bucket.objects("book/current/");
    assert!(!current.keys().any(|key| key.contains("2026-04.")), "{:?}", current.keys());

    // It moves, and comes back byte for byte; the book can be billed again.
    let moved = sandbox.path().join("moved");
    for (path, bytes) in &there {
        let path = moved.join(path);
        fs::create_dir_all(path.parent().ok_or("a file in no folder")?)?;
        fs::write(path, bytes)?;
    }
    bucket.objects("archive/").keys().for_each(|key| bucket.remove(key));
    let told = ask(&bucket, "explain overage-rounding --month 2026-04", 1)?;
    assert!(told.contains("unarchive"), "{told}");
    let moved = moved.display().to_string();
    ask(&bucket, &format!("explain overage-rounding --month 2026-04 --archive {moved}"), 0)?;
    ask(&bucket, &format!("unarchive --month 2026-04 --from {moved}"), 0)?;
    assert!(before == bucket.objects("book/2026-04/"), "byte for byte");
    ask(&bucket, "verify", 0)?;
    let current = bucket.objects("book/current/");
    assert!(current.keys().any(|key| key.contains("2026-04.")), "{:?}", current.keys());
    Ok(())
}

#[test]
fn an_archive_that_is_refused_or_killed_at_any_request_leaves_the_month_whole() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let typed = format!("archive --before 2026-05 --to {ARCHIVE}");
    let (before, of_run) = {
        let bucket = Bucket::serve(|_, _, _| Fate::Answered)?;
        a_book(&bucket, sandbox.path())?;
        let before = bucket.requests();
        ask(&bucket, &typed, 0)?;
        (before, bucket.requests() - before)
    };
    assert!(before > 100 && of_run > 100, "{before} requests, and {of_run}");
    let (mut whole, mut gone) = (0, 0);
    for (at, is_killed) in (0..of_run).step_by(61).zip([true, false].into_iter().cycle()) {
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
        a_book(&bucket, sandbox.path())?;
        let home = bucket.objects("book/2026-04/");
        from.store(bucket.requests() + at, SeqCst);
        let mut command = monthend(typed.split(' '));
        command.args(["--book", BOOK]);
        let child = process(&stored(&bucket, command)).spawn()?;
        victim.store(child.id(), SeqCst);
        child.wait_with_output()?;
        from.store(u64::MAX, SeqCst);
        bucket.wait(TimeDelta::seconds(121));
        // Nobody finds half a month: it is whole in the book, or archived and whole in the archive.
        let current = bucket.objects("book/2026-04/CURRENT");
        let text = current.values().next().ok_or("no CURRENT")?;
        match text.starts_with(b"archived\n") {
            true => gone += 1,
            false => {
                let there = bucket.objects("book/2026-04/");
                let is_there = |(key, bytes)| there.get(key) == Some(bytes);
                assert!(home.iter().all(is_there), "request {at}");
                whole += 1;
            }
        }
        ask(&bucket, "explain overage-rounding --month 2026-04", 0)?;
        // The same command again completes it, and another puts it back.
        ask(&bucket, &typed, 0)?;
        ask(&bucket, "verify", 0)?;
        ask(&bucket, "unarchive --all", 0)?;
        assert!(home == bucket.objects("book/2026-04/"), "request {at}");
        ask(&bucket, "verify", 0)?;
    }
    assert!(whole > 0 && gone > 0, "{whole} whole in the book, {gone} in the archive");
    Ok(())
}
