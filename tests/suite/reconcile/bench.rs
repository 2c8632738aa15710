//! April of the fixtures, published, and exports of payments made from its documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::common::{Outcome, april, may, monthend, result, run};

/// The columns of the contract.
pub const COLUMNS: [&str; 6] =
    ["payment_id", "account_id", "document_id", "at", "amount", "currency"];

/// A folder with the published April in it.
pub struct Bench {
    folder: tempfile::TempDir,
}

/// A row of an export, by the columns of the contract.
pub type Row = [String; 6];

impl Bench {
    /// April, published.
    pub fn april() -> Outcome<Self> {
        let bench = Bench { folder: tempfile::tempdir()? };
        run(april("run", &bench.book()).arg("-q"), 3)?;
        Ok(bench)
    }

    /// April and May, published.
    pub fn april_and_may() -> Outcome<Self> {
        let bench = Bench::april()?;
        run(may("run", &bench.book()).arg("-q"), 3)?;
        Ok(bench)
    }

    /// The book.
    pub fn book(&self) -> PathBuf {
        self.path("book")
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> Outcome<PathBuf> {
        fs::write(self.path(name), text)?;
        Ok(self.path(name))
    }

    /// `reconcile` of April with the payments at a path.
    pub fn reconcile(&self, payments: &Path, options: &[&str], expected: i32) -> Outcome<Output> {
        let mut command = monthend(["reconcile", "--month", "2026-04", "--payments"]);
        command.arg(payments).arg("--book").arg(self.book()).args(options);
        run(&mut command, expected)
    }

    /// The same, as JSON.
    pub fn told(&self, payments: &Path, options: &[&str], expected: i32) -> Outcome<Value> {
        let options: Vec<&str> = options.iter().copied().chain(["--json"]).collect();
        let told = result(&self.reconcile(payments, &options, expected)?)?;
        assert_eq!(told["exit_code"], expected, "{told:#}");
        Ok(told)
    }

    /// A payment for each document of a revision in force that is due, every second one without
    /// its number.
    pub fn payments(&self) -> Outcome<Vec<Row>> {
        let current = fs::read_to_string(self.book().join("2026-04/CURRENT"))?;
        let documents = self.book().join("2026-04").join(current.trim()).join("documents.csv");
        let mut rows = Vec::new();
        for (at, record) in csv::Reader::from_path(documents)?.records().enumerate() {
            let record = record?;
            let document = if at % 2 == 0 { &record[0] } else { "" };
            let when = format!("2026-05-01T03:{at:02}:00Z");
            let cells = [&format!("py_{at:02}"), &record[3], document, &when, &record[11], "USD"];
            if &record[11] != "0.00" {
                rows.push(cells.map(str::to_owned));
            }
        }
        Ok(rows)
    }
}

/// Rows as CSV.
pub fn as_csv(rows: &[Row]) -> Outcome<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    rows.iter().try_for_each(|row| writer.write_record(row))?;
    Ok(writer.into_inner()?)
}

/// The codes of the breaks that were told, with their number and difference.
pub fn breaks(told: &Value) -> Outcome<Vec<String>> {
    let all = told["breaks"].as_object().ok_or("no breaks")?;
    let some = all.iter().filter(|(_, sum)| sum["count"] != 0);
    let told = some.map(|(code, sum)| {
        format!("{code} {} {}", sum["count"], sum["difference"].as_str().unwrap_or_default())
    });
    Ok(told.collect())
}
