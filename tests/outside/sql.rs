//! The questions of `jobs/sql`, asked about a year with its corrections, and about the same year at crooked prices in a
//! currency of three decimals: `tests/sql/check_questions.py` holds the answers against the book's tables. Those about
//! the year are kept in `tests/sql`; `UPDATE_GOLDENS=1` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use monthend_tests::answers::{comparable, of_report};
use monthend_tests::golden::wants_update;
use monthend_tests::{Outcome, monthend, result, root, run, year_story};

use crate::python;

/// What becomes of all catalogues of the crooked year: worths that need rounding.
const CROOKED: &[(&str, &str)] = &[
    ("currency = \"USD\"", "currency = \"KWD\""),
    ("price = \"5.00\"", "price = \"4.999\""),
    ("price = \"10.00\"", "price = \"9.001\""),
];
/// The overage rates of a catalogue's plans, in their order, in place of the one that all have.
const CROOKED_RATES: [&str; 3] = ["0.041235", "0.0377", "0.031"];
/// And of July's: other prices and credits of plans, until September.
const CROOKED_IN_JULY: &[(&str, &str)] = &[
    ("price = \"20.00\"", "price = \"21.337\""),
    ("price = \"40.00\"", "price = \"38.5\""),
    ("credits = 2000", "credits = 1999"),
];

/// An account that is on a higher plan by the month's end than at its beginning, and uses more than that has.
const MOVES_UP: &str = "\
m-1,moves-up,2026-01-05T10:00:00Z,signup,,,,
m-2,moves-up,2026-01-05T10:01:00Z,plan,pro,,,
m-3,moves-up,2026-02-10T10:00:00Z,plan,pro-plus,,,
";
const USAGE_OF_MOVES_UP: &str =
    "event_id,account_id,at,credits\nm-1,moves-up,2026-02-20T10:00:00Z,4321.5\n";

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
            for rate in CROOKED_RATES {
                let rate = format!("overage_rate = \"{rate}\"");
                text = text.replacen("overage_rate = \"0.04\"", &rate, 1);
            }
            fs::write(folder.join(part).join(name), text)?;
        }
    }
    fs::copy(year.join("job.toml"), folder.join("job.toml"))?;
    let changes = fs::read_to_string(year.join("changes.csv"))?;
    fs::write(folder.join("changes.csv"), changes + MOVES_UP)?;
    fs::write(folder.join("usage/2026-02-moves-up.csv"), USAGE_OF_MOVES_UP)?;
    Ok(())
}

/// Asks every question about a book, or about a reconciliation; the answers by the names of their files.
fn ask(book: &Path, reconciliation: Option<&Path>) -> Outcome<BTreeMap<String, String>> {
    let answers = tempfile::tempdir()?;
    let asked = python::script("MONTHEND_PYTHON", |command| {
        command.arg(root().join("tests/sql/check_questions.py")).arg(book).arg(answers.path());
        command.args(reconciliation);
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
    year_story::bill(&root().join("fixtures/year"), &book)?;
    year_story::correct(&book, scratch.path())?;
    let (answers, folder) = (ask(&book, None)?, root().join("tests/sql"));
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
    year_story::bill(&year, &book)?;
    let answers = ask(&book, None)?;
    // In July 16 accounts stay on Pro or come down to it, at 1.337 more, and 4 stay on Pro+, at 1.500 less.
    assert!(answers["movements.csv"].contains(",15.392,"), "{}", answers["movements.csv"]);
    check_report(&book, None, &answers)?;

    // Once old months are in an archive the book begins in August. What a month says of itself stays, and from
    // September on it knows the month before.
    let mut archive = monthend(["archive", "--before", "2026-08", "--book"]);
    run(archive.arg(&book).arg("--to").arg(scratch.path().join("archive")), 0)?;
    let later = ask(&book, None)?;
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

pub fn questions_about_payments_are_answered_as_the_report_does() -> Outcome {
    let scratch = tempfile::tempdir()?;
    let [book, payments, tables] =
        ["book", "payments.csv", "reconciliation"].map(|name| scratch.path().join(name));
    year_story::bill(&root().join("fixtures/year"), &book)?;
    year_story::correct(&book, scratch.path())?;
    year_story::write_payments(&book, &payments)?;
    let mut reconcile = monthend(["reconcile", "--quiet", "--from", "2025-12", "--book"]);
    run(reconcile.arg(&book).arg("--payments").arg(&payments).arg("--out").arg(&tables), 4)?;
    let answers = ask(&book, Some(&tables))?;
    assert_eq!(answers.len(), 4, "{:?}", answers.keys());
    check_report(&book, Some(&payments), &answers)
}

/// The report of the book comes to the same answers: to all of those about the book or about payments.
fn check_report(
    book: &Path,
    payments: Option<&Path>,
    answers: &BTreeMap<String, String>,
) -> Outcome {
    if cfg!(not(feature = "desk")) {
        return Ok(());
    }
    let mut report = monthend(["report", "--json", "--book"]);
    report.arg(book);
    if let Some(payments) = payments {
        report.arg("--payments").arg(payments);
    }
    let report = result(&run(&mut report, 0)?)?;
    for section in report["sections"].as_array().ok_or("no sections")? {
        let id = section["id"].as_str().ok_or("no id")?;
        if id.starts_with("payments_") != payments.is_some() {
            continue;
        }
        let mut answer = csv::Reader::from_reader(answers[&format!("{id}.csv")].as_bytes());
        let rows: Vec<BTreeMap<String, String>> = answer.deserialize().collect::<Result<_, _>>()?;
        assert_eq!(of_report(&report, id)?, comparable(rows.into_iter()), "{id}");
    }
    Ok(())
}
