//! A log of two months that is full of what can be wrong, in Parquet of types that the tests' engine knows.
#![expect(clippy::expect_used, reason = "a test's own rows are as the test makes them")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use assert_cmd::Command;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use tempfile::TempDir;

use super::engine::Rollup;
use crate::common::{Outcome, monthend, result, root, run};

const DAY: i64 = 86_400_000_000;
/// The first instants of April, May and June 2026.
const APRIL: i64 = 1_775_001_600_000_000;
const MAY: i64 = APRIL + 30 * DAY;
const JUNE: i64 = MAY + 31 * DAY;

/// Where the log lies, and what becomes of it.
pub struct Nasty {
    folder: TempDir,
}

/// Numbers that look random, the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % most as u64).expect("a small number")
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

/// A row, as it is written: credits in 10⁻¹⁸.
type Row = (Option<String>, Option<String>, Option<i64>, Option<i128>);

impl Nasty {
    /// Writes the log.
    pub fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("usage"))?;
        let changes = fs::read_to_string(root().join("fixtures/changes/changes.csv"))?;
        let accounts = changes.lines().skip(1).filter_map(|line| line.split(',').nth(1));
        let mut accounts: Vec<String> =
            accounts.map(str::to_owned).filter(|id| !id.is_empty()).collect();
        accounts.extend(["nobody", "ghost-é"].map(str::to_owned));
        let (mut draw, mut seen) = (Draw(7), Vec::new());
        for (file, scale) in [("one.parquet", 18), ("two of two.parquet", 6)] {
            let rows: Vec<Row> = (0..1_500).map(|_| row(&mut draw, &accounts, &mut seen)).collect();
            write(&folder.path().join("usage").join(file), &rows, scale)?;
        }
        Ok(Nasty { folder })
    }

    /// A path beside the log.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where a month's rollup lies.
    pub fn place(&self, month: &str) -> PathBuf {
        self.path("rollups").join(month)
    }

    /// A command about a month.
    pub fn command(&self, name: &str, month: &str, book: &str) -> Command {
        let mut command = monthend([name, "--month", month]);
        command.arg("--book").arg(self.path(book));
        command
    }

    fn job(&self, command: &mut Command, month: &str) {
        command.args(["--catalog", "fixtures/catalogs", "--changes", "fixtures/changes"]);
        command.arg("--usage").arg(self.path("usage")).args(["--max-reject-share", "0.5"]);
        command.args(["--opening", if month == "2026-04" { "genesis" } else { "book" }]);
    }

    /// Bills a month, by a rollup if one is named; gives the result.
    pub fn bill(&self, month: &str, book: &str, rollup: Option<&str>) -> Outcome<Value> {
        result(&run(&mut self.billing(month, book, rollup), 3)?)
    }

    /// The command that does so.
    pub fn billing(&self, month: &str, book: &str, rollup: Option<&str>) -> Command {
        self.named("run", month, book, rollup)
    }

    /// A command that takes what `run` does.
    pub fn named(&self, name: &str, month: &str, book: &str, rollup: Option<&str>) -> Command {
        let mut command = self.command(name, month, book);
        self.job(&mut command, month);
        if let Some(rollup) = rollup {
            command.arg("--rollup").arg(self.place(rollup));
        }
        command.arg("--json");
        command
    }

    /// Requests a month's rollup and has it made; it is not written yet.
    pub fn roll_up(&self, month: &str) -> Outcome<Rollup> {
        let mut command = monthend(["rollup", "request", "--json", "--month", month]);
        self.job(&mut command, month);
        command.arg("--book").arg(self.path("own")).arg("--out").arg(self.place(month));
        let told = result(&run(&mut command, 0)?)?;
        assert_eq!((&told["status"], &told["files"]), (&"requested".into(), &2.into()), "{told:#}");
        Rollup::of(&self.place(month))
    }
}

fn row(draw: &mut Draw, accounts: &[String], seen: &mut Vec<Row>) -> Row {
    const BAD: [&str; 5] = ["", "a\tb", "e\0", "a\u{85}b", "\u{7f}"];
    if !seen.is_empty() && draw.below(6) == 0 {
        let (event, account, at, credits) = draw.of(seen);
        return match draw.below(4) {
            0 => (event, Some(draw.of(accounts)), at, credits),
            1 => (event, account, at.map(|at| at.saturating_add(DAY)), credits),
            _ => (event, account, at, credits),
        };
    }
    let bad = |draw: &mut Draw| {
        let long = [255, 256, 257].map(|bytes| "x".repeat(bytes));
        match draw.below(3) {
            0 => None,
            1 => Some(draw.of(&BAD).to_owned()),
            _ => Some(draw.of(&long)),
        }
    };
    let number = draw.below(2_000);
    let event = if draw.below(40) == 0 { bad(draw) } else { Some(format!("event-{number}")) };
    let account = if draw.below(40) == 0 { bad(draw) } else { Some(draw.of(accounts)) };
    let seconds = i64::try_from(draw.below(75 * 86_400)).unwrap_or(0) * 1_000_000;
    let edges = [APRIL - 1, APRIL, MAY - 1, MAY, JUNE - 1, JUNE, -62_135_596_800_000_001, i64::MAX];
    let at = match draw.below(30) {
        0 => None,
        1 => Some(draw.of(&edges)),
        2..8 => Some(MAY + seconds % (2 * DAY) - DAY), // around the month's end
        _ => Some(APRIL - 7 * DAY + seconds),
    };
    let micro = 1_000_000_000_000;
    let plain = i128::try_from(draw.below(3_000_000)).unwrap_or(0) * micro;
    let odd = [-1, 0, micro / 2, 3 * micro / 2, 5 * micro / 2, micro / 2 + 1, micro / 2 - 1];
    let far = 1_000_000_000_000 * 1_000_000 * micro;
    let credits = match draw.below(20) {
        0 => None,
        1 => Some(draw.of(&odd)),
        2 => Some(draw.of(&[far, -micro])),
        _ => Some(plain),
    };
    let row = (event, account, at, credits);
    seen.push(row.clone());
    row
}

/// Writes rows in row groups of a few hundred.
fn write(path: &Path, rows: &[Row], scale: u32) -> Outcome {
    let finer = 10_i128.pow(18 - scale);
    let credits: Decimal128Array =
        rows.iter().map(|row| row.3.map(|credits| credits / finer)).collect();
    let scale = i8::try_from(scale)?;
    let columns: [(&str, ArrayRef); 4] = [
        (
            "at",
            Arc::new(
                rows.iter()
                    .map(|row| row.2)
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
        ),
        ("event_id", Arc::new(rows.iter().map(|row| row.0.as_deref()).collect::<StringArray>())),
        ("credits", Arc::new(credits.with_precision_and_scale(38, scale)?)),
        ("account_id", Arc::new(rows.iter().map(|row| row.1.as_deref()).collect::<StringArray>())),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.map(|(name, column)| (name, column, true)),
    )?;
    let groups = WriterProperties::builder().set_max_row_group_row_count(Some(400)).build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(groups))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}
