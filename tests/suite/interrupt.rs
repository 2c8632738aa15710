//! SIGTERM and Ctrl-C while a month is billed, and the log that tells of it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{self, FIXTURES, Outcome, code, json as json_file, program, root, schemas};

/// A month of one account, with more events than can be billed before a signal comes.
fn folder(events: usize) -> Outcome<TempDir> {
    let folder = tempfile::tempdir()?;
    let header = "change_id,account_id,at,change,plan\n";
    let signup = "c-1,ann,2026-01-10T09:00:00Z,signup,pro\n";
    fs::write(folder.path().join("changes.csv"), format!("{header}{signup}"))?;
    let mut usage = String::from("event_id,account_id,at,credits\n");
    for event in 0..events {
        let month = 4 + event % 2;
        usage.push_str(&format!("e-{event},ann,2026-{month:02}-12T09:00:00Z,0.001\n"));
    }
    fs::write(folder.path().join("usage.csv"), usage)?;
    fs::write(
        folder.path().join("late.csv"),
        format!("{header}c-2,ann,2026-04-20T09:00:00Z,plan,power\n"),
    )?;
    Ok(folder)
}

/// A command in the folder, with a log in JSON.
fn command(folder: &TempDir, args: &[&str]) -> Outcome<Command> {
    let mut command = Command::new(program());
    command.current_dir(folder.path()).args(args).args(["--book", "book"]);
    command.args(["--log-format", "json", "--json"]);
    Ok(command)
}

fn run(folder: &TempDir, month: &[&str]) -> Outcome<Command> {
    let catalogs = root().join(FIXTURES[1]);
    let mut run = command(folder, &["run", "--changes", "changes.csv", "--usage", "usage.csv"])?;
    run.arg("--catalog").arg(catalogs).args(month);
    Ok(run)
}

/// Sends a signal once an event is logged with a message; gives exit code, last event and result.
fn signalled(command: &mut Command, message: &str, signal: &str) -> Outcome<(i32, Value, Value)> {
    let mut child: Child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut events = BufReader::new(child.stderr.take().ok_or("no log")?).lines();
    let mut last = Value::Null;
    while last["message"] != message {
        last = serde_json::from_str(&events.next().ok_or(format!("no `{message}`"))??)?;
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status()?;
    assert!(sent.success());
    let rest = thread::spawn(move || events.last());
    let mut result = String::new();
    child.stdout.take().ok_or("no result")?.read_to_string(&mut result)?;
    let output = child.wait_with_output()?;
    if let Ok(Some(line)) = rest.join() {
        last = serde_json::from_str(&line?)?;
    }
    schemas::of_printed(&result)?;
    Ok((code(&output)?, last, serde_json::from_str(&result)?))
}

#[test]
fn a_signal_says_that_nothing_was_published() -> Outcome {
    let folder = folder(300_000)?;
    let april = ["--month", "2026-04", "--opening", "genesis"];
    for (signal, number, name) in [("-TERM", 143, "SIGTERM"), ("-INT", 130, "SIGINT")] {
        let (code, last, result) = signalled(&mut run(&folder, &april)?, "billing", signal)?;
        assert_eq!(code, number);
        let said = format!("stopped by {name}: nothing was published");
        assert_eq!(last["error"]["message"], said, "{last:#}");
        assert_eq!((&result["status"], &result["published"]), (&json!("failed"), &json!([])));
        assert_eq!(result["error"]["exit_code"], number);
        assert!(!folder.path().join("book/2026-04").exists());
    }
    Ok(())
}

#[test]
fn a_signal_leaves_nothing_of_a_plan() -> Outcome {
    let folder = folder(300_000)?;
    let scratch = folder.path().join("scratch");
    let april = ["--month", "2026-04", "--opening", "genesis", "--dry-run"];
    for (out, is_there) in [(None, true), (Some("out"), true), (Some("new/out"), false)] {
        let within = out.map_or_else(|| scratch.clone(), |out| folder.path().join(out));
        fs::create_dir_all(&scratch)?;
        if is_there {
            fs::create_dir_all(&within)?;
        }
        let mut command = run(&folder, &april)?;
        command.env("TMPDIR", &scratch).stdout(Stdio::null()).stderr(Stdio::piped());
        if let Some(out) = out {
            command.args(["--out", out]);
        }
        let mut child = command.spawn()?;
        let has_begun = || fs::read_dir(&within).is_ok_and(|mut within| within.next().is_some());
        while !has_begun() && child.try_wait()?.is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
        let output = child.wait_with_output()?;
        assert_eq!(code(&output)?, 143, "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read_dir(&scratch)?.count(), 0, "{out:?}");
        match is_there {
            true => assert_eq!(fs::read_dir(&within)?.count(), 0, "{out:?}"),
            false => assert!(!folder.path().join("new").exists()),
        }
    }
    Ok(())
}

#[test]
fn a_signal_in_a_cascade_says_what_was_published() -> Outcome {
    let folder = folder(100_000)?;
    for month in [&["--month", "2026-04", "--opening", "genesis"][..], &["--month", "2026-05"]] {
        assert!(run(&folder, month)?.output()?.status.success());
    }
    let mut rerun = command(
        &folder,
        &[
            "rerun",
            "--month",
            "2026-04",
            "--add-changes",
            "late.csv",
            "--cascade",
            "--reason",
            "late",
        ],
    )?;
    let (code, last, result) = signalled(&mut rerun, "done", "-TERM")?;
    assert_eq!(code, 143);
    // An object in the log, and not JSON in a text.
    assert_eq!(last["error"]["message"], "stopped by SIGTERM", "{last:#}");
    let published = &result["published"][0];
    assert_eq!((&published["month"], &published["revision"]), (&json!("2026-04"), &json!("r002")));
    assert_eq!(last["error"]["done_before"].as_array().map(Vec::len), Some(1));
    let current =
        |month: &str| fs::read_to_string(folder.path().join("book").join(month).join("CURRENT"));
    assert_eq!((current("2026-04")?.trim(), current("2026-05")?.trim()), ("r002", "r001"));
    // What was cut short is done by the next run, as ever.
    let mut again =
        command(&folder, &["rerun", "--month", "2026-04", "--cascade", "--reason", "late"])?;
    let output = again.output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let run = json_file(&folder.path().join("book/2026-05/r001/run.json"));
    assert!(run.is_ok());
    Ok(())
}

#[test]
fn a_cascade_that_was_cut_short_goes_on_by_the_same_command() -> Outcome {
    let folder = folder(100_000)?;
    for month in [&["--month", "2026-04", "--opening", "genesis"][..], &["--month", "2026-05"]] {
        assert!(run(&folder, month)?.output()?.status.success());
    }
    // Neither row changes how a month closes.
    let rows = ["late-1,ann,2026-04-14T09:00:00Z,7", "late-2,ann,2026-05-14T09:00:00Z,9"];
    let header = "event_id,account_id,at,credits";
    fs::write(folder.path().join("late-usage.csv"), [header, rows[0], rows[1], ""].join("\n"))?;
    let words = "rerun --month 2026-04 --add-usage late-usage.csv --cascade --reason late";
    let words: Vec<&str> = words.split(' ').collect();
    let (code, _, result) = signalled(&mut command(&folder, &words)?, "done", "-TERM")?;
    assert_eq!(code, 143);
    assert_eq!(result["published"].as_array().map(Vec::len), Some(1));

    let output = command(&folder, &words)?.output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let result = common::result(&output)?;
    assert_eq!((&result["status"], &result["revision"]), (&json!("unchanged"), &json!("r002")));
    let may = &result["later"][0];
    assert_eq!((&may["status"], &may["revision"]), (&json!("published"), &json!("r002")));
    assert_eq!(may["control_totals"]["usage"]["used"]["rows"], 50_001);
    Ok(())
}

#[test]
fn results_and_errors_are_objects_in_the_log() -> Outcome {
    let folder = folder(4)?;
    let output = run(&folder, &["--month", "2026-04", "--opening", "genesis"])?.output()?;
    let events = String::from_utf8(output.stderr)?;
    schemas::of_printed(&events)?;
    let events: Vec<Value> = events.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let done = events.iter().find(|event| event["message"] == "done").ok_or("not done")?;
    assert_eq!((&done["level"], &done["result"]["events"]), (&json!("INFO"), &json!(2)));
    let output = run(&folder, &["--month", "2026-06"])?.output()?;
    let events = String::from_utf8(output.stderr)?;
    schemas::of_printed(&events)?;
    let failed: Value = serde_json::from_str(events.lines().last().ok_or("no event")?)?;
    assert_eq!((&failed["level"], &failed["error"]["exit_code"]), (&json!("ERROR"), &json!(1)));
    Ok(())
}
