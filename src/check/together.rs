//! What must hold of tables that were put together from parts.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::breaches::Breaches;
use super::rows::{self, Along, batches};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::scope::Scope;
use crate::tables::{DocumentNumbers, RowsDigest, Table, view};

view! {
    /// Whose document it is.
    struct Document of Documents.documents { document_id, account_id }
}

view! {
    /// Which document has a line.
    struct Line of InvoiceLines.invoice_lines { document_id, account_id }
}

view! {
    /// Which document charges overage.
    struct Charge of OverageCharges.overage_charges { document_id, account_id }
}

/// Each table has the rows of all parts, and no others.
pub(super) fn rows(
    folder: &Path,
    of_parts: &BTreeMap<Table, RowsDigest>,
    breaches: &mut Breaches,
) -> Result<()> {
    let digest = |table: &Table| RowsDigest::of(folder, *table).map_err(rows::failed);
    let found = of_parts.par_iter().map(|(table, due)| Ok((table.name(), digest(table)?, due)));
    for (name, is, due) in found.collect::<Result<Vec<_>>>()? {
        let what = format!("rows of `{name}` = rows of all parts");
        breaches.of(None).equal("K5", &what, is.rows, due.rows);
        let what = format!("`{name}` has the rows of all parts as they were");
        breaches.of(None).equal("K5", &what, i128::from(is == *due), 1);
    }
    Ok(())
}

/// Documents are numbered in the order of their accounts, and lines and charges name their account's.
pub(super) fn numbers(month: Month, folder: &Path, breaches: &mut Breaches) -> Result<()> {
    let numbers = DocumentNumbers::of(month);
    let mut next = 0_u64;
    for batch in batches(folder, Document::TABLE, Document::COLUMNS, &Scope::All)? {
        for Document { document_id, account_id } in rows::of(&batch?, Document::rows)? {
            next += 1;
            let number = numbers.number(document_id).map_or(-1, i128::from);
            breaches.of(Some(account_id)).equal("K4", "number of its document", number, next);
        }
    }
    let mut own = documents(folder)?;
    for batch in batches(folder, Line::TABLE, Line::COLUMNS, &Scope::All)? {
        let batch = batch?;
        let lines = rows::of(&batch, Line::rows)?.map(|line| (line.account_id, line.document_id));
        are_of_own("a line is of the account's document", lines, &mut own, breaches)?;
    }
    let mut own = documents(folder)?;
    for batch in batches(folder, Charge::TABLE, Charge::COLUMNS, &Scope::All)? {
        let batch = batch?;
        let charges = rows::of(&batch, Charge::rows)?.map(|own| (own.account_id, own.document_id));
        are_of_own("an overage charge is of the account's document", charges, &mut own, breaches)?;
    }
    Ok(())
}

/// Rows, each with its account and the document that it names, name the account's.
fn are_of_own<'r>(
    what: &str,
    mut rows: impl Iterator<Item = (&'r str, &'r str)>,
    documents: &mut Along<String>,
    breaches: &mut Breaches,
) -> Result<()> {
    rows.try_for_each(|(account, document)| {
        let is_its_own = documents.of(account)?.is_some_and(|id| id == document);
        breaches.of(Some(account)).equal("K4", what, is_its_own, 1);
        Ok(())
    })
}

/// The documents, account by account.
fn documents(folder: &Path) -> Result<Along<String>> {
    Along::open(folder, (Document::TABLE, Document::COLUMNS), &Scope::All, |batch| {
        let all = rows::of(batch, Document::rows)?;
        Ok(all.map(|row| (row.account_id.to_owned(), row.document_id.to_owned())).collect())
    })
}
