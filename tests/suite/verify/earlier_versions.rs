//! Books that earlier versions of the program wrote, which lack what came later: nothing is known of it, and it is
//! neither a difference nor a fault.

use std::fs;

use monthend::tables::Table;

use super::books::{Book, two_months};
use super::forge::{edit_manifest, forge_journal, forge_manifest, without};
use crate::common::{Outcome, april, may, monthend, run, tree, words};

/// April and May, as a version wrote them that knew none of the tables that came later.
fn earlier() -> Outcome<Book> {
    let book = two_months()?;
    for month in ["2026-04/r001", "2026-05/r001"] {
        for table in Table::ALL.into_iter().filter(|table| table.came_later()) {
            without(&book.at(month), table)?;
        }
    }
    // Nor did it know of ids that were billed before.
    for month in ["2026-04/r001", "2026-05/r001"] {
        forge_manifest(&book.at(month), |manifest| {
            for (of, key) in [("opening", "recent_ids_sha256"), ("options", "recent_hours")] {
                manifest[of].as_object_mut().ok_or("no object")?.remove(key);
            }
            Ok(())
        })?;
    }
    forge_journal(&book.path())?;
    Ok(book)
}

#[test]
fn tables_that_came_later_are_not_missed() -> Outcome {
    let book = earlier()?;
    book.assert_sound()?;
    // The months are billed again, and nothing has changed.
    let before = tree(&book.at("2026-04"))?;
    for command in [&mut april("run", &book.path()), &mut may("run", &book.path())] {
        let said = words(&run(command.arg("--reason").arg("a test"), 3)?);
        assert!(said.contains("nothing to change"), "{said}");
    }
    assert!(tree(&book.at("2026-04"))? == before);
    book.assert_sound()
}

#[test]
fn what_follows_an_earlier_revision_has_all_tables() -> Outcome {
    let disputed = "event_id,reason\nev-0090,the batch ran twice\n";
    for accounts in [&[][..], &["--accounts", "power-heavy"]] {
        let book = earlier()?;
        fs::write(book.beside("disputed.csv"), disputed)?;
        let mut rerun = monthend(["rerun", "--month", "2026-04", "--reason", "ticket 9"]);
        rerun.args(accounts).arg("--drop-events").arg(book.beside("disputed.csv"));
        run(rerun.arg("--book").arg(book.path()), 3)?;
        let plans = fs::read_to_string(book.at("2026-04/r002/plans.csv"))?;
        assert!(plans.contains("pro,Kiro Pro,2,20.00,1000.000000,0.040000,false,USD"), "{plans}");
        book.assert_sound()?;
    }
    Ok(())
}

#[test]
fn a_revision_that_lists_a_table_has_it() -> Outcome {
    let book = two_months()?;
    let revision = book.at("2026-05/r001");
    let plans = fs::read(revision.join("plans.parquet"))?;
    fs::remove_file(revision.join("plans.parquet"))?;
    book.assert_told("listed, and not there", &["\"missing\"", "2026-05", "plans.parquet"])?;
    fs::write(revision.join("plans.parquet"), plans)?;
    book.assert_sound()?;
    forge_manifest(&revision, |manifest| {
        let outputs = manifest["outputs"].as_array_mut().ok_or("no outputs")?;
        outputs.retain(|output| output["file"] != "plans.csv");
        Ok(())
    })?;
    book.assert_told("one file is listed", &["\"manifest\"", "lists plans.csv 0 times"])?;
    edit_manifest(&revision, |manifest| {
        let outputs = manifest["outputs"].as_array_mut().ok_or("no outputs")?;
        outputs.retain(|output| output["file"] != "plans.parquet");
        Ok(())
    })?;
    book.assert_told("there, and not listed", &["\"manifest\"", "lists plans.parquet 0 times"])
}
