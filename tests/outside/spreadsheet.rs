//! A spreadsheet, LibreOffice, asked what `docs/ANALYSTS.md` asks it, what it makes of a CSV file whose types it is not
//! told, and whether it has a report's workbook as the report has it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use monthend_tests::{Outcome, monthend, odd_story, result, root, run, tree};
use serde_json::Value;

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
    // Commas, quotes, UTF-8, from the first line, in US English; the last word: formulas are formulas.
    let reading =
        format!("--infilter=CSV:44,34,76,1,{types},1033,false,{guesses},false,false,false,0,true");
    let writing = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,false,false,false,0";
    let said = convert(csv, &[&reading, "--convert-to", writing], folder.path())?;
    let name = csv.file_name().ok_or("a file has a name")?;
    fs::read_to_string(folder.path().join(name)).map_err(|error| format!("{error}: {said}").into())
}

/// Converts a file into a folder; what is said of it.
fn convert(file: &Path, options: &[&str], to: &Path) -> Outcome<String> {
    let profile = tempfile::tempdir()?;
    let mut program = Command::new("soffice");
    program.arg(format!("-env:UserInstallation=file://{}", profile.path().display()));
    match program.arg("--headless").args(options).arg("--outdir").arg(to).arg(file).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => cannot_run("no soffice"),
        output => Ok(String::from_utf8_lossy(&output?.stderr).into_owned()),
    }
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

/// The sheets of a workbook by their names, as CSV where all text stands within quotes, and nothing else does but what
/// has a comma: numbers as they are, or as they are shown.
fn sheets(workbook: &Path, as_shown: bool) -> Outcome<BTreeMap<String, String>> {
    let folder = tempfile::tempdir()?;
    let writing = format!(
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,true,true,{as_shown},false,false,-1"
    );
    let said = convert(workbook, &["--convert-to", &writing], folder.path())?;
    let mut sheets = BTreeMap::new();
    for (path, entry) in tree(folder.path())? {
        let name = path.file_stem().and_then(|name| name.to_str()).ok_or("no name")?;
        let (_, sheet) = name.split_once('-').ok_or("no sheet")?;
        sheets.insert(sheet.to_owned(), String::from_utf8(entry.bytes.ok_or("a folder")?)?);
    }
    assert!(sheets.len() > 1, "{said}");
    Ok(sheets)
}

/// A figure as the spreadsheet must have it.
fn expected(kind: &str, figure: &Value, currency: &str, as_shown: bool) -> Outcome<String> {
    let plain = match figure {
        Value::Null => return Ok(String::new()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    if matches!(kind, "text" | "id") || odd_story::is_too_long(&plain) {
        return Ok(quoted(&plain));
    }
    let short = match plain.contains('.') {
        true => plain.trim_end_matches('0').trim_end_matches('.'),
        false => &plain,
    };
    let told = match (kind, as_shown) {
        ("month", true) => plain,
        ("month", false) => format!("{}/01/{}", &plain[5..], &plain[..4]),
        ("share", false) => {
            let hundredths = plain.replace('.', "").parse::<u32>()? / 100;
            let (whole, hundredths) = (hundredths / 100, hundredths % 100);
            let digits = format!("{whole}.{hundredths:02}");
            format!("{}%", digits.trim_end_matches('0').trim_end_matches('.'))
        }
        (_, false) => short.to_owned(),
        ("integer" | "credits", true) => with_commas(short),
        ("share", true) => {
            let tenths = (plain.replace('.', "").parse::<u32>()? + 500) / 1000;
            format!("{}.{}%", tenths / 10, tenths % 10)
        }
        (_, true) => {
            let (sign, amount) = plain.split_at(usize::from(plain.starts_with('-')));
            format!("{sign}{currency} {}", with_commas(amount))
        }
    };
    Ok(if told.contains(',') { quoted(&told) } else { told })
}

/// Digits with commas between thousands.
fn with_commas(number: &str) -> String {
    let (whole, decimals) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut digits = String::new();
    for (at, digit) in whole.char_indices() {
        let is_behind_digit = digits.ends_with(|c: char| c.is_ascii_digit());
        if is_behind_digit && (whole.len() - at).is_multiple_of(3) {
            digits.push(',');
        }
        digits.push(digit);
    }
    digits + decimals
}

pub fn a_spreadsheet_has_the_workbook_as_the_report_has_it() -> Outcome {
    if cfg!(not(feature = "desk")) {
        return cannot_run("the program was built without reports");
    }
    for (currency, price) in [("USD", "20.13"), ("JPY", "1999"), ("BHD", "7.125")] {
        let folder = tempfile::tempdir()?;
        let workbook = folder.path().join("report.xlsx");
        let book = odd_story::bill(folder.path(), currency, price)?;
        let mut report = monthend(["report", "--json", "--book"]);
        let report = result(&run(report.arg(book).arg("--xlsx").arg(&workbook), 0)?)?;
        for as_shown in [false, true] {
            let mut sheets = sheets(&workbook, as_shown)?;
            let first = sheets.remove("Report").ok_or("no first sheet")?;
            assert!(first.starts_with("\"=2+2, May 2026\","), "{first}");
            for section in report["sections"].as_array().ok_or("no sections")? {
                let title = section["title"].as_str().ok_or("no title")?;
                // The one title that is too long for a sheet ends with its comma.
                let name = if title.len() > 31 { title.split(',').next() } else { Some(title) };
                let sheet = sheets.remove(name.unwrap_or_default()).ok_or("no sheet")?;
                assert_eq!(sheet, whole(section, currency, as_shown)?, "{currency}: {title}");
            }
            assert!(sheets.is_empty(), "{sheets:?}");
        }
    }
    Ok(())
}

/// A section as the spreadsheet must have it.
fn whole(section: &Value, currency: &str, as_shown: bool) -> Outcome<String> {
    let columns = section["columns"].as_array().ok_or("no columns")?;
    let columns =
        columns.iter().map(|column| Some((column["name"].as_str()?, column["type"].as_str()?)));
    let columns: Vec<_> = columns.collect::<Option<_>>().ok_or("no columns")?;
    let headings = columns.iter().map(|(name, _)| format!("\"{}\"", name.replace('_', " ")));
    let mut text = headings.collect::<Vec<_>>().join(",") + "\n";
    for row in section["rows"].as_array().ok_or("no rows")? {
        let cells =
            columns.iter().map(|(name, kind)| expected(kind, &row[name], currency, as_shown));
        text += &(cells.collect::<Outcome<Vec<_>>>()?.join(",") + "\n");
    }
    Ok(text)
}
