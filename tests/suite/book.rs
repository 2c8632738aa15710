//! The book: one run a month at a time, and a month is there whole or not at all, whatever happens to the run.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::common::whole::{assert_absent_then_published, assert_whole, process};
use crate::common::{
    Outcome, april, code, json, may, monthend, result, run, tree, unchanged, words,
};

#[test]
fn a_held_lock_is_respected_and_its_holder_named() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let path = book.join(".lock/2026-04");
    fs::create_dir_all(book.join(".lock"))?;
    fs::write(&path, "{\"host\":\"batch-7\",\"pid\":4711,\"since\":\"2026-05-01T02:00:00Z\"}\n")?;
    let lock = File::options().read(true).write(true).open(&path)?;
    lock.try_lock()?;
    let before = tree(&book)?;

    let output = run(april("run", &book).arg("--json"), 75)?;
    for named in ["process 4711", "batch-7", "2026-05-01T02:00:00Z", "try again"] {
        assert!(words(&output).contains(named), "`{named}` is not in\n{}", words(&output));
    }
    assert_eq!(result(&output)?["error"]["kind"], "locked");
    unchanged(&before, &book)?;
    // Who only looks is not in the way, and another month has a lock of its own.
    run(april("run", &book).arg("--dry-run"), 3)?;
    run(&mut april("check", &book), 3)?;
    unchanged(&before, &book)?;
    run(&mut may("run", &book), 1)?;

    // A holder that has not told its name yet.
    fs::write(&path, "")?;
    let output = run(&mut april("run", &book), 75)?;
    assert!(words(&output).contains("another process"), "{}", words(&output));
    drop(lock);
    assert_absent_then_published(&book)
}

#[test]
fn the_lock_is_free_again_after_a_run_even_a_failed_one() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    for (share, expected) in [("0", 1), ("0.05", 3)] {
        let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
        command.args(["--catalog", "fixtures/catalogs", "--changes", "fixtures/changes"]);
        command.args(["--usage", "fixtures/usage/2026-04*", "--max-reject-share", share]);
        run(command.arg("--book").arg(&book), expected)?;
        let path = book.join(".lock/2026-04");
        File::options().read(true).write(true).open(&path)?.try_lock()?;
        assert!(json(&path)?["pid"].is_u64(), "the lock does not name its last holder");
    }
    Ok(())
}

#[test]
fn of_runs_at_once_one_publishes() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let children: Result<Vec<_>, _> = (0..4).map(|_| process(&[], &book).spawn()).collect();
    let mut codes = Vec::new();
    for mut child in children? {
        codes.push(child.wait()?.code());
    }
    // The others were told to wait, or came after it and had nothing to change.
    assert!(codes.contains(&Some(3)), "{codes:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(3 | 75))), "{codes:?}");
    assert_whole(&book.join("2026-04"))
}

#[test]
fn a_book_that_may_not_be_written_is_told_at_once() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    for file in [".lock", ".staging"] {
        fs::create_dir_all(&book)?;
        fs::write(book.join(file), "a file where a folder should be")?;
        let output = run(&mut april("run", &book), 1)?;
        for said in ["cannot be written", file, "cause:", "hint:"] {
            assert!(words(&output).contains(said), "`{said}` is not in\n{}", words(&output));
        }
        fs::remove_file(book.join(file))?;
        assert!(!book.join("2026-04").exists());
    }
    Ok(())
}

/// Runs April where no file may grow beyond `blocks` of 512 bytes, as on a disk that is nearly full.
#[cfg(unix)]
#[test]
fn files_that_cannot_be_written_to_their_end_publish_nothing() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let mut failed = 0;
    for blocks in 1..40 {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let output = process(&["sh", "-c", &limit, "sh"], &book).stderr(Stdio::piped()).output()?;
        if code(&output)? == 3 {
            break;
        }
        assert_eq!(code(&output)?, 1, "{}", words(&output));
        for said in ["2026-04/r001/", "cannot be written", "cause:", "free space"] {
            assert!(words(&output).contains(said), "`{said}` is not in\n{}", words(&output));
        }
        assert!(!book.join("2026-04").exists() && !book.join(".staging/2026-04").exists());
        failed += 1;
    }
    assert!(failed > 3, "the limit was never met");
    assert_whole(&book.join("2026-04"))
}

#[test]
fn what_a_crashed_run_left_is_cleared() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let staging = book.join(".staging/2026-04");
    fs::create_dir_all(staging.join("r001/deeper"))?;
    for file in ["r001/documents.csv", "r001/deeper/left.csv", "r001/manifest.json", "CURRENT"] {
        fs::write(staging.join(file), "left by a crash")?;
    }
    let output = run(&mut april("run", &book), 3)?;
    assert!(words(&output).contains("clearing what a crashed run left"), "{}", words(&output));
    assert!(!staging.exists());
    assert_whole(&book.join("2026-04"))
}

#[test]
fn a_run_that_is_killed_leaves_the_month_whole_or_absent() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let month = book.join("2026-04");
    let (mut killed, mut in_a_row) = (0, 0);
    // Until it is too late to kill it, three times in a row: every stage has been met then.
    for delay in (0..20).chain((20..).step_by(5)).map(Duration::from_millis) {
        let mut child = process(&[], &book).spawn()?;
        thread::sleep(delay);
        child.kill()?;
        let by_itself = child.wait()?.code().is_some();
        (killed, in_a_row) = if by_itself { (killed, in_a_row + 1) } else { (killed + 1, 0) };
        if month.exists() {
            assert_whole(&month)?;
            fs::remove_dir_all(&month)?;
        } else {
            assert!(!by_itself, "it ended and published nothing");
        }
        if in_a_row == 3 {
            break;
        }
    }
    assert!(killed >= 5, "killed only {killed} times");
    run(&mut april("run", &book), 3)?;
    assert!(!book.join(".staging/2026-04").exists());
    assert_whole(&month)
}

#[test]
fn a_reader_never_sees_half_a_revision() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    for round in 0..5 {
        let book = sandbox.path().join(round.to_string());
        let month = book.join("2026-04");
        let mut child = process(&[], &book).spawn()?;
        let mut looks = (0, 0);
        while child.try_wait()?.is_none() {
            if month.exists() {
                assert_whole(&month)?;
                looks.1 += 1;
            } else {
                looks.0 += 1;
            }
        }
        assert!(looks.0 > 0, "it was there from the start");
        assert_whole(&month)?;
    }
    Ok(())
}

/// A fault of the book, planted by hand.
type Damage = fn(&Path) -> std::io::Result<()>;

#[test]
fn a_damaged_book_is_refused_with_the_file_and_what_to_do() -> Outcome {
    let current = |text: &'static str, said: &'static [&'static str]| (text, said);
    for (text, said) in [
        current("", &["names no revision", "expected: the name of a revision"]),
        current("latest\n", &["value `latest`", "names no revision", "such as r001"]),
        current("r002\n", &["value `r002`", "names no revision"]),
        current("../2026-04/r001\n", &["names no revision"]),
    ] {
        assert_refused(&["CURRENT", "hint: "], said, &|month| {
            fs::write(month.join("CURRENT"), text)
        })?;
    }
    let damages: [(&str, &str, Damage); 7] = [
        ("CURRENT", "does not tell which revision", |month| fs::remove_file(month.join("CURRENT"))),
        ("CURRENT", "does not tell which revision", |month| {
            fs::write(month.join("CURRENT"), b"r001\xff")
        }),
        ("CURRENT", "names no revision", |month| {
            fs::rename(month.join("r001"), month.join("r001-old"))
        }),
        ("manifest.json", "manifest cannot be read", |month| {
            fs::remove_file(month.join("r001/manifest.json"))
        }),
        ("manifest.json", "manifest cannot be read", |month| {
            fs::write(month.join("r001/manifest.json"), "{")
        }),
        ("state.parquet", "is not what its manifest says", |month| {
            let path = month.join("r001/state.parquet");
            let mut bytes = fs::read(&path)?;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes)
        }),
        ("state.parquet", "cannot be read", |month| {
            fs::remove_file(month.join("r001/state.parquet"))
        }),
    ];
    for (file, said, damage) in damages {
        assert_refused(&[file, "hint: "], &[said], &damage)?;
    }
    Ok(())
}

/// Plants a fault in April, then runs May, which opens with it.
fn assert_refused(
    named: &[&str],
    said: &[&str],
    damage: &dyn Fn(&Path) -> std::io::Result<()>,
) -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    run(&mut april("run", &book), 3)?;
    damage(&book.join("2026-04"))?;
    let output = run(may("run", &book).arg("--json"), 1)?;
    for said in named.iter().chain(said) {
        assert!(words(&output).contains(said), "`{said}` is not in\n{}", words(&output));
    }
    assert_eq!(result(&output)?["error"]["kind"], "book", "{}", words(&output));
    assert!(!book.join("2026-05").exists() && !book.join(".staging/2026-05").exists());
    Ok(())
}
