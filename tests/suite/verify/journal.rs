//! The journal: what was published and is no more, and a journal that was tampered with itself.

use std::fs;

use super::books::{Book, three_months_and_notes, two_months, verify};
use super::forge::{forge_journal, forge_manifest};
use crate::common::{Outcome, code};

#[test]
fn what_was_published_and_is_no_more_is_found() -> Outcome {
    let book = three_months_and_notes()?;
    fs::remove_dir_all(book.at("2026-04/r003"))?;
    fs::write(book.at("2026-04/CURRENT"), "r002\n")?;
    book.assert_told(
        "the newest revision",
        &["\"journal\"", "2026-04", "r003", "was published, and is no more"],
    )?;

    let book = three_months_and_notes()?;
    fs::remove_dir_all(book.at("2026-06"))?;
    book.assert_told("the newest month", &["\"journal\"", "2026-06", "r001", "is no more"])?;
    book.assert_told("the newest month", &["\"journal\"", "2026-06", "r002", "is no more"])?;

    // The last revision billed otherwise, all of it.
    let book = three_months_and_notes()?;
    forge_manifest(&book.at("2026-06/r002"), |manifest| {
        manifest["reason"] = "another reason".into();
        Ok(())
    })?;
    book.assert_told(
        "another r002",
        &["\"journal\"", "2026-06", "r002", "is not the revision of the journal"],
    )
}

#[test]
fn every_change_of_the_journal_is_found() -> Outcome {
    let book = two_months()?;
    let path = book.at(".journal");
    let bytes = fs::read(&path)?;
    let (first, lines) = (bytes.iter().position(|byte| *byte == b'\n').ok_or("no line")?, &bytes);
    for at in (0..bytes.len()).step_by(5).chain([first, bytes.len() - 1]) {
        let mut changed = lines.clone();
        changed[at] ^= 1;
        fs::write(&path, changed)?;
        book.assert_told(&format!("byte {at}"), &["\"journal\""])?;
    }
    for (what, text) in [
        ("the first line gone", &bytes[first + 1..]),
        ("the last line gone", &bytes[..first + 1]),
        ("all lines gone", &b""[..]),
        ("the last line's end gone", &bytes[..bytes.len() - 1]),
        ("a line twice", &[&bytes[..], &bytes[first + 1..]].concat()),
        ("an empty line", &[&bytes[..], b"\n"].concat()),
        ("garbage", &b"\xff\xfe\0"[..]),
        (
            "a revision that there never was",
            &[&bytes[..], b"2026-05 r002 ", &[b'0'; 64], b"\n"].concat(),
        ),
    ] {
        fs::write(&path, text)?;
        book.assert_told(what, &["\"journal\""])?;
    }
    // What a crash has cut short, and the next run has written again.
    fs::write(&path, [&bytes[..first + 20], b"\n", &bytes[first + 1..]].concat())?;
    book.assert_sound()?;
    assert!(book.verify()?.1["notes"].to_string().contains("cut short"));
    fs::remove_file(&path)?;
    book.assert_told("no journal", &["\"missing\"", ".journal"])?;
    fs::create_dir(&path)?;
    book.assert_told("a folder", &["\"wrong-kind\"", ".journal"])?;
    fs::remove_dir(&path)?;
    forge_journal(&book.path())?;
    book.assert_sound()
}

#[test]
fn a_book_whose_months_are_all_gone_is_none() -> Outcome {
    let book: Book = two_months()?;
    for month in ["2026-05", "2026-04"] {
        fs::remove_dir_all(book.at(month))?;
    }
    assert_eq!(code(&verify(&book.path(), &[])?)?, 1);
    Ok(())
}
