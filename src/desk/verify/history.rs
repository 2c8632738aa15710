//! Documents and lines of an earlier revision stand unchanged in every later one.

use std::collections::BTreeSet;
use std::iter::Peekable;

use super::finding::{Audit, Code, Place, in_words};
use super::revision::CheckedRevision;
use crate::base::error::Result;
use crate::tables::{DocumentRow, LineRow, Record, Table, records};

/// Holds a revision against the one before it.
pub(super) fn check(before: &CheckedRevision, after: &CheckedRevision) -> Audit {
    let mut audit = Audit::default();
    let tables = [Table::Documents, Table::InvoiceLines];
    if before.are_sound(&tables)
        && after.are_sound(&tables)
        && let Err(error) = compare(before, after, &mut audit)
    {
        audit.add(Code::Table, after.place(), in_words(&error));
    }
    audit
}

fn compare(before: &CheckedRevision, after: &CheckedRevision, audit: &mut Audit) -> Result<()> {
    let mut new = BTreeSet::new();
    let mut is_new = |row: &DocumentRow| {
        let is_new = row.revision == after.name;
        if is_new {
            new.insert(row.document_id.clone());
        }
        is_new
    };
    merge((before, after), &mut is_new, audit)?;
    merge((before, after), &mut |row: &LineRow| new.contains(&row.document_id), audit)
}

/// A row that is issued once, and stands from then on.
trait IssuedRow: Record + PartialEq {
    fn account(&self) -> &str;
    fn document(&self) -> &str;
    /// The line's number; 0 for a document.
    fn line(&self) -> u64;
    /// The names of the columns that differ.
    fn differing(&self, other: &Self) -> Vec<&'static str>;

    fn key(&self) -> (&str, &str, u64) {
        (self.account(), self.document(), self.line())
    }
}

impl IssuedRow for DocumentRow {
    fn account(&self) -> &str {
        &self.account_id
    }

    fn document(&self) -> &str {
        &self.document_id
    }

    fn line(&self) -> u64 {
        0
    }

    fn differing(&self, other: &Self) -> Vec<&'static str> {
        DocumentRow::differing(self, other)
    }
}

impl IssuedRow for LineRow {
    fn account(&self) -> &str {
        &self.account_id
    }

    fn document(&self) -> &str {
        &self.document_id
    }

    fn line(&self) -> u64 {
        self.line_number
    }

    fn differing(&self, other: &Self) -> Vec<&'static str> {
        LineRow::differing(self, other)
    }
}

/// The next row's key, unless there is none, or none that can be read.
fn is_up_to<R: IssuedRow>(row: &Result<R>, other: Option<&Result<R>>) -> bool {
    match (row, other) {
        (Ok(row), Some(Ok(other))) => row.key() <= other.key(),
        _ => true,
    }
}

/// Walks through both tables in the order of account, document and line.
fn merge<R: IssuedRow>(
    (before, after): (&CheckedRevision, &CheckedRevision),
    is_new: &mut dyn FnMut(&R) -> bool,
    audit: &mut Audit,
) -> Result<()> {
    let mut earlier = records::<R>(&before.folder)?.peekable();
    let mut later = records::<R>(&after.folder)?.peekable();
    let mut report = |row: &R, what: String, expected: &str| {
        let place = place(after, row);
        audit.add_expected(Code::History, place, what, expected);
    };
    loop {
        let was = next(&mut earlier, later.peek())?;
        let up_to = was.as_ref().map(R::key);
        let is = match later.peek() {
            Some(Ok(row)) if up_to.is_none_or(|up_to| row.key() <= up_to) => later.next(),
            Some(Err(_)) => later.next(),
            _ => None,
        };
        match (was, is.transpose()?) {
            (None, None) => return Ok(()),
            (Some(was), None) => {
                report(&was, format!("stands in {} and is no more", before.name), "unchanged");
            }
            (None, Some(is)) => {
                if !is_new(&is) {
                    let what = format!("is not new, yet {} does not have it", before.name);
                    report(&is, what, "what stands in the revision before");
                }
            }
            (Some(was), Some(is)) => {
                is_new(&is);
                if was != is {
                    let names = was.differing(&is).join(", ");
                    let what = format!("is not what it is in {}: {names}", before.name);
                    report(&is, what, "unchanged");
                }
            }
        }
    }
}

/// The next earlier row, if it comes no later than the next later one.
fn next<R: IssuedRow>(
    earlier: &mut Peekable<impl Iterator<Item = Result<R>>>,
    later: Option<&Result<R>>,
) -> Result<Option<R>> {
    earlier.next_if(|row| is_up_to(row, later)).transpose()
}

fn place<R: IssuedRow>(after: &CheckedRevision, row: &R) -> Place {
    let file = format!("{}.parquet", R::TABLE.name());
    after.place().file(file).account(row.account()).document(row.document())
}
