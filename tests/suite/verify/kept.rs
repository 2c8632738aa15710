//! What a revision keeps of its inputs, and events that are billed to two accounts.

use std::fs;
use std::path::Path;

use monthend::base::file_digest::Algorithm;
use serde_json::json as value;

use super::books::{Book, three_months_and_notes};
use super::forge::{forge_journal, forge_manifest};
use crate::common::{Outcome, monthend, run};

/// Of April r003: the dispute's list, and the late files of r002.
const KEPT: [&str; 3] = ["disputed.csv", "late-changes.csv", "late.csv"];

#[test]
fn whatever_is_done_to_a_kept_input_is_found() -> Outcome {
    let book = three_months_and_notes()?;
    for name in KEPT {
        let path = book.at("2026-04/r003/inputs").join(name);
        let text = fs::read_to_string(&path)?;
        let place = format!("inputs/{name}");
        fs::write(&path, text.clone() + " ")?;
        book.assert_told("longer", &["\"digest\"", "2026-04", "r003", &place])?;
        fs::write(&path, text.replacen('-', "_", 1))?;
        book.assert_told("changed", &["\"digest\"", "r003", &place])?;
        fs::remove_file(&path)?;
        book.assert_told("gone", &["\"missing\"", "r003", &place])?;
        fs::create_dir(&path)?;
        book.assert_told("a folder", &["\"wrong-kind\"", "r003", &place])?;
        fs::remove_dir(&path)?;
        fs::write(&path, text)?;
    }
    fs::write(book.at("2026-04/r003/inputs/more.csv"), "")?;
    book.assert_told("more", &["\"stray\"", "r003", "inputs/more.csv"])?;
    fs::remove_file(book.at("2026-04/r003/inputs/more.csv"))?;
    for place in
        ["late.csv", "inputs/../late.csv", "inputs/late.csv/", "/late.csv", "inputs/disputed.csv"]
    {
        let forged = three_months_and_notes()?;
        forge_manifest(&forged.at("2026-04/r003"), |manifest| {
            let inputs = manifest["inputs"].as_array_mut().ok_or("no inputs")?;
            let late = inputs.iter_mut().find(|input| input["kept"] == "inputs/late.csv");
            late.ok_or("no late file")?["kept"] = place.into();
            Ok(())
        })?;
        forged.assert_told(place, &["\"manifest\"", "r003", "a file of its own in inputs"])?;
    }
    book.assert_sound()
}

/// Makes what a revision was given say that another id was billed, under new seals.
fn forge_late(book: &Book, revision: &str, from: &str, to: &str) -> Outcome {
    let folder = book.at("2026-04").join(revision);
    let path = folder.join("inputs/late.csv");
    fs::write(&path, fs::read_to_string(&path)?.replacen(from, to, 1))?;
    let copy = fs::read(&path)?;
    forge_manifest(&folder, |manifest| {
        let inputs = manifest["inputs"].as_array_mut().ok_or("no inputs")?;
        let late = inputs.iter_mut().find(|input| input["kept"] == "inputs/late.csv");
        let late = late.ok_or("no late file")?;
        let digest = value!(Algorithm::Blake3.of_bytes(&copy));
        (late["bytes"], late["blake3"]) = (copy.len().into(), digest["blake3"].clone());
        Ok(())
    })?;
    forge_journal(&book.path())
}

fn dispute(book: &Path, late: &Path) -> Outcome {
    let mut rerun = monthend(["rerun", "--month", "2026-04", "--reason", "late", "--accounts"]);
    rerun.arg("ten-over-the-cap").arg("--add-usage").arg(late).arg("--book").arg(book);
    run(&mut rerun, 3).map(|_| ())
}

#[test]
fn an_event_that_is_billed_to_two_accounts_is_found() -> Outcome {
    let book = super::books::two_months()?;
    let late = book.beside("late.csv");
    fs::write(
        &late,
        "event_id,account_id,at,credits\nlate-1,ten-over-the-cap,2026-04-01T00:00:00Z,50\n",
    )?;
    dispute(&book.path(), &late)?;
    book.assert_sound()?;
    // ev-0090 is power-heavy's, of 21 April.
    forge_late(&book, "r002", "late-1", "ev-0090")?;
    book.assert_told(
        "billed twice",
        &["\"billed-twice\"", "`ev-0090`", "`ten-over-the-cap` (r002)", "`power-heavy` (r001)"],
    )
}
