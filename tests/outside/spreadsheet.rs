//! A spreadsheet, LibreOffice, asked what `docs/ANALYSTS.md` asks it, and what it makes of a CSV file whose types it is
//! not told.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use monthend_tests::{Outcome, monthend, root, run};

use crate::cannot_run;

/// How a column of a CSV file is read, as LibreOffice numbers it.
const TEXT: u8 = 2;
const US_ENGLISH: u8 = 10;
const AS_IT_COMES: &str = "";

/// Opens a CSV file and writes what it was taken for, formulas worked out, numbers and days as the spreadsheet has
/// them. `types` are the columns', as LibreOffice's filter takes them; `guesses` is its setting to detect special
/// numbers.
fn open(csv: &Path, types: &str, guesses: bool) -> Outcome<String> {
    let folder = tempfile::tempdir()?;
    let profile =
        format!("-env:UserInstallation=file://{}", folder.path().join("profile").display());
    // Commas, quotes, UTF-8, from the first line, in US English; the last word: formulas are formulas.
    let reading =
        format!("--infilter=CSV:44,34,76,1,{types},1033,false,{guesses},false,false,false,0,true");
    let writing = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,false,false,false,0";
    let mut program = Command::new("soffice");
    program.args([&profile, "--headless", &reading, "--convert-to", writing, "--outdir"]);
    let output = match program.arg(folder.path()).arg(csv).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return cannot_run("no soffice"),
        output => output?,
    };
    let name = csv.file_name().ok_or("a file has a name")?;
    fs::read_to_string(folder.path().join(name))
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The invoice lines of June of the year.
fn lines_of_june(book: &Path) -> Outcome<PathBuf> {
    let mut bill =
        monthend(["run", "--month", "2025-12..2026-06", "--opening", "genesis", "--quiet"]);
    run(bill.args(["--job", "fixtures/year/job.toml", "--book"]).arg(book), 3)?;
    Ok(book.join("current/invoice_lines/2026-06.csv"))
}

pub fn a_spreadsheet_that_is_told_the_types_answers_the_pages_questions() -> Outcome {
    let folder = tempfile::tempdir()?;
    let lines = fs::read_to_string(lines_of_june(&folder.path().join("book"))?)?;
    let (header, _) = lines.split_once('\n').ok_or("a table has a header")?;
    let mut types = String::new();
    for (number, column) in header.split(',').enumerate() {
        let number_like = ["quantity", "unit_price", "amount"].contains(&column);
        let kind = if number_like { US_ENGLISH } else { TEXT };
        write!(types, "{}{}/{kind}", if number == 0 { "" } else { "/" }, number + 1)?;
    }

    // The page's formulas, in a column of their own below the table.
    let page = fs::read_to_string(root().join("docs/ANALYSTS.md"))?;
    let asked: Vec<&str> = page.lines().filter(|line| line.starts_with('=')).collect();
    let margin = ",".repeat(header.split(',').count());
    let mut sheet = lines.clone();
    for formula in &asked {
        writeln!(sheet, "{margin},\"{}\"", formula.replace('"', "\"\""))?;
    }
    let file = folder.path().join("june.csv");
    fs::write(&file, sheet)?;
    let opened = open(&file, &types, false)?;
    let answers: Vec<&str> =
        opened.lines().rev().take(asked.len()).map(|line| line.trim_start_matches(',')).collect();

    // The table's own figures, read as text.
    let mut reader = csv::Reader::from_reader(lines.as_bytes());
    let rows = reader.records().collect::<Result<Vec<_>, _>>()?;
    let of_overage =
        rows.iter().filter(|row| &row[3] == "overage").map(|row| row[14].replace('.', ""));
    let cents = of_overage.map(|amount| amount.parse::<u32>()).sum::<Result<u32, _>>()?;
    let prorated = rows.iter().filter(|row| row[13].ends_with("/30")).count();
    assert!(cents > 0 && cents % 100 == 0 && prorated > 0, "{cents} {prorated}");
    assert_eq!(answers, [prorated.to_string(), (cents / 100).to_string()], "{asked:?}");
    Ok(())
}

pub fn a_spreadsheet_that_guesses_makes_another_table() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("ids.csv");
    fs::write(&file, "000123,1e5,12345678901234567890,5/30\n")?;
    let plain = open(&file, AS_IT_COMES, false)?;
    assert_eq!(plain, "123,100000,1.23456789012346E+019,5/30\n");
    // A day of the year in which the test runs.
    let detecting = open(&file, AS_IT_COMES, true)?;
    assert!(detecting.starts_with("123,100000,1.23456789012346E+019,05/30/2"), "{detecting}");
    let told = open(&file, "1/2/2/2/3/2/4/2", true)?;
    assert_eq!(told, "000123,1e5,12345678901234567890,5/30\n");
    Ok(())
}
