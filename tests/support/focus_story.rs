//! A book with a history, small enough to be read: April and May, and what became of April later. All is payable within
//! 14 days.
//!
//! | account | April as published | what was found later |
//! | --- | --- | --- |
//! | ann | Pro, 100.33 credits over the cap | 50 more in a late file: a debit note |
//! | bob | Pro, then Pro+ on the 10th | he had never upgraded: a credit note |
//! | cy | on the free plan | upgraded on the 15th: his first invoice |
//! | dee | signed up on the 20th, 30 credits of her trial | nothing |
//! | eve | on the free plan, 60 credits | 5 more, charged nothing: no document |
//! | fin | on the free plan | upgraded on the 20th: his first invoice, much later |

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Outcome, json, monthend, run};

const CHANGES: &str = "\
change_id,account_id,at,change,plan
c1,ann,2026-03-01T00:00:00Z,signup,pro
c2,ann,2026-03-01T00:00:00Z,overage_on,
c3,bob,2026-03-01T00:00:00Z,signup,pro
c4,cy,2026-02-01T00:00:00Z,signup,
c5,dee,2026-04-20T00:00:00Z,signup,
c6,eve,2026-02-01T00:00:00Z,signup,
c9,fin,2026-02-01T00:00:00Z,signup,
";
const BOB_UPGRADES: &str = "c7,bob,2026-04-10T08:00:00.25Z,plan,pro-plus\n";
const CY_UPGRADES: &str = "c8,cy,2026-04-15T10:00:00Z,plan,pro\n";
const FIN_UPGRADES: &str = "c10,fin,2026-04-20T10:00:00Z,plan,pro\n";

const USAGE: &str = "\
event_id,account_id,at,credits
e1,ann,2026-04-02T00:00:00Z,1100.33
e2,bob,2026-04-03T00:00:00Z,600
e3,cy,2026-04-04T00:00:00Z,40
e4,dee,2026-04-21T00:00:00Z,30
e5,eve,2026-04-05T00:00:00Z,60
e6,ann,2026-05-05T00:00:00Z,400
e7,dee,2026-05-06T00:00:00Z,10
";
const ANN_LATE: &str = "e8,ann,2026-04-28T00:00:00Z,50\n";
const EVE_LATE: &str = "e9,eve,2026-04-29T00:00:00Z,5\n";
const ANN_STILL_LATER: &str = "e10,ann,2026-04-30T00:00:00Z,25\n";

/// A folder with the logs and the book.
pub struct Story {
    folder: tempfile::TempDir,
}

impl Story {
    /// April and May, published.
    pub fn begin() -> Outcome<Self> {
        let story = Story { folder: tempfile::tempdir()? };
        fs::write(story.path("changes.csv"), format!("{CHANGES}{BOB_UPGRADES}"))?;
        fs::write(story.path("usage.csv"), USAGE)?;
        story.bill("2026-04", &["--opening", "genesis"])?;
        story.bill("2026-05", &[])?;
        Ok(story)
    }

    /// On 10 June April becomes r002, with a debit note, a credit note and an invoice; today r003,
    /// which changes usage alone and issues nothing.
    pub fn correct(&self) -> Outcome {
        fs::write(self.path("changes.csv"), format!("{CHANGES}{CY_UPGRADES}"))?;
        fs::write(self.path("usage.csv"), format!("{USAGE}{ANN_LATE}"))?;
        let on_10_june = ["--opening", "genesis", "--reason", "late files", "--issued-on"];
        self.bill("2026-04", &[&on_10_june[..], &["2026-06-10"]].concat())?;
        fs::write(self.path("usage.csv"), format!("{USAGE}{ANN_LATE}{EVE_LATE}"))?;
        self.bill("2026-04", &["--opening", "genesis", "--reason", "later still"])
    }

    /// Today April becomes r004, with a debit note of today and an invoice of 1 May.
    pub fn correct_again(&self) -> Outcome {
        let changes = format!("{CHANGES}{CY_UPGRADES}{FIN_UPGRADES}");
        fs::write(self.path("changes.csv"), changes)?;
        let usage = format!("{USAGE}{ANN_LATE}{EVE_LATE}{ANN_STILL_LATER}");
        fs::write(self.path("usage.csv"), usage)?;
        self.bill("2026-04", &["--opening", "genesis", "--reason", "at last"])
    }

    /// The month in which a revision of April was made: today's.
    pub fn made(&self, revision: &str) -> Outcome<String> {
        let run = json(&self.book().join("2026-04").join(revision).join("run.json"))?;
        let month = run["started_at"].as_str().and_then(|at| at.get(..7));
        Ok(month.ok_or("no started_at")?.to_owned())
    }

    fn bill(&self, month: &str, options: &[&str]) -> Outcome {
        let mut bill = monthend(["run", "--month", month, "--catalog", "fixtures/catalogs"]);
        bill.arg("--changes").arg(self.path("changes.csv"));
        bill.arg("--usage").arg(self.path("usage.csv")).args(["--payment-term-days", "14"]);
        bill.arg("--book").arg(self.book()).args(options);
        run(&mut bill, 0)?;
        Ok(())
    }

    /// The book.
    pub fn book(&self) -> PathBuf {
        self.path("book")
    }

    /// A path within the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The revision of April that is in force.
    pub fn april_in_force(&self) -> Outcome<PathBuf> {
        let month = self.book().join("2026-04");
        let name = fs::read_to_string(month.join("CURRENT"))?;
        Ok(month.join(name.trim()))
    }

    /// The folder of a month's export, made anew.
    pub fn export(&self, month: &str) -> Outcome<PathBuf> {
        let out = self.path(&format!("focus-{month}"));
        export(&self.book(), month, &out)?;
        Ok(out)
    }
}

/// Exports a month of a book.
pub fn export(book: &Path, month: &str, out: &Path) -> Outcome {
    let mut export = monthend(["export", "focus", "--month", month]);
    run(export.arg("--book").arg(book).arg("--out").arg(out), 0)?;
    Ok(())
}

/// Inputs of a month in a currency without decimals, on a plan without credits: option, file, text.
pub const YEN: [(&str, &str, &str); 3] = [
    (
        "--catalog",
        "catalog.toml",
        r#"
name = "Yen"
in_force_from = 2025-01-01
currency = "JPY"
plan = [
    { id = "free", name = "Free", price = "0", credits = 10 },
    { id = "pro", name = "Pro", price = "3000", credits = 0, overage_rate = "0.333333" },
]
"#,
    ),
    (
        "--changes",
        "changes.csv",
        "\
change_id,account_id,at,change,plan
c1,a,2026-03-01T00:00:00Z,signup,pro
c2,a,2026-03-02T00:00:00Z,overage_on,
",
    ),
    (
        "--usage",
        "usage.csv",
        "event_id,account_id,at,credits\ne1,a,2026-04-02T00:00:00Z,7.654321\n",
    ),
];
