//! Files that were changed, removed, added, or replaced by something else, with nothing put right.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use monthend::tables::Table;

use super::books::{Book, month_with_grants, three_months_and_notes, two_months};
use super::forge::{Rows, edit};
use crate::common::{Outcome, tree};

/// All files of a book that a run has published, by their paths within it.
fn published(book: &Book) -> Outcome<Vec<PathBuf>> {
    let files = tree(&book.path())?.into_iter().filter(|(_, entry)| entry.bytes.is_some());
    let files: Vec<PathBuf> = files.map(|(path, _)| path).collect();
    Ok(files
        .into_iter()
        .filter(|path| {
            ![".lock", ".journal", "current"].iter().any(|other| path.starts_with(other))
        })
        .collect())
}

/// The words that name a file in a finding.
fn name(file: &Path) -> Outcome<[String; 2]> {
    let month = file.iter().next().ok_or("no month")?.to_string_lossy().into_owned();
    let file = file.file_name().ok_or("no name")?.to_string_lossy().into_owned();
    Ok([format!("\"month\":\"{month}\""), file])
}

#[test]
fn every_flipped_byte_is_found() -> Outcome {
    let book = two_months()?;
    let april: Vec<PathBuf> =
        published(&book)?.into_iter().filter(|file| file.starts_with("2026-04")).collect();
    assert_eq!(april.len(), 24);
    for file in april {
        let path = book.path().join(&file);
        let bytes = fs::read(&path)?;
        let last = bytes.len() - 1;
        let positions = BTreeSet::from([0, last / 4, last / 2, last]);
        for at in positions {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, changed)?;
            let [month, name] = name(&file)?;
            book.assert_told(&format!("byte {at} of {}", file.display()), &[&month, &name])?;
        }
        fs::write(&path, bytes)?;
    }
    book.assert_sound()
}

#[test]
fn every_removed_file_is_found() -> Outcome {
    let book = two_months()?;
    for file in published(&book)? {
        let path = book.path().join(&file);
        let bytes = fs::read(&path)?;
        fs::remove_file(&path)?;
        let [month, name] = name(&file)?;
        book.assert_told(&file.display().to_string(), &["\"missing\"", &month, &name])?;
        fs::write(&path, bytes)?;
    }
    book.assert_sound()
}

#[test]
fn garbage_in_any_file_is_found_and_stops_nothing() -> Outcome {
    let book = two_months()?;
    for file in published(&book)?.into_iter().filter(|file| file.starts_with("2026-05")) {
        let path = book.path().join(&file);
        let bytes = fs::read(&path)?;
        let [month, name] = name(&file)?;
        let half = &bytes[..bytes.len() / 2];
        let without_middle = [half, &bytes[bytes.len() / 2 + 3..]].concat();
        let all: [&[u8]; 6] = [b"", b"{", b"\xff\xfe\xff", b"PAR1PAR1", half, &without_middle];
        for garbage in all {
            fs::write(&path, garbage)?;
            book.assert_told(&file.display().to_string(), &[&month, &name])?;
        }
        fs::write(&path, bytes)?;
    }
    book.assert_sound()
}

#[test]
fn a_folder_in_the_place_of_a_file_is_found() -> Outcome {
    let book = two_months()?;
    for file in published(&book)?.into_iter().filter(|file| file.starts_with("2026-05")) {
        let path = book.path().join(&file);
        let bytes = fs::read(&path)?;
        fs::remove_file(&path)?;
        fs::create_dir(&path)?;
        let [month, name] = name(&file)?;
        book.assert_told(&file.display().to_string(), &["\"wrong-kind\"", &month, &name])?;
        fs::remove_dir(&path)?;
        fs::write(&path, bytes)?;
    }
    book.assert_sound()
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_found_and_not_followed() -> Outcome {
    use std::os::unix::fs::symlink;
    let book = two_months()?;
    for file in ["2026-05/CURRENT", "2026-05/r001/state.csv", "2026-05/r001/run.json"] {
        let (path, away) = (book.at(file), book.beside("away"));
        let [_, name] = name(Path::new(file))?;
        fs::rename(&path, &away)?;
        for target in [&away, &book.beside("nowhere"), &book.path()] {
            symlink(target, &path)?;
            book.assert_told(file, &["\"wrong-kind\"", "2026-05", &name, "a link"])?;
            fs::remove_file(&path)?;
        }
        let pipe = std::process::Command::new("mkfifo").arg(&path).status();
        if pipe.is_ok_and(|status| status.success()) {
            book.assert_told(file, &["\"wrong-kind\"", "2026-05", &name])?;
            fs::remove_file(&path)?;
        }
        fs::rename(&away, &path)?;
    }
    for folder in ["2026-05/r001", "2026-05"] {
        let (path, away) = (book.at(folder), book.beside("away"));
        fs::rename(&path, &away)?;
        symlink(&away, &path)?;
        book.assert_told(folder, &["\"wrong-kind\"", folder.rsplit('/').next().unwrap_or(folder)])?;
        fs::remove_file(&path)?;
        fs::rename(&away, &path)?;
    }
    book.assert_sound()
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_strays() -> Outcome {
    use std::os::unix::ffi::OsStrExt;
    let book = two_months()?;
    let name = std::ffi::OsStr::from_bytes(b"r\xff01\x1b[2J");
    for folder in [".", "2026-04", "2026-04/r001"] {
        let path = book.at(folder).join(name);
        fs::write(&path, "")?;
        book.assert_told(folder, &["\"stray\""])?;
        let text = String::from_utf8(super::books::verify(&book.path(), &[])?.stdout)?;
        assert!(text.lines().all(|line| !line.contains('\u{1b}')), "it plays with the terminal");
        fs::remove_file(&path)?;
    }
    book.assert_sound()
}

#[test]
fn every_stray_file_and_folder_is_found() -> Outcome {
    let book = three_months_and_notes()?;
    for (at, told) in [
        ("letter.txt", "letter.txt"),
        ("2026-4", "2026-4"),
        ("2026-13", "2026-13"),
        ("2026-04.bak", "2026-04.bak"),
        (".hidden", ".hidden"),
        ("2026-04/CURRENT~", "CURRENT~"),
        ("2026-04/current", "current"),
        ("2026-04/r1", "r1"),
        ("2026-04/r0001", "r0001"),
        ("2026-04/r000", "r000"),
        ("2026-04/r002-old", "r002-old"),
        ("2026-04/r002/documents.parquet.bak", "documents.parquet.bak"),
        ("2026-04/r002/.documents.csv.swp", ".documents.csv.swp"),
        ("2026-04/r002/documents.CSV", "documents.CSV"),
        ("2026-04/r002/r001", "r001"),
    ] {
        let path = book.at(at);
        let month = if at.contains('/') { "\"month\":\"2026-04\"" } else { "\"month\":null" };
        fs::write(&path, "")?;
        book.assert_told(at, &["\"stray\"", month, told])?;
        fs::remove_file(&path)?;
        fs::create_dir(&path)?;
        book.assert_told(at, &["\"stray\"", month, told])?;
        fs::remove_dir(&path)?;
    }
    book.assert_sound()
}

#[test]
fn a_row_that_only_one_of_the_two_files_lacks_is_named() -> Outcome {
    let book = two_months()?;
    let revision = book.at("2026-04/r001");
    let [documents, csv] = ["documents.parquet", "documents.csv"].map(|file| revision.join(file));
    let (parquet_bytes, csv_bytes) = (fs::read(&documents)?, fs::read(&csv)?);
    let mut rows = Rows::read(&revision, Table::Documents)?;
    let gone = rows.rows.remove(3);

    rows.write_csv(&revision)?;
    let (account, id) = (&gone[3], &gone[0]);
    book.assert_told(
        "CSV lacks a row",
        &["csv-differs", "2026-04", "documents.csv", "\"row\":4", account, id],
    )?;
    fs::write(&csv, &csv_bytes)?;
    rows.write_parquet(&revision)?;
    book.assert_told(
        "Parquet lacks a row",
        &["csv-differs", "2026-04", "documents.csv", "\"row\":4"],
    )?;
    book.assert_told("and its lines stay", &["document-lines", "invoice_lines", account, id])?;
    fs::write(&documents, parquet_bytes)?;

    // A single cell.
    let mut rows = Rows::read(&revision, Table::Documents)?;
    let row = rows.find("account_id", "ten-over-the-cap")?;
    rows.set(row, "total_amount", "20.41")?;
    rows.write_csv(&revision)?;
    let told = [
        "csv-differs",
        "total_amount",
        "ten-over-the-cap",
        "`20.41`",
        "`20.40`, as the Parquet file",
    ];
    book.assert_told("an amount in CSV", &told)?;
    // The same cells, written in another way.
    let text = String::from_utf8(csv_bytes.clone())?;
    fs::write(&csv, text.replace('\n', "\r\n"))?;
    book.assert_told("other line ends", &["csv-differs", "is not written as a run writes it"])?;
    fs::write(&csv, csv_bytes)?;
    book.assert_sound()
}

#[test]
fn a_row_removed_from_both_files_is_found() -> Outcome {
    for table in Table::ALL {
        // No account of the fixtures carries a grant out of April.
        let (book, month) = match table {
            Table::Grants => (month_with_grants()?, "2026-07"),
            _ => (two_months()?, "2026-04"),
        };
        let revision = book.at(&format!("{month}/r001"));
        edit(&revision, table, |rows| {
            rows.rows.remove(0);
            Ok(())
        })?;
        for file in table.files() {
            book.assert_told(table.name(), &["\"digest\"", month, &file])?;
            book.assert_told(table.name(), &["\"rows\"", month, &file])?;
        }
    }
    Ok(())
}
