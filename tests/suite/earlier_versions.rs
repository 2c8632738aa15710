//! Books that earlier versions published, opened and carried on by this one; and copies that go back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

use crate::common::{Outcome, copy_folder, json, monthend, result, root, run, tree, unchanged};

/// A folder as the one in which version 0.2 billed the fixtures, with its book.
struct Place(tempfile::TempDir);

impl Place {
    fn begin() -> Outcome<Self> {
        let place = Place(tempfile::tempdir()?);
        copy_folder(&root().join("fixtures"), &place.path("fixtures"))?;
        copy_folder(&root().join("tests/books/0.2"), &place.path("book"))?;
        fs::copy(root().join("tests/books/disputed.csv"), place.path("disputed.csv"))?;
        Ok(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command there; the words are separated by blanks.
    fn command(&self, words: &str) -> Command {
        let mut command = monthend(words.split(' '));
        command.current_dir(self.0.path());
        command
    }

    /// A revision's documents by their ids, each with its cells by column.
    fn documents(&self, revision: &str) -> Outcome<BTreeMap<String, BTreeMap<String, String>>> {
        let path = self.path("book").join(revision).join("documents.csv");
        let rows = csv::Reader::from_path(path)?.into_deserialize();
        let rows = rows.collect::<Result<Vec<BTreeMap<String, String>>, _>>()?;
        Ok(rows.into_iter().map(|row| (row["document_id"].clone(), row)).collect())
    }

    fn months(&self) -> [PathBuf; 2] {
        ["2026-04", "2026-05"].map(|month| self.path("book").join(month))
    }
}

/// What a command says on standard output.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_book_of_0_2_is_read_in_full() -> Outcome {
    let place = Place::begin()?;
    let before = tree(&place.path("book"))?;
    let sound = result(&run(&mut place.command("verify --json --book book"), 0)?)?;
    assert_eq!(sound["status"], "sound", "{sound}");
    let status = "status --json --as-of 2026-06-01 --inputs --book book";
    let status = result(&run(&mut place.command(status), 0)?)?;
    let totals = ["1257.71", "1202.28"];
    for (month, total) in status["months"].as_array().ok_or("no months")?.iter().zip(totals) {
        assert_eq!(month["total_amount"], total, "{month}");
    }
    let explain = "explain power-heavy --month 2026-04 --book book";
    let told = said(&run(&mut place.command(explain), 0)?);
    assert!(told.contains("documents and states agree with the published tables"), "{told}");
    let diff = result(&run(&mut place.command("diff --json --month 2026-04 --book book"), 0)?)?;
    assert!(diff.to_string().contains("-144.13"), "{diff}");
    unchanged(&before, &place.path("book"))
}

/// Words of rejects may get better, so that a month with rejects is another one to the byte; no cent is.
#[test]
fn what_0_2_billed_comes_out_the_same() -> Outcome {
    let place = Place::begin()?;
    let rerun = "rerun --json --month 2026-04 --book book";
    assert_eq!(result(&run(&mut place.command(rerun), 3)?)?["status"], "unchanged");
    let dry = "rerun --json --dry-run --month 2026-05 --book book";
    let dry = result(&run(&mut place.command(dry), 3)?)?;
    assert_eq!(dry["status"], "would-differ");
    assert_eq!(dry["total_amount"], "1202.28");
    assert_eq!(dry["new_documents"], 0, "{dry}");
    Ok(())
}

#[test]
fn a_book_of_0_2_goes_on() -> Outcome {
    let place = Place::begin()?;
    let published = place.months().map(|month| tree(&month));
    let june = "event_id,account_id,at,credits\nj-1,power-heavy,2026-06-30T23:00:00Z,5\n";
    fs::write(place.path("fixtures/usage/2026-06.csv"), june)?;
    let next = "run --json --job fixtures/job.toml --through 2026-06 --book book";
    // 3 is what April and May have to be looked at for: they were billed when June was over.
    let result = result(&run(&mut place.command(next), 3)?)?;
    assert_eq!(result["months"][0]["status"], "published", "{result}");
    let sound = said(&run(&mut place.command("verify --book book"), 0)?);
    assert!(sound.contains("all is well") && !sound.contains("to be known"), "{sound}");
    for (month, before) in place.months().iter().zip(published) {
        unchanged(&before?, month)?;
    }
    // Readers find all three months in one folder, those of 0.2 included.
    let readable = tree(&place.path("book/current/statements"))?;
    assert_eq!(readable.len(), 6, "{:?}", readable.keys());
    let manifest = json(&place.path("book/2026-06/r001/manifest.json"))?;
    assert_eq!(manifest["opening"]["month"], "2026-05", "{}", manifest["opening"]);
    Ok(())
}

/// 0.2 knew of no payment term. Its documents stand without a day on which they are to be paid, whole or carried over.
#[test]
fn documents_of_0_2_are_due_on_no_day() -> Outcome {
    let place = Place::begin()?;
    let late = "l-1,ten-over-the-cap,2026-05-20T23:00:00Z,100\n\
                l-2,ten-over-the-cap,2026-04-20T23:00:00Z,100\n";
    fs::write(place.path("late.csv"), format!("event_id,account_id,at,credits\n{late}"))?;
    let again = "run --job fixtures/job.toml --month 2026-05 --reason late --issued-on 2026-07-01 \
                 --payment-term-days 30 --book book --usage fixtures/usage/2026-05* late.csv";
    run(&mut place.command(again), 3)?;
    let dispute = "rerun --month 2026-04 --accounts ten-over-the-cap --add-usage late.csv \
                   --reason ticket --issued-on 2026-07-01 --book book";
    run(&mut place.command(dispute), 3)?;
    for (before, after, due_on) in
        [("2026-05/r001", "2026-05/r002", "2026-07-31"), ("2026-04/r002", "2026-04/r003", "")]
    {
        let (before, after) = (place.documents(before)?, place.documents(after)?);
        assert!(after.len() > before.len(), "nothing new");
        for (id, mut row) in after {
            let due = row.remove("due_on").ok_or("no column due_on")?;
            match before.get(&id) {
                Some(stands) => assert_eq!((&row, &*due), (stands, ""), "{id}"),
                None => assert_eq!(due, due_on, "{id}"),
            }
        }
    }
    run(&mut place.command("verify --book book"), 0)?;
    Ok(())
}

/// The order of docs/OPERATIONS.md: what names comes first, what is named after it.
#[test]
fn a_copy_made_amid_a_publication_is_put_right_by_the_next_run() -> Outcome {
    let place = Place::begin()?;
    let (book, copy) = (place.path("book"), place.path("copy"));
    let names = |file: &Path| {
        let name = file.file_name().unwrap_or_default();
        name == "CURRENT" || name == ".journal"
    };
    copy_some(&book, &copy, &names)?;
    let rerun = "rerun --month 2026-05 --book book --reason words --issued-on 2026-07-01";
    run(&mut place.command(rerun), 3)?;
    copy_some(&book, &copy, &|file| !names(file))?;
    let found = result(&run(&mut place.command("verify --json --book copy"), 4)?)?;
    let told = found.to_string();
    assert!(told.contains("latest revision") && told.contains("no line in the journal"), "{told}");
    run(&mut place.command("rerun --month 2026-05 --book copy"), 3)?;
    run(&mut place.command("verify --book copy"), 0)?;
    Ok(())
}

/// Copies the files that are `wanted`, but for what a run makes anew.
fn copy_some(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Outcome {
    for (name, entry) in tree(from)? {
        let made_anew = ["current", ".lock", ".staging"].iter().any(|it| name.starts_with(it));
        if let Some(bytes) = entry.bytes.filter(|_| wanted(&name) && !made_anew) {
            let at = to.join(&name);
            fs::create_dir_all(at.parent().ok_or("no folder")?)?;
            fs::write(at, bytes)?;
        }
    }
    Ok(())
}
