//! Rollups that do not add up, or are of something else: each is refused, nothing is published, and it is said what is
//! wrong and where.
#![expect(clippy::expect_used, reason = "a test's own rows are as the test makes them")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::engine::{Control, Group, Rollup, Tally};
use super::nasty::Nasty;
use crate::common::{Outcome, json as read_json, words};

/// A fault of the tables: what it is, what it does, and what is said of it.
type Fault = (&'static str, fn(&mut Rollup), &'static [&'static str]);

const BUCKET: &[&str] = &["bucket ", "does not add up"];

const FAULTS: &[Fault] = &[
    ("a sum lost", |rollup| drop(rollup.sums.pop()), BUCKET),
    ("a sum doubled", |rollup| double(&mut rollup.sums[3].tally), BUCKET),
    (
        "a segment twice",
        |rollup| rollup.sums.push(rollup.sums[3].clone()),
        &["each segment once", "sums", "segment"],
    ),
    (
        "a segment that there is not",
        |rollup| rollup.sums[3].segment = 99,
        &["a segment of the account"],
    ),
    (
        "an account that there is not",
        |rollup| rollup.sums[3].account = "nobody".to_owned(),
        &["an account of the boundaries"],
    ),
    ("a segment without events", |rollup| rollup.sums[3].tally.rows = 0, &["an event or more"]),
    ("credits below nothing", |rollup| rollup.sums[3].tally.credits = -1, &["credits", "sums"]),
    (
        "an event lost and another counted twice",
        |rollup| {
            // Rows and credits are as they were, over the run and by bucket.
            let again = rollup.recent[0].clone();
            let check = rollup.sums.iter_mut().find(|sum| sum.account == again.account);
            check.expect("a sum of the account").tally.check ^= 0x5555;
        },
        BUCKET,
    ),
    (
        "events under another account",
        |rollup| {
            let moved = rollup.sums.remove(3);
            let other = rollup.sums.iter_mut().find(|sum| {
                super::engine::bucket(&sum.account) != super::engine::bucket(&moved.account)
            });
            add(&mut other.expect("another account").tally, moved.tally);
        },
        BUCKET,
    ),
    ("an exception lost", |rollup| drop(rollup.exceptions.pop()), BUCKET),
    (
        "a known account that is unknown",
        |rollup| {
            let known = rollup.sums[0].account.clone();
            group(rollup, "unknown-account").account = known;
        },
        &["a kind that the account can have", "unknown-account"],
    ),
    (
        "a kind that there is not",
        |rollup| rollup.exceptions[0].kind = "lost".to_owned(),
        &["a kind that the account can have", "lost"],
    ),
    (
        "an exception of another month",
        |rollup| group(rollup, "unknown-account").last += 100 * 86_400_000_000,
        &["instants of the rows' span"],
    ),
    (
        "an entry that there is not",
        |rollup| rollup.exceptions[0].entry = Some(7),
        &["exceptions", "entry"],
    ),
    ("duplicates lost", |rollup| total(rollup, "duplicates").tally = Tally::default(), BUCKET),
    (
        "rows of a file unread",
        |rollup| total(rollup, "read").tally.rows -= 1,
        &["rows accounted for are not those of the footer", "one.parquet"],
    ),
    (
        "rows of a file outside twice",
        |rollup| total(rollup, "outside").tally.rows += 1,
        &["rows accounted for are not those of the footer"],
    ),
    (
        "rows outside that are the month's",
        |rollup| {
            let rows = total(rollup, "outside").tally.rows;
            total(rollup, "outside").month = Some("2026-04".to_owned());
            assert!(rows > 0);
        },
        &["rows of 2026-04 that are not of that kind"],
    ),
    (
        "a file of another number",
        |rollup| total(rollup, "read").file = Some(2),
        &["control", "file"],
    ),
    (
        "a word that there is not",
        |rollup| total(rollup, "used").what = "usd",
        &["a word that docs/ROLLUP.md names"],
    ),
    (
        "credits read that are none",
        |rollup| total(rollup, "read").tally.credits += 1,
        &["rows read by file and by bucket"],
    ),
    (
        "used more than there is",
        |rollup| total(rollup, "used").tally.credits += 1,
        &["rows used = sums less what lies before the month"],
    ),
    (
        "more of trials than was read",
        |rollup| {
            let more = Tally { rows: 1, credits: 5, check: 0 };
            let month = Some("2026-03".to_owned());
            let control = Control { what: "in-trial", month, tally: more, ..Control::default() };
            rollup.control.push(control);
        },
        &["rows before the month", "rows used"],
    ),
    (
        "an id lost",
        |rollup| drop(rollup.recent.remove(0)),
        &["rows of the last hours = ids kept and rows set aside"],
    ),
    (
        "another id",
        |rollup| rollup.recent[1].event.push('x'),
        &["rows of the last hours = ids kept and rows set aside"],
    ),
    ("an id of long ago", |rollup| rollup.recent[1].at -= 10 * 86_400_000_000, &["recent", "at"]),
    (
        "another last event",
        |rollup| total(rollup, "used").last_at = Some(1_775_001_600_000_000),
        &["the last row used is not the last one kept"],
    ),
    (
        "a reject lost",
        |rollup| rollup.rejects.truncate(rollup.rejects.len() - 1),
        &["has other rejects than the rollup says", "two of two.parquet"],
    ),
    (
        "a reject that can be read",
        |rollup| {
            let free = (1..).find(|row| !rollup.rejects.contains(&(0, Some(*row))));
            rollup.rejects[0].1 = free;
        },
        &["among the rejects of the rollup that can be read", "one.parquet"],
    ),
];

fn double(tally: &mut Tally) {
    add(tally, *tally);
}

fn add(tally: &mut Tally, more: Tally) {
    tally.rows += more.rows;
    tally.credits += more.credits;
    tally.check ^= more.check;
}

fn group<'a>(rollup: &'a mut Rollup, kind: &str) -> &'a mut Group {
    rollup.exceptions.iter_mut().find(|group| group.kind == kind).expect("a group of the kind")
}

fn total<'a>(rollup: &'a mut Rollup, what: &str) -> &'a mut Control {
    rollup.control.iter_mut().find(|row| row.what == what).expect("a total of the kind")
}

/// Bills April by its rollup, which must be refused with a code and words; nothing is published.
fn refused(nasty: &Nasty, what: &str, code: i32, said: &[&str]) -> Outcome {
    let output = nasty.billing("2026-04", "refused", Some("2026-04")).output()?;
    let told = words(&output) + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{what}: {told}");
    for words in said {
        assert!(told.contains(words), "{what}: `{words}` is not in {told}");
    }
    assert!(!nasty.path("refused/2026-04/r001").exists(), "{what}: something was published");
    Ok(())
}

#[test]
fn what_does_not_add_up_is_never_billed() -> Outcome {
    let nasty = Nasty::new()?;
    let sound = nasty.roll_up("2026-04")?;
    for (what, plant, said) in FAULTS {
        let mut rollup = sound.clone();
        plant(&mut rollup);
        rollup.write(&nasty.place("2026-04"))?;
        refused(&nasty, what, 4, said)?;
    }
    sound.write(&nasty.place("2026-04"))?;
    nasty.bill("2026-04", "refused", Some("2026-04"))?;
    Ok(())
}

/// Changes a JSON file.
fn edit(path: &Path, change: impl FnOnce(&mut Value)) -> Outcome {
    let mut value = read_json(path)?;
    change(&mut value);
    Ok(fs::write(path, value.to_string())?)
}

#[test]
fn what_is_unfinished_or_tampered_with_is_never_billed() -> Outcome {
    let nasty = Nasty::new()?;
    let sound = nasty.roll_up("2026-04")?;
    let place = nasty.place("2026-04");
    refused(&nasty, "no rollup.json", 1, &["ME0336", "is not finished"])?;
    sound.write(&place)?;
    let finished = place.join("rollup.json");
    edit(&finished, |rollup| rollup["version"] = 2.into())?;
    refused(&nasty, "a later contract", 1, &["ME0338", "version 1 of the contract"])?;
    edit(&finished, |rollup| {
        rollup["version"] = 1.into();
        rollup["tables"]["sums"][0]["file"] = "../sums/part-0.parquet".into();
    })?;
    refused(&nasty, "a file elsewhere", 1, &["ME0338", "names of files in the folder `sums`"])?;
    sound.write(&place)?;
    edit(&finished, |rollup| rollup["tables"]["recent"] = Value::Null)?;
    refused(&nasty, "a table that is none", 1, &["ME0338"])?;
    sound.write(&place)?;
    edit(&finished, |rollup| rollup["tables"]["sums"][0]["rows"] = json!(1))?;
    refused(&nasty, "other rows", 4, &["ME0627", "1 rows, as rollup.json names"])?;
    sound.write(&place)?;
    let sums = place.join("sums/part-0.parquet");
    let bytes = fs::read(&sums)?;
    fs::write(&sums, &bytes[..bytes.len() - 9])?;
    refused(&nasty, "a file cut short", 4, &["ME0627", "bytes, as rollup.json names"])?;
    let mut damaged = bytes.clone();
    let middle = damaged.len() - 9;
    damaged[middle] ^= 0xff;
    fs::write(&sums, damaged)?;
    refused(&nasty, "a file damaged", 1, &["ME0338", "sums"])?;
    fs::remove_file(&sums)?;
    refused(&nasty, "a file gone", 4, &["ME0627", "is gone"])?;
    sound.write(&place)?;
    edit(&place.join("request.json"), |request| request["genesis"] = false.into())?;
    refused(&nasty, "another request", 4, &["ME0627", "not the request that was rolled up"])?;
    Ok(())
}

#[test]
fn a_rollup_of_another_job_is_never_billed() -> Outcome {
    let nasty = Nasty::new()?;
    nasty.roll_up("2026-04")?.write(&nasty.place("2026-04"))?;
    let refuse = |what: &str, more: &[&str], said: &str| -> Outcome {
        let mut command = nasty.billing("2026-04", "refused", Some("2026-04"));
        let output = command.args(more).output()?;
        let told = words(&output);
        assert_eq!(output.status.code(), Some(1), "{what}: {told}");
        for words in ["ME0337", said] {
            assert!(told.contains(words), "{what}: `{words}` is not in {told}");
        }
        Ok(())
    };
    refuse("other hours", &["--recent-hours", "1"], "keep_from was")?;
    refuse("no ids", &["--no-event-ids"], "event_ids was true, and is false")?;
    refuse(
        "other columns",
        &["--map-usage", "account_id=event_id,event_id=account_id"],
        "columns was",
    )?;
    let changes = nasty.path("more.csv");
    let signup = "c-more,some-one,2026-04-10T00:00:00Z,signup,free\n";
    fs::write(&changes, format!("change_id,account_id,at,change,plan\n{signup}"))?;
    let more = changes.to_str().ok_or("no UTF-8")?;
    refuse("other changes", &["--changes", "fixtures/changes", more], "boundaries was")?;
    let output = nasty.billing("2026-05", "refused", Some("2026-04")).output()?;
    assert!(!output.status.success(), "{}", words(&output));
    let log = nasty.path("usage/one.parquet");
    let bytes = fs::read(&log)?;
    fs::remove_file(&log)?;
    fs::write(&log, bytes)?; // the same bytes, at another time
    refuse("a file that was written again", &[], "`")?;
    Ok(())
}

#[test]
fn a_log_that_engines_read_otherwise_is_refused_with_all_reasons() -> Outcome {
    let nasty = Nasty::new()?;
    let place = nasty.path("place");
    let request = |usage: &str| {
        let mut command = crate::common::monthend(["rollup", "request", "--month", "2026-04"]);
        command.args(["--catalog", "fixtures/catalogs", "--changes", "fixtures/changes"]);
        command.args(["--opening", "genesis", "--usage", usage, "--out"]).arg(&place);
        command.output()
    };
    let output = request("fixtures/usage/2026-04*")?;
    let told = words(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("is text, and engines roll up Parquet alone"), "{told}");
    assert!(!place.join("request.json").exists());
    Ok(())
}
