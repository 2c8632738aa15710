//! The whole way through the binary on `fixtures/`: April from nothing, then May from the book, and what is said of it.
//! `end_to_end/inputs.rs` has what goes in, in all its forms; `end_to_end/due.rs` several months at once.

mod due;
mod inputs;

use std::fs;
use std::path::Path;

use serde_json::{Value, json as value};

use crate::common::{
    FIXTURES, Outcome, april, code, json, may, monthend, result, root, run, schemas, tree,
    unchanged, words,
};
use crate::months::table_text::table_text;

/// Rows of a table of a revision, by its CSV file, header left out. (No cell of the fixtures holds a line end.)
fn rows(revision: &Path, table: &str) -> Outcome<usize> {
    Ok(table_text(revision, table)?.lines().count() - 1)
}

/// A column of a table of a revision.
fn column(revision: &Path, table: &str, name: &str) -> Outcome<Vec<String>> {
    let mut reader = csv::Reader::from_path(revision.join(format!("{table}.csv")))?;
    let at = reader.headers()?.iter().position(|header| header == name);
    let at = at.ok_or_else(|| format!("{table} has no column {name}"))?;
    reader.records().map(|record| Ok(record?[at].to_owned())).collect()
}

/// A column of money added up, in minor units.
fn sum(revision: &Path, table: &str, name: &str) -> Outcome<i64> {
    let cells = column(revision, table, name)?;
    let parts: Result<Vec<i64>, _> =
        cells.iter().map(|cell| cell.replace('.', "").parse()).collect();
    Ok(parts?.iter().sum())
}

/// Checks a published month: what was told of it, and its tables.
fn check_month(told: &Value, revision: &Path, expected: &Value) -> Outcome {
    for (key, expected) in expected.as_object().ok_or("no object")? {
        assert_eq!(&told[key], expected, "{key} of {told:#}");
    }
    for (table, expected) in expected["tables"].as_object().ok_or("no tables")? {
        assert_eq!(&value!(rows(revision, table)?), expected, "rows of {table}");
    }
    let total = expected["total_amount"].as_str().unwrap_or_default();
    let total: i64 = total.replace('.', "").parse()?;
    let columns = [
        ("documents", "total_amount"),
        ("invoice_lines", "amount"),
        ("statements", "total_amount"),
    ];
    for (table, name) in columns {
        assert_eq!(sum(revision, table, name)?, total, "{name} of {table}");
    }
    Ok(())
}

/// Checks what became of the rows of usage.
fn check_usage(told: &Value, expected: &[(&str, u64)], credits: &str) {
    let usage = &told["control_totals"]["usage"];
    for (key, expected) in expected {
        assert_eq!(usage[key]["rows"], *expected, "{key} of {usage:#}");
    }
    assert_eq!(usage["used"]["credits"], credits);
}

#[test]
fn april_comes_to_what_the_example_says() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let told = result(&run(april("run", &book).arg("--json"), 3)?)?;
    let expected = value!({
        "status": "published", "revision": "r001", "exit_code": 3, "month": "2026-04",
        "accounts": 44, "events": 81, "documents": 29, "rejects": 2, "currency": "USD",
        "subscription_amount": "1236.00", "overage_amount": "165.84", "total_amount": "1401.84",
        "exceptions": {
            "before-signup": 1, "conflicting-duplicate": 1, "duplicate-signup": 1,
            "overage-unavailable": 1, "unbilled-usage": 7, "unknown-account": 3, "unknown-plan": 1,
        },
        "tables": {
            "documents": 29, "invoice_lines": 46, "overage_charges": 10, "expired_credits": 39, "grants": 0,
            "plans": 4,
            "statements": 44, "state": 44, "recent_ids": 2, "exceptions": 15, "rejects": 2,
        },
    });
    check_month(&told, &book.join("2026-04/r001"), &expected)?;
    let usage = [("read", 94), ("used", 81), ("duplicates", 2), ("rejected", 2), ("excepted", 5)];
    check_usage(&told, &usage, "52593.070002");
    Ok(())
}

#[test]
fn may_opens_with_april_and_comes_to_what_the_example_says() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    run(&mut april("run", &book), 3)?;
    let told = result(&run(may("run", &book).arg("--json"), 3)?)?;
    let expected = value!({
        "status": "published", "revision": "r001", "exit_code": 3, "month": "2026-05",
        "accounts": 45, "events": 53, "documents": 30, "rejects": 1, "currency": "USD",
        "subscription_amount": "1193.55", "overage_amount": "8.73", "total_amount": "1202.28",
        "exceptions": { "conflicting-duplicate": 1, "unbilled-usage": 3, "unknown-account": 1 },
        "tables": {
            "documents": 30, "invoice_lines": 35, "overage_charges": 5, "expired_credits": 41, "grants": 0,
            "plans": 4,
            "statements": 45, "state": 45, "recent_ids": 0, "exceptions": 5, "rejects": 1,
        },
    });
    check_month(&told, &book.join("2026-05/r001"), &expected)?;
    let usage = [("read", 57), ("used", 53), ("duplicates", 1), ("rejected", 1), ("excepted", 2)];
    check_usage(&told, &usage, "45790.115000");
    let opening = &json(&book.join("2026-05/r001/manifest.json"))?["opening"];
    assert_eq!((&opening["month"], &opening["revision"]), (&value!("2026-04"), &value!("r001")));
    Ok(())
}

#[test]
fn without_json_nothing_is_on_standard_output_and_quiet_tells_of_findings_alone() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let output = run(&mut april("run", &sandbox.path().join("one")), 3)?;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    for said in [
        "2026-04 published",
        "29: 1,236.00 subscription + 165.84 overage = 1,401.84 USD",
        "rejects     2",
    ] {
        assert!(words(&output).contains(said), "`{said}` is not in\n{}", words(&output));
    }
    // Where this test's folder stands, a line may be wider than the 80 columns of what is no terminal.
    let wide = |line: &&str| line.chars().count() > 80 && !line.contains('/');
    assert_eq!(words(&output).lines().find(wide), None);
    let output = run(april("run", &sandbox.path().join("two")).arg("--quiet"), 3)?;
    assert!(words(&output).starts_with("2026-04 to look at: 2 rejects: "), "{}", words(&output));
    assert_eq!((words(&output).lines().count(), output.stdout.len()), (1, 0));
    let output = run(april("run", &sandbox.path().join("three")).args(["--quiet", "--json"]), 3)?;
    assert_eq!((words(&output).lines().count(), &result(&output)?["documents"]), (1, &value!(29)));
    Ok(())
}

#[test]
fn a_json_log_has_one_object_on_each_line_and_a_failure_is_one_too() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let in_json = |output: &std::process::Output| -> Outcome<Vec<Value>> {
        schemas::of_printed(&words(output))?;
        words(output)
            .lines()
            .map(|line| Ok(serde_json::from_str(line).map_err(|e| format!("{e}: {line}"))?))
            .collect()
    };
    let output = run(april("run", &book).args(["--log-format", "json", "--verbose", "--json"]), 3)?;
    let lines = in_json(&output)?;
    assert!(lines.len() > 3 && lines.iter().all(|line| line["level"].is_string()), "{lines:?}");
    let last = &lines[lines.len() - 1];
    assert_eq!((&last["message"], &last["result"]), (&value!("done"), &result(&output)?));

    let output = run(may("run", &sandbox.path().join("empty")).args(["--log-format", "json"]), 1)?;
    let lines = in_json(&output)?;
    let last = &lines[lines.len() - 1];
    assert_eq!((&last["level"], &last["error"]["kind"]), (&value!("ERROR"), &value!("input")));
    Ok(())
}

#[test]
fn a_dry_run_and_a_check_write_nothing_anywhere() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let (book, scratch) = (sandbox.path().join("book"), tempfile::tempdir()?);
    run(&mut april("run", &book), 3)?;
    let before = tree(sandbox.path())?;
    let none = sandbox.path().join("no-book");
    let runs = [
        (may("run", &book), "--dry-run", "would-publish"),
        (may("check", &book), "--verbose", "checked"),
        (april("run", &book), "--dry-run", "unchanged"),
        (april("check", &book), "--verbose", "unchanged"),
        (april("check", &book), "--no-event-ids", "would-differ"),
        (april("run", &none), "--dry-run", "would-publish"),
        (april("check", &none), "--verbose", "checked"),
    ];
    for (mut command, option, status) in runs {
        let output = command.args(["--json", option]).env("TMPDIR", scratch.path()).output()?;
        let told = result(&output)?;
        assert_eq!(told["status"], status, "{command:?}");
        assert_eq!(told["exit_code"], code(&output)?, "{command:?}");
        unchanged(&before, sandbox.path())?;
        assert!(tree(scratch.path())?.is_empty(), "{command:?} left something in TMPDIR");
    }
    // The same numbers as the run, though nothing is published; and no book is needed for them.
    let mut command = monthend(["check", "--month", "2026-04", "--opening", "genesis", "--json"]);
    command
        .args(FIXTURES)
        .args(["--usage", "fixtures/usage/2026-04*"])
        .env("TMPDIR", scratch.path());
    assert_eq!(result(&run(&mut command, 3)?)?["total_amount"], "1401.84");
    unchanged(&before, sandbox.path())
}

#[test]
fn a_job_file_fills_in_month_and_year_and_the_command_line_wins_over_it() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let at = |name: &str| sandbox.path().join(name);
    fs::create_dir_all(at("logs/2026"))?;
    for entry in fs::read_dir(root().join("fixtures/usage"))? {
        let entry = entry?;
        fs::copy(entry.path(), at("logs/2026").join(entry.file_name()))?;
    }
    fs::copy(root().join("fixtures/changes/changes.csv"), at("changes.csv"))?;
    let catalog = root().join("fixtures/catalogs");
    let job = format!(
        "month = \"2026-04\"\ncatalog = '{}'\nchanges = \"changes.csv\"\nusage = [\"logs/{{year}}/{{month}}*\"]\n\
         book = \"books/{{year}}\"\nopening = \"genesis\"\nmax_reject_share = 0\nthreads = 1\n",
        catalog.display()
    );
    fs::write(at("job.toml"), job)?;
    let with_job = |args: &[&str]| {
        let mut command = monthend(["run", "--json"]);
        command.arg("--job").arg(at("job.toml")).args(args);
        command
    };
    // The job file's share of rejects is none at all.
    let output = run(&mut with_job(&[]), 1)?;
    assert!(
        words(&output).contains("2 of 93 rows of the usage log cannot be read"),
        "{}",
        words(&output)
    );
    let share = ["--max-reject-share", "0.05"];
    let output = run(&mut with_job(&share), 3)?;
    assert_eq!(result(&output)?["total_amount"], "1401.84");
    assert_eq!(json(&at("books/2026/2026-04/r001/run.json"))?["threads"], 1);
    let state = at("books/2026/2026-04/r001/state.parquet");

    let mut command = with_job(&share);
    command.args([
        "--month",
        "2026-05",
        "--threads",
        "2",
        "--usage",
        "fixtures/usage/2026-05.parquet",
    ]);
    command
        .arg("--opening")
        .arg(state)
        .arg("--book")
        .arg(at("typed"))
        .args(["--changes", "fixtures/changes"]);
    let told = result(&run(&mut command, 3)?)?;
    assert_eq!((&told["month"], &told["rejects"]), (&value!("2026-05"), &value!(0)));
    assert_eq!(json(&at("typed/2026-05/r001/run.json"))?["threads"], 2);
    assert!(!at("books/2026/2026-05").exists());
    // The job file says `genesis`; the book has April.
    let output = run(with_job(&share).args(["--month", "2026-05", "--opening", "book"]), 3)?;
    assert_eq!(result(&output)?["total_amount"], "1202.28");
    Ok(())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "`previous` means the clock")]
fn previous_is_the_month_before_todays() -> Outcome {
    let before = |now: chrono::DateTime<chrono::Utc>| {
        let month = now.date_naive() - chrono::Months::new(1);
        month.format("%Y-%m").to_string()
    };
    let began = before(chrono::Utc::now());
    let mut command = monthend(["check", "--month", "previous", "--opening", "genesis", "--json"]);
    command.args(FIXTURES).args(["--usage", "fixtures/bad/empty-header-only.csv"]);
    let told = result(&command.output()?)?;
    let ended = before(chrono::Utc::now());
    assert!(told["month"] == began || told["month"] == ended, "{told}");
    Ok(())
}

#[test]
fn a_catalogue_is_shown_and_checked() -> Outcome {
    let output = run(&mut monthend(["catalog", "show", "fixtures/catalogs"]), 0)?;
    let text = String::from_utf8(output.stdout.clone())?;
    for said in [
        "Kiro for individuals",
        "2025-11-15",
        "500 credits, 30 days",
        "Kiro Pro+",
        "200.00",
        "10,000",
        "0.04",
    ] {
        assert!(text.contains(said), "`{said}` is not in\n{text}");
    }
    assert_eq!(words(&output), "");
    let output = run(&mut monthend(["catalog", "check", "fixtures/catalogs"]), 0)?;
    assert_eq!((output.stdout.len(), words(&output).as_str()), (0, ""));
    Ok(())
}

#[test]
fn a_second_run_changes_nothing_and_another_result_is_refused() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    run(&mut april("run", &book), 3)?;
    let published = tree(&book.join("2026-04"))?;
    let output = run(april("run", &book).args(["--json", "--threads", "3"]), 3)?;
    assert_eq!(result(&output)?["status"], "unchanged");
    assert!(words(&output).contains("nothing to change"), "{}", words(&output));
    unchanged(&published, &book.join("2026-04"))?;

    let output = run(april("run", &book).args(["--json", "--no-event-ids"]), 1)?;
    let told = result(&output)?;
    assert_eq!((&told["status"], &told["error"]["kind"]), (&value!("failed"), &value!("book")));
    let message = told["error"]["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("2026-04 is published as r001") && message.contains("documents"),
        "{message}"
    );
    assert!(told["error"]["hint"].is_string(), "{told}");
    unchanged(&published, &book.join("2026-04"))?;
    assert!(tree(&book.join(".staging"))?.is_empty(), "something is left in .staging");
    // Refused or not, May still opens with the April that is there.
    run(&mut may("run", &book), 3)?;
    Ok(())
}

#[test]
fn a_month_without_usage_is_billed_its_subscriptions() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    run(&mut april("run", &book), 3)?;
    let mut command = monthend(["run", "--month", "2026-05", "--json"]);
    command
        .args(FIXTURES)
        .arg("--book")
        .arg(&book)
        .args(["--usage", "fixtures/bad/empty-header-only.csv"]);
    let told = result(&run(&mut command, 4)?)?;
    assert_eq!(told["error"]["faults"][0]["code"], "ME0603");
    command.args(["--accept", "the service stood still"]);
    let told = result(&run(&mut command, 0)?)?;
    assert_eq!(told["accepted"]["text"], "the service stood still");
    assert_eq!((&told["events"], &told["overage_amount"]), (&value!(0), &value!("0.00")));
    assert_eq!(
        (&told["documents"], &told["subscription_amount"]),
        (&value!(30), &value!("1193.55"))
    );
    Ok(())
}
