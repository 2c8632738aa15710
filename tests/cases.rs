//! Runs the billing rules' case files, `tests/cases/<family>/<name>.case`; `tests/cases/README.md` teaches their format.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::cargo::cargo_bin_cmd;

/// One test for every family, which is a folder of `tests/cases/`.
macro_rules! families {
    ($($test:ident: $folder:literal),* $(,)?) => {
        const FAMILIES: &[&str] = &[$($folder),*];
        $(#[test] fn $test() { run_family($folder); })*
    };
}

families! {
    calendar: "calendar",
    currencies: "currencies",
    documents: "documents",
    downgrades: "downgrades",
    duplicates: "duplicates",
    exceptions: "exceptions",
    fees: "fees",
    genesis: "genesis",
    ladders: "ladders",
    openings: "openings",
    overage: "overage",
    pools: "pools",
    rounding: "rounding",
    switch: "switch",
    trial: "trial",
    upgrades: "upgrades",
    worked_examples: "worked-examples",
}

const CHANGE_COLUMNS: &[&str] = &["change_id", "account_id", "at", "change", "plan"];
const USAGE_COLUMNS: &[&str] = &["event_id", "account_id", "at", "credits"];
const STATE_COLUMNS: &[&str] = &[
    "account_id",
    "plan",
    "overage_on",
    "signed_up_at",
    "first_paid_at",
    "trial_ends_at",
    "trial_left",
];

type Row = Vec<String>;
type Outcome<T> = Result<T, Box<dyn Error>>;

// ---- A case file, read -------------------------------------------------------------------------------------------

#[derive(Debug, Default)]
struct Case {
    title: String,
    catalogue: String,
    changes: Vec<Table>,
    usage: Vec<Table>,
    months: Vec<Month>,
}

#[derive(Debug)]
struct Month {
    name: String,
    opening: Option<Table>,
    expectations: Vec<Expectation>,
}

#[derive(Debug)]
struct Expectation {
    line: usize,
    table: String,
    /// None: the table has no rows.
    content: Option<Table>,
}

#[derive(Debug)]
struct Table {
    header: Row,
    rows: Vec<Row>,
}

/// An unindented line and the indented ones below it.
struct Block {
    line: usize,
    head: String,
    rows: Vec<(usize, Row)>,
}

/// `(line, message)` of what cannot be understood.
type Unclear = (usize, String);

impl Case {
    fn parse(text: &str) -> Result<Self, Unclear> {
        let title = text.lines().next().and_then(|l| l.strip_prefix("# "));
        let title = title.ok_or((1, "the first line must be a title: `# What it shows (F2)`".to_owned()))?;
        let mut case = Self {
            title: title.to_owned(),
            catalogue: "kiro".to_owned(),
            ..Self::default()
        };
        for block in blocks(text)? {
            case.add(&block).map_err(|(line, message)| (line.max(block.line), message))?;
        }
        match case.months.iter().any(|m| !m.expectations.is_empty()) {
            true => Ok(case),
            false => Err((1, "the case expects nothing: it needs a `month` and an `expect <table>:`".to_owned())),
        }
    }

    fn add(&mut self, block: &Block) -> Result<(), Unclear> {
        let fault = |message: &str| Err((block.line, format!("{message}, found `{}`", block.head)));
        let words: Vec<&str> = block.head.split_whitespace().collect();
        match words[..] {
            ["catalogue" | "month", _] if !block.rows.is_empty() => return fault("no rows belong below this line"),
            ["catalogue", name] => self.catalogue = name.to_owned(),
            ["month", name] => self.months.push(Month {
                name: name.to_owned(),
                opening: None,
                expectations: Vec::new(),
            }),
            ["changes:"] => self.changes.push(block.input(CHANGE_COLUMNS)?),
            ["usage:"] => self.usage.push(block.input(USAGE_COLUMNS)?),
            ["opening:"] => match &mut self.months[..] {
                [first] if first.opening.is_none() => first.opening = Some(block.input(STATE_COLUMNS)?),
                _ => return fault("only the first month has an opening, and one; expected it below its `month`"),
            },
            ["expect", table, ref rest @ ..] if table.ends_with(':') => {
                let content = match (rest, block.rows.len()) {
                    (["none"], 0) => None,
                    ([], 2..) => Some(block.table()?),
                    _ => return fault("expected a header and rows below, or `expect <table>: none`"),
                };
                let Some(month) = self.months.last_mut() else {
                    return fault("expected a `month` above");
                };
                month.expectations.push(Expectation {
                    line: block.line,
                    table: table.trim_end_matches(':').to_owned(),
                    content,
                });
            }
            _ => {
                return fault(
                    "expected `catalogue NAME`, `month YYYY-MM`, `changes:`, `usage:`, `opening:` or `expect <table>:`",
                );
            }
        }
        Ok(())
    }
}

impl Block {
    fn table(&self) -> Result<Table, Unclear> {
        let Some(((_, names), rows)) = self.rows.split_first() else {
            return Err((self.line, format!("expected a header below `{}`", self.head)));
        };
        for (line, cells) in rows {
            if cells.len() != names.len() {
                let message = format!("{} cells under a header of {}: {}", cells.len(), names.len(), cells.join(" | "));
                return Err((*line, message));
            }
        }
        let column = |name: &String| if name == "account" { "account_id".to_owned() } else { name.clone() };
        Ok(Table {
            header: names.iter().map(column).collect(),
            rows: rows.iter().map(|(_, cells)| cells.clone()).collect(),
        })
    }

    fn input(&self, columns: &[&str]) -> Result<Table, Unclear> {
        let table = self.table()?;
        match table.header.iter().find(|name| !columns.contains(&name.as_str())) {
            Some(name) => Err((self.line, format!("`{}` has no column `{name}`, only {}", self.head, columns.join(", ")))),
            None => Ok(table),
        }
    }
}

fn blocks(text: &str) -> Result<Vec<Block>, Unclear> {
    let mut blocks: Vec<Block> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let (line, content) = (index + 1, raw.trim());
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if !raw.starts_with([' ', '\t']) {
            let head = content.to_owned();
            blocks.push(Block { line, head, rows: Vec::new() });
        } else if let Some(block) = blocks.last_mut() {
            let cells = content.split('|').map(|cell| cell.trim().to_owned());
            block.rows.push((line, cells.collect()));
        } else {
            return Err((line, format!("a row without a table above it: {content}")));
        }
    }
    Ok(blocks)
}

// ---- A case, run -------------------------------------------------------------------------------------------------

/// What is wrong with a case, if anything: one text for each difference.
fn run_case(path: &Path) -> Vec<String> {
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
        let one = catalogues.join(format!("{}.toml", self.catalogue));
        let catalogue = if one.exists() { one } else { catalogues.join(&self.catalogue) };
        if !catalogue.exists() {
            return Err(format!("no catalogue `{}` in {}", self.catalogue, catalogues.display()).into());
        }
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        write_csv(&at("changes.csv"), CHANGE_COLUMNS, "c", &self.changes)?;
        write_csv(&at("usage.csv"), USAGE_COLUMNS, "e", &self.usage)?;

        for (index, month) in self.months.iter().enumerate() {
            let mut command = cargo_bin_cmd!("monthend");
            command.arg("run").args(["--month", &month.name, "--max-reject-share", "1"]);
            command.arg("--catalog").arg(&catalogue).arg("--changes").arg(at("changes.csv"));
            command.arg("--usage").arg(at("usage.csv")).arg("--book").arg(at("book"));
            if let Some(opening) = &month.opening {
                write_csv(&at("opening.csv"), STATE_COLUMNS, "", std::slice::from_ref(opening))?;
                command.arg("--opening").arg(at("opening.csv"));
            } else if index == 0 {
                command.args(["--opening", "genesis"]);
            }
            let output = command.output()?;
            if !matches!(output.status.code(), Some(0 | 3)) {
                let said = String::from_utf8_lossy(&output.stderr);
                return Err(format!("  month {}: {}, nothing published\n{said}", month.name, output.status).into());
            }
            let tables = at("book").join(&month.name).join("r001");
            for expectation in &month.expectations {
                if let Err(difference) = expectation.compare(&tables) {
                    let place = format!("  month {}, table {}", month.name, expectation.table);
                    found.push((expectation.line, format!("{place}{difference}")));
                }
            }
        }
        Ok(())
    }
}

/// Writes the tables as one file with all `columns`, the first of them numbered (`c001`, ...) where a table lacks it.
fn write_csv(path: &Path, columns: &[&str], prefix: &str, tables: &[Table]) -> Outcome<()> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(columns)?;
    let rows = tables.iter().flat_map(|t| t.rows.iter().map(move |row| (&t.header, row)));
    for (index, (header, row)) in rows.enumerate() {
        let number = format!("{prefix}{:03}", index + 1);
        let cell = |(place, column): (usize, &&str)| match header.iter().position(|name| name == column) {
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
        let (header, rows) = read_csv(&tables.join(format!("{}.csv", self.table))).map_err(|e| format!(": {e}"))?;
        let Some(expected) = &self.content else {
            return match rows.is_empty() {
                true => Ok(()),
                false => Err(format!(" should have no rows, got:\n{}", aligned(&header, &rows, &[]))),
            };
        };
        let place = |name: &String| {
            let missing = || format!(" has no column `{name}`, only {}", header.join(", "));
            header.iter().position(|column| column == name).ok_or_else(missing)
        };
        let places = expected.header.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let project = |row: &Row| places.iter().map(|&p| row[p].clone()).collect();
        let got: Vec<Row> = rows.iter().map(project).collect();
        if got.len() == expected.rows.len() && got.iter().zip(&expected.rows).all(|(got, want)| same(want, got)) {
            return Ok(());
        }
        Err(format!(
            "\n  expected:\n{}\n  got:\n{}",
            aligned(&expected.header, &expected.rows, &[]),
            aligned(&expected.header, &got, &expected.rows),
        ))
    }
}

fn read_csv(path: &Path) -> Outcome<(Row, Vec<Row>)> {
    let mut reader = csv::Reader::from_path(path)?;
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Row>();
    let header = cells(reader.headers()?);
    let rows = reader.records().map(|record| Ok(cells(&record?)));
    Ok((header, rows.collect::<Outcome<_>>()?))
}

fn same(want: &Row, got: &Row) -> bool {
    let cell = |(want, got): (&String, &String)| {
        want == "*" || want == got || decimal(want).is_some_and(|number| decimal(got) == Some(number))
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
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        format!("  {mark} {}", cells.join(" | ")).trim_end().to_owned()
    };
    let differs = |i: usize, row: &Row| !wanted.is_empty() && wanted.get(i).is_none_or(|want| !same(want, row));
    let body = rows.iter().enumerate().map(|(i, row)| line(if differs(i, row) { '!' } else { ' ' }, row));
    let empty = rows.is_empty().then(|| "    (no rows)".to_owned());
    [line(' ', header)].into_iter().chain(body).chain(empty).collect::<Vec<_>>().join("\n")
}

// ---- The families ------------------------------------------------------------------------------------------------

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

fn run_family(family: &str) {
    let paths = sorted(&cases().join(family));
    assert!(!paths.is_empty(), "the family {family} has no cases");
    for path in &paths {
        assert!(path.extension().is_some_and(|e| e == "case"), "{} is no .case file", path.display());
    }
    let failures: Vec<Vec<String>> = paths.iter().map(|path| run_case(path)).filter(|found| !found.is_empty()).collect();
    let told = failures.concat().join("\n\n");
    assert!(failures.is_empty(), "{} of {} cases of {family} failed\n\n{told}\n", failures.len(), paths.len());
}

#[test]
fn every_family_is_run() {
    let folders = sorted(&cases()).into_iter().filter(|path| path.is_dir());
    let names: Vec<String> = folders.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    let families: Vec<&String> = names.iter().filter(|name| *name != "catalogues").collect();
    assert_eq!(families, FAMILIES, "the folders of tests/cases and the families of tests/cases.rs");
}

#[test]
fn a_fault_in_a_case_names_its_line() {
    let fault = |text: &str| Case::parse(text).map(|_| ()).expect_err("a fault");
    assert_eq!(fault("month 2026-04\n").0, 1);
    assert_eq!(fault("# T\nmonth 2026-04\n").1, "the case expects nothing: it needs a `month` and an `expect <table>:`");
    assert_eq!(fault("# T\n  a | b\n"), (2, "a row without a table above it: a | b".to_owned()));
    assert_eq!(fault("# T\nusage:\n  at | account\n  x\n"), (4, "1 cells under a header of 2: x".to_owned()));
    assert_eq!(fault("# T\n\nusage:\n  at | who\n  x | y\n").0, 3);
    assert_eq!(fault("# T\nexpect state: none\n"), (2, "expected a `month` above, found `expect state: none`".to_owned()));
    assert_eq!(fault("# T\nmonth 2026-04\nexpect state:\n  plan\n").0, 3);
    assert_eq!(fault("# T\nmonths 2026-04\n").0, 2);
}

#[test]
fn cells_compare_as_text_or_as_plain_decimals() {
    let equal = |a: &str, b: &str| same(&vec![a.to_owned()], &vec![b.to_owned()]);
    assert!(equal("1000", "1000.000000") && equal("0.50", "0.5") && equal("-0", "0.00") && equal("*", "anything"));
    assert!(!equal("1000", "1000.000001") && !equal("-1", "1") && !equal("15/30", "1/2") && !equal("", "0"));
}
