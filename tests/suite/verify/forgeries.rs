//! Forgeries under digests and seals that were put right: what is left to find is that the book does not add up. Most
//! are written as text, in `tests/verify/forgeries`.

use std::fs;
use std::path::Path;

use monthend::base::digest;
use monthend::tables::Table;

use super::books::{Book, three_months_and_notes, two_months};
use super::forge::{Rows, edit, forge, forge_manifest, reseal};
use crate::common::{Outcome, root};

/// A forgery: its name, what is done, and the words that one finding must have.
struct Forgery<'a> {
    name: &'a str,
    changes: Vec<&'a str>,
    told: Vec<&'a str>,
}

/// Reads forgeries that are separated by empty lines.
fn read(text: &str) -> Outcome<Vec<Forgery<'_>>> {
    let forgery = |block| -> Outcome<Forgery<'_>> {
        let mut lines = str::lines(block).map(str::trim);
        let name = lines.next().ok_or("an empty block")?;
        let (told, changes): (Vec<&str>, Vec<&str>) =
            lines.partition(|line| line.starts_with("told "));
        let told = told.first().ok_or_else(|| format!("{name}: nothing is told"))?;
        let told = told.trim_start_matches("told ").split(" | ").collect();
        Ok(Forgery { name, changes, told })
    };
    text.trim().split("\n\n").map(forgery).collect()
}

/// Makes a change such as `set statements where account_id=ann: events=9, usage_credits=1.000000`: `set` changes cells
/// of the first row, `set-last` of the last; `drop` removes all rows; `twice` doubles the table's last row.
fn make(change: &str, revision: &Path) -> Outcome {
    let (words, cells) = change.split_once(": ").unwrap_or((change, ""));
    let (what, which) = words.split_once(" where ").unwrap_or((words, "="));
    let (verb, table) = what.split_once(' ').ok_or("no table")?;
    let table = Table::ALL.into_iter().find(|known| known.name() == table);
    let table = table.ok_or_else(|| format!("no such table: {change}"))?;
    let (column, value) = which.split_once('=').ok_or("no row")?;
    let cells = cells.split(", ").filter_map(|cell| cell.split_once('='));
    edit(revision, table, |rows| {
        if verb == "twice" {
            rows.rows.extend(rows.rows.last().cloned());
            return Ok(());
        }
        let found = rows.all(column, value)?;
        let of = |row: Option<&usize>| row.copied().ok_or_else(|| format!("no such row: {change}"));
        let (first, last) = (of(found.first())?, of(found.last())?);
        match verb {
            "set" => {
                cells.into_iter().try_for_each(|(column, value)| rows.set(first, column, value))
            }
            "set-last" => {
                cells.into_iter().try_for_each(|(column, value)| rows.set(last, column, value))
            }
            "drop" => {
                let mut row = 0..;
                rows.rows.retain(|_| !row.next().is_some_and(|row| found.contains(&row)));
                Ok(())
            }
            _ => Err(format!("no such verb: {change}").into()),
        }
    })
}

/// Forges a revision of a book of its own for each forgery in a file, and verifies it.
fn all_are_found(file: &str, book: fn() -> Outcome<Book>, revision: &str) -> Outcome {
    let text = fs::read_to_string(root().join("tests/verify/forgeries").join(file))?;
    let forgeries = read(&text)?;
    assert!(forgeries.len() > 5, "{file} has few forgeries");
    for Forgery { name, changes, told } in forgeries {
        let book = book()?;
        let folder = book.at(revision);
        changes.iter().try_for_each(|change| make(change, &folder))?;
        reseal(&folder)?;
        let place: Vec<&str> = revision.split('/').chain(told).collect();
        book.assert_told(name, &place)?;
        let findings = book.assert_found(name)?;
        assert!(!findings.contains("\"digest\""), "{name}: the forger forgot a digest\n{findings}");
    }
    Ok(())
}

/// Forgeries of May, the last month of two.
fn in_may(file: &str) -> Outcome {
    all_are_found(file, two_months, "2026-05/r001")
}

/// Forgeries of April's third revision, which has a credit note.
fn in_april(file: &str) -> Outcome {
    all_are_found(file, three_months_and_notes, "2026-04/r003")
}

#[test]
fn amounts_that_were_changed_are_found() -> Outcome {
    in_may("amounts.txt")
}

#[test]
fn rows_that_were_removed_or_doubled_are_found() -> Outcome {
    in_may("rows.txt")
}

#[test]
fn credits_and_states_that_were_changed_are_found() -> Outcome {
    in_may("credits-and-states.txt")
}

#[test]
fn documents_that_were_renumbered_or_relabelled_are_found() -> Outcome {
    in_may("numbers-and-labels.txt")
}

#[test]
fn notes_that_were_changed_are_found() -> Outcome {
    in_april("notes.txt")
}

#[test]
fn earlier_documents_that_do_not_stand_are_found() -> Outcome {
    in_april("earlier-documents.txt")
}

#[test]
fn a_closing_state_that_was_changed_breaks_the_chain() -> Outcome {
    let book = two_months()?;
    let (april, may) = (book.at("2026-04/r001"), book.at("2026-05/r001"));
    forge(&april, Table::State, |rows: &mut Rows| {
        // Nothing in April says whether the switch is on.
        let row = rows.find("account_id", "pro-within-cap")?;
        let other = if rows.get(row, "overage_on")? == "true" { "false" } else { "true" };
        rows.set(row, "overage_on", other)
    })?;
    book.assert_told(
        "April's state",
        &["\"opening\"", "2026-05", "r001", "the sha256 of the state that it began with"],
    )?;
    // A forger who puts that right, too, and changes more than the switch, meets May's statements.
    forge(&april, Table::State, |rows: &mut Rows| {
        let row = rows.find("account_id", "trial-over-month-end")?;
        rows.set(row, "trial_left", "150.000000")
    })?;
    let (_, sha256) = digest::of_file(&april.join("state.parquet"))?;
    forge_manifest(&may, |manifest| {
        manifest["opening"]["sha256"] = sha256.into();
        Ok(())
    })?;
    let told =
        ["\"K5\"", "2026-05", "trial-over-month-end", "trial at opening = the opening state's"];
    book.assert_told("and May's opening", &told)?;
    book.assert_told(
        "and April",
        &["\"K5\"", "2026-04", "trial-over-month-end", "trial carried = the state's"],
    )?;

    // A state that contradicts itself is no opening.
    forge(&april, Table::State, |rows: &mut Rows| {
        let row = rows.find("account_id", "no-usage")?;
        rows.set(row, "plan", "gold")
    })?;
    let (_, sha256) = digest::of_file(&april.join("state.parquet"))?;
    forge_manifest(&may, |manifest| {
        manifest["opening"]["sha256"] = sha256.into();
        Ok(())
    })?;
    book.assert_told(
        "no plan",
        &["\"opening\"", "2026-05", "`gold` (1 account, such as `no-usage`)"],
    )?;
    // Another digest, and the state as it is.
    let book = two_months()?;
    forge_manifest(&book.at("2026-05/r001"), |manifest| {
        manifest["opening"]["sha256"] = "0".repeat(64).into();
        Ok(())
    })?;
    book.assert_told(
        "another digest",
        &["\"opening\"", "2026-05", "the sha256 of the state that it began with is 0000"],
    )?;
    // The month before, as if there had been none.
    let book = two_months()?;
    forge_manifest(&book.at("2026-05/r001"), |manifest| {
        manifest["opening"] = serde_json::json!({"kind": "genesis"});
        Ok(())
    })?;
    book.assert_told(
        "from nothing",
        &["\"manifest\"", "2026-05", "`options` ask for the opening `book`"],
    )?;
    let notes = book.verify()?.1["notes"].to_string();
    assert!(
        notes.contains("began-anew") && notes.contains("2026-04, which is in the book"),
        "{notes}"
    );
    Ok(())
}

#[test]
fn parquet_of_another_kind_is_found_and_stops_nothing() -> Outcome {
    for table in Table::ALL {
        let book = two_months()?;
        let revision = book.at("2026-05/r001");
        // Another table's file under this table's name.
        let other = if table == Table::State { "documents" } else { "state" };
        let file = format!("{}.parquet", table.name());
        let rows = Rows::read(&revision, table)?;
        fs::copy(revision.join(format!("{other}.parquet")), revision.join(&file))?;
        reseal(&revision)?;
        let told =
            ["\"table\"", "2026-05", "r001", &file, "its columns are not those of the contract"];
        book.assert_told(table.name(), &told)?;
        // The same columns, all of them text.
        rows.write_parquet_as_text(&revision)?;
        reseal(&revision)?;
        book.assert_told(table.name(), &told)?;
    }
    Ok(())
}

#[test]
fn ids_that_april_did_not_bill_in_its_last_hours_are_found() -> Outcome {
    type Change = fn(&mut Rows) -> Outcome;
    let cases: [(Change, &str); 4] = [
        (
            |rows| rows.set(1, "account_id", "nobody"),
            "a statement for the account of an id kept: 0 is not 1",
        ),
        (
            |rows| rows.set(1, "at", "2026-04-29T23:59:59.999999Z"),
            "an id kept is of the month's last hours: 0 is not 1",
        ),
        (
            |rows| rows.set(1, "event_id", "midnight-1"),
            "times that the id `midnight-1` is kept: 2 is not 1",
        ),
        (|rows| rows.set(1, "account_id", "no-usage"), "ids kept, and events at least: 1 is not 0"),
    ];
    for (change, told) in cases {
        let book = two_months()?;
        forge(&book.at("2026-04/r001"), Table::RecentIds, change)?;
        book.assert_told(told, &["\"conservation\"", "\"L1\"", "2026-04", told])?;
        // May began with other ids than these.
        book.assert_told(told, &["\"opening\"", "2026-05", "ids that were billed before"])?;
    }
    Ok(())
}
