//! What must hold of the documents of a month over all its revisions, and of the book's files over time.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use monthend::base::calendar::Month;
use monthend::base::digest;
use monthend::book::{Book, Manifest, RUN_FILE, is_sealed};
use proptest::prelude::*;
use serde_json::Value;

use super::afresh::{charges, number};
use super::rerun::{DUE_ON, ISSUED_ON, REASON};
use crate::common::schemas;
use crate::months::holding::Outcome;
use crate::months::revision::{Revision, Row};

/// The bytes of all files of the published months, by path.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// All files of the published months.
pub fn files(book: &Book) -> Outcome<Files> {
    let mut files = Files::new();
    for month in book.months()? {
        collect(&book.month_folder(month), &mut files)?;
    }
    let relative = |path: PathBuf| path.strip_prefix(book.folder()).map(Path::to_owned);
    files.into_iter().map(|(path, bytes)| Ok((relative(path)?, bytes))).collect()
}

fn collect(folder: &Path, files: &mut Files) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            let bytes = fs::read(&path)?;
            files.insert(path, bytes);
        }
    }
    Ok(())
}

/// Nothing of a revision that was published before is changed.
pub fn stands(before: &Files, after: &Files) -> Outcome<()> {
    for (path, bytes) in before {
        if !path.ends_with("CURRENT") {
            prop_assert!(after.get(path) == Some(bytes), "{} was changed", path.display());
        }
    }
    Ok(())
}

/// The revisions of a month: documents and statements agree in each, and each goes on from the one before.
pub fn agrees(book: &Book, month: Month) -> Outcome<()> {
    let names = book.revisions(month)?;
    let current = fs::read_to_string(book.month_folder(month).join("CURRENT"))?;
    prop_assert_eq!(names.last().map(String::as_str), Some(current.trim()), "CURRENT of {}", month);
    let mut before: Option<Ledger> = None;
    for (number, name) in (1..).zip(names) {
        prop_assert_eq!(&name, &format!("r{number:03}"));
        let folder = book.month_folder(month).join(&name);
        let ledger = Ledger::read(&folder, name, before.as_ref())?;
        ledger.goes_on(before.as_ref())?;
        ledger.adds_up()?;
        for document in &ledger.documents {
            ledger.document(document)?;
        }
        before = Some(ledger);
    }
    Ok(())
}

/// A revision's documents.
struct Ledger {
    folder: PathBuf,
    name: String,
    month: String,
    reason: Option<String>,
    documents: Vec<Row>,
    lines: Vec<Row>,
    statements: Vec<Row>,
    charges: Vec<Row>,
}

impl Ledger {
    fn read(folder: &Path, name: String, before: Option<&Ledger>) -> Outcome<Self> {
        let revision = Revision::at(folder);
        let manifest: Value = serde_json::from_slice(&fs::read(revision.path(Manifest::FILE))?)?;
        let run = fs::read_to_string(revision.path(RUN_FILE))?;
        let failed = |e: Box<dyn Error>| TestCaseError::fail(e.to_string());
        schemas::fits("manifest", &manifest).map_err(failed)?;
        schemas::fits("run", &serde_json::from_str(&run)?).map_err(failed)?;
        prop_assert!(is_sealed(&run), "run.json of {}", name);
        let (_, sha256) = digest::of_file(&revision.path(Manifest::FILE))?;
        prop_assert_eq!(&serde_json::from_str::<Value>(&run)?["manifest_sha256"], &sha256);
        if let Some(before) = before {
            let (_, sha256) = digest::of_file(&before.folder.join(Manifest::FILE))?;
            prop_assert_eq!(&manifest["previous"]["manifest_sha256"], &sha256);
            prop_assert_eq!(&manifest["previous"]["revision"], &before.name);
        }
        Ok(Ledger {
            folder: folder.to_owned(),
            name,
            month: manifest["month"].as_str().unwrap_or_default().to_owned(),
            reason: manifest["reason"].as_str().map(str::to_owned),
            documents: revision.table("documents")?,
            lines: revision.table("invoice_lines")?,
            statements: revision.table("statements")?,
            charges: charges(&revision)?,
        })
    }

    /// Earlier documents stand as they were; numbers go on without gaps; an account has one new document at most.
    fn goes_on(&self, before: Option<&Ledger>) -> Outcome<()> {
        let is_new = |row: &Row| row["revision"] == self.name;
        let earlier: Vec<&Row> = self.documents.iter().filter(|row| !is_new(row)).collect();
        let was = |rows: fn(&Ledger) -> &Vec<Row>| before.map_or(&[][..], |before| rows(before));
        prop_assert_eq!(earlier, was(|before| &before.documents).iter().collect::<Vec<_>>());
        let new: BTreeSet<&String> = self.issued().map(|row| &row["document_id"]).collect();
        let earlier: Vec<&Row> =
            self.lines.iter().filter(|line| !new.contains(&line["document_id"])).collect();
        prop_assert_eq!(earlier, was(|before| &before.lines).iter().collect::<Vec<_>>());
        let order = |row: &Row| (row["account_id"].clone(), row["document_id"].clone());
        prop_assert!(self.documents.iter().is_sorted_by_key(order), "documents out of order");
        let count = was(|before| &before.documents).len();
        for (number, row) in (count + 1..).zip(self.issued()) {
            prop_assert_eq!(&row["document_id"], &format!("INV-{}-{number:08}", self.month));
        }
        let accounts: BTreeSet<&String> = self.issued().map(|row| &row["account_id"]).collect();
        prop_assert_eq!(accounts.len(), self.issued().count(), "two new documents of an account");
        prop_assert_eq!(self.reason.as_deref(), before.map(|_| REASON));
        Ok(())
    }

    fn issued(&self) -> impl Iterator<Item = &Row> {
        self.documents.iter().filter(|row| row["revision"] == self.name)
    }

    /// An account's documents come to its statement; those of an account that is no more, to nothing.
    fn adds_up(&self) -> Outcome<()> {
        let rows = self.documents.iter().chain(&self.statements);
        let accounts: BTreeSet<&String> = rows.map(|row| &row["account_id"]).collect();
        for account in accounts {
            let of = |rows: &[Row], column: &str| -> i128 {
                let own = rows.iter().filter(|row| row["account_id"] == *account);
                own.map(|row| number(row, column)).sum()
            };
            for column in ["subscription_amount", "overage_amount", "total_amount"] {
                let (documents, statement) =
                    (of(&self.documents, column), of(&self.statements, column));
                prop_assert_eq!(documents, statement, "{} {}: {}", self.name, account, column);
            }
            let charge = of(&self.charges, "amount");
            prop_assert_eq!(charge, of(&self.statements, "overage_amount"));
            prop_assert_eq!(of(&self.lines, "amount"), of(&self.statements, "total_amount"));
        }
        Ok(())
    }

    /// A document is made of its lines, and a note relates to the account's invoice.
    fn document(&self, document: &Row) -> Outcome<()> {
        let (id, account) = (&document["document_id"], &document["account_id"]);
        let lines: Vec<&Row> =
            self.lines.iter().filter(|line| line["document_id"] == *id).collect();
        let sum = |overage: bool| -> i128 {
            let of_kind = lines.iter().filter(|line| (line["line_type"] == "overage") == overage);
            of_kind.map(|line| number(line, "amount")).sum()
        };
        prop_assert_eq!(number(document, "subscription_amount"), sum(false), "{}", id);
        prop_assert_eq!(number(document, "overage_amount"), sum(true), "{}", id);
        let total = number(document, "total_amount");
        prop_assert_eq!(total, sum(false) + sum(true), "{}", id);
        prop_assert_eq!(&document["line_count"], &lines.len().to_string(), "{}", id);
        for (number, line) in (1..).zip(&lines) {
            prop_assert_eq!(&line["line_number"], &number.to_string(), "{}", id);
            prop_assert_eq!(&line["account_id"], account, "{}", id);
        }
        let days = (&*document["issued_on"], &*document["due_on"]);
        prop_assert_eq!(days, (ISSUED_ON, DUE_ON), "{}", id);
        let invoice = self.documents.iter().find(|row| row["account_id"] == *account);
        let invoice = invoice.map_or("", |row| &row["document_id"]);
        if *id == invoice {
            prop_assert_eq!(&document["document_type"], "invoice", "{}", id);
            prop_assert_eq!((&*document["relates_to"], &*document["reason"]), ("", ""), "{}", id);
            return Ok(());
        }
        let expected = if total > 0 { "debit_note" } else { "credit_note" };
        prop_assert_eq!(&document["document_type"], expected, "{}", id);
        prop_assert_eq!((&*document["relates_to"], &*document["reason"]), (invoice, REASON));
        self.note(document, &lines)
    }

    /// A note has a line for each type, plan and rate that differs, and none that does not.
    fn note(&self, document: &Row, lines: &[&Row]) -> Outcome<()> {
        let id = &document["document_id"];
        let is_overage = |line: &Row| line["line_type"] == "overage";
        let item = |line: &Row| {
            let rate = Some(line["unit_price"].clone()).filter(|_| is_overage(line));
            (line["line_type"].clone(), line["plan"].clone(), rate)
        };
        let items: BTreeSet<_> = lines.iter().map(|line| item(line)).collect();
        prop_assert_eq!(items.len(), lines.len(), "{}: an item twice", id);
        prop_assert!(!lines.is_empty(), "{}: no lines", id);
        for line in lines {
            let amount = number(line, "amount");
            prop_assert!(amount != 0, "{}: a line of nothing", id);
            prop_assert_eq!((&*line["from_plan"], &*line["proration"]), ("", ""), "{}", id);
            if !is_overage(line) {
                let quantity = number(line, "quantity");
                prop_assert_eq!(quantity, 1_000_000 * amount.signum(), "{}", id);
                let decimals = line["amount"].split_once('.').map_or(0, |(_, minor)| minor.len());
                let scale = 10_i128.pow(6 - decimals as u32);
                prop_assert_eq!(
                    number(line, "unit_price") * amount.signum(),
                    amount * scale,
                    "{}",
                    id
                );
            } else if document["revision"] == self.name {
                let own = self.lines.iter().filter(|row| row["account_id"] == line["account_id"]);
                let of_item = own.filter(|row| item(row) == item(line));
                let billed: i128 = of_item.map(|row| number(row, "quantity")).sum();
                let charge = self.charges.iter().find(|row| {
                    ["account_id", "plan"].iter().all(|column| row[*column] == line[*column])
                        && row["rate"] == line["unit_price"]
                });
                let charged = charge.map_or(0, |row| number(row, "overage_credits"));
                prop_assert_eq!(billed, charged, "{}: credits of overage", id);
            }
        }
        Ok(())
    }
}
