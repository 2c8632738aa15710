//! The finished tables, read back from the disk as they were written.

use std::path::Path;

use crate::error::{Error, Kind, Result};
use crate::tables::{self, Table};

pub(super) use crate::tables::Finished;

/// The rows of a finished table; one that cannot be read back fails the check.
pub(super) fn stream<T: 'static>(
    folder: &Path,
    table: Table,
    make: fn(&Finished) -> Vec<T>,
) -> Result<impl Iterator<Item = Result<T>> + use<T>> {
    let failed = |cause: Error| {
        let message = "a finished table cannot be read back, nothing was published";
        Error::new(Kind::Conservation, message).caused_by(cause)
    };
    Ok(tables::stream(folder, table, make).map_err(failed)?.map(move |row| row.map_err(failed)))
}
