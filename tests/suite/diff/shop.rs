//! A folder with logs and a book, in which months are billed, corrected and compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use tempfile::TempDir;

use crate::common::{Outcome, code, monthend, root, run, words};

/// A folder with logs and a book.
pub struct Shop(TempDir);

/// A row of a table: its cells by column.
pub type Row = BTreeMap<String, String>;

impl Shop {
    /// A shop with four accounts that signed up in March: `ann` on Pro with overage on, `bob` on
    /// Pro, `cid` on Free, `dee` on Power. Ann's April is 100 credits over the cap.
    pub fn new() -> Outcome<Self> {
        let shop = Shop(tempfile::tempdir()?);
        fs::create_dir(shop.path("usage"))?;
        fs::create_dir(shop.path("changes"))?;
        fs::create_dir(shop.path("catalogs"))?;
        fs::copy(
            root().join("fixtures/catalogs/kiro-2025-11-15.toml"),
            shop.path("catalogs/kiro.toml"),
        )?;
        shop.changes(
            "accounts",
            "c1,ann,2026-03-01T00:00:00Z,signup,pro
             c2,ann,2026-03-01T00:00:00Z,overage_on,
             c3,bob,2026-03-01T00:00:00Z,signup,pro
             c4,cid,2026-02-01T00:00:00Z,signup,
             c5,dee,2026-03-01T00:00:00Z,signup,power",
        )?;
        shop.usage(
            "april",
            "e1,ann,2026-04-10T00:00:00Z,1100
             e2,bob,2026-04-10T00:00:00Z,400
             e3,cid,2026-04-10T00:00:00Z,30
             e4,dee,2026-04-10T00:00:00Z,9000",
        )?;
        shop.usage("may", "m1,ann,2026-05-10T00:00:00Z,1010")?;
        Ok(shop)
    }

    /// A path in the shop.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a usage log, one event a line.
    pub fn usage(&self, name: &str, rows: &str) -> Outcome {
        self.log(&format!("usage/{name}.csv"), "event_id,account_id,at,credits", rows)
    }

    /// Writes a change log, one change a line.
    pub fn changes(&self, name: &str, rows: &str) -> Outcome {
        self.log(&format!("changes/{name}.csv"), "change_id,account_id,at,change,plan", rows)
    }

    fn log(&self, file: &str, header: &str, rows: &str) -> Outcome {
        let mut text = format!("{header}\n");
        for row in rows.lines() {
            text.push_str(row.trim());
            text.push('\n');
        }
        Ok(fs::write(self.path(file), text)?)
    }

    /// Replaces a text in a file, where it must be.
    pub fn replace(&self, file: &str, old: &str, new: &str) -> Outcome {
        let text = fs::read_to_string(self.path(file))?;
        assert!(text.contains(old), "`{old}` is not in {file}");
        Ok(fs::write(self.path(file), text.replace(old, new))?)
    }

    /// Runs the program in the shop; it must come to `expected`.
    pub fn monthend(&self, args: &[&str], expected: i32) -> Outcome<Output> {
        let mut command = monthend(args.iter().copied());
        run(command.current_dir(self.0.path()).args(["--book", "book"]), expected)
    }

    /// Bills a month from the logs as they are now; with more arguments.
    pub fn bill(&self, month: &str, more: &[&str]) -> Outcome {
        let opening = if month == "2026-04" { "genesis" } else { "book" };
        let mut args = vec!["run", "--month", month, "--opening", opening, "--book", "book"];
        args.extend(["--catalog", "catalogs", "--changes", "changes", "--usage", "usage"]);
        args.extend(["--max-reject-share", "0.5", "--quiet"]);
        args.extend(more);
        let output = monthend(args).current_dir(self.0.path()).output()?;
        // 3: published, with rows that someone should look at.
        assert!(matches!(code(&output)?, 0 | 3), "{}", words(&output));
        Ok(())
    }

    /// Bills April twice: as the shop is, and after a correction.
    pub fn correct(&self, correction: impl FnOnce(&Self) -> Outcome) -> Outcome {
        self.bill("2026-04", &[])?;
        correction(self)?;
        self.bill("2026-04", &["--reason", "corrected"])
    }

    /// Bills April again from what its manifest records, with corrections.
    pub fn rerun(&self, corrections: &[&str]) -> Outcome {
        let args = [&["rerun", "--month", "2026-04", "--quiet"], corrections].concat();
        self.monthend(&args, 0).map(drop)
    }

    /// What `diff` says of April; with more arguments.
    pub fn diff(&self, more: &[&str]) -> Outcome<String> {
        let args = [&["diff", "--month", "2026-04"], more].concat();
        Ok(String::from_utf8(self.monthend(&args, 0)?.stdout)?)
    }

    /// The rows of a table in a folder of the shop.
    pub fn rows(&self, table: &str) -> Outcome<Vec<Row>> {
        let mut reader = csv::Reader::from_path(self.path(&format!("{table}.csv")))?;
        let header = reader.headers()?.clone();
        let row = |record: Result<csv::StringRecord, csv::Error>| {
            let cells = record?;
            let cells = header.iter().zip(cells.iter());
            Ok(cells.map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect())
        };
        reader.records().map(row).collect()
    }

    /// What `diff` writes of April's accounts: account, cause, and what the total rose by.
    pub fn causes(&self, more: &[&str]) -> Outcome<Vec<String>> {
        self.diff(&[&["--out", "out"], more].concat())?;
        let rows = self.rows("out/account_differences")?;
        let words = |row: &Row| {
            ["account_id", "cause", "total_amount_delta"].map(|column| row[column].clone())
        };
        Ok(rows.iter().map(|row| words(row).join(", ")).collect())
    }
}
