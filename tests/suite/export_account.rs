//! `export account` through the binary: whatever a book holds of an account is in it, and nothing of another's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::focus_story::Story;
use crate::common::{Outcome, copy_folder, monthend, result, run, words};
use crate::focus::rows::{Row, read};

/// The tables of a revision that have rows of accounts and a CSV file.
const TABLES: [&str; 7] = [
    "documents",
    "invoice_lines",
    "overage_charges",
    "expired_credits",
    "statements",
    "state",
    "exceptions",
];

fn export(book: &Path, account: &str, expected: i32) -> Outcome<Value> {
    let mut export = monthend(["export", "account", account, "--json", "--book"]);
    result(&run(export.arg(book), expected)?)
}

/// The rows of a table in a part of the result.
fn rows<'a>(part: &'a Value, table: &str) -> &'a [Value] {
    let tables = part["tables"].as_array().into_iter().flatten();
    let found = tables.into_iter().find(|of| of["table"] == table);
    found.and_then(|of| of["rows"].as_array()).map_or(&[], Vec::as_slice)
}

/// A row of the result as a CSV file has it.
fn as_cells(row: &Value) -> BTreeMap<String, String> {
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let cells = row.as_object().into_iter().flatten();
    cells.map(|(name, value)| (name.clone(), cell(value))).collect()
}

#[test]
fn it_is_what_every_table_of_every_revision_has() -> Outcome {
    let story = Story::begin()?;
    story.correct()?;
    story.correct_again()?;
    let mut seen = BTreeSet::new();
    for account in ["ann", "bob", "cy", "dee", "eve", "fin"] {
        let exported = export(&story.book(), account, 0)?;
        let revisions = exported["revisions"].as_array().ok_or("no revisions")?;
        assert_eq!(revisions.len(), 5, "April's four and May's");
        for revision in revisions {
            let name = |key: &str| revision[key].as_str().unwrap_or_default();
            let folder = story.book().join(name("month")).join(name("revision"));
            for table in TABLES {
                let mut expected = read(&folder.join(format!("{table}.csv")))?;
                expected.retain(|row| row.get("account_id") == account);
                let filled = |Row(cells): Row| -> BTreeMap<String, String> {
                    cells.into_iter().filter(|(_, cell)| !cell.is_empty()).collect()
                };
                let expected: Vec<_> = expected.into_iter().map(filled).collect();
                let found: Vec<_> = rows(revision, table).iter().map(as_cells).collect();
                assert_eq!(found, expected, "{account}: {table} of {}", folder.display());
                if !found.is_empty() {
                    seen.insert(table);
                }
            }
        }
        let in_force = revisions.iter().filter(|revision| revision["in_force"] == true);
        let in_force: Vec<&Value> = in_force.map(|revision| &revision["revision"]).collect();
        assert_eq!(in_force, ["r004", "r001"]);
    }
    assert_eq!(seen, BTreeSet::from(TABLES));
    let exported = export(&story.book(), "ann", 0)?;
    let kept = [json!({"event_id": "e10", "account_id": "ann", "at": "2026-04-30T00:00:00Z"})];
    assert_eq!(rows(&exported["revisions"][3], "recent_ids"), kept);
    Ok(())
}

/// Corrections that a revision keeps, what its manifest says of the account, and an imported state.
#[test]
fn what_was_given_by_hand_is_in_it() -> Outcome {
    let story = Story::begin()?;
    let (late, dropped) = (story.path("late.csv"), story.path("ticket.csv"));
    fs::write(
        &late,
        "event_id,account_id,at,credits\nl1,ann,2026-04-09T00:00:00Z,7.5\nl2,bob,2026-04-09T00:00:00Z,1\n",
    )?;
    fs::write(&dropped, "event_id,reason\ne1,ticket 7\n")?;
    let mut rerun = monthend(["rerun", "--month", "2026-04", "--reason", "late", "--cascade"]);
    run(rerun.arg("--add-usage").arg(&late).arg("--book").arg(story.book()), 0)?;
    let mut rerun = monthend(["rerun", "--month", "2026-04", "--reason", "ticket 7", "--cascade"]);
    rerun.args(["--accounts", "ann", "--drop-events"]).arg(&dropped);
    run(rerun.arg("--book").arg(story.book()), 0)?;
    let ann = export(&story.book(), "ann", 0)?;
    let last = &ann["revisions"][2];
    assert_eq!(
        last["kept_inputs"],
        json!([
            {"file": "inputs/ticket.csv", "role": "drop-events",
             "rows": [{"event_id": "e1", "reason": "ticket 7"}]},
            {"file": "inputs/late.csv", "role": "usage",
             "rows": [{"account_id": "ann", "at": "2026-04-09T00:00:00Z", "credits": "7.500000", "event_id": "l1"}]},
        ])
    );
    let manifest = last["manifest"].as_array().ok_or("no list")?;
    assert!(manifest.contains(&json!("/options/accounts/0")), "{manifest:?}");
    // The list is for ann alone, and is nothing of bob's.
    let bob = export(&story.book(), "bob", 0)?;
    let kept = &bob["revisions"][2]["kept_inputs"];
    assert_eq!((kept[0]["role"].as_str(), &kept[1]), (Some("usage"), &Value::Null));
    assert_eq!(kept[0]["rows"][0]["event_id"], "l2");
    assert!(!bob.to_string().contains("\"ann\"") && !bob.to_string().contains("\"e1\""), "{bob}");

    let other = story.path("other");
    let mut import = monthend(["state", "import", "fixtures/bad/good-state.csv", "--month"]);
    import.args(["2026-04", "--catalog", "fixtures/catalogs", "--book"]).arg(&other);
    run(&mut import, 0)?;
    let state = read(&other.join("openings/2026-04/state.csv"))?;
    let account = state.first().ok_or("no state")?.get("account_id").to_owned();
    let imported = export(&other, &account, 0)?;
    assert_eq!(imported["openings"][0]["month"], "2026-04");
    assert_eq!(rows(&imported["openings"][0], "state").len(), 1);
    Ok(())
}

#[test]
fn what_could_not_be_looked_at_is_said() -> Outcome {
    let story = Story::begin()?;
    let mut archive = monthend(["archive", "--before", "2026-05", "--to"]);
    run(archive.arg(story.path("archive")).arg("--book").arg(story.book()), 0)?;
    let at_hand = export(&story.book(), "ann", 0)?;
    assert_eq!(rows(&at_hand["revisions"][0], "documents").len(), 1);
    copy_folder(&story.path("archive"), &story.path("elsewhere"))?;
    fs::remove_dir_all(story.path("archive"))?;

    let kept = export(&story.book(), "ann", 3)?;
    assert_eq!(kept["archived"], json!(["2026-04"]));
    let tables = kept["revisions"][0]["tables"].as_array().ok_or("no tables")?;
    assert_eq!(tables.iter().map(|of| &of["table"]).collect::<Vec<_>>(), ["state"]);

    // For people the same JSON, over lines.
    let mut ask = monthend(["export", "account", "ann"]);
    ask.arg("--book").arg(story.book()).arg("--archive").arg(story.path("elsewhere"));
    let told: Value = serde_json::from_slice(&run(&mut ask, 0)?.stdout)?;
    assert_eq!(told, at_hand);

    let unknown = |account: &str| -> Outcome<String> {
        let mut ask = monthend(["export", "account", account, "--book"]);
        Ok(words(&run(ask.arg(story.book()), 1)?))
    };
    let said = unknown("amy")?;
    assert!(said.contains("ME0335") && said.contains("2026-04 is archived"), "{said}");
    let mut back = monthend(["unarchive", "--month", "2026-04", "--from"]);
    run(back.arg(story.path("elsewhere")).arg("--book").arg(story.book()), 0)?;
    let said = unknown("anne")?;
    assert!(said.contains("holds nothing of an account `anne`"), "{said}");
    assert!(said.contains("did you mean ann?"), "{said}");
    Ok(())
}
