//! What is expected of a month before it is published (L4): that it is over, by the clock; what machines are told; and
//! the months of a cascade. `tests/scenarios/expectations.txt` has what is expected by a job.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{FIXTURES, Outcome, code, json as json_file, monthend, result, words};

/// This month, in UTC.
#[expect(clippy::disallowed_methods, reason = "a month is over by the clock")]
fn this_month() -> String {
    chrono::Utc::now().format("%Y-%m").to_string()
}

/// A folder with the logs of an account that has one event on the first of the month.
fn folder(month: &str) -> Outcome<TempDir> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text);
    write(
        "changes.csv",
        "change_id,account_id,at,change,plan\nc-1,ann,2025-12-01T09:00:00Z,signup,pro\n".to_owned(),
    )?;
    let header = "event_id,account_id,at,credits";
    write("usage.csv", format!("{header}\ne-1,ann,{month}-01T00:00:00Z,7\n"))?;
    Ok(folder)
}

fn bill(command: &str, month: &str, folder: &Path) -> Command {
    let mut bill = monthend([command, "--month", month, "--opening", "genesis", "--json"]);
    bill.args(["--catalog", FIXTURES[1]]).arg("--changes").arg(folder.join("changes.csv"));
    bill.arg("--usage").arg(folder.join("usage.csv")).arg("--book").arg(folder.join("book"));
    bill
}

/// What a command says as JSON, which ends with this exit code.
fn told(command: &mut Command, expected: i32) -> Outcome<Value> {
    let output = command.output()?;
    assert_eq!(code(&output)?, expected, "{}", words(&output));
    result(&output)
}

#[test]
fn a_month_is_billed_when_it_is_over() -> Outcome {
    let month = this_month();
    let folder = folder(&month)?;
    let book = folder.path().join("book");
    // Nothing is read: the log need not even be there.
    let mut early = bill("run", &month, folder.path());
    let refused = told(early.arg("--usage").arg(folder.path().join("gone.csv")), 4)?;
    assert_eq!(refused["error"]["kind"], "expectation");
    assert_eq!(refused["error"]["faults"][0]["code"], "ME0602");
    assert!(!book.exists(), "a refused run writes nothing");

    // Who looks at the running month sees what it comes to so far, with the code of the refusal.
    for mut look in [bill("check", &month, folder.path()), {
        let mut dry = bill("run", &month, folder.path());
        dry.arg("--dry-run");
        dry
    }] {
        let told = told(&mut look, 4)?;
        assert_eq!((&told["total_amount"], &told["events"]), (&json!("20.00"), &json!(1)));
        let unmet = told["unmet"].as_array().ok_or("nothing is unmet")?;
        assert_eq!(unmet.len(), 1, "{told}");
        assert_eq!(unmet[0]["expectation"], "month-over");
        assert_eq!(told["exit_code"], 4);
    }
    assert!(!book.exists(), "a look writes nothing");

    let mut accepted = bill("run", &month, folder.path());
    let done = told(accepted.args(["--accept", " the contract ends today "]), 0)?;
    assert_eq!(
        (&done["status"], &done["accepted"]["text"]),
        (&json!("published"), &json!("the contract ends today"))
    );
    let manifest = json_file(&book.join(&month).join("r001/manifest.json"))?;
    assert_eq!(manifest["accepted"], done["accepted"]);
    assert_eq!(manifest["accepted"]["findings"][0]["expectation"], "month-over");

    // It is published: the same again is nothing new, and needs nobody's word.
    let again = told(&mut bill("run", &month, folder.path()), 0)?;
    assert_eq!((&again["status"], &again["accepted"]), (&json!("unchanged"), &Value::Null));
    let mut status = monthend(["status", "--json", "--book"]);
    let status = result(&status.arg(&book).output()?)?;
    assert_eq!(status["months"][0]["accepted"], done["accepted"]);
    Ok(())
}

#[test]
fn a_month_that_is_over_needs_no_word() -> Outcome {
    let folder = folder("2026-04")?;
    let done = told(&mut bill("run", "2026-04", folder.path()), 0)?;
    assert_eq!((&done["unmet"], &done["accepted"]), (&Value::Null, &Value::Null));
    let manifest = json_file(&folder.path().join("book/2026-04/r001/manifest.json"))?;
    assert_eq!(
        (&manifest["accepted"], &manifest["options"]["expect"]),
        (&Value::Null, &Value::Null)
    );
    for wrong in ["", "  ", "one\nline"] {
        let mut run = bill("run", "2026-04", folder.path());
        let refused = told(run.args(["--accept", wrong]), 2)?;
        let message = refused["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains("--accept is empty or holds control characters"), "{message}");
    }
    Ok(())
}

#[test]
fn a_cascade_stops_where_a_later_month_is_not_what_is_expected() -> Outcome {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let changes = "change_id,account_id,at,change,plan\n\
        c-1,ann,2026-01-05T09:00:00Z,signup,\nc-2,ann,2026-04-20T09:00:00Z,plan,pro\n\
        c-3,bob,2026-01-05T09:00:00Z,signup,pro\n";
    fs::write(at("changes.csv"), changes)?;
    // The change of April was a mistake: May comes to 20.00 instead of 40.00.
    fs::write(at("corrected.csv"), changes.replace("c-2,ann,2026-04-20T09:00:00Z,plan,pro\n", ""))?;
    fs::write(
        at("usage.csv"),
        "event_id,account_id,at,credits\ne-1,bob,2026-04-10T09:00:00Z,1\ne-2,bob,2026-05-10T09:00:00Z,1\n",
    )?;
    let job = format!(
        "catalog = '{}'\nchanges = 'changes.csv'\nusage = 'usage.csv'\nbook = 'book'\n\
         [expect]\ntotal = {{ min = 30 }}\n",
        crate::common::root().join(FIXTURES[1]).display()
    );
    fs::write(at("may.toml"), &job)?;
    fs::write(at("april.toml"), job.replace("min = 30", "min = 1"))?;
    let run = |month: &str, job: &str, more: &[&str]| {
        let mut run = monthend(["run", "--json", "--month", month, "--job"]);
        run.arg(at(job)).args(more);
        told(&mut run, 0)
    };
    run("2026-04", "april.toml", &["--opening", "genesis"])?;
    run("2026-05", "may.toml", &[])?;
    let manifest = json_file(&at("book/2026-05/r001/manifest.json"))?;
    assert_eq!(manifest["options"]["expect"], json!({ "total": { "min": "30" } }));

    let cascade = || {
        let mut rerun = monthend([
            "rerun",
            "--json",
            "--month",
            "2026-04",
            "--cascade",
            "--reason",
            "a mistake",
        ]);
        rerun.args(["--issued-on", "2026-06-05", "--book"]).arg(at("book"));
        rerun
    };
    let corrected = format!("changes.csv={}", at("corrected.csv").display());
    // Who approves a plan of both months is told before April is published.
    let plan = told(cascade().args(["--replace-changes", &corrected, "--dry-run"]), 4)?;
    assert_eq!(plan["later"][0]["unmet"][0]["expectation"], "total.min");
    let digest = plan["digest"].as_str().ok_or("no digest")?;
    let approved = ["--replace-changes", &corrected, "--only-if", digest];
    let refused = told(cascade().args(approved), 4)?;
    assert_eq!(refused["error"]["faults"][0]["code"], "ME0606");
    assert_eq!(refused["published"], json!([]));
    let stopped = told(cascade().args(["--replace-changes", &corrected]), 4)?;
    assert_eq!(stopped["error"]["faults"][0]["code"], "ME0606");
    assert_eq!(stopped["published"][0]["month"], "2026-04");
    assert!(!at("book/2026-05/r002").exists(), "May was published");
    // The same again goes on from there, once someone has accepted it.
    let mut again = cascade();
    let done = told(again.args(["--replace-changes", &corrected, "--accept", "so be it"]), 0)?;
    assert_eq!(done["later"][0]["accepted"]["findings"][0]["figure"], "20.00 USD");
    Ok(())
}
