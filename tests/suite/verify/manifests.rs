//! Manifests and `run.json`, edited; by someone who leaves the seals as they were, and by someone who puts them right.

use std::fs;

use monthend::tables::Table;
use serde_json::{Value, json as value};

use super::books::{three_months_and_notes, two_months};
use super::forge::{Rows, edit, edit_manifest, forge_manifest, forge_run};
use crate::common::{Outcome, json};

#[test]
fn every_edited_entry_of_a_manifest_is_found() -> Outcome {
    let book = three_months_and_notes()?;
    let revision = book.at("2026-04/r002");
    let path = revision.join("manifest.json");
    let text = fs::read_to_string(&path)?;
    let manifest = json(&path)?;
    let keys: Vec<&String> = manifest.as_object().ok_or("no object")?.keys().collect();
    assert_eq!(keys.len(), 14, "{keys:?}");
    for key in keys {
        for other in [value!(null), value!("other"), value!([])] {
            edit_manifest(&revision, |manifest| {
                manifest[key] = other.clone();
                Ok(())
            })?;
            if fs::read_to_string(&path)? != text {
                book.assert_told(key, &["manifest-digest", "2026-04", "r002", "manifest.json"])?;
            }
        }
        edit_manifest(&revision, |manifest| {
            manifest.as_object_mut().ok_or("no object")?.remove(key);
            Ok(())
        })?;
        book.assert_told(key, &["manifest-digest", "2026-04", "r002"])?;
        fs::write(&path, &text)?;
    }
    // The same entries, written otherwise.
    fs::write(&path, manifest.to_string())?;
    book.assert_told("written otherwise", &["manifest-digest", "2026-04", "r002"])?;
    fs::write(&path, &text)?;
    book.assert_sound()
}

/// What is done to a manifest.
type Change = fn(&mut Value);

#[test]
fn entries_that_contradict_the_book_are_found_under_a_new_seal() -> Outcome {
    let cases: [(&str, Change, &[&str]); 17] = [
        ("month", |m| m["month"] = "2026-05".into(), &["\"manifest\"", "`month` is `2026-05`"]),
        ("revision", |m| m["revision"] = "r003".into(), &["\"manifest\"", "`revision` is `r003`"]),
        ("no reason", |m| m["reason"] = Value::Null, &["\"manifest\"", "`reason` is ``"]),
        (
            "another reason",
            |m| m["reason"] = "goodwill".into(),
            &["\"document\"", "`reason` is `late file`", "`goodwill`, as in the manifest of r002"],
        ),
        ("no previous", |m| m["previous"] = Value::Null, &["\"previous\"", "names none"]),
        (
            "another previous",
            |m| m["previous"]["manifest_sha256"] = "0".repeat(64).into(),
            &["\"previous\"", "follows a r001 whose manifest is another"],
        ),
        (
            "a price",
            |m| m["catalogue"]["plans"][1]["price"] = "19.00".into(),
            &["\"conservation\"", "\"F7\"", "fees = what the billed plan costs"],
        ),
        (
            "a plan's credits",
            |m| m["catalogue"]["plans"][1]["credits"] = "1001.000000".into(),
            &["\"conservation\"", "\"K2\"", "plan pools = credits of the plans"],
        ),
        (
            "a rate",
            |m| m["catalogue"]["plans"][1]["overage_rate"] = "0.05".into(),
            &["\"conservation\"", "\"O4\"", "rate = the billed plan's"],
        ),
        (
            "a catalogue that is none",
            |m| m["catalogue"]["plans"] = value!([]),
            &["\"manifest\"", "the catalogue in the manifest cannot be read"],
        ),
        (
            "another currency",
            |m| m["catalogue"]["currency"] = "JPY".into(),
            &["\"table\"", "`USD` is not the catalogue's currency"],
        ),
        (
            "an opening that is not there",
            |m| {
                m["opening"] =
                    value!({"kind": "book", "month": "2026-03", "revision": "r001", "sha256": "0"})
            },
            &["\"opening\"", "2026-03/r001", "is not there"],
        ),
        (
            "an opening of another month",
            |m| {
                m["opening"] =
                    value!({"kind": "book", "month": "2026-05", "revision": "r001", "sha256": "0"})
            },
            &["\"opening\"", "names 2026-05 for its opening"],
        ),
        (
            "an imported opening",
            |m| m["opening"] = value!({"kind": "imported", "sha256": "0"}),
            &["\"opening\"", "none is in the book"],
        ),
        (
            "control totals: used",
            |m| m["control_totals"]["usage"]["used"]["rows"] = 1.into(),
            &["\"conservation\"", "\"K3\"", "usage rows used = events of the statements: 1 is not"],
        ),
        (
            "control totals that are none",
            |m| m["control_totals"]["usage"]["read"] = 1.into(),
            &["\"manifest\"", "`control_totals` cannot be understood: usage.read"],
        ),
        (
            "an output left out",
            |m| drop(m["outputs"].as_array_mut().map(|outputs| outputs.remove(0))),
            &["\"manifest\"", "`outputs` lists documents.parquet 0 times"],
        ),
    ];
    for (name, change, told) in cases {
        let book = three_months_and_notes()?;
        forge_manifest(&book.at("2026-04/r002"), |manifest| {
            change(manifest);
            Ok(())
        })?;
        let place = [&["2026-04", "r002"], told].concat();
        book.assert_told(name, &place)?;
        // The next revision names the manifest as it was.
        book.assert_told(name, &["\"previous\"", "2026-04", "r003", "follows a r002"])?;
    }
    Ok(())
}

#[test]
fn every_control_total_is_held_against_the_tables() -> Outcome {
    let paths = [
        "usage/read/rows",
        "usage/used/rows",
        "usage/duplicates/rows",
        "usage/rejected/rows",
        "usage/excepted/rows",
        "usage/outside/2026-03",
        "changes/read",
        "changes/applied",
        "changes/duplicates",
        "changes/rejected",
        "changes/excepted",
        "changes/outside",
    ];
    let credits =
        ["read", "used", "duplicates", "excepted"].map(|part| format!("usage/{part}/credits"));
    for path in paths.into_iter().map(str::to_owned).chain(credits) {
        let book = two_months()?;
        forge_manifest(&book.at("2026-04/r001"), |manifest| {
            let pointer = format!("/control_totals/{path}");
            let total = manifest.pointer_mut(&pointer).ok_or(pointer)?;
            *total = match total {
                Value::Number(rows) => (rows.as_u64().ok_or("no rows")? + 1).into(),
                _ => "123456.000000".into(),
            };
            Ok(())
        })?;
        book.assert_told(&path, &["\"conservation\"", "\"K3\"", "2026-04", "r001"])?;
    }
    Ok(())
}

#[test]
fn numbers_beyond_all_measure_stop_nothing() -> Outcome {
    let book = two_months()?;
    let revision = book.at("2026-04/r001");
    let (manifest, run) = (revision.join("manifest.json"), revision.join("run.json"));
    let (manifest_text, run_text) = (fs::read(&manifest)?, fs::read(&run)?);
    for number in [value!(u64::MAX), value!(i64::MIN), value!("9".repeat(39)), value!(["9"])] {
        for path in [
            "control_totals/usage/used/rows",
            "control_totals/usage/used/credits",
            "control_totals/changes/read",
            "control_totals/usage/outside/2026-03",
            "outputs/0/rows",
            "outputs/0/bytes",
            "outputs/1/apostrophes",
            "catalogue/plans/1/price",
            "catalogue/plans/1/credits",
            "catalogue/trial/days",
            "opening/kind",
        ] {
            forge_manifest(&revision, |manifest| {
                *manifest.pointer_mut(&format!("/{path}")).ok_or(path)? = number.clone();
                Ok(())
            })?;
            book.assert_told(path, &["2026-04", "r001"])?;
            fs::write(&manifest, &manifest_text)?;
            fs::write(&run, &run_text)?;
        }
    }
    book.assert_sound()
}

#[test]
fn an_edited_run_file_is_found() -> Outcome {
    let book = two_months()?;
    let path = book.at("2026-04/r001/run.json");
    let text = fs::read_to_string(&path)?;
    let run = json(&path)?;
    for key in run.as_object().ok_or("no object")?.keys() {
        for change in [Some(value!("other")), None] {
            let mut run = run.clone();
            let facts = run.as_object_mut().ok_or("no object")?;
            match change {
                Some(other) => drop(facts.insert(key.clone(), other)),
                None => drop(facts.remove(key)),
            }
            fs::write(&path, format!("{run:#}\n"))?;
            book.assert_told(key, &["\"seal\"", "2026-04", "r001", "run.json"])?;
        }
    }
    for other in [run.to_string(), format!("{text}\n"), "{}".to_owned(), "[]".to_owned()] {
        fs::write(&path, other)?;
        book.assert_told("written otherwise", &["\"seal\"", "2026-04", "run.json"])?;
    }
    fs::write(&path, &text)?;
    // Sealed anew, with another manifest's digest or none.
    forge_run(&book.at("2026-04/r001"), |run| {
        run["manifest_sha256"] = "0".repeat(64).into();
        Ok(())
    })?;
    book.assert_told("another digest", &["manifest-digest", "2026-04", "r001"])?;
    forge_run(&book.at("2026-04/r001"), |run| {
        run.as_object_mut().ok_or("no object")?.remove("manifest_sha256");
        Ok(())
    })?;
    book.assert_told("no digest", &["manifest-digest", "2026-04", "r001"])
}

#[test]
fn a_revision_that_says_it_billed_only_some_accounts_is_held_to_it() -> Outcome {
    // The first revision bills all accounts.
    let book = two_months()?;
    forge_manifest(&book.at("2026-04/r001"), |manifest| {
        manifest["options"]["accounts"] = value!([]);
        Ok(())
    })?;
    book.assert_told(
        "none billed",
        &["\"manifest\"", "2026-04", "r001", "none in a first revision"],
    )?;
    // What was carried over is what it was.
    let book = three_months_and_notes()?;
    let dispute = json(&book.at("2026-04/r003/manifest.json"))?;
    assert_eq!(dispute["options"]["accounts"], value!(["ten-over-the-cap"]));
    super::forge::forge(&book.at("2026-04/r003"), Table::Statements, |rows: &mut Rows| {
        let row = rows.find("account_id", "pro-within-cap")?;
        rows.set(row, "events", "9")
    })?;
    let told = ["\"conservation\"", "2026-04", "r003", "pro-within-cap", "carried over as it was"];
    book.assert_told("carried over", &told)?;
    let book = three_months_and_notes()?;
    forge_manifest(&book.at("2026-04/r003"), |manifest| {
        manifest["control_totals"]["usage"]["used"]["rows"] = 3.into();
        Ok(())
    })?;
    book.assert_told(
        "used",
        &["\"K3\"", "2026-04", "r003", "usage rows used = events of the statements: 3 is not 2"],
    )
}

#[test]
fn every_count_of_rows_by_month_is_held_against_the_control_totals() -> Outcome {
    for month in ["2026-03", "2026-04", "2026-05", "2019-01"] {
        for more in [100, u64::MAX / 2] {
            let book = two_months()?;
            forge_manifest(&book.at("2026-04/r001"), |manifest| {
                let inputs = manifest["inputs"].as_array_mut().ok_or("no inputs")?;
                let rows = inputs.iter_mut().find_map(|input| input.get_mut("rows"));
                let rows = rows.and_then(Value::as_object_mut).ok_or("no rows")?;
                let known = rows.get(month).and_then(Value::as_u64).unwrap_or(0);
                rows.insert(month.to_owned(), (known + more).into());
                Ok(())
            })?;
            book.assert_told(month, &["\"conservation\"", "\"K3\"", "2026-04", "r001"])?;
        }
    }
    Ok(())
}

#[test]
fn late_usage_that_no_file_has_is_found() -> Outcome {
    let book = two_months()?;
    edit(&book.at("2026-05/r001"), Table::Exceptions, |rows| {
        rows.set(0, "kind", "late-usage")?;
        rows.set(0, "rows", "1000")
    })?;
    book.assert_told("late", &["\"conservation\"", "\"L2\"", "2026-05", "r001"])
}
