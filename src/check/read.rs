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

/// The rows of a finished table, each made from a batch by `make`.
pub(super) fn stream<T: 'static>(
    folder: &Path,
    table: Table,
    make: fn(&Finished) -> Vec<T>,
) -> Result<impl Iterator<Item = Result<T>> + use<T>> {
    Ok(tables::stream(folder, table, make).map_err(failed)?.map(|row| row.map_err(failed)))
}
