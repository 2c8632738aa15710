//! The finished tables, read back from the disk as they were written.

use std::collections::BTreeSet;
use std::path::Path;

use crate::base::error::{Error, Kind, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::tables::{self, OfAccount, Record, Table};

pub(super) use crate::tables::TableBatch;

/// A table that cannot be read back fails the check.
fn failed(cause: Error) -> Error {
    let message = "a finished table cannot be read back, nothing was published";
    Error::new(Kind::Conservation, message).caused_by(cause)
}

/// Columns of a finished table, batch by batch: of all accounts or of some.
pub(super) fn batches(
    folder: &Path,
    table: Table,
    columns: &[&str],
    scope: &Scope,
) -> Result<impl Iterator<Item = Result<TableBatch>> + Send + use<>> {
    let batches = tables::batches(folder, table, columns, scope).map_err(failed)?;
    Ok(batches.map(|batch| batch.map_err(failed)))
}

/// The rows of a batch.
pub(super) fn rows<'a, I>(
    batch: &'a TableBatch,
    rows: impl FnOnce(&'a TableBatch) -> Result<I>,
) -> Result<I> {
    rows(batch).map_err(failed)
}

/// The rows of a finished table, of all accounts or of some.
pub(super) fn whole_of<R: OfAccount + Record>(
    folder: &Path,
    scope: &Scope,
) -> Result<impl Iterator<Item = Result<R>> + use<R>> {
    Ok(tables::records_in(folder, scope).map_err(failed)?.map(|row| row.map_err(failed)))
}

/// The number of rows of a finished table.
pub(super) fn row_count(folder: &Path, table: Table) -> Result<u64> {
    tables::row_count(folder, table).map_err(failed)
}

/// An account whose rows are not those of the revision before; accounts that were billed anew are
/// left aside.
pub(super) fn differing_account(
    before: &Path,
    after: &Path,
    table: Table,
    anew: &BTreeSet<AccountId>,
) -> Result<Option<String>> {
    tables::differing_account(before, after, table, anew).map_err(failed)
}
