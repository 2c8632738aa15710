//! A case, run through the program, and the tables of the book compared with what it expects.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::slice;

use assert_cmd::cargo::cargo_bin_cmd;

use super::case_file::{
    ADJUSTMENT_COLUMNS, CHANGE_COLUMNS, Case, Expectation, GRANT_COLUMNS, Row, STATE_COLUMNS,
    Table, USAGE_COLUMNS, Unclear,
};
use crate::common::schemas;
use crate::months::table_text::table_text;

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Where the cases are.
pub fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// What is wrong with a case, if anything: one text for each difference.
pub fn run_case(path: &Path) -> Vec<String> {
    let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return vec![format!("{shown}: {error}")],
    };
    match Case::parse(&text) {
        Err((line, message)) => vec![format!("{shown}:{line}: {message}")],
        Ok(case) => {
            let mut found = Vec::new();
            if let Err(error) = case.run(&mut found) {
                found.push((1, error.to_string()));
            }
            let told = |(line, message)| format!("{shown}:{line}: {}\n{message}", case.title);
            found.into_iter().map(told).collect()
        }
    }
}

impl Case {
    fn run(&self, found: &mut Vec<Unclear>) -> Outcome<()> {
        let catalogues = cases().join("catalogues");
        let mut catalogue = catalogues.join(format!("{}.toml", self.catalogue));
        if !catalogue.exists() {
            catalogue = catalogues.join(&self.catalogue);
        }
        if !catalogue.exists() {
            let (name, place) = (&self.catalogue, catalogues.display());
            return Err(format!("no catalogue `{name}` in {place}").into());
        }
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        write_csv(&at("changes.csv"), CHANGE_COLUMNS, "c", &self.changes)?;
        write_csv(&at("usage.csv"), USAGE_COLUMNS, "e", &self.usage)?;
        write_csv(&at("adjustments.csv"), ADJUSTMENT_COLUMNS, "a", &self.adjustments)?;

        for (index, month) in self.months.iter().enumerate() {
            let mut command = cargo_bin_cmd!("monthend");
            command.args(["run", "--month", &month.name, "--max-reject-share", "1"]);
            // A case is of rules: its months may be without usage, and lie ahead.
            command.args(["--accept", "a case of the rules"]);
            command.arg("--catalog").arg(&catalogue);
            command.arg("--changes").arg(at("changes.csv"));
            command.arg("--usage").arg(at("usage.csv"));
            command.arg("--book").arg(at("book"));
            if !self.adjustments.is_empty() {
                command.arg("--adjustments").arg(at("adjustments.csv"));
            }
            if let Some(opening) = &month.opening {
                let path = write_opening(&at("opening"), opening, month.opening_grants.as_ref())?;
                command.arg("--opening").arg(path);
            } else if index == 0 {
                command.args(["--opening", "genesis"]);
            }
            let output = command.output()?;
            if !matches!(output.status.code(), Some(0 | 3)) {
                let said = String::from_utf8_lossy(&output.stderr);
                return Err(format!(
                    "  month {}: {}, nothing published\n{said}",
                    month.name, output.status
                )
                .into());
            }
            let tables = at("book").join(&month.name).join("r001");
            for expectation in &month.expectations {
                if let Err(difference) = expectation.compare(&tables) {
                    let place = format!("  month {}, table {}", month.name, expectation.table);
                    found.push((expectation.line, format!("{place}{difference}")));
                }
            }
        }
        schemas::of_books(&at("book"))?;
        Ok(())
    }
}

/// Writes how the accounts stood; what is left of their grants stands beside it, as in a revision.
fn write_opening(folder: &Path, state: &Table, grants: Option<&Table>) -> Outcome<PathBuf> {
    fs::create_dir(folder)?;
    if let Some(grants) = grants {
        write_csv(&folder.join("grants.csv"), GRANT_COLUMNS, "", slice::from_ref(grants))?;
    }
    let path = folder.join("state.csv");
    write_csv(&path, STATE_COLUMNS, "", slice::from_ref(state))?;
    Ok(path)
}

/// Writes the tables as one file with all `columns`, the first of them numbered (`c001`, ...) where a table lacks it.
fn write_csv(path: &Path, columns: &[&str], prefix: &str, tables: &[Table]) -> Outcome<()> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(columns)?;
    let rows = tables.iter().flat_map(|t| t.rows.iter().map(move |row| (&t.header, row)));
    for (index, (header, row)) in rows.enumerate() {
        let number = format!("{prefix}{:03}", index + 1);
        let cell =
            |(place, column): (usize, &&str)| match header.iter().position(|name| name == column) {
                Some(found) => row[found].clone(),
                None if place == 0 => number.clone(),
                None => String::new(),
            };
        writer.write_record(columns.iter().enumerate().map(cell))?;
    }
    Ok(writer.flush()?)
}

impl Expectation {
    fn compare(&self, tables: &Path) -> Result<(), String> {
        let (header, rows) = read_table(tables, &self.table).map_err(|e| format!(": {e}"))?;
        let Some(expected) = &self.content else {
            if rows.is_empty() {
                return Ok(());
            }
            let shown = aligned(&header, &rows, &[]);
            return Err(format!(" should have no rows, got:\n{shown}"));
        };
        let place = |name: &String| {
            let missing = || format!(" has no column `{name}`, only {}", header.join(", "));
            header.iter().position(|column| column == name).ok_or_else(missing)
        };
        let places = expected.header.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let project = |row: &Row| places.iter().map(|&p| row[p].clone()).collect();
        let got: Vec<Row> = rows.iter().map(project).collect();
        let equal = got.iter().zip(&expected.rows).all(|(got, want)| same(want, got));
        if equal && got.len() == expected.rows.len() {
            return Ok(());
        }
        Err(format!(
            "\n  expected:\n{}\n  got:\n{}",
            aligned(&expected.header, &expected.rows, &[]),
            aligned(&expected.header, &got, &expected.rows),
        ))
    }
}

fn read_table(folder: &Path, table: &str) -> Outcome<(Row, Vec<Row>)> {
    let text = table_text(folder, table)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Row>();
    let header = cells(reader.headers()?);
    let rows = reader.records().map(|record| Ok(cells(&record?)));
    Ok((header, rows.collect::<Outcome<_>>()?))
}

pub fn same(want: &Row, got: &Row) -> bool {
    let cell = |(want, got): (&String, &String)| {
        want == "*"
            || want == got
            || decimal(want).is_some_and(|number| decimal(got) == Some(number))
    };
    want.len() == got.len() && want.iter().zip(got).all(cell)
}

/// A plain decimal as (negative, whole digits, decimals), without the zeros that do not matter.
fn decimal(text: &str) -> Option<(bool, &str, &str)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (number, fraction) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
    let zero = number.is_empty() && fraction.is_empty();
    (plain(whole) && plain(decimals)).then_some((digits != text && !zero, number, fraction))
}

/// The rows as text in columns; with `wanted` rows, those that differ from them are marked.
fn aligned(header: &Row, rows: &[Row], wanted: &[Row]) -> String {
    let widths: Vec<usize> = (0..header.len())
        .map(|i| rows.iter().chain([header]).map(|row| row[i].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |mark: char, row: &Row| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        format!("  {mark} {}", cells.join(" | ")).trim_end().to_owned()
    };
    let differs = |i: usize, row: &Row| {
        !wanted.is_empty() && wanted.get(i).is_none_or(|want| !same(want, row))
    };
    let body =
        rows.iter().enumerate().map(|(i, row)| line(if differs(i, row) { '!' } else { ' ' }, row));
    let empty = rows.is_empty().then(|| "    (no rows)".to_owned());
    [line(' ', header)].into_iter().chain(body).chain(empty).collect::<Vec<_>>().join("\n")
}
