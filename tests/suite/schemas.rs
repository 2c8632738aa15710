//! `docs/schemas`: a result of every command, and what a book says of itself, fit them; what has a key
//! more or less does not.
//!
//! All other tests hold what they see against them, too: by `common::result`, scenarios, cases and goldens.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::schemas::{all, fits, of_books, of_result};
use crate::common::{Outcome, copy_folder, json, monthend, result};

const APRIL: &str =
    "--month 2026-04 --opening genesis --usage fixtures/usage/2026-04* FIXTURES --book FOLDER/book";
const MAY: &str = "--month 2026-05 --usage fixtures/usage/2026-05* FIXTURES --book FOLDER/book";
const FIXTURES: &str =
    "--catalog fixtures/catalogs --changes fixtures/changes --max-reject-share 0.05";

/// What `report` gives: a failure, where it is not built in.
const REPORT: &str = if cfg!(feature = "desk") { "report" } else { "failure" };

/// Commands, one after the other, and the schema that the result of each must fit. `ACCOUNT` is one of April's.
const COMMANDS: [(&str, &str); 39] = [
    ("check APRIL", "run"),
    ("run --dry-run APRIL", "run"),
    ("run APRIL", "run"),
    ("run APRIL", "run"),
    ("run MAY", "run"),
    ("run --month 2026-04..2026-05 --usage fixtures/usage FIXTURES --book FOLDER/book", "run"),
    (
        "run --month 2026-04..2026-05 --opening genesis --usage fixtures/usage FIXTURES --book FOLDER/range",
        "run",
    ),
    ("run --month 2026-09 --usage fixtures/usage FIXTURES --book FOLDER/book", "failure"),
    ("rerun --month 2026-03 --book FOLDER/book", "failure"),
    ("diff --month 2026-04 --book FOLDER/book", "failure"),
    ("diff --month 2026-04 --book FOLDER/book --what-if --catalog fixtures/catalogs", "diff"),
    (
        "rerun --month 2026-04 --book FOLDER/book --catalog FOLDER/catalogs --dry-run --reason test",
        "run",
    ),
    (
        "rerun --month 2026-04 --book FOLDER/book --catalog FOLDER/catalogs --cascade --reason test",
        "run",
    ),
    ("diff --month 2026-04 --book FOLDER/book --out FOLDER/diff", "diff"),
    ("explain ACCOUNT --month 2026-04 --book FOLDER/book --events", "explain"),
    ("explain ACCOUNT --book FOLDER/book", "explain"),
    (
        "adjust ACCOUNT --month 2026-04 --amount -1 --reason test --dry-run --book FOLDER/book",
        "adjust",
    ),
    ("adjust ACCOUNT --month 2026-04 --amount -1 --reason test --book FOLDER/book", "adjust"),
    ("grant ACCOUNT --kind goodwill --credits 5 --reason test --job FOLDER/grants.toml", "grant"),
    ("state show ACCOUNT --month 2026-04 --book FOLDER/book", "state-show"),
    (
        "state import fixtures/bad/good-state.csv --month 2026-04 --catalog fixtures/catalogs --book FOLDER/other",
        "state-import",
    ),
    ("status --book FOLDER/book --inputs", "status"),
    ("verify --book FOLDER/book", "verify"),
    (
        "reconcile --month 2026-04 --book FOLDER/book --payments FOLDER/paid.csv --out FOLDER/paid",
        "reconcile",
    ),
    ("export focus --month 2026-04 --book FOLDER/book --out FOLDER/focus", "export-focus"),
    ("export journal --month 2026-04 --book FOLDER/book --out FOLDER/journal", "export-journal"),
    (
        "export journal --month 2026-04..2026-05 --book FOLDER/book --out FOLDER/journals",
        "export-journal",
    ),
    ("export invoice --month 2026-04 --book FOLDER/book --out FOLDER/invoices", "export-invoice"),
    ("export account ACCOUNT --book FOLDER/book", "export-account"),
    (
        "report --book FOLDER/book --parquet FOLDER/figures --out FOLDER/report.html --xlsx FOLDER/report.xlsx",
        REPORT,
    ),
    ("archive --before 2026-05 --book FOLDER/book --to FOLDER/archive", "archive"),
    ("status --book FOLDER/book", "status"),
    ("book copy FOLDER/book FOLDER/copied", "book-copy"),
    ("unarchive --month 2026-04 --book FOLDER/book", "archive"),
    (
        concat!(
            "rollup request --month 2026-04 --opening genesis --catalog fixtures/catalogs ",
            "--changes fixtures/changes --usage fixtures/usage/2026-04-batch.parquet --out FOLDER/rollup",
        ),
        "rollup-request",
    ),
    (
        concat!(
            "run --part 1/3 --month 2026-04 --opening genesis --catalog fixtures/catalogs ",
            "--changes fixtures/changes --usage fixtures/usage/2026-04-batch.parquet --book FOLDER/parts",
        ),
        "part",
    ),
    ("verify --book FOLDER/damaged", "verify"),
    (
        "init FOLDER/new --usage fixtures/usage/2026-04-api.ndjson.gz --changes fixtures/changes/changes.csv",
        "init",
    ),
    ("errors", "errors"),
];

/// A result of every command, each by the schema that it fits.
fn results(folder: &Path) -> Outcome<Vec<(&'static str, Value)>> {
    prepare(folder)?;
    let folder = folder.to_str().ok_or("the folder's name is not UTF-8")?;
    let mut results = Vec::new();
    for (command, schema) in COMMANDS {
        if command.contains("damaged") {
            damage(Path::new(folder))?;
        }
        let command = command.replace("APRIL", APRIL).replace("MAY", MAY);
        let command = command.replace("FIXTURES", FIXTURES).replace("ACCOUNT", "pro-within-cap");
        let command = command.replace("FOLDER", folder);
        let output = monthend(command.split(' ').chain(["--json"])).output()?;
        let result = result(&output).map_err(|e| format!("{command}: {e}"))?;
        let fitting = of_result(&result)?;
        assert_eq!(fitting, format!("result-{schema}"), "{command}: {result:#}");
        results.push((fitting, result));
    }
    Ok(results)
}

/// Another price of a plan, and payments.
fn prepare(folder: &Path) -> Outcome {
    fs::create_dir(folder.join("catalogs"))?;
    for entry in fs::read_dir("fixtures/catalogs")? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let other = text.replace("\"20.00\"", "\"21.00\"");
        assert_ne!(text, other, "no plan has that price");
        let kind = "[[grant]]\nid = \"goodwill\"\nexpires_after_days = 30\n";
        fs::write(folder.join("goodwill.toml"), format!("{text}\n{kind}"))?;
        fs::write(folder.join("catalogs").join(path.file_name().unwrap_or_default()), other)?;
    }
    fs::create_dir(folder.join("changes"))?;
    let job = "catalog = 'goodwill.toml'\nchanges = 'changes'\ngrants = 'changes'\nbook = 'book'\n";
    fs::write(folder.join("grants.toml"), job)?;
    let header = "payment_id,account_id,document_id,at,amount,currency";
    let paid = "p1,pro-within-cap,INV-2026-04-00000001,2026-05-03T00:00:00Z,5.00,USD";
    Ok(fs::write(folder.join("paid.csv"), [header, paid, ""].join("\n"))?)
}

/// A book with a table that is not what its manifest says, and a month that cannot be read.
fn damage(folder: &Path) -> Outcome {
    let damaged = folder.join("damaged");
    copy_folder(&folder.join("book"), &damaged)?;
    fs::write(damaged.join("2026-04/r001/documents.csv"), "")?;
    Ok(fs::write(damaged.join("2026-05/CURRENT"), "r009\n")?)
}

/// All of it, and what the book says of itself.
fn samples(folder: &Path) -> Outcome<Vec<(&'static str, Value)>> {
    let mut samples = results(folder)?;
    assert!(of_books(&folder.join("book"))? >= 6, "two months, and one of them corrected");
    for (schema, file) in [("manifest", "manifest.json"), ("run", "run.json")] {
        for month in ["2026-04/r001", "2026-04/r002", "2026-05/r001"] {
            samples.push((schema, json(&folder.join("book").join(month).join(file))?));
        }
    }
    Ok(samples)
}

#[test]
fn what_has_a_key_more_or_less_does_not_fit() -> Outcome {
    let folder = tempfile::tempdir()?;
    let keys = Keys::of_schemas()?;
    let mut used = BTreeSet::new();
    for (schema, sample) in samples(folder.path())? {
        used.insert(schema);
        fits(schema, &sample)?;
        for pointer in objects(&sample, String::new()) {
            let at = format!("{schema} {pointer}");
            let mut more = sample.clone();
            let object = more.pointer_mut(&pointer).and_then(Value::as_object_mut).ok_or("gone")?;
            let names: Vec<String> = object.keys().cloned().collect();
            object.insert("planted".to_owned(), Value::Null);
            assert!(fits(schema, &more).is_err(), "{at} may have a key more");
            for name in names.into_iter().filter(|name| !keys.may_lack(&pointer, name)) {
                let mut less = sample.clone();
                let object = less.pointer_mut(&pointer).and_then(Value::as_object_mut);
                object.ok_or("gone")?.remove(&name);
                assert!(fits(schema, &less).is_err(), "{at} may lack `{name}`");
            }
        }
    }
    let is_used = |name: &str| {
        used.contains(name) || name == "common" || name == "result-report" && REPORT == "failure"
    };
    let unused: Vec<&String> = all()?.keys().filter(|name| !is_used(name)).collect();
    assert!(unused.is_empty(), "no sample is held against {unused:?}");
    Ok(())
}

/// Where the objects of a value are; of long lists those of the first entries.
fn objects(value: &Value, pointer: String) -> Vec<String> {
    // What a manifest says is quoted as it is.
    if pointer.ends_with("/before") || pointer.ends_with("/after") {
        return Vec::new();
    }
    match value {
        Value::Object(entries) => {
            let below = entries.iter().flat_map(|(name, value)| {
                objects(value, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")))
            });
            let below: Vec<String> = below.collect();
            [vec![pointer.clone()], below].concat()
        }
        Value::Array(entries) => {
            let first = entries.iter().take(3).enumerate();
            first.flat_map(|(at, value)| objects(value, format!("{pointer}/{at}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// The keys that schemas describe.
#[derive(Default)]
struct Keys {
    /// Keys that are not required somewhere.
    optional: BTreeSet<String>,
    /// Keys of objects whose own keys are no fixed ones.
    maps: BTreeSet<String>,
    /// Keys that nobody describes, and where.
    undescribed: Vec<String>,
}

impl Keys {
    fn of_schemas() -> Outcome<Self> {
        let mut keys = Keys::default();
        for (name, schema) in all()? {
            keys.add(name, &schema.text);
        }
        Ok(keys)
    }

    fn add(&mut self, at: &str, schema: &Value) {
        let properties = schema["properties"].as_object().into_iter().flatten();
        for (name, about) in properties {
            // Of keys that stand for each other, one must be there.
            let one_of = schema["oneOf"].as_array().into_iter().flatten();
            let lists = one_of.map(|of| &of["required"]).chain([&schema["required"]]);
            let mut required = lists.filter_map(Value::as_array).flatten();
            if !required.any(|one| one == name) {
                self.optional.insert(name.clone());
            }
            let entries = [about, &about["items"]].map(|of| &of["additionalProperties"]);
            if entries.into_iter().any(Value::is_object) {
                self.maps.insert(name.clone());
            }
            let refers = about.get("$ref").is_some() || about.get("const").is_some();
            if about.get("description").is_none() && !refers {
                self.undescribed.push(format!("{at}: {name}"));
            }
        }
        match schema {
            Value::Object(parts) => {
                parts.iter().for_each(|(name, part)| self.add(&format!("{at}/{name}"), part));
            }
            Value::Array(parts) => parts.iter().for_each(|part| self.add(at, part)),
            _ => {}
        }
    }

    /// Whether a key of the object at `pointer` need not be there.
    fn may_lack(&self, pointer: &str, name: &str) -> bool {
        // An entry of a list is known by the list's name.
        let is_place = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        let of = pointer.rsplit('/').find(|part| !is_place(part)).unwrap_or_default();
        self.optional.contains(name) || self.maps.contains(of)
    }
}

#[test]
fn every_key_is_described() -> Outcome {
    let undescribed = Keys::of_schemas()?.undescribed;
    assert!(undescribed.is_empty(), "{undescribed:#?}");
    let no_title = all()?.iter().filter(|(_, schema)| {
        schema.text["title"].as_str().is_none() || schema.text["description"].as_str().is_none()
    });
    assert_eq!(no_title.count(), 0);
    Ok(())
}

#[test]
fn the_words_of_findings_are_those_of_the_program() -> Outcome {
    let known = result(&monthend(["errors", "--json"]).output()?)?;
    let words_of = |title: &str| -> BTreeSet<&str> {
        let words = known["words"].as_array().into_iter().flatten();
        words.filter(|word| word["of"] == title).filter_map(|word| word["code"].as_str()).collect()
    };
    let schemas = all()?;
    for (title, schema, pointer) in [
        (
            "Findings of `status`",
            "result-status",
            "/properties/findings/items/properties/code/enum",
        ),
        (
            "Findings of `verify`",
            "result-verify",
            "/properties/findings/items/properties/code/enum",
        ),
        ("Notes of `verify`", "result-verify", "/properties/notes/items/properties/code/enum"),
    ] {
        let listed = schemas[schema].text.pointer(pointer).and_then(Value::as_array);
        let listed: BTreeSet<&str> =
            listed.into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(listed, words_of(title), "{schema} {pointer}");
    }
    let breaks = schemas["result-reconcile"].text["properties"]["breaks"]["properties"].as_object();
    let breaks: BTreeSet<&str> =
        breaks.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    assert_eq!(breaks, words_of("Breaks of `reconcile`"));
    let common = &schemas["common"].text["$defs"];
    let listed = |of: &Value| -> BTreeSet<String> {
        of["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let mut findings = listed(&common["exception_kind"]);
    findings.extend(listed(&common["finding"]["properties"]["kind"]));
    let told: BTreeSet<String> =
        words_of("Findings of a month").into_iter().map(str::to_owned).collect();
    assert_eq!(findings, told);
    let kinds =
        known["codes"].as_array().into_iter().flatten().filter_map(|code| code["kind"].as_str());
    let kinds: BTreeSet<String> = kinds.map(str::to_owned).collect();
    assert_eq!(kinds, listed(&common["error"]["properties"]["kind"]));
    Ok(())
}
