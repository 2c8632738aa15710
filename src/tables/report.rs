//! Tables beside those of a revision: differences, reconciliations, exports.

use std::path::Path;

use super::batch_builder::BatchBuilder;
use super::columns::{TableColumn, schema_of};
use super::groups::BATCH_ROWS;
use super::output::{Output, Target};
use crate::base::error::{Error, Result};
use crate::base::money::Currency;

/// A table with columns of its own.
#[derive(Debug, Clone, Copy)]
pub struct ReportTable {
    /// Its name, and its files' name without the ending.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [TableColumn],
}

impl ReportTable {
    /// Writes rows as Parquet and as CSV into `folder`, which is made where it is missing; files
    /// of these names that are there are replaced. `fill` adds the cells of a row.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be written.
    pub fn write<T: Sync>(
        &self,
        folder: &Path,
        currency: Currency,
        notes: &[(&str, &str)],
        rows: &[T],
        fill: impl Fn(&T, &mut BatchBuilder) -> Result<()> + Sync,
    ) -> Result<Vec<Output>> {
        std::fs::create_dir_all(folder).map_err(|e| {
            Error::book("the folder cannot be made")
                .in_file(folder)
                .caused_by(e)
                .hint("choose a folder that this user may write to")
        })?;
        let schema = schema_of(self.columns, currency);
        let mut footer =
            vec![("monthend.version", env!("CARGO_PKG_VERSION")), ("monthend.table", self.name)];
        footer.extend_from_slice(notes);
        let to = Target { folder, name: self.name, schema: &schema, notes: &footer };
        let chunks: Vec<&[T]> = rows.chunks(BATCH_ROWS).collect();
        to.write(chunks.len(), |piece| {
            let mut sheet = BatchBuilder::new(&schema, chunks[piece].len());
            chunks[piece].iter().try_for_each(|row| fill(row, &mut sheet))?;
            sheet.finish()
        })
    }
}
