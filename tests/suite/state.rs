//! `state import` and `state show`: accounts that were billed elsewhere until now, and how an account stands.
//! What they refuse is in `tests/errors/state-*.txt`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::{Value, json as value};

use crate::common::{
    Outcome, april, differing, json, may, monthend, result, root, run, tree, words,
};
use crate::months::table_text::table_text;

const STATE: &str = "fixtures/bad/good-state.csv";

fn import(book: &Path, path: &Path, month: &str) -> assert_cmd::Command {
    let mut import = monthend(["state", "import", "--month", month]);
    import.args(["--catalog", "fixtures/catalogs", "--book"]).arg(book).arg(path);
    import
}

/// April of three accounts, from the book unless told otherwise; `command` is `run` or `check`.
fn first_month(command: &str, book: &Path) -> assert_cmd::Command {
    let mut first = monthend([command, "--month", "2026-04", "--catalog", "fixtures/catalogs"]);
    first.args(["--changes", "fixtures/bad/good-changes.csv"]);
    first.args(["--usage", "fixtures/bad/good-usage.csv", "--book"]).arg(book);
    first
}

/// May of the same accounts, without usage.
fn next_month(book: &Path) -> assert_cmd::Command {
    let mut next = monthend(["run", "--month", "2026-05", "--catalog", "fixtures/catalogs"]);
    next.args(["--changes", "fixtures/bad/good-changes.csv"]);
    next.args(["--usage", "fixtures/bad/good-usage.csv", "--book"]).arg(book);
    next.args(["--accept", "nobody has used anything"]);
    next
}

fn show(book: &Path, account: &str, month: &str) -> assert_cmd::Command {
    let mut show = monthend(["state", "show", account, "--month", month, "--book"]);
    show.arg(book);
    show
}

/// What `state show` prints for people.
fn shown(book: &Path, account: &str, month: &str) -> Outcome<String> {
    Ok(String::from_utf8(run(&mut show(book, account, month), 0)?.stdout)?)
}

#[test]
fn a_month_that_opens_with_an_import_comes_out_as_from_the_file() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let [imported, from_file] = ["imported", "from-file"].map(|name| sandbox.path().join(name));
    let told = result(&run(import(&imported, Path::new(STATE), "2026-04").arg("--json"), 0)?)?;
    assert_eq!(told["status"], "imported");
    assert_eq!(told["plans"], value!({ "free": 2, "pro": 1, "pro-plus": 0, "power": 0 }));
    let before = tree(&imported.join("openings"))?;

    run(&mut first_month("check", &imported), 0)?;
    run(&mut first_month("run", &imported), 0)?;
    run(first_month("run", &from_file).args(["--opening", STATE]), 0)?;
    let revisions = [&imported, &from_file].map(|book| book.join("2026-04/r001"));
    assert_eq!(differing(&revisions[0], &revisions[1])?, Vec::<PathBuf>::new());

    let manifest = json(&revisions[0].join("manifest.json"))?;
    let record = json(&imported.join("openings/2026-04/opening.json"))?;
    let opening = value!({ "kind": "imported", "sha256": record["outputs"][0]["sha256"] });
    assert_eq!(manifest["opening"], opening);
    assert_eq!(tree(&imported.join("openings"))?, before, "a run leaves the import alone");
    Ok(())
}

#[test]
fn an_import_is_the_same_whatever_form_the_state_had() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let [one, other] = ["one", "other"].map(|name| sandbox.path().join(name));
    run(&mut import(&one, Path::new(STATE), "2026-04"), 0)?;
    // The rows the other way round, offsets instead of `Z`, an empty cell for nothing left.
    let text = fs::read_to_string(root().join(STATE))?;
    let (header, rows) = text.split_once('\n').ok_or("no rows")?;
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let turned = rows.join("\n").replace("T09:00:00Z", "T11:00:00+02:00").replace("0.000000", "");
    let path = sandbox.path().join("legacy.csv");
    fs::write(&path, format!("{header}\n{turned}\n"))?;
    run(&mut import(&other, &path, "2026-04"), 0)?;
    for table in ["state.csv", "state.parquet"] {
        let bytes = |book: &Path| fs::read(book.join("openings/2026-04").join(table));
        assert_eq!(bytes(&one)?, bytes(&other)?, "{table}");
    }
    let again = result(&run(import(&one, &path, "2026-04").arg("--json"), 0)?)?;
    assert_eq!(again["status"], "unchanged");
    let record = json(&one.join("openings/2026-04/opening.json"))?;
    assert_eq!(record["source"]["file"], STATE, "the first import stands");

    // What a revision closes with can be imported into another book.
    let third = sandbox.path().join("third");
    run(&mut first_month("run", &one), 0)?;
    for table in ["state.csv", "state.parquet"] {
        run(&mut import(&third, &one.join("2026-04/r001").join(table), "2026-05"), 0)?;
    }
    let csv = |folder: &str, book: &Path| fs::read(book.join(folder).join("state.csv"));
    assert_eq!(csv("openings/2026-05", &third)?, csv("2026-04/r001", &one)?);
    Ok(())
}

#[test]
fn an_import_that_was_changed_is_not_billed() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    run(&mut import(&book, Path::new(STATE), "2026-04"), 0)?;
    let folder = book.join("openings/2026-04");
    for (file, fault) in [
        ("state.parquet", "is not what opening.json says: it was changed"),
        ("opening.json", "is not as it was written"),
    ] {
        let path = folder.join(file);
        let bytes = fs::read(&path)?;
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 1;
        fs::write(&path, changed)?;
        let output = run(&mut first_month("run", &book), 1)?;
        let said = words(&output);
        assert!(said.contains(&format!("{}: {fault}", path.display())), "{said}");
        assert!(said.contains("--replace"), "{said}");
        assert!(!book.join("2026-04").exists());
        // The same state again, and all is well.
        run(&mut import(&book, Path::new(STATE), "2026-04"), 1)?;
        run(import(&book, Path::new(STATE), "2026-04").arg("--replace"), 0)?;
        assert_eq!(fs::read(&path)?, bytes);
    }
    let left = tree(&book)?.into_keys().filter(|path| path.starts_with(".staging"));
    assert_eq!(left.collect::<Vec<_>>(), [Path::new(".staging")], "nothing is left in the making");
    Ok(())
}

#[test]
fn what_was_billed_elsewhere_is_not_billed_again() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let [book, ids] = ["book", "ids.ndjson"].map(|name| sandbox.path().join(name));
    let id = |event: &str, account: &str, at: &str| {
        format!("{}\n", value!({ "event_id": event, "account_id": account, "at": at }))
    };
    // Of an id that is there several times, the first is taken.
    let told = [
        id("e-9", "cedar", "2026-03-31T10:00:00Z"),
        id("e-2", "birch", "2026-03-31T12:00:00Z"),
        id("e-2", "acorn", "2026-03-31T11:00:00Z"),
    ];
    fs::write(&ids, told.concat())?;
    let with_ids = |answer: &str, code: i32| -> Outcome<Value> {
        let mut import = import(&book, Path::new(STATE), "2026-04");
        result(&run(import.arg("--recent-ids").arg(&ids).arg(answer).arg("--json"), code)?)
    };
    assert_eq!(with_ids("--replace", 0)?["recent_ids"], 2);
    assert_eq!(with_ids("--replace", 0)?["status"], "unchanged");
    let text = table_text(&book.join("openings/2026-04"), "recent_ids")?;
    let rows = "e-2,acorn,2026-03-31T11:00:00Z\ne-9,cedar,2026-03-31T10:00:00Z\n";
    assert_eq!(text, format!("event_id,account_id,at\n{rows}"));
    // Without them it is another opening.
    let said = words(&run(&mut import(&book, Path::new(STATE), "2026-04"), 1)?);
    assert!(said.contains("other ids that were billed before)"), "{said}");

    let told = result(&run(first_month("run", &book).arg("--json"), 3)?)?;
    assert_eq!(told["exceptions"], value!({ "billed-before": 1 }));
    let exceptions = table_text(&book.join("2026-04/r001"), "exceptions")?;
    assert!(exceptions.contains("billed-before,acorn,2026-04,1,410.000000,"), "{exceptions}");
    let mut explain = monthend(["explain", "acorn", "--month", "2026-04", "--events", "--book"]);
    let said = String::from_utf8(run(explain.arg(&book), 0)?.stdout)?;
    assert!(said.contains("its id was billed in the month before (L1)"), "{said}");

    let path = book.join("openings/2026-04/recent_ids.parquet");
    let mut bytes = fs::read(&path)?;
    bytes[9] ^= 1;
    fs::write(&path, bytes)?;
    let rerun = |book: &Path| {
        let mut rerun = monthend(["rerun", "--month", "2026-04", "--book"]);
        rerun.arg(book);
        rerun
    };
    let said = words(&run(&mut rerun(&book), 1)?);
    assert!(said.contains("is not what opening.json says: it was changed"), "{said}");
    Ok(())
}

#[test]
fn an_import_waits_for_nobody() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    fs::create_dir_all(book.join(".lock"))?;
    let lock = File::create(book.join(".lock/2026-04"))?;
    lock.try_lock()?;
    run(&mut import(&book, Path::new(STATE), "2026-04"), 75)?;
    assert!(!book.join("openings").exists());
    drop(lock);
    run(&mut import(&book, Path::new(STATE), "2026-04"), 0)?;
    Ok(())
}

#[test]
fn the_book_comes_before_an_import() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    run(&mut import(&book, Path::new(STATE), "2026-05"), 0)?;
    run(&mut april("run", &book), 3)?;
    let output = run(&mut may("run", &book), 3)?;
    let said = words(&output);
    assert!(said.contains("the imported opening is left aside: 2026-04 is in the book"), "{said}");
    let manifest = json(&book.join("2026-05/r001/manifest.json"))?;
    assert_eq!(manifest["opening"]["kind"], "book");
    Ok(())
}

#[test]
fn a_rerun_begins_with_the_import_that_the_month_began_with() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let state = sandbox.path().join("state.csv");
    let mut later = first_month("run", &sandbox.path().join("other"));
    run(later.args(["--opening", "genesis"]), 0)?;
    fs::copy(sandbox.path().join("other/2026-04/r001/state.csv"), &state)?;
    run(&mut import(&book, &state, "2026-05"), 0)?;
    run(&mut next_month(&book), 0)?;
    // April comes into the book when May is there already, and is no predecessor of it.
    run(first_month("run", &book).args(["--opening", STATE]), 0)?;
    let rerun = || {
        let mut rerun = monthend(["rerun", "--month", "2026-05", "--reason", "checked", "--json"]);
        rerun.arg("--book").arg(&book);
        rerun
    };
    assert_eq!(result(&run(&mut rerun(), 0)?)?["status"], "unchanged");

    fs::rename(book.join("openings"), sandbox.path().join("away"))?;
    let said = words(&run(&mut rerun(), 1)?);
    assert!(said.contains("the imported state that the month began with is gone"), "{said}");

    // Nor does another import do in its place.
    let other = sandbox.path().join("another");
    run(&mut import(&other, Path::new(STATE), "2026-05"), 0)?;
    fs::rename(other.join("openings"), book.join("openings"))?;
    let said = words(&run(&mut rerun(), 1)?);
    let fault = "the imported state that the month began with is not the one that the manifest";
    assert!(said.contains(fault), "{said}");
    Ok(())
}

#[test]
fn an_account_is_shown_at_both_ends_of_a_month() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    run(&mut april("run", &book), 3)?;
    run(&mut may("run", &book), 3)?;
    let text = shown(&book, "trial-over-month-end", "2026-05")?;
    let expected = [
        "trial-over-month-end in 2026-05",
        "                 at the beginning                        at the end",
        "  from           2026-04 r001                            2026-05 r001",
        "  plan           free                                    free",
        "  overage        off                                     off",
        "  signed up      2026-04-20T12:00:00Z                    2026-04-20T12:00:00Z",
        "  first payment  never                                   never",
        "  trial          200 credits until 2026-05-20T12:00:00Z  none",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);

    // A month that is not billed yet has a beginning, as soon as the month before is there.
    let text = shown(&book, "first-upgrade-in-may", "2026-06")?;
    let expected = [
        "first-upgrade-in-may in 2026-06",
        "                 at the beginning      not billed yet",
        "  from           2026-05 r001",
        "  plan           pro-plus",
        "  overage        off",
        "  signed up      2026-02-11T10:00:00Z",
        "  first payment  2026-05-15T16:30:00Z",
        "  trial          none",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    Ok(())
}

#[test]
fn a_month_from_nothing_tells_its_beginning_by_its_own_tables() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    run(&mut april("run", &book), 3)?;
    let text = shown(&book, "trial-from-march", "2026-04")?;
    let expected = [
        "trial-from-march in 2026-04",
        "                 at the beginning         at the end",
        "  from           genesis: the change log  2026-04 r001",
        "  plan           free                     free",
        "  overage        not recorded             off",
        "  signed up      2026-03-20T12:00:00Z     2026-03-20T12:00:00Z",
        "  first payment  never                    never",
        "  trial          150 credits              none",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    let text = shown(&book, "late-signup", "2026-04")?;
    assert!(text.contains("  plan           not signed up yet        free\n"), "{text}");
    let text = shown(&book, "first-upgrade-15th", "2026-04")?;
    let paid = "  first payment  never                    2026-04-15T10:00:00Z\n";
    assert!(text.contains(paid), "{text}");
    // As it stands in Parquet; its cell in CSV has an apostrophe before it.
    assert!(shown(&book, "@at-sign-in-front", "2026-04")?.starts_with("@at-sign-in-front in"));
    Ok(())
}

#[test]
fn a_state_is_shown_to_machines() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let file = sandbox.path().join("legacy.csv");
    fs::copy(root().join(STATE), &file)?;
    run(first_month("run", &book).arg("--opening").arg(&file), 0)?;
    let told = |month: &str| -> Outcome<Value> {
        result(&run(show(&book, "acorn", month).arg("--json"), 0)?)
    };
    let mut state = value!({
        "plan": "pro",
        "overage_on": true,
        "signed_up_at": "2026-01-05T09:00:00Z",
        "first_paid_at": "2026-01-08T09:00:00Z",
        "trial_ends_at": null,
        "trial_left": "0.000000",
        "overage_limit": null,
    });
    let april = told("2026-04")?;
    assert_eq!(april["opening"]["from"]["kind"], "file");
    assert_eq!((&april["opening"]["state"], &april["closing"]), (&state, &state));
    assert_eq!((&april["revision"], &april["stale"]), (&value!("r001"), &Value::Null));
    let may = told("2026-05")?;
    assert_eq!((&may["opening"]["state"], &may["closing"]), (&state, &Value::Null));
    assert_eq!(may["opening"]["from"]["revision"], "r001");

    // Once the file is another, all that is still known is what the month's tables tell.
    fs::write(&file, "account_id\n")?;
    state["overage_on"] = Value::Null;
    assert_eq!(told("2026-04")?["opening"]["state"], state);
    Ok(())
}
