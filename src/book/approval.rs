//! The digest of a result, by which it is approved before it is published: of all tables as a month
//! would stand.
//!
//! It is over the rows, and not over the bytes of Parquet files, which another version of the
//! program may write otherwise. The reason of notes, and the days on which documents of later
//! revisions are issued and due, are no part of it: whoever publishes says them, on the day of the
//! publication. A day that was asked for is, and so is the payment term.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Write as _, sink};
use std::path::Path;

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord, WriterBuilder};

use super::manifest::Manifest;
use super::revision::FIRST_REVISION;
use crate::base::calendar::Month;
use crate::base::digest::{Hashing, of_bytes};
use crate::base::error::{Code, Error, Result};
use crate::base::storage;
use crate::tables::{Content, DocumentType, Output, Table, column};

/// The digest of a month as the revision in `folder`, with that manifest, has it; `issued_on` is the
/// day of new documents, where one was asked for.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: a table cannot be read.
pub fn result_digest(
    folder: &Path,
    manifest: &Manifest,
    issued_on: Option<NaiveDate>,
) -> Result<String> {
    let mut text = format!("{}\n", manifest.month);
    if let Some(day) = issued_on {
        line(&mut text, "issued-on", 1, &day.to_string());
    }
    if let Some(term) = manifest.options.payment_term {
        line(&mut text, "payment-term-days", 1, &u32::from(term).to_string());
    }
    let (documents, notes) = documents(folder)?;
    let lines = lines(folder, &notes)?;
    for Content { table, rows, sha256, .. } in manifest.outputs.iter().filter_map(Output::content) {
        let sha256 = match table {
            _ if table == Table::Documents.name() => &documents,
            _ if table == Table::InvoiceLines.name() => &lines,
            _ => sha256,
        };
        line(&mut text, table, rows, sha256);
    }
    Ok(of_bytes(text.as_bytes()))
}

/// The digest of several months in order, by those of each; of one month it is that month's.
pub fn joint_digest(months: &[(Month, String)]) -> String {
    match months {
        [(_, one)] => one.clone(),
        months => {
            let mut text = String::new();
            for (month, digest) in months {
                line(&mut text, &month.to_string(), 1, digest);
            }
            of_bytes(text.as_bytes())
        }
    }
}

fn line(text: &mut String, what: &str, rows: u64, digest: &str) {
    let _ = writeln!(text, "{what} {rows} {digest}"); // a string takes all
}

/// The digest of the documents, but for what whoever publishes says; and which of them are notes.
fn documents(folder: &Path) -> Result<(String, BTreeSet<String>)> {
    use column::documents::{document_id, document_type, due_on, issued_on, reason, revision};
    let mut notes = BTreeSet::new();
    let digest = of_cells(folder, Table::Documents, |cells| {
        if cells.of(document_type.name) != Some(DocumentType::Invoice.name()) {
            notes.extend(cells.of(document_id.name).map(str::to_owned));
        }
        match cells.of(revision.name) {
            Some(FIRST_REVISION) => &[],
            _ => &[issued_on.name, due_on.name, reason.name],
        }
    })?;
    Ok((digest, notes))
}

/// The digest of the lines: those of notes are charged on the day on which the note is issued.
fn lines(folder: &Path, notes: &BTreeSet<String>) -> Result<String> {
    use column::invoice_lines::{charged_on, document_id};
    of_cells(folder, Table::InvoiceLines, |cells| {
        let is_of_note = cells.of(document_id.name).is_some_and(|id| notes.contains(id));
        if is_of_note { &[charged_on.name] } else { &[] }
    })
}

/// A row of a table.
struct Cells<'a> {
    titles: &'a StringRecord,
    row: &'a StringRecord,
}

impl Cells<'_> {
    /// The cell of a column.
    fn of(&self, column: &str) -> Option<&str> {
        self.row.get(self.titles.iter().position(|title| title == column)?)
    }
}

/// The digest of a table's rows, each without the cells of the columns that `without` names for it.
fn of_cells(
    folder: &Path,
    table: Table,
    mut without: impl FnMut(&Cells<'_>) -> &'static [&'static str],
) -> Result<String> {
    let path = folder.join(format!("{}.csv", table.name()));
    let failed = |cause: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(Code::REVISION_DAMAGED, "cannot be read")
            .in_file(&path)
            .caused_by(cause)
            .hint_of_damage("restore the revision from a copy of the book")
    };
    let file = storage::open(&path).map_err(|e| failed(e.into()))?;
    let mut rows = ReaderBuilder::new().from_reader(file);
    let titles = rows.headers().map_err(|e| failed(e.into()))?.clone();
    let mut hashing = WriterBuilder::new().from_writer(Hashing::new(sink()));
    for row in rows.records() {
        let row = row.map_err(|e| failed(e.into()))?;
        let left_out = without(&Cells { titles: &titles, row: &row });
        let cells = titles.iter().zip(&row).map(|(title, cell)| match left_out.contains(&title) {
            true => "",
            false => cell,
        });
        hashing.write_record(cells).map_err(|e| failed(e.into()))?;
    }
    let mut hashing = hashing.into_inner().map_err(|e| failed(e.into_error().into()))?;
    hashing.flush().map_err(|e| failed(e.into()))?;
    let (_, _, sha256) = hashing.finish();
    Ok(sha256)
}
