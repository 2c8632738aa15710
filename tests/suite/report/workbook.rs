//! The workbook of `report`, read cell by cell: what each is, how it is shown, and that it says what `--json` says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::Path;

use chrono::{NaiveDate, TimeDelta};
use flate2::read::DeflateDecoder;
use serde_json::Value;

use crate::common::answers::rows_of;
use crate::common::{Outcome, monthend, odd_story, result, run, words};

/// A cell: whether it is text, what is in it, and how it is shown.
#[derive(Debug, PartialEq)]
struct Cell {
    is_text: bool,
    content: String,
    format: String,
}

/// The parts of a workbook, which is a ZIP archive.
fn parts(bytes: &[u8]) -> Outcome<BTreeMap<String, String>> {
    let number = |at: usize, size: usize| -> usize {
        bytes[at..at + size].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let end = bytes.windows(4).rposition(|sign| sign == b"PK\x05\x06").ok_or("no archive")?;
    let (mut at, mut parts) = (number(end + 16, 4), BTreeMap::new());
    for _ in 0..number(end + 10, 2) {
        let (packed, name) = (number(at + 20, 4), number(at + 28, 2));
        let local = number(at + 42, 4);
        let from = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let mut text = String::new();
        DeflateDecoder::new(&bytes[from..from + packed]).read_to_string(&mut text)?;
        parts.insert(String::from_utf8(bytes[at + 46..at + 46 + name].to_vec())?, text);
        at += 46 + name + number(at + 30, 2) + number(at + 32, 2);
    }
    Ok(parts)
}

/// The elements of a name: what stands in the first tag, and between it and the last one.
fn elements<'x>(xml: &'x str, name: &str) -> Vec<(&'x str, &'x str)> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    for (at, _) in xml.match_indices(&open) {
        let rest = &xml[at + open.len()..];
        if let Some((tag, behind)) =
            rest.split_once('>').filter(|_| rest.starts_with([' ', '>', '/']))
        {
            let within = behind.split_once(&close).map_or("", |(within, _)| within);
            found.push((tag, if tag.ends_with('/') { "" } else { within }));
        }
    }
    found
}

fn attribute<'x>(tag: &'x str, name: &str) -> Outcome<&'x str> {
    let value = tag.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
    Ok(value.ok_or_else(|| format!("no {name} in {tag}"))?.0)
}

fn unescaped(text: &str) -> String {
    let text = text.replace("_x005F_", "_").replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&quot;", "\"").replace("&amp;", "&")
}

/// The format of each style of a cell.
fn formats(styles: &str) -> Outcome<Vec<String>> {
    let mut codes = BTreeMap::from([("0", String::new()), ("49", "@".to_owned())]);
    for (tag, _) in elements(styles, "numFmt") {
        codes.insert(attribute(tag, "numFmtId")?, unescaped(attribute(tag, "formatCode")?));
    }
    let styles = elements(styles, "cellXfs").first().map(|(_, within)| elements(within, "xf"));
    let code = |(tag, _): &(&str, &str)| Ok(codes[attribute(tag, "numFmtId")?].clone());
    styles.ok_or("no styles")?.iter().map(code).collect()
}

/// The cells of a sheet by their places, such as `A1`.
fn cells(parts: &BTreeMap<String, String>, sheet: usize) -> Outcome<BTreeMap<String, Cell>> {
    let formats = formats(&parts["xl/styles.xml"])?;
    let texts: Vec<String> = elements(&parts["xl/sharedStrings.xml"], "si")
        .iter()
        .map(|(_, within)| unescaped(elements(within, "t")[0].1))
        .collect();
    let xml = &parts[&format!("xl/worksheets/sheet{sheet}.xml")];
    assert!(!xml.contains("<f>"), "a formula: {xml}");
    let mut cells = BTreeMap::new();
    for (tag, within) in elements(xml, "c") {
        let value = elements(within, "v").first().map_or("", |(_, value)| *value);
        let is_text = tag.contains(" t=\"s\"");
        assert!(is_text || !tag.contains(" t="), "{tag}");
        let content =
            if is_text { texts[value.parse::<usize>()?].clone() } else { value.to_owned() };
        let format = attribute(tag, "s").map_or(Ok(0), str::parse::<usize>)?;
        let cell = Cell { is_text, content, format: formats[format].clone() };
        cells.insert(attribute(tag, "r")?.to_owned(), cell);
    }
    Ok(cells)
}

/// What a figure must have become.
fn expected(kind: &str, figure: &Value, currency: &str) -> Outcome<Option<Cell>> {
    let plain = match figure {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let text = |content: String| Cell { is_text: true, content, format: "@".to_owned() };
    let short = match plain.contains('.') {
        true => plain.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => plain.clone(),
    };
    let zeros = |decimals: usize| match decimals {
        0 => "#,##0".to_owned(),
        _ => format!("#,##0.{}", "0".repeat(decimals)),
    };
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let number = |content: &str, format: String| Cell {
        is_text: false,
        content: content.to_owned(),
        format,
    };
    Ok(Some(match kind {
        "text" | "id" => text(plain),
        "month" => {
            let first = NaiveDate::parse_from_str(&format!("{plain}-01"), "%Y-%m-%d")?;
            let zero = NaiveDate::from_ymd_opt(1899, 12, 30).ok_or("no such day")?;
            let days = first.signed_duration_since(zero).num_days();
            assert_eq!(zero + TimeDelta::days(days), first);
            number(&days.to_string(), "yyyy-mm".to_owned())
        }
        _ if odd_story::is_too_long(&plain) => text(plain),
        "integer" => number(&short, zeros(0)),
        "credits" => number(&short, zeros(decimals(&short))),
        "share" => number(&short, "0.0%".to_owned()),
        _ => {
            let amount = format!("[${currency}] {}", zeros(decimals(&plain)));
            number(&short, format!("{amount};[Red]-{amount}"))
        }
    }))
}

/// Holds a sheet against its section; how many cells are numbers as text.
fn check_section(
    parts: &BTreeMap<String, String>,
    sheet: usize,
    section: &Value,
    currency: &str,
) -> Outcome<usize> {
    let (mut cells, mut as_text) = (cells(parts, sheet)?, 0);
    let columns = section["columns"].as_array().ok_or("no columns")?;
    let rows = section["rows"].as_array().ok_or("no rows")?;
    for (letter, column) in ('A'..).zip(columns) {
        let name = column["name"].as_str().ok_or("no name")?;
        let kind = column["type"].as_str().ok_or("no type")?;
        let heading = cells.remove(&format!("{letter}1")).ok_or("no heading")?;
        assert_eq!(heading.content, name.replace('_', " "));
        for (row, number) in rows.iter().zip(2..) {
            let place = format!("{letter}{number}");
            let cell = cells.remove(&place);
            assert_eq!(cell, expected(kind, &row[name], currency)?, "{place}: {section}");
            let is_text = cell.is_some_and(|cell| cell.is_text);
            as_text += usize::from(is_text && kind != "text" && kind != "id");
        }
    }
    assert!(cells.is_empty(), "{cells:?}");
    let xml = &parts[&format!("xl/worksheets/sheet{sheet}.xml")];
    let last = char::from_u32('A' as u32 + columns.len() as u32 - 1).ok_or("no column")?;
    assert!(xml.contains(&format!("<autoFilter ref=\"A1:{last}{}\"", rows.len() + 1)), "{xml}");
    assert!(xml.contains("ySplit=\"1\"") && xml.contains("state=\"frozen\""), "{xml}");
    Ok(as_text)
}

/// The workbook of a book of which nothing was paid, and its report.
fn written(book: &Path, file: &Path) -> Outcome<(Vec<u8>, Value)> {
    let payments = file.with_extension("csv");
    fs::write(&payments, "payment_id,document_id,amount\n")?;
    let mut report = monthend(["report", "--json", "--book"]);
    report.arg(book).arg("--payments").arg(payments).arg("--xlsx").arg(file);
    let report = result(&run(&mut report, 0)?)?;
    assert!(rows_of(&report, "payments_settled")?.iter().any(|row| row["open_documents"] != 0));
    assert_eq!(report["workbook"].as_str(), file.to_str());
    Ok((fs::read(file)?, report))
}

#[test]
fn every_cell_is_what_the_report_has() -> Outcome {
    for (currency, price) in [("USD", "20.13"), ("JPY", "1999"), ("BHD", "7.125")] {
        let folder = tempfile::tempdir()?;
        let book = odd_story::bill(folder.path(), currency, price)?;
        let (bytes, report) = written(&book, &folder.path().join("report.xlsx"))?;
        let parts = parts(&bytes)?;
        let sections = report["sections"].as_array().ok_or("no sections")?;
        let ids = rows_of(&report, "overage_top")?.iter().map(|row| row["account_id"].as_str());
        let ids: BTreeSet<_> = ids.collect::<Option<_>>().ok_or("no id")?;
        assert_eq!(ids, BTreeSet::from(odd_story::IDS));
        let mut as_text = Vec::new();
        for (sheet, section) in (2..).zip(sections) {
            let count = check_section(&parts, sheet, section, currency)?;
            as_text.extend((count > 0).then(|| (section["title"].clone(), count)));
        }
        assert_eq!(
            as_text,
            [("The months side by side".into(), 1), ("The largest overage".into(), 1)],
            "{currency}"
        );
    }
    Ok(())
}

#[test]
fn the_first_sheet_says_what_it_is_of_and_leads_to_the_others() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = odd_story::bill(folder.path(), "USD", "20.13")?;
    let (bytes, report) = written(&book, &folder.path().join("report.xlsx"))?;
    let parts = parts(&bytes)?;
    let workbook = elements(&parts["xl/workbook.xml"], "sheet");
    let names: Vec<&str> =
        workbook.iter().map(|(tag, _)| attribute(tag, "name")).collect::<Outcome<_>>()?;
    assert_eq!(names[..3], ["Report", "The months side by side", "Revenue by plan and kind"]);
    assert_eq!(names.len(), 16);
    assert!(names.iter().all(|name| name.len() <= 31), "{names:?}");

    let first = cells(&parts, 1)?;
    let said: Vec<&str> = first.values().map(|cell| cell.content.as_str()).collect();
    for wanted in ["=2+2, May 2026", "USD", "r001"] {
        assert!(said.contains(&wanted), "{wanted}: {said:?}");
    }
    for section in report["sections"].as_array().ok_or("no sections")? {
        for key in ["title", "question", "sql"] {
            assert!(said.contains(&section[key].as_str().ok_or("no text")?), "{section}");
        }
    }
    for name in ["The months side by side", "The largest overage"] {
        let note = format!("{name}: 1 number of more than 15 digits.");
        assert!(said.iter().any(|said| said.starts_with(&note)), "{note}: {said:?}");
    }
    let links = elements(&parts["xl/worksheets/sheet1.xml"], "hyperlink");
    let links: Vec<String> = links
        .iter()
        .map(|(tag, _)| attribute(tag, "location").map(str::to_owned))
        .collect::<Outcome<_>>()?;
    let to: Vec<String> = names[1..].iter().map(|name| format!("'{name}'!A1")).collect();
    assert_eq!(links, to);
    // The clock has no part in it.
    assert!(parts["docProps/core.xml"].contains(">2026-06-01T00:00:00Z<"));
    Ok(())
}

#[test]
fn a_workbook_is_written_whole_or_not_at_all() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = odd_story::bill(folder.path(), "USD", "20.13")?;
    let mut report = monthend(["report", "--book"]);
    let missing = folder.path().join("missing/report.xlsx");
    let output = run(report.arg(&book).arg("--xlsx").arg(&missing), 1)?;
    assert!(words(&output).contains("the workbook cannot be written"), "{}", words(&output));
    assert!(!missing.exists());
    Ok(())
}
