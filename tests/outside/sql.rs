//! The questions of `jobs/sql`, asked about a year with its corrections, and about the same year at crooked prices in a
//! currency of three decimals: `tests/sql/check_questions.py` holds the answers against the book's tables. Those about
//! the year are kept in `tests/sql`; `UPDATE_GOLDENS=1` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use monthend_tests::golden::wants_update;
use monthend_tests::{Outcome, monthend, root, run};

use crate::python;

/// What becomes of all catalogues of the crooked year: worths that need rounding.
const CROOKED: &[(&str, &str)] = &[
    ("currency = \"USD\"", "currency = \"KWD\""),
    ("price = \"5.00\"", "price = \"4.999\""),
    ("price = \"10.00\"", "price = \"9.001\""),
    ("overage_rate = \"0.04\"", "overage_rate = \"0.041235\""),
];
/// And of July's: other prices and credits of plans, until September.
const CROOKED_IN_JULY: &[(&str, &str)] = &[
    ("price = \"20.00\"", "price = \"21.337\""),
    ("price = \"40.00\"", "price = \"38.5\""),
    ("credits = 2000", "credits = 1999"),
];

/// Bills the year of a folder into the book.
fn bill(year: &Path, book: &Path) -> Outcome {
    let mut bill =
        monthend(["run", "--month", "2025-12..2026-10", "--opening", "genesis", "--quiet"]);
    run(bill.arg("--job").arg(year.join("job.toml")).arg("--book").arg(book), 3)?;
    Ok(())
}

/// The year's two corrections: usage that came late, and a dispute.
fn correct(book: &Path, scratch: &Path) -> Outcome {
    let mut late = monthend(["rerun", "--month", "2026-04", "--reason", "a late file", "--quiet"]);
    late.args(["--add-usage", "fixtures/year/late/2026-04.csv", "--book"]).arg(book);
    run(&mut late, 3)?;
    let list = scratch.join("twice.csv");
    fs::write(&list, "event_id,reason\nbatch-2,the batch ran twice\n")?;
    let mut dispute =
        monthend(["rerun", "--month", "2026-06", "--reason", "ticket 2071", "--quiet"]);
    dispute
        .args(["--accounts", "disputed-in-june", "--drop-events"])
        .arg(list)
        .arg("--book")
        .arg(book);
    run(&mut dispute, 0)?;
    Ok(())
}

/// A copy of the year at other prices, in `folder`.
fn make_crooked(folder: &Path) -> Outcome {
    let year = root().join("fixtures/year");
    for part in ["catalogs", "adjustments", "usage"] {
        fs::create_dir_all(folder.join(part))?;
        for file in fs::read_dir(year.join(part))? {
            let file = file?;
            let mut text = fs::read_to_string(file.path())?;
            let name = file.file_name();
            let in_july = name.to_string_lossy().ends_with("2026-07-01.toml");
            let changes = if part == "catalogs" { CROOKED } else { &[] };
            for (old, new) in changes.iter().chain(if in_july { CROOKED_IN_JULY } else { &[] }) {
                text = text.replace(old, new);
            }
            fs::write(folder.join(part).join(name), text)?;
        }
    }
    for file in ["job.toml", "changes.csv"] {
        fs::copy(year.join(file), folder.join(file))?;
    }
    Ok(())
}

/// Asks every question; the answers by the names of their files.
fn ask(book: &Path) -> Outcome<BTreeMap<String, String>> {
    let answers = tempfile::tempdir()?;
    let asked = python::script("MONTHEND_PYTHON", |command| {
        command.arg(root().join("tests/sql/check_questions.py")).arg(book).arg(answers.path());
    })?;
    assert!(asked.status.success(), "{}", python::words_of(&asked));
    kept(answers.path())
}

/// The CSV files of a folder.
fn kept(folder: &Path) -> Outcome<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{}", name.display()))?;
        if name.ends_with(".csv") {
            files.insert(name, fs::read_to_string(entry.path())?);
        }
    }
    Ok(files)
}

pub fn questions_about_a_year_are_answered_as_its_tables_say() -> Outcome {
    let scratch = tempfile::tempdir()?;
    let book = scratch.path().join("book");
    bill(&root().join("fixtures/year"), &book)?;
    correct(&book, scratch.path())?;
    let (answers, folder) = (ask(&book)?, root().join("tests/sql"));
    if wants_update() {
        for (name, answer) in &answers {
            fs::write(folder.join(name), answer)?;
        }
    }
    let before = kept(&folder)?;
    assert!(before.keys().eq(answers.keys()), "{:?} {:?}", before.keys(), answers.keys());
    for (name, answer) in &answers {
        assert!(answer.lines().count() > 1, "{name} has no row");
        assert_eq!(*answer, before[name], "tests/sql/{name}: UPDATE_GOLDENS=1 writes it anew");
    }
    Ok(())
}

pub fn questions_are_exact_where_prices_change_and_are_crooked() -> Outcome {
    let scratch = tempfile::tempdir()?;
    let (year, book) = (scratch.path().join("year"), scratch.path().join("book"));
    make_crooked(&year)?;
    bill(&year, &book)?;
    let answers = ask(&book)?;
    // In July 16 accounts stay on Pro or come down to it, at 1.337 more, and 3 stay on Pro+, at 1.500 less.
    assert!(answers["movements.csv"].contains(",16.892,"), "{}", answers["movements.csv"]);

    // Once old months are in an archive the book begins in August. What a month says of itself stays, and from
    // September on it knows the month before.
    let mut archive = monthend(["archive", "--before", "2026-08", "--book"]);
    run(archive.arg(&book).arg("--to").arg(scratch.path().join("archive")), 0)?;
    let later = ask(&book)?;
    for (question, first) in
        [("grants_owed", "2026-09"), ("movements", "2026-09"), ("revenue", "2026-08")]
    {
        let name = format!("{question}.csv");
        let rows = |answer: &str| -> Vec<String> {
            answer.lines().skip(1).filter(|row| *row >= first).map(str::to_owned).collect()
        };
        assert_eq!(rows(&later[&name]), rows(&answers[&name]), "{question}");
        assert!(!rows(&later[&name]).is_empty(), "{question}");
    }
    assert!(!later["headline.csv"].contains("2026-07"), "{}", later["headline.csv"]);
    Ok(())
}
