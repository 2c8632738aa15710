//! Archived months: what stays in the book holds, what went is found again, and every kind of tampering with either is
//! found and never put back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use monthend::book::seal;
use monthend::tables::Table;
use serde_json::{Value, json as value};

use super::books::{Book, three_months_and_notes};
use super::forge::{forge, forge_manifest};
use crate::common::{Outcome, in_one_line, json, monthend, result, run, tree, words};

/// April and May of the book, before June.
const GONE: [&str; 2] = ["2026-04", "2026-05"];

fn archive(book: &Book) -> Command {
    let mut archive = monthend(["archive", "--before", "2026-06", "--json", "--book"]);
    archive.arg(book.path()).arg("--to").arg(book.beside("archive"));
    archive
}

fn unarchive(book: &Book, month: &str) -> Command {
    let mut unarchive = monthend(["unarchive", "--json", "--month", month, "--book"]);
    unarchive.arg(book.path());
    unarchive
}

fn archived() -> Outcome<Book> {
    let book = three_months_and_notes()?;
    run(&mut archive(&book), 0)?;
    Ok(book)
}

/// The bytes of all files, but for those of locks.
fn files(folder: &Path) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
    let files = tree(folder)?.into_iter().filter_map(|(path, entry)| Some((path, entry.bytes?)));
    Ok(files.filter(|(path, _)| !path.starts_with(".lock")).collect())
}

#[test]
fn months_leave_the_book_and_come_back_byte_for_byte() -> Outcome {
    let book = three_months_and_notes()?;
    let before = files(&book.path())?;
    let told = result(&run(&mut archive(&book), 0)?)?;
    assert_eq!(told["status"], "archived");
    let months = told["months"].as_array().ok_or("no months")?;
    let told: Vec<_> = months.iter().map(|month| (&month["month"], &month["revisions"])).collect();
    assert_eq!(told, [(&"2026-04".into(), &3.into()), (&"2026-05".into(), &2.into())]);
    // All of them are in the archive as they were.
    for (path, bytes) in before.iter().filter(|(path, _)| GONE.iter().any(|m| path.starts_with(m)))
    {
        assert_eq!(fs::read(book.beside("archive").join(path))?, *bytes, "{}", path.display());
    }
    // In the book stays what it rests on, as it was.
    let after = files(&book.path())?;
    for (path, bytes) in after.iter().filter(|(path, _)| !path.ends_with("ARCHIVED")) {
        assert_eq!(before.get(path), Some(bytes), "{}", path.display());
    }
    let of_april = after.keys().filter(|path| path.starts_with("2026-04"));
    let of_april: Vec<String> = of_april.map(|path| path.display().to_string()).collect();
    assert_eq!(of_april[..2], ["2026-04/ARCHIVED", "2026-04/CURRENT"]);
    let of_r003: Vec<&String> = of_april.iter().filter(|path| path.contains("r003")).collect();
    assert_eq!(
        of_r003,
        [
            "2026-04/r003/grants.parquet",
            "2026-04/r003/manifest.json",
            "2026-04/r003/recent_ids.parquet",
            "2026-04/r003/run.json",
            "2026-04/r003/state.parquet"
        ]
    );
    book.assert_sound()?;
    // The same again changes nothing, and both come back.
    run(&mut archive(&book), 0)?;
    assert_eq!(files(&book.path())?, after);
    let all = monthend(["unarchive", "--all", "--json", "--book"]).arg(book.path()).output()?;
    assert_eq!(result(&all)?["status"], "put-back");
    assert_eq!(files(&book.path())?, before);
    let again = result(&run(&mut unarchive(&book, "2026-04"), 0)?)?;
    assert_eq!(again["status"], "unchanged");
    run(&mut unarchive(&book, "2026-03"), 2)?;
    book.assert_sound()?;
    // To the archive that has them already they go without another copy.
    run(&mut archive(&book), 0)?;
    assert_eq!(files(&book.path())?.len(), after.len());
    Ok(())
}

#[test]
fn a_book_goes_on_though_its_archive_is_away() -> Outcome {
    let book = archived()?;
    let elsewhere = book.beside("shelf");
    fs::rename(book.beside("archive"), &elsewhere)?;
    let (code, told) = book.verify()?;
    assert_eq!((code, &told["status"]), (0, &"sound".into()), "{told:#}");
    let note =
        told["notes"].as_array().and_then(|notes| notes.iter().find(|n| n["code"] == "archived"));
    let note = note.ok_or("no word of the archive")?["what"].as_str().unwrap_or_default();
    assert!(note.starts_with("2 months, 2026-04 to 2026-05, are archived"), "{note}");
    // June rests on May's state, which is still there.
    let again =
        run(monthend(["rerun", "--month", "2026-06", "--json", "--book"]).arg(book.path()), 0)?;
    assert_eq!(result(&again)?["status"], "unchanged");
    let mut show = monthend(["state", "show", "power-heavy", "--month", "2026-04", "--json"]);
    let shown = result(&run(show.arg("--book").arg(book.path()), 0)?)?;
    assert_eq!(shown["closing"]["plan"], "power");
    // What needs the tables says where they were, and how to go on; with the archive it has them.
    let explain = |archive: &[&str]| -> Outcome<Command> {
        let mut explain = monthend(["explain", "power-heavy", "--month", "2026-04", "--book"]);
        explain.arg(book.path()).args(archive);
        Ok(explain)
    };
    let refused = words(&run(&mut explain(&[])?, 1)?);
    for told in
        ["2026-04 is archived", "archive/2026-04/r003", "--archive DIR", "monthend unarchive"]
    {
        assert!(refused.contains(told), "`{told}` is not in\n{refused}");
    }
    run(&mut explain(&["--archive", &elsewhere.display().to_string()])?, 0)?;
    let mut back = unarchive(&book, "2026-05");
    assert!(words(&run(&mut back, 1)?).contains("--from DIR"));
    run(unarchive(&book, "2026-05").arg("--from").arg(&elsewhere), 0)?;
    assert!(!book.at("2026-05/ARCHIVED").exists() && book.at("2026-05/r002/state.csv").exists());
    Ok(())
}

#[test]
fn an_archived_month_is_never_billed() -> Outcome {
    let book = archived()?;
    let before = files(&book.path())?;
    let whole = book.path().display().to_string();
    let fixtures = ["--catalog", "fixtures/catalogs", "--changes", "fixtures/changes", "--usage"];
    let usage = "fixtures/usage/2026-04*";
    for (command, more) in [
        ("run", &["--opening", "genesis", "--max-reject-share", "0.05", "--reason", "x"][..]),
        ("run", &["--opening", "genesis", "--max-reject-share", "0.05", "--dry-run"][..]),
        ("check", &["--opening", "genesis", "--max-reject-share", "0.05"][..]),
        ("rerun", &["--reason", "x"][..]),
        ("rerun", &["--dry-run"][..]),
        ("diff", &["--what-if", "--catalog", "fixtures/catalogs"][..]),
    ] {
        let mut refused = monthend([command, "--month", "2026-04", "--book", &whole]);
        refused.args(more);
        if matches!(command, "run" | "check") {
            refused.args(fixtures).arg(usage);
        }
        let said = words(&run(&mut refused, 1)?);
        assert!(said.contains("an archived month is not billed"), "{command}: {said}");
        assert!(said.contains("monthend unarchive --month 2026-04"), "{command}: {said}");
    }
    assert_eq!(files(&book.path())?, before);
    Ok(())
}

/// Archives with an option changed; gives what is said.
fn refused(book: &Book, before: &str, to: &Path, code: i32) -> Outcome<String> {
    let was = files(&book.path())?;
    let mut archive = monthend(["archive", "--before", before, "--book"]);
    let output = run(archive.arg(book.path()).arg("--to").arg(to), code)?;
    assert_eq!(files(&book.path())?, was, "something was moved");
    Ok(in_one_line(&words(&output)))
}

#[test]
fn what_cannot_be_archived_stays() -> Outcome {
    let book = three_months_and_notes()?;
    let to = book.beside("archive");
    let said = refused(&book, "2026-04", &to, 2)?;
    assert!(said.contains("no month before 2026-04 is in the book"), "{said}");
    let said = refused(&book, "2026-07", &to, 2)?;
    assert!(said.contains("all months would be archived"), "{said}");
    for inside in [book.at("old"), book.at("2026-06/../old"), book.path()] {
        let said = refused(&book, "2026-06", &inside, 2)?;
        assert!(said.contains("in a book"), "{said}");
    }
    // Another month of that name is left alone.
    fs::create_dir_all(to.join("2026-05"))?;
    fs::write(to.join("2026-05/CURRENT"), "r001\n")?;
    let mut archive = archive(&book);
    let said = result(&run(&mut archive, 4)?)?;
    assert_eq!(said["error"]["kind"], "conservation");
    let done = said["error"]["done_before"][0].as_str().unwrap_or_default();
    assert!(done.starts_with("2026-04 archived"), "{said:#}");
    assert_eq!(fs::read_dir(to.join("2026-05"))?.count(), 1);
    assert!(!book.at("2026-05/ARCHIVED").exists());
    book.assert_sound()?;
    // What is stale, or not sound, is put right first.
    let book = three_months_and_notes()?;
    let path = book.at("2026-05/r001/documents.csv");
    fs::write(&path, fs::read_to_string(&path)? + "\n")?;
    let said = refused(&book, "2026-06", &to, 4)?;
    assert!(said.contains("not sound: ") && said.contains("nothing was moved"), "{said}");
    let book = three_months_and_notes()?;
    let late = book.beside("more.csv");
    fs::write(
        &late,
        "event_id,account_id,at,credits\nm-1,trial-over-month-end,2026-04-26T00:00:00Z,3\n",
    )?;
    let mut rerun = monthend(["rerun", "--month", "2026-04", "--reason", "more", "--book"]);
    run(rerun.arg(book.path()).arg("--add-usage").arg(&late), 3)?;
    let said = refused(&book, "2026-05", &to, 1)?;
    assert!(said.contains("2026-05 is stale") && said.contains("--cascade"), "{said}");
    Ok(())
}

/// Changes `ARCHIVED` of April, under a seal of its own.
fn forge_record(book: &Book, change: impl FnOnce(&mut Value)) -> Outcome {
    let path = book.at("2026-04/ARCHIVED");
    let mut record = json(&path)?;
    change(&mut record);
    Ok(fs::write(&path, seal(&record)?)?)
}

#[test]
fn whatever_is_done_to_what_stays_is_found() -> Outcome {
    type Change = fn(&Book) -> Outcome;
    let changes: [(&str, Change); 12] = [
        ("\"archive\"", |b| {
            Ok(fs::write(
                b.at("2026-04/ARCHIVED"),
                fs::read_to_string(b.at("2026-04/ARCHIVED"))?
                    .replace("\"accounts\": ", "\"accounts\": 1"),
            )?)
        }),
        ("\"archive\"", |b| Ok(fs::write(b.at("2026-04/ARCHIVED"), "{}")?)),
        ("`month`", |b| forge_record(b, |r| r["month"] = "2026-05".into())),
        ("`in_force`", |b| forge_record(b, |r| r["in_force"] = "r002".into())),
        ("`revisions`", |b| forge_record(b, |r| r["revisions"] = value!([]))),
        ("ARCHIVED records", |b| {
            forge_record(b, |r| r["revisions"][1]["manifest_sha256"] = "0".into())
        }),
        ("`totals`", |b| forge_record(b, |r| r["totals"]["total_amount"] = "1.00".into())),
        ("\"missing\"", |b| Ok(fs::remove_file(b.at("2026-04/r001/state.parquet"))?)),
        ("\"digest\"", |b| {
            Ok(fs::copy(b.at("2026-05/r001/state.parquet"), b.at("2026-04/r001/state.parquet"))
                .map(drop)?)
        }),
        ("\"stray\"", |b| Ok(fs::write(b.at("2026-04/r001/more.txt"), "")?)),
        ("\"journal\"", |b| Ok(fs::remove_dir_all(b.at("2026-04/r003"))?)),
        ("ARCHIVED records", |b| {
            forge_manifest(&b.at("2026-04/r002"), |m| {
                m["reason"] = "other".into();
                Ok(())
            })
        }),
    ];
    for (number, (told, change)) in changes.into_iter().enumerate() {
        let book = archived()?;
        change(&book)?;
        book.assert_told(&format!("change {number}"), &[told, "2026-04"])?;
    }
    // Once it is put back, the record is of no more use; without it, the month is not whole.
    let book = archived()?;
    fs::remove_file(book.at("2026-04/ARCHIVED"))?;
    book.assert_told("no record", &["\"missing\"", "2026-04", "documents.parquet"])
}

#[test]
fn whatever_is_done_to_an_archive_is_found_and_not_put_back() -> Outcome {
    type Change = fn(&Path) -> Outcome;
    let changes: [(&str, Change); 6] = [
        ("\"digest\"", |april| {
            let path = april.join("r001/statements.csv");
            Ok(fs::write(&path, fs::read_to_string(&path)? + "\n")?)
        }),
        ("\"missing\"", |april| Ok(fs::remove_file(april.join("r002/inputs/late.csv"))?)),
        ("\"stray\"", |april| Ok(fs::write(april.join("r001/more.txt"), "")?)),
        ("\"current\"", |april| Ok(fs::write(april.join("CURRENT"), "r001\n")?)),
        ("\"archive\"", |april| Ok(fs::remove_dir_all(april.join("r003"))?)),
        // All digests and seals of the archive put right again.
        ("ARCHIVED records", |april| {
            forge(&april.join("r001"), Table::Documents, |rows| rows.set(0, "total_amount", "9.99"))
        }),
    ];
    for (number, (told, change)) in changes.into_iter().enumerate() {
        let book = archived()?;
        change(&book.beside("archive/2026-04"))?;
        book.assert_told(&format!("change {number}"), &[told, "2026-04", "in the archive"])?;
        let before = files(&book.path())?;
        let output = unarchive(&book, "2026-04").output()?;
        assert!(matches!(output.status.code(), Some(1 | 4)), "change {number}: {}", words(&output));
        assert_eq!(files(&book.path())?, before, "change {number}");
        // What is right is put back all the same.
        run(&mut unarchive(&book, "2026-05"), 0)?;
    }
    Ok(())
}

#[test]
fn what_a_crash_has_left_is_completed() -> Outcome {
    let book = three_months_and_notes()?;
    let whole = files(&book.path())?;
    // Before the month is an archived one: part of a copy.
    let part = book.beside("archive/.2026-04.part");
    fs::create_dir_all(part.join("r001"))?;
    fs::write(part.join("r001/documents.csv"), "half")?;
    run(&mut archive(&book), 0)?;
    assert!(!part.exists());
    let gone = files(&book.path())?;
    // After that: some files are still in the book. Nothing reads them, and they are removed.
    let left = Path::new("2026-04/r002/inputs/late.csv");
    fs::create_dir_all(book.at("2026-04/r002/inputs"))?;
    fs::write(book.path().join(left), &whole[left])?;
    let (code, told) = book.verify()?;
    assert_eq!((code, &told["notes"][0]["code"]), (0, &"archive-unfinished".into()), "{told:#}");
    run(&mut archive(&book), 0)?;
    assert_eq!(files(&book.path())?, gone);
    assert!(!book.at("2026-04/r002/inputs").exists());
    // On the way back: half a file is in the book.
    fs::write(book.at("2026-04/r001/documents.csv"), "half")?;
    run(&mut unarchive(&book, "2026-04"), 0)?;
    run(&mut unarchive(&book, "2026-05"), 0)?;
    assert_eq!(files(&book.path())?, whole);
    // Where the archive has lost the month, what is still in the book of it is kept.
    run(&mut archive(&book), 0)?;
    fs::create_dir_all(book.at("2026-04/r002/inputs"))?;
    fs::write(book.path().join(left), &whole[left])?;
    fs::remove_dir_all(book.beside("archive/2026-04"))?;
    run(&mut archive(&book), 1)?;
    assert!(book.path().join(left).exists());
    Ok(())
}

#[test]
fn what_is_asked_of_other_months_needs_no_archive_or_says_so() -> Outcome {
    let book = three_months_and_notes()?;
    let payments = book.beside("payments.csv");
    fs::write(
        &payments,
        "payment_id,account_id,document_id,at,amount,currency\n\
         p-1,power-heavy,INV-2026-04-00000014,2026-06-03T00:00:00Z,1.00,USD\n\
         p-2,power-heavy,INV-2026-04-00000099,2026-06-03T00:00:00Z,1.00,USD\n",
    )?;
    let reconcile = || -> Outcome<Value> {
        let mut reconcile = monthend(["reconcile", "--month", "2026-06", "--json", "--payments"]);
        result(&run(reconcile.arg(&payments).arg("--book").arg(book.path()), 4)?)
    };
    let export = |archive: &[&str], code: i32| -> Outcome<String> {
        let mut export = monthend(["export", "focus", "--month", "2026-06", "--book"]);
        export.arg(book.path()).arg("--out").arg(book.beside("focus")).args(archive);
        let output = run(&mut export, code)?;
        Ok(format!("{}{}", String::from_utf8_lossy(&output.stdout), words(&output)))
    };
    let (matched, exported) = (reconcile()?, export(&[], 0)?);
    let rows = fs::read(book.beside("focus/focus.csv"))?;
    run(&mut archive(&book), 0)?;
    assert_eq!(export(&[], 0)?, exported);
    let shelf = book.beside("shelf");
    fs::rename(book.beside("archive"), &shelf)?;
    // Which month a document is of is known by its number.
    assert_eq!(reconcile()?, matched);
    // April's notes may be of June, or not: its tables tell.
    assert!(export(&[], 1)?.contains("2026-04 is archived"));
    export(&["--archive", &shelf.display().to_string()], 0)?;
    assert_eq!(fs::read(book.beside("focus/focus.csv"))?, rows);
    Ok(())
}

#[test]
fn a_cascade_does_not_begin_where_a_later_month_is_archived() -> Outcome {
    let book = archived()?;
    run(&mut unarchive(&book, "2026-04"), 0)?;
    book.assert_sound()?;
    let before = files(&book.path())?;
    let late = book.beside("more.csv");
    let row = "m-1,trial-over-month-end,2026-04-26T00:00:00Z,3\n";
    fs::write(&late, format!("event_id,account_id,at,credits\n{row}"))?;
    let mut rerun = monthend(["rerun", "--month", "2026-04", "--reason", "more", "--cascade"]);
    rerun.arg("--book").arg(book.path()).arg("--add-usage").arg(&late);
    let said = words(&run(&mut rerun, 1)?);
    assert!(said.contains("unarchive --month 2026-05"), "{said}");
    assert_eq!(files(&book.path())?, before);
    Ok(())
}
