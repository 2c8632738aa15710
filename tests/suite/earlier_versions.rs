//! Books that earlier versions published, opened and carried on by this one; and copies that go back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::common::{
    Outcome, copy_folder, json, monthend, result, root, run, tree, unchanged, words,
};

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
    // What the book knows already keeps its digest; the new file has one of today.
    let digests = [
        ("catalogs/kiro-2025-11-15.toml", "sha256"),
        ("changes/changes.csv", "sha256"),
        ("usage/2026-06.csv", "blake3"),
    ];
    let digests = digests.map(|(file, algorithm)| (file.to_owned(), algorithm));
    assert_eq!(algorithms(&manifest)?, BTreeMap::from(digests));
    Ok(())
}

/// By which algorithm a manifest has each input.
fn algorithms(manifest: &Value) -> Outcome<BTreeMap<String, &'static str>> {
    let inputs = manifest["inputs"].as_array().ok_or("no inputs")?;
    let of = |input: &Value| {
        let file = input["file"].as_str().ok_or("no file")?.to_owned();
        let has = ["sha256", "blake3"].map(|algorithm| input.get(algorithm).is_some());
        Ok(match has {
            [true, false] => (file, "sha256"),
            [false, true] => (file, "blake3"),
            _ => return Err(format!("no digest, or two: {input}").into()),
        })
    };
    inputs.iter().map(of).collect()
}

const MAY: &str = "run --json --month 2026-05 --catalog fixtures/catalogs --changes fixtures/changes \
                   --usage fixtures/usage/2026-05* --max-reject-share 0.05 --book book --reason again";

#[test]
fn a_run_knows_the_inputs_that_0_2_recorded() -> Outcome {
    let place = Place::begin()?;
    let manifest =
        |revision: &str| json(&place.path(&format!("book/2026-05/{revision}/manifest.json")));
    let of_0_2 = manifest("r001")?;
    // Rejects are told in other words by now.
    assert_eq!(result(&run(&mut place.command(MAY), 3)?)?["status"], "published");
    let again = manifest("r002")?;
    assert_eq!(again["format"], 3);
    let known = |manifest: &Value| {
        let inputs = manifest["inputs"].as_array().into_iter().flatten();
        inputs.map(|input| (input["file"].clone(), input["sha256"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(known(&again), known(&of_0_2));
    let diff = result(&run(&mut place.command("diff --json --month 2026-05 --book book"), 0)?)?;
    assert_eq!(diff["inputs"], json!([]), "{diff}");
    // By now it is the same in every byte, and from the same inputs.
    assert_eq!(result(&run(&mut place.command(MAY), 3)?)?["status"], "unchanged");
    // One file is another, though its rows are the same.
    let log = "fixtures/changes/changes.csv";
    let text = fs::read_to_string(place.path(log))?;
    fs::write(place.path(log), text + "\n")?;
    assert_eq!(result(&run(&mut place.command(MAY), 3)?)?["status"], "published");
    let mut expected = algorithms(&of_0_2)?;
    expected.insert(log.to_owned(), "blake3");
    assert_eq!(algorithms(&manifest("r003")?)?, expected);
    assert_eq!(result(&run(&mut place.command(MAY), 3)?)?["status"], "unchanged");
    let diff = result(&run(&mut place.command("diff --json --month 2026-05 --book book"), 0)?)?;
    let inputs = diff["inputs"].as_array().ok_or("no inputs")?;
    let said = inputs.iter().map(|input| (input["what"].as_str(), input["before"].as_str()));
    let [(Some(what), Some(before))] = said.collect::<Vec<_>>()[..] else {
        return Err(format!("not one input: {diff}").into());
    };
    assert!(what == format!("changes {log}") && before.starts_with("sha256 "), "{what}, {before}");
    run(&mut place.command("verify --book book"), 0)?;
    Ok(())
}

/// A copy of April's usage among June's: April was billed from it, by whatever name.
#[test]
fn usage_that_0_2_billed_is_not_late() -> Outcome {
    let place = Place::begin()?;
    let june = "event_id,account_id,at,credits\nj-1,power-heavy,2026-06-30T23:00:00Z,5\n";
    fs::write(place.path("fixtures/usage/2026-06.csv"), june)?;
    let [april, copy] = ["2026-04-web.csv", "2026-06-a-copy.csv"]
        .map(|name| place.path("fixtures/usage").join(name));
    fs::copy(&april, &copy)?;
    let june = "run --json --month 2026-06 --job fixtures/job.toml --book book --opening stale-ok";
    let first = result(&run(&mut place.command(june), 3)?)?;
    // 0.2 billed May without the row of May among them.
    let late = |of: &Value| {
        of["late_usage"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|late| late["month"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(late(&first), ["2026-05"], "{first}");
    // One that has another byte is not known.
    let text = fs::read_to_string(&copy)?;
    fs::write(&copy, text + "\n")?;
    let again = result(&run(&mut place.command(&format!("{june} --reason again")), 3)?)?;
    assert_eq!(late(&again), ["2026-04", "2026-05"], "{again}");
    Ok(())
}

#[test]
fn a_cascade_goes_on_from_inputs_of_0_2() -> Outcome {
    let place = Place::begin()?;
    let late = "event_id,account_id,at,credits\nlate-1,power-heavy,2026-04-30T23:00:00Z,5\n\
                late-2,power-heavy,2026-05-30T23:00:00Z,5\n";
    fs::write(place.path("late.csv"), late)?;
    let cascade = "rerun --json --month 2026-04 --add-usage late.csv --cascade --reason late \
                   --issued-on 2026-07-01 --book book";
    let april = result(&run(&mut place.command(cascade), 3)?)?;
    assert_eq!(april["status"], "published", "{april}");
    for (before, after) in [("2026-04/r002", "2026-04/r003"), ("2026-05/r001", "2026-05/r002")] {
        let [before, after] =
            [before, after].map(|name| json(&place.path("book").join(name).join("manifest.json")));
        let mut expected = algorithms(&before?)?;
        expected.insert("late.csv".to_owned(), "blake3");
        assert_eq!(algorithms(&after?)?, expected);
    }
    run(&mut place.command("verify --book book"), 0)?;
    Ok(())
}

/// Of whatever version.
#[test]
fn a_changed_byte_in_an_input_is_found() -> Outcome {
    let place = Place::begin()?;
    let late = "event_id,account_id,at,credits\nlate-1,power-heavy,2026-05-30T23:00:00Z,5\n";
    fs::write(place.path("late.csv"), late)?;
    // Too large for the revision to keep a copy of it, and a tree of digests.
    let padded = format!("{late}{}", "\n".repeat(3 << 20));
    fs::write(place.path("late.csv"), &padded)?;
    let rerun = "rerun --json --month 2026-05 --book book --reason late --issued-on 2026-07-01";
    run(&mut place.command(&format!("{rerun} --add-usage late.csv")), 3)?;
    let conditions = || -> Outcome<BTreeMap<String, String>> {
        let status = "status --json --as-of 2026-06-01 --inputs --book book";
        let status = result(&place.command(status).output()?)?;
        let inputs = status["months"][1]["inputs"].as_array().ok_or("no inputs")?.clone();
        let of = |input: &Value| {
            let said = [&input["file"], &input["condition"]].map(|it| it.as_str());
            let [Some(file), Some(condition)] = said else { return Err("no condition".into()) };
            Ok((file.to_owned(), condition.to_owned()))
        };
        inputs.iter().map(of).collect()
    };
    let same = conditions()?;
    assert!(same.values().all(|condition| condition == "same"), "{same:?}");
    for (file, algorithm) in [("fixtures/changes/changes.csv", "sha256"), ("late.csv", "blake3")] {
        let manifest = json(&place.path("book/2026-05/r002/manifest.json"))?;
        assert_eq!(algorithms(&manifest)?.get(file), Some(&algorithm));
        let text = fs::read(place.path(file))?;
        let mut changed = text.clone();
        *changed.last_mut().ok_or("empty")? = b' ';
        fs::write(place.path(file), &changed)?;
        assert_eq!(conditions()?[file], "changed", "{file}");
        let refused = words(&run(&mut place.command(rerun), 1)?);
        assert!(refused.contains(file) && refused.contains("another digest"), "{refused}");
        fs::write(place.path(file), [&text[..], b"\n"].concat())?;
        assert_eq!(conditions()?[file], "grown", "{file}");
        fs::write(place.path(file), &text)?;
    }
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
