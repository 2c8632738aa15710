//! A month that is looked at first, and then published by the digest of its result.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::json as value;

use crate::common::{Outcome, april, json, may, monthend, result, run, tables, tree};

/// The digest that a dry run tells; it exits as the month's findings do.
fn digest(dry_run: &mut Command) -> Outcome<String> {
    let told = result(&run(dry_run.args(["--dry-run", "--json"]), 3)?)?;
    Ok(told["digest"].as_str().ok_or("no digest")?.to_owned())
}

#[test]
fn a_first_publication_is_approved_by_its_digest_and_comes_as_it_lay_in_the_folder() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let at = |name: &str| sandbox.path().join(name);
    let (book, out) = (at("book"), at("plans/april"));
    run(april("run", &book).args(["--dry-run", "--out"]).arg(&out), 3)?;
    assert!(!book.exists(), "a plan makes no book");
    let planned = digest(&mut april("run", &book))?;
    // A plan needs no book, and threads change nothing.
    assert_eq!(digest(april("run", &at("none")).args(["--threads", "1"]))?, planned);
    // The day of the documents, where it is said, is approved, too.
    let dated = digest(april("run", &book).args(["--issued-on", "2026-05-04"]))?;
    assert_ne!(dated, planned);
    // So is the payment term.
    let mut digests = BTreeSet::from([dated.clone(), planned.clone()]);
    for days in ["0", "30"] {
        digests.insert(digest(april("run", &book).args(["--payment-term-days", days]))?);
    }
    assert_eq!(digests.len(), 4);

    let mut other = april("run", &book);
    let refused = result(&run(other.args(["--only-if", &dated, "--json"]), 4)?)?;
    assert_eq!(refused["error"]["kind"], "approval");
    assert_eq!(
        (&refused["error"]["value"], &refused["published"]),
        (&value!(planned), &value!([]))
    );
    assert!(!book.join("2026-04").exists());
    run(april("run", &book).args(["--no-event-ids", "--only-if", &planned]), 4)?;

    let upper = planned.to_uppercase();
    let told = result(&run(april("run", &book).args(["--only-if", &upper, "--json"]), 3)?)?;
    assert_eq!((&told["status"], &told["digest"]), (&value!("published"), &value!(planned)));
    let (lay, stands) = (out.join("2026-04"), book.join("2026-04/r001"));
    assert_eq!(tables(&lay)?, tables(&stands)?);
    assert_eq!(json(&lay.join("manifest.json"))?, json(&stands.join("manifest.json"))?);
    // Once it is published, the same digest approves that nothing changes.
    let again = result(&run(april("run", &book).args(["--only-if", &planned, "--json"]), 3)?)?;
    assert_eq!(again["status"], "unchanged");
    // Of notes, the term is approved, and not the day that it comes to.
    let given = "g-1,power-heavy,2026-04-20T12:00:00Z,-5.00,goodwill\n";
    let header = "adjustment_id,account_id,at,amount,description";
    fs::write(at("given.csv"), format!("{header}\n{given}"))?;
    let with_note = |options: &[&str]| {
        digest(april("run", &book).arg("--adjustments").arg(at("given.csv")).args(options))
    };
    assert_ne!(with_note(&["--payment-term-days", "30"])?, with_note(&[])?);
    Ok(())
}

#[test]
fn a_plan_that_fails_leaves_no_folder_and_no_plan_is_written_over() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let at = |name: &str| sandbox.path().join(name);
    fs::create_dir(at("full"))?;
    fs::write(at("full/file"), "mine")?;
    fs::write(at("file"), "mine")?;
    fs::create_dir(at("empty"))?;
    let files = |folder: &Path| -> Outcome<Vec<_>> { Ok(tree(folder)?.into_keys().collect()) };
    let before = files(sandbox.path())?;
    let plan = |month: &mut Command, out: &Path, code: i32| {
        run(month.args(["--dry-run", "--out"]).arg(out), code).map(drop)
    };
    // Without April, May has no opening.
    for out in ["deep/er", "empty"] {
        plan(&mut may("run", &at("book")), &at(out), 1)?;
        assert_eq!(files(sandbox.path())?, before);
    }
    for out in ["full", "file"] {
        plan(&mut april("run", &at("book")), &at(out), 2)?;
        assert_eq!(files(sandbox.path())?, before);
    }
    plan(&mut april("run", &at("book")), &at("empty"), 3)?;
    assert_eq!(fs::read_dir(at("empty"))?.count(), 1);
    assert!(at("empty/2026-04/statements.parquet").exists());
    Ok(())
}

#[test]
fn an_approval_ends_where_an_input_or_a_later_month_is_another_one() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let at = |name: &str| sandbox.path().join(name);
    let book = at("book");
    run(&mut april("run", &book), 3)?;
    run(&mut may("run", &book), 3)?;
    let late = |credits: u32| {
        let rows = format!("late-1,ten-over-the-cap,2026-05-14T12:00:00Z,{credits}\n");
        fs::write(at("late.csv"), format!("event_id,account_id,at,credits\n{rows}"))
    };
    let rerun = || {
        let mut rerun = monthend(["rerun", "--month", "2026-04", "--cascade", "--quiet"]);
        rerun.arg("--book").arg(&book).arg("--add-usage").arg(at("late.csv"));
        rerun
    };
    late(100)?;
    let planned = digest(&mut rerun())?;
    late(101)?;
    let in_force = || -> Outcome<[String; 2]> {
        let current = |month: &str| fs::read_to_string(book.join(month).join("CURRENT"));
        Ok([current("2026-04")?, current("2026-05")?])
    };
    let with = ["--reason", "late file", "--json", "--only-if", &planned];
    let refused = result(&run(rerun().args(with), 4)?)?;
    assert_eq!(refused["published"], value!([]));
    assert_eq!(in_force()?, ["r001\n"; 2]);
    // Without a reason nothing is published that has documents before.
    late(100)?;
    run(rerun().args(["--only-if", &planned]), 2)?;
    assert_eq!(in_force()?, ["r001\n"; 2]);
    let told = result(&run(rerun().args(with), 3)?)?;
    assert_eq!((&told["status"], &told["digest"]), (&value!("unchanged"), &value!(planned)));
    assert_eq!(told["later"][0]["revision"], "r002");
    Ok(())
}
