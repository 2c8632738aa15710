//! Late usage (L2) where a scenario would be long: row groups that are passed over, books of earlier versions,
//! disputes, what machines are told, and a month that is damaged.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use monthend::base::calendar::Instant;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json as value};

use crate::common::{Outcome, in_one_line, json, monthend, result, root, run};

/// A book of two accounts on Pro with overage, `ann` and `bob`.
struct Story {
    sandbox: tempfile::TempDir,
}

impl Story {
    fn new() -> Outcome<Self> {
        let story = Story { sandbox: tempfile::tempdir()? };
        let changes = "change_id,account_id,at,change,plan\n\
                       c1,ann,2026-01-10T00:00:00Z,signup,pro\n\
                       c2,ann,2026-01-10T00:00:00Z,overage_on,\n\
                       c3,bob,2026-01-10T00:00:00Z,signup,pro\n\
                       c4,bob,2026-01-10T00:00:00Z,overage_on,\n";
        fs::write(story.path("changes.csv"), changes)?;
        Ok(story)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path().join(name)
    }

    /// Writes usage, a row of `id account instant credits` each.
    fn usage(&self, name: &str, rows: &[&str]) -> Outcome {
        let rows = rows.iter().map(|row| row.replace(' ', ",") + "\n");
        let text: String =
            std::iter::once("event_id,account_id,at,credits\n".to_owned()).chain(rows).collect();
        Ok(fs::write(self.path(name), text)?)
    }

    /// What a run of a month is told as.
    fn run(&self, month: &str, usage: &[&str], code: i32) -> Outcome<Value> {
        let mut command = monthend(["run", "--json", "--month", month, "--catalog"]);
        command.arg(root().join("fixtures/catalogs")).arg("--changes").arg("changes.csv");
        command.arg("--usage").args(usage).args(["--book", "book"]);
        if month == "2026-04" {
            command.args(["--opening", "genesis"]);
        }
        result(&run(command.current_dir(self.sandbox.path()), code)?)
    }

    /// What a rerun is told as; the words are separated by blanks.
    fn rerun(&self, words: &str, code: i32) -> Outcome<Value> {
        let mut command = monthend(["rerun", "--json", "--book", "book", "--reason", "late"]);
        command.args(words.split(' ')).current_dir(self.sandbox.path());
        result(&run(&mut command, code)?)
    }

    /// What is late, by the status: month, file and rows.
    fn status(&self) -> Outcome<Vec<Value>> {
        let mut command = monthend(["status", "--json", "--as-of", "2026-05-02", "--book", "book"]);
        let output = command.current_dir(self.sandbox.path()).output()?;
        let told = result(&output)?;
        let findings = told["findings"].as_array().ok_or("no findings")?;
        let late: Vec<&Value> =
            findings.iter().filter(|found| found["code"] == "late-usage").collect();
        assert_eq!(output.status.code(), Some(if late.is_empty() { 0 } else { 3 }), "{told}");
        Ok(late.iter().flat_map(|found| brief(&found["late_usage"])).collect())
    }

    fn verify(&self) -> Outcome {
        let mut command = monthend(["verify", "--book", "book"]);
        run(command.current_dir(self.sandbox.path()), 0).map(drop)
    }

    /// The table of exceptions, line by line, of a revision of May.
    fn exceptions(&self, revision: &str) -> Outcome<Vec<String>> {
        let text =
            fs::read_to_string(self.path("book/2026-05").join(revision).join("exceptions.csv"))?;
        Ok(text.lines().skip(1).map(str::to_owned).collect())
    }

    /// Takes the rows by month out of April's manifest, as an earlier version wrote it.
    fn forget_rows(&self) -> Outcome {
        let path = self.path("book/2026-04/r001/manifest.json");
        let mut manifest = json(&path)?;
        for input in manifest["inputs"].as_array_mut().ok_or("no inputs")? {
            input.as_object_mut().ok_or("no input")?.remove("rows");
        }
        Ok(fs::write(path, format!("{manifest:#}\n"))?)
    }
}

/// Late usage as month, file and rows.
fn brief(late: &Value) -> Vec<Value> {
    let all = late.as_array().map_or(&[][..], Vec::as_slice);
    all.iter().map(|late| value!([late["month"], late["file"], late["rows"]])).collect()
}

const APRIL: [&str; 2] = ["e1 ann 2026-04-02T00:00:00Z 990", "e2 bob 2026-04-03T00:00:00Z 10"];

#[test]
fn machines_are_told_the_file_its_rows_and_the_command() -> Outcome {
    let story = Story::new()?;
    story.usage("april.csv", &APRIL)?;
    story.run("2026-04", &["april.csv"], 0)?;
    story.usage("may.csv", &["e3 ann 2026-04-28T00:00:00Z 20", "e4 ann 2026-05-01T00:00:00Z 5"])?;
    let told = story.run("2026-05", &["may.csv"], 3)?;
    let command = "monthend rerun --month 2026-04 --add-usage may.csv --reason '…' --cascade";
    let late = value!([{ "month": "2026-04", "file": "may.csv", "rows": 1, "command": command }]);
    assert_eq!(told["late_usage"], late);
    let table = "book/2026-05/r001/exceptions.csv";
    let finding = value!([{ "kind": "late-usage", "count": 1, "table": table }]);
    assert_eq!(told["findings"], finding);
    assert_eq!(told["control_totals"]["usage"]["excepted"]["rows"], 0, "it is outside (K3)");
    assert_eq!(story.exceptions("r001")?, ["late-usage,,2026-05,1,,,,,2026-04: may.csv"]);
    assert_eq!(story.status()?, [value!(["2026-04", "may.csv", 1])]);
    // A run that publishes nothing says how it is now, though the table does not have it.
    story
        .usage("more.csv", &["e5 bob 2026-04-28T00:00:00Z 20", "e3 ann 2026-04-28T00:00:00Z 20"])?;
    let told = story.run("2026-05", &["may.csv", "more.csv"], 3)?;
    assert_eq!(told["status"], "unchanged");
    assert_eq!(
        brief(&told["late_usage"]),
        [value!(["2026-04", "may.csv", 1]), value!(["2026-04", "more.csv", 2])]
    );
    assert_eq!(told["findings"], value!([{ "kind": "late-usage", "count": 2, "table": null }]));
    story.rerun("--month 2026-04 --add-usage may.csv more.csv", 0)?;
    assert_eq!(story.run("2026-05", &["may.csv", "more.csv"], 0)?["late_usage"], value!([]));
    assert_eq!(story.status()?, Vec::<Value>::new());
    story.verify()
}

#[test]
fn a_file_that_was_replaced_in_its_place_takes_the_place_of_what_was_billed() -> Outcome {
    let story = Story::new()?;
    story.usage("log.csv", &APRIL)?;
    story.run("2026-04", &["log.csv"], 0)?;
    story
        .usage("log.csv", &["e1 ann 2026-04-02T00:00:00Z 1010", "e4 ann 2026-05-01T00:00:00Z 5"])?;
    let told = story.run("2026-05", &["log.csv"], 3)?;
    let command = "monthend rerun --month 2026-04 --replace-usage log.csv=log.csv --reason '…' --cascade --dry-run";
    assert_eq!(told["late_usage"][0]["command"], command);
    let mut status = monthend(["status", "--as-of", "2026-05-02", "--book", "book"]);
    let told = run(status.current_dir(story.sandbox.path()), 3)?.stdout;
    let told = in_one_line(&String::from_utf8(told)?);
    assert!(told.contains("1 row in log.csv (replaced: it was billed with 2)"), "{told}");
    let told = story.rerun("--month 2026-04 --replace-usage log.csv=log.csv", 0)?;
    assert_eq!((&told["events"], &told["overage_amount"]), (&value!(1), &value!("0.40")));
    assert_eq!(story.status()?, Vec::<Value>::new());
    story.verify()
}

#[test]
fn row_groups_that_are_passed_over_are_counted() -> Outcome {
    let story = Story::new()?;
    story.usage("april.csv", &APRIL)?;
    story.run("2026-04", &["april.csv"], 0)?;
    let at = ["2026-04-27T00:00:00Z", "2026-04-28T00:00:00Z", "2026-05-02T00:00:00Z"];
    let micros =
        at.iter().map(|at| Instant::parse(at).map(Instant::micros).map_err(|e| e.to_string()));
    let micros = micros.collect::<Result<Vec<_>, _>>()?;
    let columns: [(&str, ArrayRef); 4] = [
        ("event_id", Arc::new(StringArray::from(vec!["p1", "p2", "p3"]))),
        ("account_id", Arc::new(StringArray::from(vec!["ann", "bob", "bob"]))),
        ("at", Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC"))),
        ("credits", Arc::new(Int64Array::from(vec![30, 5, 7]))),
    ];
    let rows = RecordBatch::try_from_iter(columns)?;
    let groups = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let file = File::create(story.path("may.parquet"))?;
    let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(groups))?;
    writer.write(&rows)?;
    writer.close()?;
    let told = story.run("2026-05", &["may.parquet"], 3)?;
    assert_eq!(told["control_totals"]["usage"]["outside"]["2026-04"], 2);
    let facts = std::fs::read(story.path("book/2026-05/r001/run.json"))?;
    assert_eq!(serde_json::from_slice::<Value>(&facts)?["rows_passed_over"], 2);
    assert_eq!(brief(&told["late_usage"]), [value!(["2026-04", "may.parquet", 2])]);
    let told = story.rerun("--month 2026-04 --add-usage may.parquet", 0)?;
    assert_eq!(told["overage_amount"], "0.80", "990 + 30 credits, and 1,000 are Pro's");
    assert_eq!(story.status()?, Vec::<Value>::new());
    story.verify()
}

#[test]
fn a_month_of_an_earlier_version_is_known_by_digests_and_totals() -> Outcome {
    let story = Story::new()?;
    story.usage("log.csv", &APRIL)?;
    story.usage("other.csv", &["e9 bob 2026-04-05T00:00:00Z 1"])?;
    story.run("2026-04", &["log.csv", "other.csv"], 0)?;
    story.forget_rows()?;
    // The log for all time, as it is billed each month: nothing of it is late.
    let grown = [&APRIL[..], &["e3 ann 2026-05-04T00:00:00Z 30"]].concat();
    story.usage("log.csv", &grown)?;
    let told = story.run("2026-05", &["log.csv", "other.csv"], 0)?;
    assert_eq!((&told["late_usage"], story.status()?), (&value!([]), Vec::new()));
    // With more rows of April than April had, and a file that it did not have.
    story.usage("log.csv", &[&grown[..], &["e4 ann 2026-04-28T00:00:00Z 30"]].concat())?;
    story.usage("new.csv", &["e5 ann 2026-04-28T00:00:00Z 30", "e6 bob 2026-05-30T00:00:00Z 1"])?;
    let told = story.run("2026-06", &["log.csv", "other.csv", "new.csv"], 4)?;
    assert_eq!(told["status"], "failed", "a month without usage");
    story.usage("june.csv", &["e7 ann 2026-06-30T00:00:00Z 30"])?;
    let told = story.run("2026-06", &["log.csv", "other.csv", "new.csv", "june.csv"], 3)?;
    let late = [
        value!(["2026-04", "log.csv", 1]),
        value!(["2026-04", "new.csv", 1]),
        value!(["2026-05", "new.csv", 1]),
    ];
    assert_eq!(brief(&told["late_usage"]), late);
    assert_eq!(story.status()?, late);
    let command = told["late_usage"][0]["command"].as_str().ok_or("no command")?;
    assert!(command.contains("--replace-usage log.csv=log.csv"), "{command}");
    // What an earlier version read of April says nothing of other months.
    story.rerun("--month 2026-04 --replace-usage log.csv=log.csv --add-usage new.csv", 0)?;
    assert_eq!(story.status()?, [value!(["2026-05", "new.csv", 1])]);
    Ok(())
}

#[test]
fn a_dispute_tells_what_is_late_by_then() -> Outcome {
    let story = Story::new()?;
    story.usage("april.csv", &APRIL)?;
    story.run("2026-04", &["april.csv"], 0)?;
    let may = [
        "e3 ann 2026-04-28T00:00:00Z 20",
        "e4 ann 2026-05-01T00:00:00Z 1005",
        "e5 bob 2026-05-02T00:00:00Z 1",
    ];
    story.usage("may.csv", &may)?;
    story.run("2026-05", &["may.csv"], 3)?;
    fs::write(story.path("drop.csv"), "event_id,reason\ne4,twice\n")?;
    // The rows of others are not read, and counted all the same.
    let dispute = "--month 2026-05 --accounts ann --drop-events drop.csv";
    assert_eq!(brief(&story.rerun(dispute, 3)?["late_usage"]), [value!(["2026-04", "may.csv", 1])]);
    let late = "late-usage,,2026-05,1,,,,,2026-04: may.csv";
    assert_eq!(story.exceptions("r002")?.iter().filter(|row| *row == late).count(), 1);
    story.rerun("--month 2026-04 --add-usage may.csv", 0)?;
    fs::write(story.path("drop-b.csv"), "event_id,reason\ne5,twice\n")?;
    story.rerun("--month 2026-05 --accounts bob --drop-events drop-b.csv", 0)?;
    assert!(story.exceptions("r003")?.iter().all(|row| !row.starts_with("late-usage")));
    story.verify()
}

#[test]
fn what_a_dispute_added_is_late_until_all_accounts_are_billed_from_it() -> Outcome {
    let story = Story::new()?;
    story.usage("april.csv", &APRIL)?;
    story.run("2026-04", &["april.csv"], 0)?;
    story.usage(
        "may.csv",
        &[
            "e3 ann 2026-04-28T00:00:00Z 20",
            "e4 bob 2026-04-28T00:00:00Z 1005",
            "e5 bob 2026-05-02T00:00:00Z 1",
        ],
    )?;
    story.rerun("--month 2026-04 --accounts ann --add-usage may.csv", 0)?;
    story.run("2026-05", &["may.csv"], 3)?;
    assert_eq!(story.status()?, [value!(["2026-04", "may.csv", 2])], "bob's is not billed");
    assert_eq!(story.rerun("--month 2026-04 --add-usage may.csv", 0)?["status"], "published");
    assert_eq!(story.status()?, Vec::<Value>::new());
    story.verify()
}

#[test]
fn a_month_that_cannot_be_read_keeps_no_other_from_being_billed() -> Outcome {
    let story = Story::new()?;
    story.usage("april.csv", &APRIL)?;
    story.run("2026-04", &["april.csv"], 0)?;
    story.usage("may.csv", &["e4 ann 2026-05-01T00:00:00Z 5"])?;
    story.run("2026-05", &["may.csv"], 0)?;
    fs::write(story.path("book/2026-04/r001/manifest.json"), "{}")?;
    story.usage("june.csv", &["e5 ann 2026-06-01T00:00:00Z 5", "e6 ann 2026-04-01T00:00:00Z 5"])?;
    let mut command = monthend(["run", "--month", "2026-06", "--opening", "stale-ok", "--catalog"]);
    command.arg(root().join("fixtures/catalogs")).args([
        "--changes",
        "changes.csv",
        "--usage",
        "june.csv",
    ]);
    command.args(["--book", "book"]).current_dir(story.sandbox.path());
    let told = String::from_utf8(run(&mut command, 0)?.stderr)?;
    assert!(told.contains("late usage of 2026-04 cannot be told"), "{told}");
    Ok(())
}
