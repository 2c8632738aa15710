//! What must hold of accounts that were not billed anew: their rows are those of the revision
//! before, to the last cell.

use std::path::Path;

use rayon::prelude::*;

use super::breaches::Breaches;
use super::inputs::Inputs;
use super::read::differing_account;
use crate::base::error::Result;
use crate::tables::Table;

/// Tables with rows of accounts.
const TABLES: [Table; 7] = [
    Table::Statements,
    Table::State,
    Table::ExpiredCredits,
    Table::OverageCharges,
    Table::Exceptions,
    Table::Documents,
    Table::InvoiceLines,
];

/// Checks the rows in `folder` that were carried over, where there are any.
pub(super) fn check(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<()> {
    let Some((before, only)) = inputs.before.zip(inputs.scope.accounts()) else {
        return Ok(());
    };
    let differing = TABLES.par_iter().map(|&table| differing_account(before, folder, table, only));
    for (table, account) in TABLES.iter().zip(differing.collect::<Vec<_>>()) {
        if let Some(account) = account? {
            let what = format!("a row of {} carried over as it was", table.name());
            breaches.expect("K4", Some(&account), &what, 0, 1);
        }
    }
    Ok(())
}
