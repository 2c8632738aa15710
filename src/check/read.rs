//! The finished tables, read back from the disk as they were written.

use std::path::Path;

use crate::error::{Error, Kind, Result};
use crate::tables::{self, Record, Table};

pub(super) use crate::tables::Finished;

/// A table that cannot be read back fails the check.
fn failed(cause: Error) -> Error {
    let message = "a finished table cannot be read back, nothing was published";
    Error::new(Kind::Conservation, message).caused_by(cause)
}

/// The rows of a finished table, with all their columns.
pub(super) fn whole<R: Record>(folder: &Path) -> Result<impl Iterator<Item = Result<R>> + use<R>> {
    Ok(tables::records(folder).map_err(failed)?.map(|row| row.map_err(failed)))
}

/// Columns of a finished table, batch by batch.
pub(super) fn finished(
    folder: &Path,
    table: Table,
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<Finished>> + Send + use<>> {
    let batches = tables::finished(folder, table, columns).map_err(failed)?;
    Ok(batches.map(|batch| batch.map_err(failed)))
}
