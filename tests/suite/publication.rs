//! What comes after a publication, or keeps it from being completed: nothing of it is told wrongly, and the next run
//! finds its way.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

use crate::common::{Outcome, april, in_one_line, may, monthend, result, run, words};

/// April and May of the fixtures, and a late file for April.
struct TwoMonths {
    folder: tempfile::TempDir,
}

impl TwoMonths {
    fn new() -> Outcome<Self> {
        let months = TwoMonths { folder: tempfile::tempdir()? };
        run(&mut april("run", &months.book()), 3)?;
        run(&mut may("run", &months.book()), 3)?;
        let late =
            "event_id,account_id,at,credits\nlate-1,overage-rounding,2026-04-20T00:00:00Z,7\n";
        fs::write(months.late(), late)?;
        Ok(months)
    }

    fn book(&self) -> PathBuf {
        self.folder.path().join("book")
    }

    fn late(&self) -> PathBuf {
        self.folder.path().join("late.csv")
    }

    fn in_force(&self, month: &str) -> Outcome<String> {
        Ok(fs::read_to_string(self.book().join(month).join("CURRENT"))?.trim().to_owned())
    }

    /// April with the late file.
    fn rerun(&self, more: &[&str]) -> Command {
        let mut rerun = monthend(["rerun", "--month", "2026-04", "--reason", "found", "--json"]);
        rerun.arg("--book").arg(self.book()).arg("--add-usage").arg(self.late()).args(more);
        rerun
    }

    fn verify(&self, code: i32) -> Outcome<Value> {
        result(&run(monthend(["verify", "--json", "--book"]).arg(self.book()), code)?)
    }
}

#[test]
fn a_later_month_at_fault_is_a_warning_once_april_is_published() -> Outcome {
    let months = TwoMonths::new()?;
    let current = months.book().join("2026-05/CURRENT");
    fs::write(&current, "r009\n")?;
    let rerun = run(&mut months.rerun(&[]), 3)?;
    let said = result(&rerun)?;
    assert_eq!((&said["status"], &said["revision"]), (&"published".into(), &"r002".into()));
    let warning = said["warnings"][0].as_str().unwrap_or_default();
    for told in ["later months could not be looked at", "2026-05/CURRENT", "names no revision"] {
        assert!(warning.contains(told), "`{told}` is not in `{warning}`");
        let words = in_one_line(&words(&rerun));
        assert!(words.contains(told), "`{told}` is not in\n{words}");
    }
    assert_eq!(months.in_force("2026-04")?, "r002");
    // So it is where nothing changes, and for who watches the log alone.
    let again = run(&mut months.rerun(&["--quiet"]), 3)?;
    assert_eq!(result(&again)?["status"], "unchanged");
    assert!(words(&again).contains("names no revision"), "{}", words(&again));
    // A cascade needs the later month: it is refused before anything is published.
    fs::write(months.late(), fs::read_to_string(months.late())?.replace(",7", ",8"))?;
    let late = months.late().display().to_string();
    let refused =
        run(&mut months.rerun(&["--cascade", "--replace-usage", &format!("{late}={late}")]), 1)?;
    let said = result(&refused)?;
    assert_eq!(
        (&said["published"], &said["error"]["done_before"]),
        (&Value::Array(vec![]), &Value::Array(vec![]))
    );
    assert_eq!(months.in_force("2026-04")?, "r002");
    Ok(())
}

#[test]
fn a_journal_that_cannot_be_written_is_found_out_before_the_publication() -> Outcome {
    let months = TwoMonths::new()?;
    let journal = months.book().join(".journal");
    let lines = fs::read(&journal)?;
    fs::remove_file(&journal)?;
    fs::create_dir(&journal)?;
    let refused = run(&mut months.rerun(&[]), 1)?;
    assert!(words(&refused).contains(".journal"), "{}", words(&refused));
    assert_eq!(result(&refused)?["published"], Value::Array(vec![]));
    assert_eq!(months.in_force("2026-04")?, "r001");
    fs::remove_dir(&journal)?;
    fs::write(&journal, lines)?;
    run(&mut months.rerun(&[]), 3)?;
    months.verify(0)?;
    Ok(())
}

#[test]
fn a_cascade_that_fails_says_what_it_has_published() -> Outcome {
    let months = TwoMonths::new()?;
    // A change that April closes otherwise with, and damage in May that is met when its turn comes.
    let more = months.folder.path().join("changes.csv");
    let row = "late-1,overage-rounding,2026-04-20T00:00:00Z,plan,free";
    fs::write(&more, format!("change_id,account_id,at,change,plan\n{row}\n"))?;
    let mut rerun = months.rerun(&["--cascade", "--add-changes"]);
    rerun.arg(&more);
    let table = months.book().join("2026-05/r001/documents.parquet");
    fs::write(&table, "PAR1, but no table")?;
    let failed = run(&mut rerun, 1)?;
    let said = result(&failed)?;
    assert_eq!(said["error"]["exit_code"], 1);
    assert_eq!(said["published"][0]["month"], "2026-04");
    assert_eq!(said["published"][0]["revision"], "r002");
    assert_eq!(said["published"].as_array().map(Vec::len), Some(1));
    assert!(words(&failed).contains("done before: 2026-04 published: "), "{}", words(&failed));
    assert_eq!(
        (months.in_force("2026-04")?, months.in_force("2026-05")?),
        ("r002".into(), "r001".into())
    );
    Ok(())
}

/// Takes April's second revision out of force, as a crash between the two renames leaves it.
fn cut_short(months: &TwoMonths) -> Outcome {
    run(&mut months.rerun(&[]), 3)?;
    let april = months.book().join("2026-04");
    fs::write(april.join("CURRENT"), "r001\n")?;
    fs::write(april.join(".CURRENT"), "r002\n")?;
    let journal = months.book().join(".journal");
    let lines = fs::read_to_string(&journal)?;
    let kept = lines.lines().filter(|line| !line.starts_with("2026-04 r002"));
    fs::write(journal, kept.map(|line| format!("{line}\n")).collect::<String>())?;
    Ok(())
}

#[test]
fn after_a_crash_between_the_renames_the_first_retry_works() -> Outcome {
    let months = TwoMonths::new()?;
    cut_short(&months)?;
    let found = months.verify(4)?;
    let findings = found["findings"].as_array().ok_or("no findings")?;
    assert!(findings.iter().all(|finding| finding["code"] != "stray"), "{findings:?}");
    let retry = run(&mut months.rerun(&[]), 3)?;
    assert_eq!(result(&retry)?["status"], "unchanged");
    assert!(words(&retry).contains("put in force"), "{}", words(&retry));
    assert!(!months.book().join("2026-04/.CURRENT").exists());
    months.verify(0)?;
    // What the retry fails at is told beside what it has put in force.
    cut_short(&months)?;
    let failed = run(&mut months.rerun(&["--add-changes", "no-such-file.csv"]), 1)?;
    assert_eq!(result(&failed)?["published"][0]["revision"], "r002");
    assert_eq!(months.in_force("2026-04")?, "r002");
    Ok(())
}

#[test]
fn what_a_crash_left_beside_current_is_in_nobodys_way() -> Outcome {
    let months = TwoMonths::new()?;
    let left = months.book().join("2026-04/.CURRENT");
    fs::write(&left, "r0")?;
    months.verify(0)?;
    run(&mut april("run", &months.book()), 3)?;
    assert!(!left.exists());
    Ok(())
}

/// Runs a command whose standard error, or output, is a full disk.
#[cfg(target_os = "linux")]
fn with_full(stream: &str, command: &Command) -> Outcome<std::process::Output> {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("exec \"$@\" {stream}/dev/full")).arg("sh");
    shell.arg(command.get_program()).args(command.get_args());
    Ok(shell.current_dir(command.get_current_dir().unwrap_or(Path::new("."))).output()?)
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure_that_says_what_was_published() -> Outcome {
    let months = TwoMonths::new()?;
    let output = with_full(">", &months.rerun(&[]))?;
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    for said in ["cannot be written to standard output", "done before: 2026-04 published: ", "r002"]
    {
        assert!(words(&output).contains(said), "`{said}` is not in\n{}", words(&output));
    }
    assert_eq!(months.in_force("2026-04")?, "r002");
    let book = months.book().display().to_string();
    let catalog = "fixtures/catalogs";
    let state = "fixtures/bad/good-state.csv";
    for command in [
        vec!["status", "--as-of", "2026-05-01", "--book", &book],
        vec!["status", "--as-of", "2026-05-01", "--json", "--book", &book],
        vec!["verify", "--book", &book],
        vec!["explain", "overage-rounding", "--month", "2026-04", "--book", &book],
        vec!["diff", "--month", "2026-04", "--book", &book],
        vec!["catalog", "show", catalog],
        vec!["state", "import", state, "--month", "2026-10", "--catalog", catalog, "--book", &book],
        vec!["--help"],
        vec!["run", "--help"],
        vec!["--version"],
    ] {
        let output = with_full(">", &monthend(command.iter().copied()))?;
        assert_eq!(output.status.code(), Some(1), "{command:?}: {}", words(&output));
        assert!(words(&output).contains("standard output"), "{command:?}: {}", words(&output));
        if command.contains(&"import") {
            assert!(words(&output).contains("done before: "), "{}", words(&output));
        }
        // A reader that has gone away is no failure.
        let mut pipe = Command::new("sh");
        pipe.args(["-c", "{ \"$@\"; echo $? >&2; } | true", "sh"]).arg(crate::common::program());
        let output = pipe.args(&command).current_dir(crate::common::root()).output()?;
        assert!(words(&output).lines().any(|line| line == "0"), "{command:?}: {}", words(&output));
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_error_decides_nothing() -> Outcome {
    for log in ["text", "json"] {
        let months = TwoMonths::new()?;
        let output = with_full("2>", &months.rerun(&["--log-format", log, "--verbose"]))?;
        assert_eq!(output.status.code(), Some(3), "{log}");
        assert_eq!(result(&output)?["status"], "published");
        assert_eq!(months.in_force("2026-04")?, "r002");
    }
    Ok(())
}

#[test]
fn threads_beyond_reason_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let output = run(april("run", &folder.path().join("book")).args(["--threads", "1000000"]), 2)?;
    assert!(words(&output).contains("expected: 1 to 1024"), "{}", words(&output));
    Ok(())
}

#[test]
fn findings_have_their_exit_code_until_someone_says_otherwise() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let quiet = run(april("run", &book).args(["--quiet", "--json"]), 3)?;
    let said = words(&quiet);
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in
        ["to look at", "2 rejects: ", "r001/rejects.csv", "1 before-signup", "r001/exceptions.csv"]
    {
        assert!(said.contains(part), "`{part}` is not in {said}");
    }
    assert!(!said.contains("unbilled-usage") && !said.contains("overage-unavailable"), "{said}");
    let findings = result(&quiet)?["findings"].clone();
    assert_eq!(findings[0]["kind"], "rejects");
    assert!(
        findings[0]["table"].as_str().is_some_and(|path| Path::new(path).is_file()),
        "{findings}"
    );
    // A retry hides nothing.
    let again = run(april("run", &book).arg("--json"), 3)?;
    assert_eq!(result(&again)?["status"], "unchanged");
    assert_eq!(result(&again)?["findings"], findings);
    assert!(words(&again).contains("look at     2 rejects: "), "{}", words(&again));
    for code in [0, 9] {
        let typed = code.to_string();
        let again =
            run(april("run", &book).args(["--json", "--findings-exit-code", &typed]), code)?;
        assert_eq!(result(&again)?["exit_code"], code);
    }
    for (code, month) in [("1", "run"), ("2", "run"), ("4", "check"), ("75", "run"), ("126", "run")]
    {
        let refused = run(april(month, &book).args(["--findings-exit-code", code]), 2)?;
        assert!(words(&refused).contains("means something else"), "{}", words(&refused));
    }
    // In a job file, which a rerun reads as well.
    let job = sandbox.path().join("job.toml");
    fs::write(&job, format!("book = \"{}\"\nfindings_exit_code = 17\n", book.display()))?;
    let mut rerun = monthend(["rerun", "--month", "2026-04", "--job"]);
    run(rerun.arg(&job), 17)?;
    run(rerun.args(["--findings-exit-code", "0"]), 0)?;
    run(april("check", &book).arg("--job").arg(&job), 17)?;
    fs::write(&job, format!("book = \"{}\"\nfindings_exit_code = 4\n", book.display()))?;
    let refused = run(monthend(["rerun", "--month", "2026-04", "--job"]).arg(&job), 2)?;
    assert!(words(&refused).contains("job.toml"), "{}", words(&refused));
    Ok(())
}
