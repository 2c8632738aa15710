//! Documents and lines of an earlier revision stand unchanged in every later one.

use std::collections::BTreeSet;

use super::finding::{Audit, FindingCode};
use super::revision::CheckedRevision;
use crate::base::error::Result;
use crate::tables::{DocumentRow, IssuedRow, LineRow, Succession, Table, records, succession};

/// Holds a revision against the one before it.
pub(super) fn check(before: &CheckedRevision, after: &CheckedRevision) -> Audit {
    let mut audit = Audit::default();
    let tables = [Table::Documents, Table::InvoiceLines];
    if before.are_sound(&tables)
        && after.are_sound(&tables)
        && let Err(error) = compare(before, after, &mut audit)
    {
        audit.add_failure(FindingCode::Table, after.place(), &error);
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
    hold(before, after, &mut is_new, audit)?;
    let mut of_new = |row: &LineRow| new.contains(&row.document_id);
    hold(before, after, &mut of_new, audit)
}

/// Walks through both tables in the order of account, document and line.
fn hold<R: IssuedRow>(
    before: &CheckedRevision,
    after: &CheckedRevision,
    is_new: &mut dyn FnMut(&R) -> bool,
    audit: &mut Audit,
) -> Result<()> {
    let mut report = |row: &R, what: String, expected: &str| {
        let place = after.place().table(R::TABLE).account(row.account()).document(row.document());
        audit.add_expected(FindingCode::History, place, what, expected);
    };
    let (earlier, later) = (records::<R>(&before.folder)?, records::<R>(&after.folder)?);
    for row in succession(earlier, later) {
        match row? {
            Succession::Unchanged(row) => {
                is_new(&row);
            }
            Succession::Gone(was) => {
                report(&was, format!("stands in {} and is no more", before.name), "unchanged");
            }
            Succession::New(is) => {
                if !is_new(&is) {
                    let what = format!("is not new, yet {} does not have it", before.name);
                    report(&is, what, "what stands in the revision before");
                }
            }
            Succession::Changed { was, is } => {
                is_new(&is);
                let names = was.differing(&is).join(", ");
                let what = format!("is not what it is in {}: {names}", before.name);
                report(&is, what, "unchanged");
            }
        }
    }
    Ok(())
}
