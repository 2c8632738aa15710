//! `status`: the months of a book at a glance, and what of it deserves a look.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json as value};

use crate::common::golden::without_clock;
use crate::common::{
    Outcome, april, in_one_line, json, monthend, result, root, run, tree, unchanged,
};

/// A book of the fixtures whose logs the test may change.
struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Outcome<Self> {
        let sandbox = Sandbox { folder: tempfile::tempdir()? };
        for kind in ["usage", "changes"] {
            fs::create_dir_all(sandbox.path(kind))?;
            for file in fs::read_dir(root().join("fixtures").join(kind))? {
                let file = file?;
                fs::copy(file.path(), sandbox.path(kind).join(file.file_name()))?;
            }
        }
        Ok(sandbox)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn book(&self) -> PathBuf {
        self.path("book")
    }

    /// Runs a month on the sandbox's logs; the usage is that of a glob.
    fn bill(&self, month: &str, usage: &str, more: &[&str]) -> Outcome {
        let mut bill = monthend(["run", "--month", month, "--catalog", "fixtures/catalogs"]);
        bill.args(["--max-reject-share", "0.05", "--changes"]).arg(self.path("changes"));
        bill.arg("--usage").arg(self.path("usage").join(usage));
        bill.args(["--accept", "a month without usage"]); // as June is
        let code = bill.arg("--book").arg(self.book()).args(more).output()?.status.code();
        assert!(matches!(code, Some(0 | 3)), "{bill:?}: {code:?}");
        Ok(())
    }

    /// April and May.
    fn two_months(&self) -> Outcome {
        self.bill("2026-04", "2026-04*", &["--opening", "genesis"])?;
        self.bill("2026-05", "2026-05*", &[])
    }

    /// Takes a line out of the change log that changes how an account ends April: a plan change
    /// that was logged by mistake.
    fn withdraw_a_change(&self) -> Outcome {
        let path = self.path("changes/changes.csv");
        let text = fs::read_to_string(&path)?;
        let kept = text.lines().filter(|line| !line.starts_with("ch-0015,"));
        let kept: String = kept.map(|line| format!("{line}\n")).collect();
        assert!(kept.len() < text.len());
        Ok(fs::write(path, kept)?)
    }

    /// Status on a day on which May is not over.
    fn status(&self) -> Command {
        self.status_on("2026-05-01")
    }

    fn status_on(&self, day: &str) -> Command {
        let mut status = monthend(["status", "--as-of", day, "--book"]);
        status.arg(self.book());
        status
    }

    /// What is told to machines.
    fn told(&self, code: i32, more: &[&str]) -> Outcome<Value> {
        result(&run(self.status().arg("--json").args(more), code)?)
    }

    /// What is told to people, without the book's path and the days of publication.
    fn shown(&self, code: i32, more: &[&str]) -> Outcome<Vec<String>> {
        let text = String::from_utf8(run(self.status().args(more), code)?.stdout)?;
        let text = text.replace(&self.folder.path().display().to_string(), "FOLDER");
        Ok(text.lines().map(without_clock).collect())
    }
}

/// A column of money added up, in minor units.
fn sum(revision: &Path, table: &str, name: &str) -> Outcome<i64> {
    let mut reader = csv::Reader::from_path(revision.join(format!("{table}.csv")))?;
    let at = reader.headers()?.iter().position(|header| header == name).ok_or("no such column")?;
    let mut sum = 0;
    for record in reader.records() {
        sum += record?[at].replace('.', "").parse::<i64>()?;
    }
    Ok(sum)
}

/// Month and code of all findings, with whether each deserves a look.
fn findings(told: &Value) -> Outcome<Vec<(String, bool)>> {
    let findings = told["findings"].as_array().ok_or("no findings")?;
    let finding = |finding: &Value| {
        let [month, code] = ["month", "code"].map(|key| finding[key].as_str().unwrap_or_default());
        (format!("{month} {code}"), finding["deserves_a_look"] == true)
    };
    Ok(findings.iter().map(finding).collect())
}

fn look(finding: &str) -> (String, bool) {
    (finding.to_owned(), true)
}

fn no_look(finding: &str) -> (String, bool) {
    (finding.to_owned(), false)
}

#[test]
fn a_book_in_which_all_is_well() -> Outcome {
    let sandbox = Sandbox::new()?;
    fs::create_dir(sandbox.book())?;
    assert_eq!(sandbox.shown(0, &[])?, ["FOLDER/book: no month is published"]);
    sandbox.two_months()?;
    let before = tree(&sandbox.book())?;
    let expected: Vec<&str> = include_str!("../status/well.txt").lines().collect();
    assert_eq!(sandbox.shown(0, &[])?, expected);
    let shown = sandbox.shown(0, &["--inputs"])?;
    assert_eq!(shown[..9], expected);
    assert_eq!(shown[9..], ["", "all 10 recorded inputs are as they were billed"]);
    unchanged(&before, &sandbox.book())
}

#[test]
fn a_month_for_machines() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.bill("2026-04", "2026-04*", &["--opening", "genesis"])?;
    let told = sandbox.told(0, &["--inputs"])?;
    let mut month = told["months"][0].clone();
    let run = json(&sandbox.book().join("2026-04/r001/run.json"))?;
    assert_eq!(month["started_at"], run["started_at"]);
    let inputs = month["inputs"].take();
    assert_eq!(inputs.as_array().map(Vec::len), Some(6));
    let name = sandbox.path("changes/changes.csv").display().to_string();
    let expected = value!({
        "role": "changes", "file": name, "now": name, "condition": "same",
        "bytes": fs::metadata(&name)?.len(), "recorded_bytes": fs::metadata(&name)?.len(),
    });
    assert_eq!(inputs[1], expected);
    month["started_at"].take();
    let expected = value!({
        "month": "2026-04", "standing": "published", "revision": "r001", "revisions": ["r001"],
        "unfinished": [], "reason": null, "accepted": null, "started_at": null,
        "issued_first": "2026-05-01", "issued_last": "2026-05-01", "accounts": 44,
        "documents": { "invoice": 29, "credit_note": 0, "debit_note": 0 },
        "currency": "USD", "subscription_amount": "1236.00", "grants_amount": "0.00",
        "adjustments_amount": "0.00", "overage_amount": "165.84", "total_amount": "1401.84",
        "exceptions": {
            "before-signup": 1, "conflicting-duplicate": 1, "duplicate-signup": 1,
            "overage-unavailable": 1, "unbilled-usage": 7, "unknown-account": 3, "unknown-plan": 1,
        },
        "to_look_at": 7, "rejects": 2, "passed_over": [], "opening": { "kind": "genesis" }, "stale": null,
        "inputs": null,
    });
    assert_eq!(month, expected);
    assert_eq!((&told["status"], &told["exit_code"]), (&value!("well"), &value!(0)));
    Ok(())
}

#[test]
fn a_later_revision_leaves_the_months_after_it_stale() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.two_months()?;
    sandbox.bill("2026-06", "2026-05.parquet", &[])?;
    sandbox.withdraw_a_change()?;
    let correction = ["--opening", "genesis", "--reason", "logged by mistake"];
    sandbox.bill(
        "2026-04",
        "2026-04*",
        &[&correction[..], &["--issued-on", "2026-07-02"]].concat(),
    )?;
    let shown = sandbox.shown(3, &[])?;
    let expected: Vec<&str> = include_str!("../status/stale.txt").lines().collect();
    assert_eq!(shown, expected);
    let told = sandbox.told(3, &[])?;
    for (month, revision) in [(0, "2026-04/r002"), (1, "2026-05/r001"), (2, "2026-06/r001")] {
        let amounts = ["subscription_amount", "overage_amount", "total_amount"];
        let (months, folder) = (&told["months"], sandbox.book().join(revision));
        for name in amounts {
            let stated = months[month][name].as_str().unwrap_or_default().replace('.', "");
            assert_eq!(stated.parse(), Ok(sum(&folder, "statements", name)?), "{revision} {name}");
        }
    }
    let stale = value!({ "month": "2026-04", "opened_with": "r001", "in_force": "r002" });
    assert_eq!((&told["months"][1]["stale"], &told["months"][2]["stale"]), (&stale, &stale));
    assert_eq!(findings(&told)?, [look("2026-05 stale-opening"), look("2026-06 stale-opening")]);

    // May anew, on what is in force now: nothing is stale any more but June.
    sandbox.bill("2026-05", "2026-05*", &["--reason", "logged by mistake"])?;
    let told = sandbox.told(3, &[])?;
    assert_eq!(findings(&told)?, [look("2026-06 stale-opening")]);
    sandbox.bill("2026-06", "2026-05.parquet", &["--reason", "logged by mistake"])?;
    assert_eq!(findings(&sandbox.told(0, &[])?)?, []);
    Ok(())
}

#[test]
fn a_month_that_was_skipped_and_one_that_waits() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.bill("2026-04", "2026-04*", &["--opening", "genesis"])?;
    sandbox.bill("2026-07", "2026-05.parquet", &["--opening", "fixtures/bad/good-state.csv"])?;
    let mut import = monthend(["state", "import", "fixtures/bad/good-state.csv"]);
    import.args(["--month", "2026-10", "--catalog", "fixtures/catalogs", "--book"]);
    run(import.arg(sandbox.book()), 0)?;
    let shown = sandbox.shown(3, &[])?;
    assert_eq!(shown[0], "FOLDER/book: 2 months, 2026-04 to 2026-07");
    assert_eq!(shown[4..6], ["  2026-05  missing", "  2026-06  missing"]);
    let told = sandbox.told(3, &[])?;
    let expected = [
        look("2026-05 missing-month"),
        look("2026-06 missing-month"),
        no_look("2026-10 imported-opening"),
    ];
    assert_eq!(findings(&told)?, expected);
    assert_eq!(told["months"][1], value!({ "month": "2026-05", "standing": "missing" }));

    fs::write(sandbox.book().join("openings/2026-10/state.parquet"), "")?;
    assert_eq!(findings(&sandbox.told(3, &[])?)?[2], look("2026-10 damaged-import"));
    Ok(())
}

#[test]
fn a_damaged_month_hides_no_other() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.two_months()?;
    sandbox.bill("2026-06", "2026-05.parquet", &[])?;
    let well = sandbox.told(0, &[])?;
    for file in ["r001/manifest.json", "CURRENT", "r001/run.json", "r001/documents.parquet"] {
        let path = sandbox.book().join("2026-05").join(file);
        let bytes = fs::read(&path)?;
        for damage in [Some("?"), None] {
            match damage {
                Some(text) => fs::write(&path, text)?,
                None => fs::remove_file(&path)?,
            }
            let told = sandbox.told(3, &[])?;
            assert_eq!(told["months"][0], well["months"][0], "{file}");
            assert_eq!(told["months"][2], well["months"][2], "{file}");
            let month = &told["months"][1];
            assert_eq!(month["standing"], "damaged", "{file}");
            assert_eq!(month["error"]["file"], path.display().to_string(), "{file}");
            let mut expected = vec![look("2026-05 damaged-month")];
            // Without the revision in force nobody knows what June rests on.
            if matches!(file, "CURRENT" | "r001/manifest.json") {
                expected.push(look("2026-06 opening-unknown"));
            }
            assert_eq!(findings(&told)?, expected, "{file}");
        }
        fs::write(&path, bytes)?;
    }
    assert_eq!(sandbox.told(0, &[])?, well);
    Ok(())
}

#[test]
fn a_publication_that_was_cut_short() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.two_months()?;
    sandbox.bill("2026-04", "2026-04-web.csv", &["--opening", "genesis", "--reason", "a test"])?;
    fs::write(sandbox.book().join("2026-04/CURRENT"), "r001\n")?;
    let told = sandbox.told(3, &[])?;
    assert_eq!(findings(&told)?, [look("2026-04 unfinished-publication")]);
    assert_eq!(told["months"][0]["unfinished"], value!(["r002"]));
    let shown = sandbox.shown(3, &[])?;
    let expected = "2026-04 has r002, but r001 is in force: a publication was cut short, or is \
         under way; the month's next run puts it in force";
    assert!(in_one_line(&shown.join("\n")).contains(expected), "{shown:#?}");
    sandbox.bill("2026-04", "2026-04-web.csv", &["--opening", "genesis"])?;
    assert_eq!(fs::read_to_string(sandbox.book().join("2026-04/CURRENT"))?, "r002\n");
    assert_eq!(sandbox.told(3, &[])?["months"][0]["unfinished"], value!([]));
    Ok(())
}

#[test]
fn inputs_that_changed_since_they_were_billed() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.two_months()?;
    // What a log has more may be of a month that it was billed for.
    let changes = sandbox.path("changes/changes.csv");
    let mut text = fs::read_to_string(&changes)?;
    text.push_str("ch-9999,late-signup,2026-06-03T10:00:00Z,plan,pro\n");
    fs::write(&changes, &text)?;
    let grown = [look("2026-04 grown-input"), look("2026-05 grown-input")];
    assert_eq!(findings(&sandbox.told(3, &["--inputs"])?)?, grown);
    let shown = sandbox.shown(3, &["--inputs"])?;
    let expected = "2026-04 was billed from 6 inputs; 1 has grown since: \
         FOLDER/changes/changes.csv (50 bytes more); what was billed is still its beginning";
    assert!(in_one_line(&shown.join("\n")).contains(expected), "{shown:#?}");

    let web = sandbox.path("usage/2026-04-web.csv");
    let text = fs::read_to_string(&web)?;
    fs::write(&web, text.replacen("25", "26", 1))?;
    fs::remove_file(sandbox.path("usage/2026-05.parquet"))?;
    let told = sandbox.told(3, &["--inputs"])?;
    let expected = [
        look("2026-04 changed-input"),
        look("2026-04 grown-input"),
        look("2026-05 missing-input"),
        look("2026-05 grown-input"),
    ];
    assert_eq!(findings(&told)?, expected);
    let conditions = told["months"][0]["inputs"].as_array().ok_or("no inputs")?.iter();
    let conditions: Vec<_> = conditions.map(|input| input["condition"].clone()).collect();
    assert_eq!(conditions, ["same", "grown", "same", "same", "same", "changed"]);
    // Without the question nobody looks at the logs.
    assert_eq!(findings(&sandbox.told(0, &[])?)?, []);
    Ok(())
}

#[test]
fn inputs_that_were_moved() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.two_months()?;
    let [usage, archive] = ["usage", "archive"].map(|name| sandbox.path(name));
    fs::rename(&usage, &archive)?;
    let told = sandbox.told(3, &["--inputs"])?;
    let missing = [look("2026-04 missing-input"), look("2026-05 missing-input")];
    assert_eq!(findings(&told)?, missing);
    let shown = sandbox.shown(3, &["--inputs"])?;
    let expected = "2026-04 was billed from 6 inputs; 4 are not there: \
         FOLDER/usage/2026-04-api.ndjson.gz and others; if moved, say --moved OLD=NEW";
    assert!(in_one_line(&shown.join("\n")).contains(expected), "{shown:#?}");
    let moved = format!("{}={}", usage.display(), archive.display());
    let told = sandbox.told(0, &["--inputs", "--moved", &moved])?;
    assert_eq!(findings(&told)?, []);
    let input = &told["months"][1]["inputs"][2];
    assert_eq!(input["file"], usage.join("2026-05-web.csv.zst").display().to_string());
    assert_eq!(input["now"], archive.join("2026-05-web.csv.zst").display().to_string());
    Ok(())
}

#[test]
fn a_job_file_names_the_book() -> Outcome {
    let sandbox = Sandbox::new()?;
    run(&mut april("run", &sandbox.book()), 3)?;
    fs::write(sandbox.path("job.toml"), "book = \"book\"\n")?;
    let told = result(&run(
        monthend(["status", "--as-of", "2026-05-01", "--json", "--job"])
            .arg(sandbox.path("job.toml")),
        0,
    )?)?;
    assert_eq!(told["months"][0]["revision"], "r001");
    Ok(())
}

#[test]
fn months_that_are_over_and_not_billed() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.two_months()?;
    let as_of = |day: &str, code: i32| -> Outcome<Vec<String>> {
        let told = result(&run(sandbox.status_on(day).arg("--json"), code)?)?;
        let found = told["findings"].as_array().ok_or("no findings")?;
        let words = |of: &Value| format!("{} {}", of["month"], of["message"]).replace('"', "");
        Ok(found.iter().map(words).collect())
    };
    assert_eq!(as_of("2026-06-30", 0)?, [""; 0]);
    let due = "2026-06 is over, and not published; monthend run --month 2026-06 …";
    assert_eq!(as_of("2026-07-01", 3)?, [due]);
    let due = "2026-06 is over, and not published, nor is any month up to 2026-09; monthend run --month 2026-06 …";
    assert_eq!(as_of("2026-10-15", 3)?, [due]);
    // Without a day, today's counts: the fixtures' months are long over.
    let mut today = monthend(["status", "--book"]);
    let shown = String::from_utf8(run(today.arg(sandbox.book()), 3)?.stdout)?;
    assert!(shown.contains("2026-06 is over, and not published"), "{shown}");
    run(&mut sandbox.status_on("July"), 2)?;

    // A book that has but an imported opening begins with that month.
    let sandbox = Sandbox::new()?;
    let mut import = monthend(["state", "import", "fixtures/bad/good-state.csv"]);
    import.args(["--month", "2026-06", "--catalog", "fixtures/catalogs", "--book"]);
    run(import.arg(sandbox.book()), 0)?;
    for (day, code) in [("2026-06-30", 0), ("2026-07-01", 3)] {
        run(&mut sandbox.status_on(day), code)?;
    }
    Ok(())
}

#[test]
fn what_the_journal_knows_and_the_book_has_lost() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.two_months()?;
    sandbox.bill("2026-06", "2026-05.parquet", &[])?;
    for month in ["2026-06", "2026-05"] {
        fs::remove_dir_all(sandbox.book().join(month))?;
        let found = findings(&sandbox.told(3, &[])?)?;
        assert_eq!(found.last(), Some(&look("2026-06 lost-month")));
        assert_eq!(found[0], look(&format!("{month} lost-month")));
    }
    // What comes after a lost month is due like any other.
    let found = findings(&result(&run(sandbox.status_on("2026-08-01").arg("--json"), 3)?)?)?;
    let lost =
        [look("2026-05 lost-month"), look("2026-06 lost-month"), look("2026-07 missing-month")];
    assert_eq!(found, lost);

    let sandbox = Sandbox::new()?;
    sandbox.two_months()?;
    let again = ["--opening", "genesis", "--no-event-ids", "--reason", "x"];
    sandbox.bill("2026-04", "2026-04*", &again)?;
    fs::remove_dir_all(sandbox.book().join("2026-04/r002"))?;
    fs::write(sandbox.book().join("2026-04/CURRENT"), "r001\n")?;
    assert_eq!(findings(&sandbox.told(3, &[])?)?, [look("2026-04 lost-revision")]);
    Ok(())
}

#[test]
fn an_opening_that_is_not_the_month_before() -> Outcome {
    let sandbox = Sandbox::new()?;
    sandbox.bill("2026-04", "2026-04*", &["--opening", "genesis"])?;
    sandbox.bill("2026-05", "2026-05*", &["--opening", "genesis"])?;
    sandbox.bill("2026-06", "2026-05.parquet", &["--opening", "fixtures/bad/good-state.csv"])?;
    let told = sandbox.told(3, &[])?;
    let expected = [look("2026-05 foreign-opening"), look("2026-06 foreign-opening")];
    assert_eq!(findings(&told)?, expected);
    let message = told["findings"][0]["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("began with no history (genesis), and not with how 2026-04 closes")
    );
    Ok(())
}

#[test]
fn an_opening_of_a_job_file_holds_for_the_first_month_alone() -> Outcome {
    let sandbox = Sandbox::new()?;
    let fixtures = root().join("fixtures").display().to_string();
    let job = |opening: &str| -> Outcome {
        let text = format!(
            "catalog = \"{fixtures}/catalogs\"\nchanges = \"changes\"\nusage = \"usage/{{month}}*\"\n\
             book = \"book\"\nmax_reject_share = 0.05\nopening = \"{opening}\"\n"
        );
        Ok(fs::write(sandbox.path("job.toml"), text)?)
    };
    let of = |month: &str| {
        let mut run = monthend(["run", "--month", month, "--job"]);
        run.arg(sandbox.path("job.toml"));
        run
    };
    job("genesis")?;
    run(&mut of("2026-04"), 3)?;
    run(&mut of("2026-04"), 3)?;
    for opening in ["genesis", "state.csv"] {
        job(opening)?;
        let refused = run(&mut of("2026-05"), 2)?;
        let said = crate::common::words(&refused);
        let sentence = format!(
            "`opening = \"{opening}\"` in a job file holds for the first month of a book only"
        );
        assert!(said.contains(&sentence) && said.contains("job.toml"), "{said}");
        assert!(!sandbox.book().join("2026-05").exists());
    }
    // A file for each month is meant for each; and what is typed is meant for once.
    job("state-{month}.csv")?;
    let said = crate::common::words(&run(&mut of("2026-05"), 1)?);
    assert!(said.contains("state-2026-05.csv"), "{said}");
    job("genesis")?;
    run(of("2026-05").args(["--opening", "book", "--dry-run"]), 3)?;
    // As with `--opening`: the newest closing state, though it is stale.
    job("stale-ok")?;
    run(&mut of("2026-05"), 3)?;
    assert_eq!(findings(&sandbox.told(0, &[])?)?, []);
    Ok(())
}
