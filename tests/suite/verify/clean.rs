//! What is no fault: clean books of every kind, old ones, months that are missing. And what is no book.

use std::fs;
use std::path::Path;

use monthend::desk::verify::FindingCode;

use super::books::{Book, three_months_and_notes, two_months, verify};
use super::forge::{edit_manifest, forge_journal, forge_manifest};
use crate::common::{
    FIXTURES, Outcome, april, code, json, may, monthend, result, root, run, tree, unchanged, words,
};

#[test]
fn a_clean_book_passes_and_is_left_as_it_is() -> Outcome {
    for book in [two_months()?, three_months_and_notes()?] {
        let before = tree(&book.path())?;
        book.assert_sound()?;
        unchanged(&before, &book.path())?;
    }
    Ok(())
}

#[test]
fn it_is_told_in_words_month_by_month() -> Outcome {
    let book = three_months_and_notes()?;
    let output = verify(&book.path(), &[])?;
    let text = String::from_utf8(output.stdout)?;
    let folder = book.path().display().to_string();
    assert_eq!(
        text.replace(&folder, "book"),
        "book: 3 months, 7 revisions: all is well\n\
         2026-04  r001, r002, r003 in force: sound\n\
         2026-05  r001, r002 in force: sound\n\
         2026-06  r001, r002 in force: sound\n"
    );
    fs::write(book.at("2026-05/r001/notes.txt"), "")?;
    fs::remove_file(book.at("2026-05/r001/rejects.csv"))?;
    let output = verify(&book.path(), &[])?;
    assert_eq!(code(&output)?, 4);
    let text = String::from_utf8(output.stdout)?;
    assert_eq!(
        text.replace(&folder, "book"),
        "book: 3 months, 7 revisions: 2 findings\n\
         2026-04  r001, r002, r003 in force: sound\n\
         2026-05  r001, r002 in force: 2 findings\n  \
         missing         r001/rejects.csv: is not there\n  \
         stray           r001/notes.txt: does not belong here\n\
         2026-06  r001, r002 in force: sound\n"
    );
    Ok(())
}

#[test]
fn many_findings_are_all_counted_and_some_are_printed() -> Outcome {
    let book = two_months()?;
    for number in 0..50 {
        fs::write(book.at(&format!("2026-04/r001/stray-{number:02}")), "")?;
    }
    let (_, result) = book.verify()?;
    assert_eq!(
        (&result["codes"]["stray"], result["findings"].as_array().map(Vec::len)),
        (&50.into(), Some(50))
    );
    let output = verify(&book.path(), &[])?;
    let text = String::from_utf8(output.stdout)?;
    assert!(text.contains("2026-04  r001 in force: 50 findings"), "{text}");
    assert!(text.contains("stray-19") && !text.contains("stray-20"), "{text}");
    assert!(text.contains("… and 30 more: --json has all"), "{text}");
    Ok(())
}

#[test]
fn the_order_of_findings_does_not_depend_on_threads() -> Outcome {
    let book = three_months_and_notes()?;
    for file in [
        "2026-04/r001/state.csv",
        "2026-04/r002/run.json",
        "2026-05/r001/documents.parquet",
        "2026-06/CURRENT",
    ] {
        let path = book.at(file);
        let mut bytes = fs::read(&path)?;
        bytes.truncate(bytes.len() / 2);
        fs::write(path, bytes)?;
    }
    let told = |threads: &str| -> Outcome<Vec<u8>> {
        let mut verify = monthend(["verify", "--json", "--book"]);
        Ok(run(verify.arg(book.path()).env("RAYON_NUM_THREADS", threads), 4)?.stdout)
    };
    let first = told("1")?;
    for threads in ["2", "3", "8", "8", "8"] {
        assert_eq!(told(threads)?, first);
    }
    Ok(())
}

#[test]
fn a_run_that_publishes_meanwhile_is_no_fault() -> Outcome {
    let book = two_months()?;
    let path = book.path();
    let publish = std::thread::spawn(move || {
        for (round, usage) in (0..6).zip(["web.csv", "*"].into_iter().cycle()) {
            let mut run =
                monthend(["run", "--month", "2026-04", "--opening", "genesis", "--quiet"]);
            run.args(FIXTURES).args(["--usage", &format!("fixtures/usage/2026-04-{usage}")]);
            let output =
                run.args(["--reason", &format!("round {round}"), "--book"]).arg(&path).output();
            assert_eq!(output.map(|output| output.status.code()).ok(), Some(Some(3)));
        }
    });
    while !publish.is_finished() {
        book.assert_sound()?;
    }
    publish.join().map_err(|_| "a run has failed")?;
    book.assert_sound()?;
    assert!(book.at("2026-04/r007").is_dir());
    Ok(())
}

#[test]
fn every_command_leaves_a_sound_book() -> Outcome {
    let book = two_months()?;
    run(&mut april("check", &book.path()), 3)?;
    run(april("run", &book.path()).arg("--dry-run"), 3)?;
    run(&mut may("run", &book.path()), 3)?;
    run(monthend(["status", "--as-of", "2026-05-01", "--book"]).arg(book.path()), 0)?;
    book.assert_sound()?;
    // A month whose logs have been lost in part, billed again; May is stale until it is billed again, too.
    let mut less =
        monthend(["run", "--month", "2026-04", "--opening", "genesis", "--reason", "a test"]);
    less.args(FIXTURES).args(["--usage", "fixtures/usage/2026-04-web.csv"]);
    run(less.arg("--book").arg(book.path()), 3)?;
    book.assert_sound()?;
    let notes = book.verify()?.1["notes"].to_string();
    assert!(
        notes.contains("stale") && notes.contains("2026-04 r001, and r002 is in force"),
        "{notes}"
    );
    let mut again =
        monthend(["rerun", "--month", "2026-05", "--opening", "book", "--reason", "a test"]);
    run(again.arg("--book").arg(book.path()), 3)?;
    book.assert_sound()?;
    assert_eq!(book.verify()?.1["notes"], serde_json::json!([]));
    Ok(())
}

#[test]
fn usage_that_changes_no_amount_leaves_the_documents_and_a_sound_book() -> Outcome {
    let book = two_months()?;
    // 10.01 credits over the cap are 0.40, as 10 are: no note, and the invoice stands with 10.
    let late =
        "event_id,account_id,at,credits\nlate-1,ten-over-the-cap,2026-04-30T12:00:00Z,0.01\n";
    fs::write(book.beside("late.csv"), late)?;
    let mut rerun =
        monthend(["rerun", "--month", "2026-04", "--reason", "late file", "--add-usage"]);
    run(rerun.arg(book.beside("late.csv")).arg("--book").arg(book.path()), 3)?;
    let charges = fs::read_to_string(book.at("2026-04/r002/overage_charges.csv"))?;
    assert!(
        charges.contains("ten-over-the-cap,2026-04,pro,10.010000,0.040000,0.40,USD"),
        "{charges}"
    );
    let documents = fs::read_to_string(book.at("2026-04/r002/documents.csv"))?;
    assert_eq!(documents, fs::read_to_string(book.at("2026-04/r001/documents.csv"))?);
    book.assert_sound()
}

#[test]
fn a_book_without_a_month_in_between_is_told_and_no_fault() -> Outcome {
    let book = three_months_and_notes()?;
    // June as if it had begun with a state from elsewhere.
    for revision in ["2026-06/r001", "2026-06/r002"] {
        forge_manifest(&book.at(revision), |manifest| {
            manifest["opening"] =
                serde_json::json!({"kind": "file", "file": "state.csv", "sha256": "0"});
            manifest["options"]["opening"] = "state.csv".into();
            Ok(())
        })?;
    }
    let previous = monthend::base::digest::of_file(&book.at("2026-06/r001/manifest.json"))?.1;
    forge_manifest(&book.at("2026-06/r002"), |manifest| {
        manifest["previous"]["manifest_sha256"] = previous.into();
        Ok(())
    })?;
    fs::remove_dir_all(book.at("2026-05"))?;
    forge_journal(&book.path())?;
    book.assert_sound()?;
    let notes = book.verify()?.1["notes"].to_string();
    for told in ["month-missing", "2026-05", "opening-elsewhere", "began with state.csv"] {
        assert!(notes.contains(told), "{told}: {notes}");
    }
    Ok(())
}

#[test]
fn a_book_that_was_never_sealed_is_told_and_no_fault() -> Outcome {
    let book = two_months()?;
    let revision = book.at("2026-04/r001");
    unseal(&revision)?;
    edit_manifest(&revision, |manifest| {
        manifest["version"] = "0.1.0".into();
        manifest.as_object_mut().ok_or("no object")?.remove("previous");
        Ok(())
    })?;
    forge_journal(&book.path())?;
    book.assert_sound()?;
    // It kept no journal, either; May's line is enough.
    let journal = fs::read_to_string(book.at(".journal"))?;
    fs::write(
        book.at(".journal"),
        journal.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>(),
    )?;
    book.assert_sound()?;
    let notes = book.verify()?.1["notes"].to_string();
    assert!(notes.contains("unsealed") && notes.contains("0.1.0"), "{notes}");
    // A later version always seals.
    edit_manifest(&revision, |manifest| {
        manifest["version"] = "0.2.0".into();
        Ok(())
    })?;
    book.assert_told("a seal torn off", &["\"seal\"", "2026-04", "run.json"])
}

/// Leaves a `run.json` as version 0.1.0 wrote it.
fn unseal(revision: &Path) -> Outcome {
    let mut run = json(&revision.join("run.json"))?;
    let facts = run.as_object_mut().ok_or("no object")?;
    facts.remove("seal");
    facts.remove("manifest_sha256");
    Ok(fs::write(revision.join("run.json"), format!("{run:#}\n"))?)
}

#[test]
fn what_is_no_book_is_an_error() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let at = |name: &str| sandbox.path().join(name);
    fs::create_dir(at("empty"))?;
    fs::create_dir(at("other"))?;
    fs::write(at("other/letter.txt"), "")?;
    fs::write(at("file"), "")?;
    for (name, expected, said) in [
        ("missing", 2, "there is no such folder"),
        ("file", 1, "cannot be listed"),
        ("empty", 1, "holds no month"),
        ("other", 1, "holds no month"),
    ] {
        let output = verify(&at(name), &[])?;
        assert_eq!(code(&output)?, expected, "{name}: {}", words(&output));
        assert!(
            words(&output).contains(said) && words(&output).contains("hint: "),
            "{}",
            words(&output)
        );
    }
    Ok(())
}

#[test]
fn what_an_earlier_verification_saw_must_still_be_there() -> Outcome {
    let book = three_months_and_notes()?;
    let seen = book.beside("seen.json");
    let since = |book: &Book| -> Outcome<(i32, String)> {
        let since = seen.display().to_string();
        let output = verify(&book.path(), &["--json", "--since", &since])?;
        Ok((code(&output)?, result(&output)?["findings"].to_string()))
    };
    fs::write(&seen, verify(&book.path(), &["--json"])?.stdout)?;
    assert_eq!(since(&book)?, (0, "[]".to_owned()));

    // The newest part taken away: the book is sound, and not what it was.
    fs::remove_dir_all(book.at("2026-04/r003"))?;
    fs::write(book.at("2026-04/CURRENT"), "r002\n")?;
    forge_journal(&book.path())?;
    book.assert_sound()?;
    let (code, findings) = since(&book)?;
    assert_eq!(code, 4);
    for told in ["since", "2026-04", "r003", "is there no more"] {
        assert!(findings.contains(told), "{told}: {findings}");
    }

    // The last month billed otherwise, all of it: the book is sound again.
    let book = three_months_and_notes()?;
    let forged = book.at("2026-06/r002");
    forge_manifest(&forged, |manifest| {
        manifest["reason"] = "another reason".into();
        Ok(())
    })?;
    forge_journal(&book.path())?;
    book.assert_sound()?;
    let (code, findings) = since(&book)?;
    assert_eq!(code, 4);
    assert!(
        findings.contains("is not the revision that the earlier verification saw"),
        "{findings}"
    );

    // More revisions are no fault.
    let book = three_months_and_notes()?;
    let few = br#"{"months":[{"month":"2026-04","revisions":[]}]}"#;
    fs::write(&seen, few)?;
    assert_eq!(since(&book)?, (0, "[]".to_owned()));
    for (wrong, said) in [("{", "cause"), ("[]", "expected: the output of monthend verify --json")]
    {
        fs::write(&seen, wrong)?;
        let output = verify(&book.path(), &["--since", &seen.display().to_string()])?;
        assert_eq!(crate::common::code(&output)?, 2);
        assert!(words(&output).contains(said), "{}", words(&output));
    }
    Ok(())
}

#[test]
fn every_code_is_explained() -> Outcome {
    let page = fs::read_to_string(root().join("docs/VERIFY.md"))?;
    for code in FindingCode::ALL {
        let entry = format!("| `{}` |", code.name());
        assert!(page.contains(&entry), "docs/VERIFY.md does not explain {}", code.name());
    }
    Ok(())
}
