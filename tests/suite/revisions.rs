//! Later revisions under stress: runs at once, readers beside a run, runs that are killed, runs that change nothing.
//! What the revisions say is told by `scenarios.rs`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json as value;
use sha2::{Digest as _, Sha256};

use crate::common::{
    Outcome, Tree, april, copy_folder, json, may, monthend, result, root, run, tables, tree,
    unchanged, words,
};

/// April and May of the fixtures, published, and files that came late.
struct Months {
    sandbox: tempfile::TempDir,
}

impl Months {
    fn publish() -> Outcome<Self> {
        let months = Months { sandbox: tempfile::tempdir()? };
        run(&mut april("run", &months.book()), 3)?;
        run(&mut may("run", &months.book()), 3)?;
        Ok(months)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path().join(name)
    }

    fn book(&self) -> PathBuf {
        self.path("book")
    }

    /// A late file with 100 credits over a cap, and 1 of a trial that goes on in May.
    fn late(&self, number: u32) -> Outcome<PathBuf> {
        let path = self.path(&format!("late-{number}.csv"));
        let text = format!(
            "event_id,account_id,at,credits\n\
             late-{number},ten-over-the-cap,2026-04-28T12:00:00Z,100\n\
             trial-{number},trial-over-month-end,2026-04-28T12:00:00Z,1\n"
        );
        fs::write(&path, text)?;
        Ok(path)
    }

    /// The book as it is now, beside itself.
    fn copy(&self, name: &str) -> Outcome<PathBuf> {
        let to = self.path(name);
        copy_folder(&self.book(), &to)?;
        Ok(to)
    }
}

/// The arguments that bill April again with a late file, and May after it.
fn late_file(book: &Path, late: &Path) -> Vec<String> {
    let path = |path: &Path| path.display().to_string();
    let words = ["rerun", "--month", "2026-04", "--cascade", "--reason", "late file"];
    let mut words: Vec<String> = words.map(str::to_owned).to_vec();
    words.extend(["--issued-on", "2026-06-15", "--quiet", "--json"].map(str::to_owned));
    words.extend(["--book".to_owned(), path(book), "--add-usage".to_owned(), path(late)]);
    words
}

fn rerun(book: &Path, late: &Path) -> assert_cmd::Command {
    let mut command = monthend([]);
    command.args(late_file(book, late));
    command
}

/// The same as a process that can be watched and killed.
fn spawn(book: &Path, late: &Path) -> Outcome<Child> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_monthend"));
    command.args(late_file(book, late)).current_dir(root());
    Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks that what `CURRENT` of a month names is whole, to the byte; gives its name.
fn whole(month: &Path) -> Outcome<String> {
    let name = fs::read_to_string(month.join("CURRENT"))?.trim_end().to_owned();
    let revision = month.join(&name);
    let manifest = fs::read(revision.join("manifest.json"))?;
    let run_facts = json(&revision.join("run.json"))?;
    assert_eq!(run_facts["manifest_sha256"], sha256(&manifest), "{}", revision.display());
    let manifest: serde_json::Value = serde_json::from_slice(&manifest)?;
    assert_eq!(manifest["revision"], name.as_str());
    let files = tables(&revision)?;
    let outputs = manifest["outputs"].as_array().ok_or("no outputs")?;
    assert_eq!(outputs.len(), files.len());
    for output in outputs {
        let bytes = &files[Path::new(output["file"].as_str().ok_or("no file")?)];
        assert_eq!(
            (&output["bytes"], &output["sha256"]),
            (&value!(bytes.len()), &value!(sha256(bytes))),
            "{output}"
        );
    }
    Ok(name)
}

/// The revision in force of April and of May, both whole.
fn in_force(book: &Path) -> Outcome<[String; 2]> {
    Ok([whole(&book.join("2026-04"))?, whole(&book.join("2026-05"))?])
}

/// A book's months without what no reader looks at: the lock and what is being made.
fn months_of(book: &Path) -> Outcome<Tree> {
    let mut found = tree(book)?;
    found.retain(|path, _| !path.starts_with(".lock") && !path.starts_with(".staging"));
    Ok(found)
}

#[test]
fn a_dry_run_leaves_the_book_alone_and_a_rerun_that_changes_nothing_its_months() -> Outcome {
    let months = Months::publish()?;
    let (book, late) = (months.book(), months.late(1)?);
    let before = tree(&book)?;
    let told = result(&run(rerun(&book, &late).arg("--dry-run"), 3)?)?;
    assert_eq!((&told["status"], &told["revision"]), (&value!("would-differ"), &value!("r001")));
    unchanged(&before, &book)?;

    let before = months_of(&book)?;
    for _ in 0..2 {
        let mut command = monthend(["rerun", "--month", "2026-04", "--reason", "once more"]);
        let told = result(&run(command.args(["--json", "--cascade", "--book"]).arg(&book), 3)?)?;
        assert_eq!(told["status"], "unchanged");
        assert!(told["later"].is_null(), "{told}");
        assert!(months_of(&book)? == before, "a rerun that changes nothing changed something");
    }
    // A refused run, too.
    run(monthend(["rerun", "--month", "2026-04", "--no-such-option"]).arg("--book").arg(&book), 2)?;
    let mut command = monthend(["rerun", "--month", "2026-04", "--book"]);
    run(command.arg(&book).arg("--add-usage").arg(&late), 1)?;
    assert!(months_of(&book)? == before, "a refused rerun changed something");
    assert!(tree(&book.join(".staging"))?.is_empty());
    Ok(())
}

#[test]
fn earlier_revisions_stay_as_they_are_and_the_same_rerun_gives_the_same_bytes() -> Outcome {
    let months = Months::publish()?;
    let (book, other) = (months.book(), months.copy("other")?);
    for number in 1..=3 {
        let late = months.late(number)?;
        let before = months_of(&book)?;
        let threads = number.to_string();
        run(rerun(&book, &late).args(["--threads", &threads]), 3)?;
        run(rerun(&other, &late).args(["--threads", "1"]), 3)?;
        let name = format!("r{:03}", number + 1);
        assert_eq!(in_force(&book)?, [name.clone(), name.clone()]);
        let after = months_of(&book)?;
        let is_of_revision =
            |path: &Path| path.components().count() > 2 && !path.starts_with("current");
        for (path, entry) in before.iter().filter(|(path, _)| is_of_revision(path)) {
            assert!(after.get(path) == Some(entry), "{} has changed", path.display());
        }
        for month in ["2026-04", "2026-05"] {
            let of = |book: &Path| book.join(month).join(&name);
            assert_eq!(tables(&of(&book))?, tables(&of(&other))?);
            let manifest = |book: &Path| fs::read(of(book).join("manifest.json"));
            assert_eq!(manifest(&book)?, manifest(&other)?);
        }
    }
    Ok(())
}

#[test]
fn a_rerun_takes_the_locks_of_all_months_that_it_may_publish() -> Outcome {
    let months = Months::publish()?;
    let (book, late) = (months.book(), months.late(1)?);
    let before = months_of(&book)?;
    for month in ["2026-04", "2026-05"] {
        let lock = File::options().write(true).open(book.join(".lock").join(month))?;
        lock.try_lock()?;
        let output = run(&mut rerun(&book, &late), 75)?;
        assert!(words(&output).contains(&format!("{month} is being run")), "{}", words(&output));
        assert_eq!(result(&output)?["error"]["kind"], "locked");
        assert!(months_of(&book)? == before, "something was published");
        run(rerun(&book, &late).arg("--dry-run"), 3)?;
    }
    run(&mut rerun(&book, &late), 3)?;
    assert_eq!(in_force(&book)?, ["r002", "r002"]);
    Ok(())
}

#[test]
fn of_reruns_at_once_one_publishes() -> Outcome {
    let months = Months::publish()?;
    let (book, late) = (months.book(), months.late(1)?);
    let children: Outcome<Vec<Child>> = (0..4).map(|_| spawn(&book, &late)).collect();
    let mut codes = Vec::new();
    for mut child in children? {
        codes.push(child.wait()?.code());
    }
    // The others were told to wait, or to begin again from what is in force by then, or had nothing to change.
    assert!(codes.contains(&Some(3)), "{codes:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(3 | 75))), "{codes:?}");
    assert_eq!(in_force(&book)?, ["r002", "r002"]);
    assert!(!book.join("2026-04/r003").exists());
    run(&mut rerun(&book, &late), 3)?;
    assert!(!book.join("2026-04/r003").exists());
    Ok(())
}

#[test]
fn readers_beside_reruns_see_one_whole_revision_after_the_other() -> Outcome {
    const REVISIONS: u32 = 5;
    let months = Months::publish()?;
    let (book, done) = (months.book(), AtomicBool::new(false));
    let late: Vec<PathBuf> = (1..REVISIONS).map(|n| months.late(n)).collect::<Outcome<_>>()?;
    // Tells all that a reader saw, in order, each once.
    let read = |month: &str| -> Result<Vec<String>, String> {
        let mut seen: Vec<String> = Vec::new();
        loop {
            let last = done.load(Ordering::Relaxed);
            let name = whole(&book.join(month)).map_err(|e| e.to_string())?;
            if seen.last() != Some(&name) {
                seen.push(name);
            }
            if last {
                return Ok(seen);
            }
        }
    };
    // Of the table over all months, a month's file is always there, and always whole.
    let file = |revision: u32| book.join(format!("2026-04/r{revision:03}/statements.csv"));
    let read_current = || -> Result<Vec<Vec<u8>>, String> {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let text = fs::read(book.join("current/statements/2026-04.csv"));
            let text = text.map_err(|e| e.to_string())?;
            if seen.last() != Some(&text) {
                seen.push(text);
            }
        }
        Ok(seen)
    };
    let seen = thread::scope(|scope| -> Outcome<Vec<Vec<String>>> {
        let readers: Vec<_> =
            ["2026-04", "2026-04", "2026-05"].map(|month| scope.spawn(move || read(month))).into();
        let of_current = scope.spawn(read_current);
        let published: Outcome<Vec<_>> =
            late.iter().map(|late| run(&mut rerun(&book, late), 3)).collect();
        done.store(true, Ordering::Relaxed);
        let texts = of_current.join().map_err(|_| "a reader of `current` panicked")??;
        let all: Vec<Vec<u8>> =
            (1..=REVISIONS).map(|n| fs::read(file(n))).collect::<Result<_, _>>()?;
        let places: Option<Vec<usize>> =
            texts.iter().map(|text| all.iter().position(|of| of == text)).collect();
        let places = places.ok_or("`current` showed what no revision has")?;
        assert!(places.is_sorted() && places.len() > 2, "{places:?}");
        let seen = readers.into_iter().map(|reader| match reader.join() {
            Ok(seen) => Ok(seen?),
            Err(_) => Err("a reader saw a revision that was not whole".into()),
        });
        let seen = seen.collect();
        published.and(seen)
    })?;
    for seen in seen {
        let number = |name: &String| name.trim_start_matches('r').parse::<u32>().unwrap_or(0);
        let numbers: Vec<u32> = seen.iter().map(number).collect();
        assert!(numbers.is_sorted() && numbers.len() > 2, "{numbers:?}");
        assert_eq!(numbers.last(), Some(&REVISIONS));
    }
    Ok(())
}

#[test]
fn a_rerun_that_is_killed_leaves_whole_revisions_and_can_be_asked_for_again() -> Outcome {
    let months = Months::publish()?;
    let late = months.late(1)?;
    let expected = months.copy("expected")?;
    #[expect(clippy::disallowed_methods, reason = "a test may ask how long a run takes")]
    let began = std::time::Instant::now();
    assert!(spawn(&expected, &late)?.wait()?.success() || in_force(&expected)?[1] == "r002");
    let took = began.elapsed();
    assert_eq!(in_force(&expected)?, ["r002", "r002"]);

    const POINTS: u32 = 16;
    let (mut cut_short, mut halfway) = (0, 0);
    for point in 0..POINTS {
        let book = months.copy(&format!("book-{point}"))?;
        let before = months_of(&book)?;
        let mut child = spawn(&book, &late)?;
        thread::sleep(took * (point + 1) / POINTS);
        child.kill()?;
        cut_short += u32::from(child.wait()?.code().is_none());
        let left = in_force(&book)?;
        halfway += u32::from(left == ["r002", "r001"]);
        assert!(left != ["r001", "r002"], "May was published before April");
        let r001 = |path: &Path| path.components().any(|part| part.as_os_str() == "r001");
        let after = months_of(&book)?;
        for (path, entry) in before.iter().filter(|(path, _)| r001(path)) {
            assert!(after.get(path) == Some(entry), "{} has changed", path.display());
        }
        ask_again(&book, &late)?;
        same_months(&book, &expected)?;
    }
    assert!(cut_short > POINTS / 3, "killed only {cut_short} times, {halfway} between months");
    Ok(())
}

/// Asks for a rerun until it says that it is done: after a crash it may have to begin again.
fn ask_again(book: &Path, late: &Path) -> Outcome {
    for _ in 0..3 {
        let output = rerun(book, late).output()?;
        match crate::common::code(&output)? {
            0 | 3 => return Ok(()),
            75 => {}
            other => return Err(format!("exit code {other}\n{}", words(&output)).into()),
        }
    }
    Err("it never came to an end".into())
}

/// Checks that two books hold the same revisions, to the byte, and nothing in the making.
fn same_months(book: &Path, expected: &Path) -> Outcome {
    assert_eq!(in_force(book)?, ["r002", "r002"]);
    for month in ["2026-04", "2026-05"] {
        let of = |book: &Path| book.join(month).join("r002");
        assert_eq!(tables(&of(book))?, tables(&of(expected))?);
        let names = |book: &Path| -> Outcome<Vec<PathBuf>> {
            Ok(tree(&book.join(month))?.into_keys().collect())
        };
        assert_eq!(names(book)?, names(expected)?);
    }
    assert!(tree(&book.join(".staging"))?.is_empty(), "something is left in .staging");
    run(monthend(["verify", "--book"]).arg(book), 0)?;
    Ok(())
}

#[test]
fn every_point_at_which_a_crash_can_leave_a_month_is_made_good() -> Outcome {
    let months = Months::publish()?;
    let late = months.late(1)?;
    let expected = months.copy("expected")?;
    run(&mut rerun(&expected, &late), 3)?;
    let april = |book: &Path| book.join("2026-04");
    let published = |book: &Path| -> Outcome {
        let [from, to] = [&april(&expected), &april(book)].map(|month| month.join("r002"));
        for path in tree(&from)?.into_keys().filter(|path| from.join(path).is_file()) {
            fs::create_dir_all(to.join(&path).parent().ok_or("no folder")?)?;
            fs::copy(from.join(&path), to.join(&path))?;
        }
        Ok(())
    };
    // While it was written aside.
    let book = months.copy("aside")?;
    fs::create_dir_all(book.join(".staging/2026-04/r002"))?;
    fs::write(book.join(".staging/2026-04/r002/documents.csv"), "document_id\n")?;
    ask_again(&book, &late)?;
    same_months(&book, &expected)?;
    // Moved into the month's folder, and not in force: whoever runs the month next puts it in force.
    let book = months.copy("moved")?;
    published(&book)?;
    fs::create_dir_all(book.join(".staging/2026-04"))?;
    assert_eq!(in_force(&book)?, ["r001", "r001"]);
    let output = run(&mut rerun(&book, &late), 3)?;
    assert!(words(&output).contains("put in force what a crashed run had published"));
    same_months(&book, &expected)?;
    // The pointer to it was written beside the old one.
    let book = months.copy("pointer")?;
    published(&book)?;
    fs::write(april(&book).join(".CURRENT"), "r0")?;
    ask_again(&book, &late)?;
    same_months(&book, &expected)?;
    // In force, and `current` not renewed: any run does it, of whatever month, and one that publishes nothing.
    for month in ["2026-04", "2026-05"] {
        let book = months.copy(&format!("current-{month}"))?;
        fs::remove_dir_all(&book)?;
        copy_folder(&expected, &book)?;
        fs::remove_dir_all(book.join("current"))?;
        copy_folder(&months.book().join("current"), &book.join("current"))?;
        run(monthend(["verify", "--book"]).arg(&book), 4)?;
        run(monthend(["rerun", "--month", month, "--book"]).arg(&book), 3)?;
        same_months(&book, &expected)?;
    }
    // What is not whole was no crash: it is not taken, and not cleared either.
    let book = months.copy("damaged")?;
    published(&book)?;
    fs::write(april(&book).join("r002/manifest.json"), "{}")?;
    let before = months_of(&book)?;
    let output = run(&mut rerun(&book, &late), 1)?;
    for said in ["r002", "hint: ", "restore it from a copy"] {
        assert!(words(&output).contains(said), "`{said}` is not in\n{}", words(&output));
    }
    assert!(months_of(&book)? == before, "a damaged book was changed");
    Ok(())
}
