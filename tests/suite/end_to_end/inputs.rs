//! What goes in, in all its forms: the same rows come to the same bytes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::{Value, json as value};

use crate::common::{
    FIXTURES, Outcome, april, differing, json, may, monthend, result, root, run, tree, words,
};

/// April of the fixtures, with other logs.
fn with_logs(share: &str, usage: &[PathBuf], changes: &[PathBuf], book: &Path) -> Command {
    let mut command = monthend(["run", "--month", "2026-04", "--max-reject-share", share]);
    command.args(["--catalog", "fixtures/catalogs", "--json", "--usage"]).args(usage);
    command.arg("--changes").args(changes).arg("--book").arg(book);
    command
}

/// The files of April, and a folder for others.
fn logs() -> Outcome<(Vec<PathBuf>, PathBuf)> {
    let names = ["api.ndjson.gz", "batch.parquet", "opening-trials.csv", "web.csv"];
    let usage = names.map(|name| root().join(format!("fixtures/usage/2026-04-{name}")));
    Ok((usage.to_vec(), root().join("fixtures/changes/changes.csv")))
}

/// A CSV file as a header and rows. (No cell of the fixtures holds a line end.)
fn lines(path: &Path) -> Outcome<(String, Vec<String>)> {
    let text = fs::read_to_string(path)?;
    let mut lines = text.lines().map(|line| format!("{line}\n"));
    Ok((lines.next().ok_or("no header")?, lines.collect()))
}

/// Writes a file, compressed as its name says.
fn write(path: &Path, text: &str) -> Outcome {
    let file = fs::File::create(path)?;
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => {
            let mut file = flate2::write::GzEncoder::new(file, flate2::Compression::default());
            file.write_all(text.as_bytes())?;
            file.finish()?;
        }
        Some("zst") => zstd::stream::copy_encode(text.as_bytes(), file, 3)?,
        _ => fs::write(path, text)?,
    }
    Ok(())
}

/// CSV rows as NDJSON: every cell as text.
fn ndjson(header: &str, rows: &[String]) -> Outcome<String> {
    let text = format!("{header}{}", rows.concat());
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers()?.clone();
    let mut found = String::new();
    for record in reader.records() {
        let record = record?;
        let cells = names.iter().zip(record.iter());
        let object: serde_json::Map<_, _> =
            cells.map(|(name, cell)| (name.into(), cell.into())).collect();
        found.push_str(&format!("{}\n", Value::Object(object)));
    }
    Ok(found)
}

/// The manifest without the paths of its inputs and what is told of them.
fn without_inputs(revision: &Path) -> Outcome<Value> {
    let mut manifest = json(&revision.join("manifest.json"))?;
    manifest["inputs"] = Value::Null;
    Ok(manifest)
}

/// Checks that two revisions are the same, but for `run.json` and, where rejects name other files, those.
fn assert_same(one: &Path, other: &Path, but: &[&str]) -> Outcome {
    let but: Vec<&Path> = but.iter().map(Path::new).collect();
    assert_eq!(differing(one, other)?, but, "{} and {}", one.display(), other.display());
    Ok(())
}

const REJECTS: [&str; 2] = ["rejects.csv", "rejects.parquet"];

/// One id with other content in each of three files: which of them counts must not hang on which is read first.
fn clashes(folder: &Path, first: usize) -> Outcome<[Vec<PathBuf>; 2]> {
    fs::create_dir(folder)?;
    let mut contents = [(12, "pro-plus", 7), (11, "power", 9), (11, "pro", 8)];
    contents.rotate_left(first);
    let mut files = [Vec::new(), Vec::new()];
    for (number, (day, plan, credits)) in contents.into_iter().enumerate() {
        let names = ["usage", "changes"].map(|log| folder.join(format!("{log}-{number}.csv")));
        let at = format!("2026-04-{day}T09:00:00Z");
        let event = format!("event_id,account_id,at,credits\nclash,acorn,{at},{credits}\n");
        let change = format!("change_id,account_id,at,change,plan\nclash,acorn,{at},plan,{plan}\n");
        for ((file, text), files) in names.into_iter().zip([event, change]).zip(&mut files) {
            write(&file, &text)?;
            files.push(file);
        }
    }
    Ok(files)
}

#[test]
fn neither_threads_nor_the_order_of_files_change_a_byte() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let (mut usage, changes) = logs()?;
    let mut changes = vec![changes];
    // Rejects, exceptions and duplicates from many files, whose order must not show.
    let bad = |name: &str| root().join("fixtures/bad").join(name);
    usage.extend(["bad-credits.csv", "bad-ids.csv", "bad-instants.csv", "bad.ndjson"].map(bad));
    let kinds = ["unknown-change", "missing-plan", "plan-given-for-switch"];
    changes.extend(kinds.map(|kind| bad(&format!("changes-{kind}.csv"))));
    let mut books = Vec::new();
    for (round, threads) in ["1", "8", "3"].into_iter().enumerate() {
        let book = sandbox.path().join(format!("book-{round}"));
        let clashes = clashes(&sandbox.path().join(format!("logs-{round}")), round)?;
        let mut command = with_logs(
            "1",
            &[&usage[..], &clashes[0]].concat(),
            &[&clashes[1], &changes[..]].concat(),
            &book,
        );
        run(command.args(["--opening", "genesis", "--threads", threads]), 3)?;
        books.push(book.join("2026-04/r001"));
        usage.rotate_left(1);
        usage.swap(0, 2);
        changes.reverse();
    }
    for other in &books[1..] {
        assert_same(&books[0], other, &[])?;
        assert_eq!(without_inputs(&books[0])?, without_inputs(other)?);
    }
    Ok(())
}

#[test]
fn the_same_files_in_another_order_are_the_same_inputs() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let (mut usage, changes) = logs()?;
    let mut manifests = Vec::new();
    for threads in ["1", "8"] {
        let book = sandbox.path().join(threads);
        let mut command = with_logs("0.05", &usage, std::slice::from_ref(&changes), &book);
        run(command.args(["--opening", "genesis", "--threads", threads]), 3)?;
        manifests.push(fs::read_to_string(book.join("2026-04/r001/manifest.json"))?);
        usage.reverse();
    }
    assert_eq!(manifests[0], manifests[1]);
    Ok(())
}

#[test]
fn files_split_and_rows_turned_round_in_every_format_change_no_table() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let (whole, split) = (sandbox.path().join("whole"), sandbox.path().join("split"));
    run(&mut april("run", &whole), 3)?;

    let (usage, changes) = logs()?;
    let folder = sandbox.path().join("logs");
    fs::create_dir_all(folder.join("changes"))?;
    // What is in Parquet and NDJSON stays as it is.
    fs::copy(&usage[0], folder.join("a.ndjson.gz"))?;
    fs::copy(&usage[1], folder.join("z.parquet"))?;
    for (path, into) in [
        (&usage[2], ["1.csv.gz", "2.jsonl"]),
        (&usage[3], ["3.ndjson.zst", "4.csv.zst"]),
        (&changes, ["changes/1.ndjson", "changes/2.csv"]),
    ] {
        let (header, mut rows) = lines(path)?;
        rows.reverse();
        let (one, other) = rows.split_at(rows.len() / 2);
        for (rows, name) in [one, other].into_iter().zip(into) {
            let text = match name.contains("json") {
                true => ndjson(&header, rows)?,
                false => format!("{header}{}", rows.concat()),
            };
            write(&folder.join(name), &text)?;
        }
    }
    let usage: Vec<PathBuf> =
        ["z.parquet", "4.csv.zst", "2.jsonl", "1.csv.gz", "a.ndjson.gz", "3.ndjson.zst"]
            .map(|name| folder.join(name))
            .to_vec();
    let mut command = with_logs("0.05", &usage, &[folder.join("changes")], &split);
    run(command.args(["--opening", "genesis"]), 3)?;
    let (whole, split) = (whole.join("2026-04/r001"), split.join("2026-04/r001"));
    assert_same(&whole, &split, &REJECTS)?;
    let [whole, split] = [without_inputs(&whole)?, without_inputs(&split)?];
    for key in ["control_totals", "catalogue", "opening", "options", "month", "revision", "version"]
    {
        assert_eq!(whole[key], split[key], "{key}");
    }
    Ok(())
}

#[test]
fn columns_of_other_names_are_mapped() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let at = |name: &str| sandbox.path().join(name);
    let (usage, changes) = logs()?;
    let renamed = |path: &Path, name: &str, names: &[(&str, &str)]| -> Outcome<PathBuf> {
        let (mut header, rows) = lines(path)?;
        for (ours, theirs) in names {
            header = header.replacen(ours, theirs, 1);
        }
        write(&at(name), &format!("{header}{}", rows.concat()))?;
        Ok(at(name))
    };
    let web = renamed(
        &usage[3],
        "web.csv",
        &[("event_id", "id"), ("credits", "cost"), (",at", ",timestamp")],
    )?;
    let mapped = renamed(&changes, "changes.csv", &[("change_id", "id"), ("plan", "tier")])?;
    let mut command = with_logs("0.05", &usage[3..], &[changes], &at("plain"));
    run(command.args(["--opening", "genesis"]), 3)?;
    let mut command = with_logs("0.05", &[web], &[mapped], &at("mapped"));
    command.args(["--map-usage", "event_id=id,credits=cost", "--map-usage", "at=timestamp"]);
    run(command.args(["--opening", "genesis", "--map-changes", "change_id=id, plan=tier"]), 3)?;
    // Rejects name the file, and the column as it is called there.
    assert_same(&at("plain/2026-04/r001"), &at("mapped/2026-04/r001"), &REJECTS)?;
    let options = &json(&at("mapped/2026-04/r001/manifest.json"))?["options"];
    assert_eq!(
        options["map_usage"],
        value!({ "at": "timestamp", "credits": "cost", "event_id": "id" })
    );
    Ok(())
}

#[test]
fn other_words_of_the_change_log_come_to_the_same_bytes() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let at = |name: &str| sandbox.path().join(name);
    let (usage, changes) = logs()?;
    let (header, rows) = lines(&changes)?;
    let theirs = |cell: &str| match cell.trim_end() {
        "signup" => "subscribe".to_owned(),
        "plan" => "a = b".to_owned(),
        "overage_on" => "overage_off".to_owned(), // the other way round: each is looked up once
        "overage_off" => "overage_on".to_owned(),
        "pro" => "Pro Monthly".to_owned(),
        "power" => "pro".to_owned(),
        other => other.to_owned(),
    };
    let row = |row: &String| {
        let cells: Vec<&str> = row.trim_end().split(',').collect();
        let (ours, words) = cells.split_at(3);
        let words: Vec<String> = words.iter().map(|cell| theirs(cell)).collect();
        format!("{},{}\n", ours.join(","), words.join(","))
    };
    write(&at("changes.csv"), &format!("{header}{}", rows.iter().map(row).collect::<String>()))?;
    let mut command = with_logs("0.05", &usage[3..], &[changes], &at("plain"));
    run(command.args(["--opening", "genesis"]), 3)?;
    let mut command = with_logs("0.05", &usage[3..], &[at("changes.csv")], &at("mapped"));
    command.args(["--change-values", "subscribe=signup,a = b=plan"]);
    command.args(["--change-values", "overage_on=overage_off, overage_off=overage_on"]);
    run(command.args(["--plan-values", "Pro Monthly=pro,pro=power", "--opening", "genesis"]), 3)?;
    assert_same(&at("plain/2026-04/r001"), &at("mapped/2026-04/r001"), &[])?;
    let options = &json(&at("mapped/2026-04/r001/manifest.json"))?["options"];
    assert_eq!(options["plan_values"], value!({ "Pro Monthly": "pro", "pro": "power" }));
    assert_eq!(options["change_values"]["a = b"], "plan");
    assert!(json(&at("plain/2026-04/r001/manifest.json"))?["options"]["plan_values"].is_null());
    Ok(())
}

#[test]
fn without_event_ids_duplicates_count_and_the_run_says_so() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let output = run(april("run", &book).args(["--no-event-ids", "--json"]), 3)?;
    assert!(
        words(&output).contains("0 duplicates (no event ids: not looked for)"),
        "{}",
        words(&output)
    );
    let told = result(&output)?;
    let usage = &told["control_totals"]["usage"];
    // `twice-1` and both rows of `clash-1` are used.
    assert_eq!((&usage["used"]["rows"], &usage["duplicates"]["rows"]), (&value!(83), &value!(0)));
    assert_eq!(told["exceptions"]["conflicting-duplicate"], Value::Null);
    let statements = fs::read_to_string(book.join("2026-04/r001/statements.csv"))?;
    let twice =
        statements.lines().find(|line| line.starts_with("logged-twice,")).unwrap_or_default();
    assert!(twice.contains(",1025.000000,"), "{twice}");
    assert_eq!(json(&book.join("2026-04/r001/manifest.json"))?["options"]["event_ids"], false);
    Ok(())
}

#[test]
fn a_state_file_opens_a_month_as_the_book_does() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let at = |name: &str| sandbox.path().join(name);
    run(&mut april("run", &at("book")), 3)?;
    let state = at("book/2026-04/r001/state.parquet");
    run(&mut may("run", &at("book")), 3)?;
    run(may("run", &at("other")).arg("--opening").arg(&state), 3)?;
    assert_same(&at("book/2026-05/r001"), &at("other/2026-05/r001"), &[])?;
    let opening = &json(&at("other/2026-05/r001/manifest.json"))?["opening"];
    assert_eq!((&opening["kind"], &opening["file"]), (&value!("file"), &value!(state)));

    // In CSV, `@at-sign-in-front` has an apostrophe, which is taken off again.
    let csv = state.with_extension("csv");
    assert!(fs::read_to_string(&csv)?.contains("\n'@at-sign-in-front,"));
    run(may("run", &at("text")).arg("--opening").arg(&csv), 3)?;
    assert_same(&at("book/2026-05/r001"), &at("text/2026-05/r001"), &[])
}

#[test]
fn a_folder_is_read_whole_and_a_file_under_two_names_once() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let (one, two) = (sandbox.path().join("one"), sandbox.path().join("two"));
    run(&mut april("run", &one), 3)?;
    // May's usage lies in the same folder: it is of another month, and counted as such.
    let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis", "--json"]);
    command.args(FIXTURES).args([
        "--usage",
        "fixtures/usage",
        "fixtures/usage/2026-04-web.csv",
        "fixtures/usage/*.csv",
    ]);
    let told = result(&run(command.arg("--book").arg(&two), 3)?)?;
    // Its Parquet file is passed over, its rows counted from the footer.
    let usage = &told["control_totals"]["usage"];
    let counts = [&usage["read"]["rows"], &usage["outside"]["2026-05"]];
    assert_eq!(counts.map(Value::as_u64), [Some(94 + 31 + 26), Some(31 + 26)], "{usage:#}");
    let (one, two) = (one.join("2026-04/r001"), two.join("2026-04/r001"));
    // May's row without an offset can't be told to be May's.
    assert_same(&one, &two, &REJECTS)?;
    assert_eq!(tree(&two)?.len(), 23);
    Ok(())
}

/// What hangs is still there by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// April of these logs alone, from its beginnings.
fn genesis(usage: &[PathBuf], changes: &[PathBuf], book: &Path) -> Command {
    let mut command = with_logs("0", usage, changes, book);
    command.args(["--opening", "genesis"]);
    command
}

/// Files that someone should look at, as a result or a manifest tells them, without the folder that they are in.
fn not_read(told: &Value, folder: &Path) -> Vec<String> {
    let of = |over: &Value, key: &str| over[key].as_str().unwrap_or_default().to_owned();
    let folder = format!("{}/", folder.display());
    let told = told["passed_over"].as_array().into_iter().flatten();
    told.map(|over| [of(over, "file").replace(&folder, ""), of(over, "reason")].join(" ")).collect()
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_of_a_folder_is_told_and_hangs_nothing() -> Outcome {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = tempfile::tempdir()?;
    let [logs, plain, book] = ["logs", "plain", "book"].map(|name| sandbox.path().join(name));
    let rows = fs::read_to_string(root().join("fixtures/bad/good-usage.csv"))?;
    let changes = [root().join("fixtures/bad/good-changes.csv")];
    for folder in ["_temporary/0", "month=2026-04/.staging", "_impala_insert_staging"] {
        fs::create_dir_all(logs.join(folder))?;
        write(&logs.join(folder).join("u.csv"), &rows)?;
    }
    for file in ["month=2026-04/u.csv", "month=2026-04/_u.csv", ".u.csv", "_SUCCESS"] {
        write(&logs.join(file), &rows)?;
    }
    let json = "{\"event_id\":\"j\",\"account_id\":\"acorn\",\"at\":\"2026-04-02T00:00:00Z\",\"credits\":1}\n";
    write(&logs.join("u.json"), json)?;
    run(&mut genesis(std::slice::from_ref(&logs), &changes, &plain), 0)?;

    write(&logs.join("usage.xlsx"), "")?;
    write(&logs.join(std::ffi::OsStr::from_bytes(b"u\xff.csv")), &rows)?;
    let made = std::process::Command::new("mkfifo").arg(logs.join("pipe.csv")).status()?;
    assert!(made.success());
    let told = ["pipe.csv no-plain-file", "usage.xlsx unknown-form", "u\u{fffd}.csv name-not-utf8"];
    for (usage, book) in [("", &book), ("**/*", &sandbox.path().join("other"))] {
        let mut command = genesis(&[logs.join(usage)], &changes, book);
        let output = run(command.timeout(PATIENCE), 3)?;
        let found = not_read(&result(&output)?, &logs);
        assert_eq!(found, told, "{usage}");
        assert!(words(&output).contains("usage.xlsx (unknown form)"), "{}", words(&output));
        let revision = book.join("2026-04/r001");
        assert_eq!(not_read(&self::json(&revision.join("manifest.json"))?, &logs), told);
        assert_same(&plain.join("2026-04/r001"), &revision, &[])?;
    }
    // A rerun of what is recorded carries the finding on, as long as it is there.
    fs::remove_file(logs.join("usage.xlsx"))?;
    let rerun = |book: &Path| {
        let mut rerun = monthend(["rerun", "--month", "2026-04", "--dry-run", "--json", "--book"]);
        rerun.arg(book).timeout(PATIENCE);
        rerun
    };
    let again = rerun(&book).output()?;
    assert_eq!(not_read(&result(&again)?, &logs), [told[0], told[2]]);
    let mut status = monthend(["status", "--as-of", "2026-05-01", "--inputs", "--book"]);
    let status = status.arg(&book).timeout(PATIENCE).output()?;
    let status = String::from_utf8(status.stdout)?;
    assert!(status.contains("was billed without what cannot be read"), "{status}");
    // An input that became a pipe since hangs nobody either.
    fs::remove_file(logs.join("u.json"))?;
    fs::rename(logs.join("pipe.csv"), logs.join("u.json"))?;
    let mut named = genesis(&[logs.join("u.json")], &changes, &book);
    assert!(words(&run(named.timeout(PATIENCE), 1)?).contains("is no plain file"));
    assert!(words(&run(&mut rerun(&book), 1)?).contains("has changed since"));
    let mut status = monthend(["status", "--as-of", "2026-05-01", "--inputs", "--book"]);
    let status = status.arg(&book).timeout(PATIENCE).output()?;
    assert!(String::from_utf8(status.stdout)?.contains("no plain file"));
    Ok(())
}

#[test]
fn files_of_a_table_that_says_elsewhere_which_rows_count_are_refused() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let rows = fs::read_to_string(root().join("fixtures/bad/good-usage.csv"))?;
    let changes = [root().join("fixtures/bad/good-changes.csv")];
    let part = sandbox.path().join("table/month=2026-04");
    fs::create_dir_all(&part)?;
    fs::create_dir_all(sandbox.path().join("table/_delta_log"))?;
    write(&part.join("u.csv"), &rows)?;
    for usage in ["table", "table/month=2026-04", "table/*/*.csv", "table/month=2026-04/u.csv"] {
        let usage = [sandbox.path().join(usage)];
        let output = run(&mut genesis(&usage, &changes, &sandbox.path().join("book")), 1)?;
        assert!(words(&output).contains("a table of Delta Lake"), "{}", words(&output));
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_pipe_in_a_book_hangs_nothing() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    run(&mut april("run", &book), 3)?;
    let commands: [&[&str]; 3] =
        [&["status", "--inputs"], &["verify"], &["rerun", "--month", "2026-04", "--dry-run"]];
    for file in ["CURRENT", "r001/manifest.json", "r001/run.json", "r001/documents.parquet"] {
        let path = book.join("2026-04").join(file);
        let bytes = fs::read(&path)?;
        fs::remove_file(&path)?;
        assert!(std::process::Command::new("mkfifo").arg(&path).status()?.success());
        for words in commands {
            let mut command = monthend(words.iter().copied());
            let ended = command.arg("--book").arg(&book).timeout(PATIENCE).output()?;
            assert!(ended.status.code().is_some_and(|code| code != 101), "{file}: {command:?}");
        }
        fs::remove_file(&path)?;
        fs::write(&path, bytes)?;
    }
    Ok(())
}
