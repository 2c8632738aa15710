//! `export journal` through the binary: what a month posts, what later revisions post of their own, and what must hold
//! of any month.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::focus_story::{Story, YEN};
use crate::common::{Outcome, april, may, monthend, result, run, tree, words, year_story};

/// A line of the table, by its columns.
type Line = BTreeMap<String, String>;

/// Exports a month; the result for machines.
fn export(book: &Path, month: &str, out: &Path, options: &[&str]) -> Outcome<Value> {
    let mut export = monthend(["export", "journal", "--month", month, "--json"]);
    result(&run(export.arg("--book").arg(book).arg("--out").arg(out).args(options), 0)?)
}

/// The rows of a CSV table.
fn rows(file: &Path) -> Outcome<Vec<Line>> {
    let mut reader = csv::Reader::from_path(file)?;
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}

/// An amount without its decimal point.
fn minor(text: &str) -> Outcome<i64> {
    if text.is_empty() { Ok(0) } else { Ok(text.replace('.', "").parse()?) }
}

/// Debit less credit.
fn amount(line: &Line) -> Outcome<i64> {
    Ok(minor(&line["debit"])? - minor(&line["credit"])?)
}

/// The sums of lines by a key.
fn sums(lines: &[Line], key: impl Fn(&Line) -> String) -> Outcome<BTreeMap<String, i64>> {
    let mut sums = BTreeMap::new();
    for line in lines {
        *sums.entry(key(line)).or_default() += amount(line)?;
    }
    sums.retain(|_, sum| *sum != 0);
    Ok(sums)
}

fn by_account(lines: &[Line]) -> Outcome<BTreeMap<String, i64>> {
    sums(lines, |line| line["account"].clone())
}

/// Lines as text, a line for each.
fn shown(lines: &[Line]) -> String {
    let columns = ["entry_id", "entry_date", "account", "debit", "credit", "memo"];
    let line = |line: &Line| columns.map(|column| line[column].clone()).join(" | ");
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The sum of a column of a table that is in force.
fn in_force(book: &Path, table: &str, month: &str, column: &str) -> Outcome<i64> {
    let rows = rows(&book.join(format!("current/{table}/{month}.csv")))?;
    rows.iter().map(|row| minor(&row[column])).sum()
}

/// Exports a month in both details, and checks all that must hold of it. Gives its lines, one for each document.
fn checked(book: &Path, month: &str, folder: &Path) -> Outcome<Vec<Line>> {
    let (summary, each) = (folder.join("summary"), folder.join("each"));
    export(book, month, &summary, &[])?;
    export(book, month, &each, &["--detail", "document"])?;
    let [summary, each] = [summary, each].map(|folder| rows(&folder.join("journal.csv")));
    let (summary, each) = (summary?, each?);
    assert_eq!(by_account(&summary)?, by_account(&each)?, "{month}");
    for lines in [&summary, &each] {
        assert_eq!(sums(lines, |line| line["entry_id"].clone())?, BTreeMap::new(), "{month}");
        assert!(lines.is_sorted_by_key(|line| &line["entry_date"]), "{month}");
    }
    // What is receivable is the documents, each of them, and so the statements.
    let documents = rows(&book.join(format!("current/documents/{month}.csv")))?;
    let mut due = BTreeMap::new();
    for document in &documents {
        due.insert(document["document_id"].clone(), minor(&document["total_amount"])?);
    }
    due.retain(|_, total| *total != 0);
    let receivable: Vec<Line> =
        each.iter().filter(|line| line["account"] == "Assets:Receivable").cloned().collect();
    assert_eq!(sums(&receivable, |line| line["document_id"].clone())?, due, "{month}");
    let mut accounts = by_account(&each)?;
    let total = in_force(book, "statements", month, "total_amount")?;
    assert_eq!(accounts.remove("Assets:Receivable").unwrap_or(0), total, "{month}");
    assert_eq!(accounts.get("Assets:Receivable:Unbilled"), None, "{month}");
    assert_eq!(accounts.values().sum::<i64>(), -total, "{month}");
    Ok(each)
}

/// What bought grants owe by the table `grants`: price × left ÷ granted, in minor units, halves up.
fn owed(book: &Path, month: &str) -> Outcome<i64> {
    let mut owed = 0;
    for grant in rows(&book.join(format!("current/grants/{month}.csv")))? {
        let [price, left, granted] =
            ["price", "left", "granted"].map(|column| minor(&grant[column]));
        let (price, left, granted) = (i128::from(price?), i128::from(left?), i128::from(granted?));
        owed += i64::try_from((2 * price * left + granted) / (2 * granted))?;
    }
    Ok(owed)
}

#[test]
fn a_year_with_its_corrections_adds_up() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = folder.path().join("book");
    year_story::bill(Path::new("fixtures/year"), &book)?;
    let first = folder.path().join("first");
    export(&book, "2026-04", &first, &["--format", "ledger"])?;
    year_story::correct(&book, folder.path())?;

    // What was posted stands; a later revision posts its own.
    let [again, later] = ["r001", "r002"].map(|revision| {
        let out = folder.path().join(revision);
        export(&book, "2026-04", &out, &["--format", "ledger", "--revision", revision]).map(|_| out)
    });
    for file in ["journal.csv", "journal.parquet", "journal.ledger"] {
        assert_eq!(
            fs::read(first.join(file))?,
            fs::read(again.as_ref().map_err(|e| e.to_string())?.join(file))?
        );
    }
    let later = rows(&later?.join("journal.csv"))?;
    assert_eq!(
        by_account(&later)?,
        [("Assets:Receivable".to_owned(), 100), ("Income:Corrections".to_owned(), -100)].into()
    );

    // Month by month, what grants owe is what the ledger says, and the roll-forward goes on where it ended.
    let (mut liability, mut before, mut kinds) = (0, 0, BTreeMap::new());
    for month in
        (12..=12).map(|_| "2025-12".to_owned()).chain((1..=10).map(|m| format!("2026-{m:02}")))
    {
        let lines = checked(&book, &month, folder.path())?;
        let accounts = by_account(&lines)?;
        liability -= accounts.get("Liabilities:Contract:Grants").copied().unwrap_or(0);
        assert_eq!(liability, owed(&book, &month)?, "{month}");
        let told = export(&book, &month, &folder.path().join("told"), &[])?;
        let figure = |name: &str| minor(told["grants_owed"][name].as_str().unwrap_or("?"));
        assert_eq!((figure("opening")?, figure("closing")?), (before, liability), "{month}");
        let rest = figure("opening")? + figure("sold")? - figure("drawn")? - figure("lapsed")?;
        assert_eq!(rest, liability, "{month}");
        before = liability;
        for (account, amount) in accounts {
            *kinds.entry(account).or_insert(0) += amount;
        }
    }
    // The year has all there is to post.
    assert_eq!(kinds.len(), 9 - 1, "all accounts but that of what is unbilled: {kinds:?}");
    Ok(())
}

#[test]
fn the_example_months_add_up() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = folder.path().join("book");
    run(&mut april("run", &book), 3)?;
    run(&mut may("run", &book), 3)?;
    for month in ["2026-04", "2026-05"] {
        checked(&book, month, folder.path())?;
    }
    Ok(())
}

#[test]
fn corrections_are_entries_of_their_own() -> Outcome {
    let story = Story::begin()?;
    story.correct()?;
    story.correct_again()?;
    checked(&story.book(), "2026-04", &story.path("checked"))?;
    let out = story.path("journal");
    export(&story.book(), "2026-04", &out, &["--revision", "r001"])?;
    assert_eq!(
        shown(&rows(&out.join("journal.csv"))?),
        "\
ME-2026-04-1 | 2026-04-30 | Assets:Receivable:Unbilled | 64.01 |  | Fees and overage of 2026-04
ME-2026-04-1 | 2026-04-30 | Income:Subscription |  | 60.00 | Fees and overage of 2026-04
ME-2026-04-1 | 2026-04-30 | Income:Overage |  | 4.01 | Fees and overage of 2026-04
ME-2026-04-2 | 2026-05-01 | Assets:Receivable | 64.01 |  | Documents issued of 2026-04
ME-2026-04-2 | 2026-05-01 | Assets:Receivable:Unbilled |  | 64.01 | Documents issued of 2026-04"
    );
    let r002 = "\
ME-2026-04-r002-1 | 2026-06-10 | Income:Corrections | 20.00 |  | Credit notes of 2026-04 by r002
ME-2026-04-r002-1 | 2026-06-10 | Assets:Receivable |  | 20.00 | Credit notes of 2026-04 by r002
ME-2026-04-r002-2 | 2026-06-10 | Assets:Receivable | 12.00 |  | Debit notes and late invoices of 2026-04 by r002
ME-2026-04-r002-2 | 2026-06-10 | Income:Corrections |  | 12.00 | Debit notes and late invoices of 2026-04 by r002";
    export(&story.book(), "2026-04", &out, &["--revision", "r002"])?;
    assert_eq!(shown(&rows(&out.join("journal.csv"))?), r002);
    // In a closed month nothing is posted: the day is another, the entries are the same.
    export(&story.book(), "2026-04", &out, &["--revision", "r002", "--open-from", "2026-07-01"])?;
    let put_off = shown(&rows(&out.join("journal.csv"))?);
    assert_eq!(put_off, r002.replace("2026-06-10", "2026-07-01"));
    // A revision that changes usage alone posts nothing.
    let told = export(&story.book(), "2026-04", &out, &["--revision", "r003"])?;
    assert_eq!(told["entries"], 0);
    Ok(())
}

#[test]
fn a_currency_without_decimals_has_none_in_any_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = folder.path().join("book");
    let mut bill = monthend(["run", "--month", "2026-04", "--opening", "genesis", "--quiet"]);
    for (option, name, text) in YEN {
        fs::write(folder.path().join(name), text)?;
        bill.arg(option).arg(folder.path().join(name));
    }
    run(bill.arg("--book").arg(&book), 0)?;
    let out = folder.path().join("journal");
    let told = export(&book, "2026-04", &out, &["--format", "ledger,beancount,quickbooks,xero"])?;
    let mut files: Vec<&str> = Vec::new();
    files.extend(told["files"].as_array().ok_or("no files")?.iter().filter_map(Value::as_str));
    let expected = [
        "journal.ledger",
        "accounts.beancount",
        "journal.beancount",
        "quickbooks.csv",
        "xero-001.csv",
    ];
    assert_eq!(files, expected);
    let text = |name: &str| fs::read_to_string(out.join(name));
    for (file, line) in [
        ("journal.csv", ",3003,,JPY,,,r001,"),
        ("journal.ledger", "\n    format JPY 1000.\n"),
        (
            "journal.ledger",
            "\n    Assets:Receivable:Unbilled  JPY 3003\n    Income:Subscription  JPY -3000\n",
        ),
        ("journal.beancount", "\n  Income:Overage  -3 JPY\n"),
        ("quickbooks.csv", "\nME-2026-04-1,04/30/2026,Income:Overage,,3,"),
        ("xero-001.csv", ",30 Apr 2026,Fees and overage of 2026-04,Income:Overage,Tax Exempt,-3\n"),
    ] {
        assert!(text(file)?.contains(line), "{file} lacks {line:?}:\n{}", text(file)?);
    }
    Ok(())
}

#[test]
fn accounts_have_the_names_of_the_company() -> Outcome {
    let story = Story::begin()?;
    let (names, out) = (story.path("names.toml"), story.path("journal"));
    let export = |options: &[&str]| {
        let mut export = monthend(["export", "journal", "--month", "2026-04", "--account-names"]);
        export.arg(&names).arg("--book").arg(story.book()).arg("--out").arg(&out).args(options);
        export
    };
    fs::write(&names, "receivable = \"610\"\nsubscription = \"200\"\noverage = \"200\"\n")?;
    run(&mut export(&["--format", "xero,ledger"]), 0)?;
    assert!(fs::read_to_string(out.join("xero-001.csv"))?.contains(",610,Tax Exempt,64.01\n"));
    // One account for two purposes is declared once.
    assert_eq!(fs::read_to_string(out.join("journal.ledger"))?.matches("account 200\n").count(), 1);
    let refused = words(&run(&mut export(&["--format", "beancount"]), 2)?);
    assert!(refused.contains("names.toml") && refused.contains("`receivable`"), "{refused}");
    fs::write(&names, "recievable = \"610\"\n")?;
    let refused = words(&run(&mut export(&[]), 2)?);
    assert!(refused.contains("recievable"), "{refused}");
    Ok(())
}

#[test]
fn what_is_not_in_the_book_is_refused() -> Outcome {
    let story = Story::begin()?;
    let out: PathBuf = story.path("journal");
    let mut export = monthend(["export", "journal", "--month", "2026-04", "--revision", "r002"]);
    let refused = run(export.arg("--book").arg(story.book()).arg("--out").arg(&out), 2)?;
    assert!(words(&refused).contains("2026-04 has no revision `r002`"), "{}", words(&refused));
    assert!(!out.exists());
    Ok(())
}

/// The files of a folder.
fn bytes(folder: &Path) -> Outcome<BTreeMap<PathBuf, Option<Vec<u8>>>> {
    Ok(tree(folder)?.into_iter().map(|(path, entry)| (path, entry.bytes)).collect())
}

#[test]
fn several_months_are_each_as_by_itself() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = folder.path().join("book");
    run(april("run", &book).arg("-q"), 3)?;
    run(may("run", &book).arg("-q"), 3)?;
    let (all, one) = (folder.path().join("all"), folder.path().join("one"));
    let formats = ["--format", "ledger,beancount,quickbooks,xero"];
    let told = export(&book, "2026-04..latest", &all, &formats)?;
    for (at, month) in ["2026-04", "2026-05"].into_iter().enumerate() {
        let alone = export(&book, month, &one.join(month), &formats)?;
        assert_eq!(told["months"][at]["kinds"], alone["kinds"]);
        assert!(bytes(&all.join(month))? == bytes(&one.join(month))?, "{month}");
    }
    assert_eq!(told["months"].as_array().map(Vec::len), Some(2));
    let mut one_revision = monthend(["export", "journal", "--month", "2026-04..2026-05"]);
    one_revision.args(["--revision", "r001", "--book"]).arg(&book).arg("--out").arg(&all);
    let refused = run(&mut one_revision, 2)?;
    assert!(words(&refused).contains("--revision r001 is of one month"), "{}", words(&refused));
    Ok(())
}
