//! What must stand as the revision before has it: its documents, after which the numbers of the new
//! ones go on without gaps; and all rows of accounts that were not billed anew.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use super::breaches::Breaches;
use super::inputs::Inputs;
use crate::base::error::Result;
use crate::base::scope::Scope;
use crate::base::storage;
use crate::tables::{
    DocumentNumbers, DocumentRow, IssuedRow, LineRow, Table, differing_account, records_in,
    row_count, succession,
};

/// Checks the documents in `folder` against those of the revision before, where there is one.
pub(super) fn documents(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<()> {
    let Some(before) = inputs.before else { return Ok(()) };
    let numbers = DocumentNumbers::of(inputs.month);
    let mut number = row_count(before, Table::Documents)?;
    let mut new = BTreeSet::new();
    let lost = added::<DocumentRow>(before, folder, inputs.scope, |row| {
        number += 1;
        let due = numbers.id(number);
        let mut expect = breaches.of(Some(&row.account_id));
        let in_order = row.document_id == due;
        expect.equal("K4", &format!("the next number is {due}"), in_order, 1);
        new.insert(row.document_id);
    })?;
    breaches.of(None).equal("K4", "earlier documents that are missing or changed", lost, 0);
    let lost = added::<LineRow>(before, folder, inputs.scope, |row| {
        let of_new = new.contains(&row.document_id);
        breaches.of(Some(&row.account_id)).equal("K4", NEW_LINE, of_new, 1);
    })?;
    breaches.of(None).equal("K4", "earlier invoice lines that are missing or changed", lost, 0);
    Ok(())
}

/// What holds of a line that the revision before does not have.
pub(super) const NEW_LINE: &str = "a new line is of a new document";

/// Visits the rows that the revision before does not have as they are, and gives the number of its
/// own that do not stand. Those of other accounts are carried over, as all their rows are.
fn added<R: IssuedRow>(
    before: &Path,
    folder: &Path,
    scope: &Scope,
    mut visit: impl FnMut(R),
) -> Result<u64> {
    let mut lost = 0;
    for row in succession::<R>(records_in(before, scope)?, records_in(folder, scope)?) {
        let row = row?;
        lost += u64::from(row.is_broken());
        row.into_new().into_iter().for_each(&mut visit);
    }
    Ok(lost)
}

/// Tables with rows of accounts.
const TABLES: [Table; 9] = [
    Table::Statements,
    Table::State,
    Table::RecentIds,
    Table::ExpiredCredits,
    Table::Grants,
    Table::OverageCharges,
    Table::Exceptions,
    Table::Documents,
    Table::InvoiceLines,
];

/// Checks the rows in `folder` that were carried over, where there are any.
pub(super) fn carried_over(
    inputs: &Inputs<'_>,
    folder: &Path,
    breaches: &mut Breaches,
) -> Result<()> {
    let Some((before, only)) = inputs.before.zip(inputs.scope.made_anew()) else {
        return Ok(());
    };
    let has = |table: &&Table| match table {
        Table::RecentIds => inputs.recent_hours.is_some(),
        // An earlier version wrote none, and nobody had grants.
        Table::Grants => !storage::is_gone(&before.join("grants.parquet")),
        _ => true,
    };
    let tables: Vec<&Table> = TABLES.iter().filter(has).collect();
    let differing =
        tables.par_iter().map(|&&table| differing_account(before, folder, table, &only));
    for (table, account) in tables.iter().zip(differing.collect::<Vec<_>>()) {
        if let Some(account) = account? {
            let what = format!("a row of {} carried over as it was", table.name());
            breaches.of(Some(&account)).equal("K4", &what, 0, 1);
        }
    }
    Ok(())
}
