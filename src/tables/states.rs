//! The table `state` by itself, for an opening that no revision closed with.

use std::path::Path;

use super::batch_builder::BatchBuilder;
use super::definitions::{Table, arrow_schema};
use super::pieces::write_rows;
use super::table_files::{Output, Target};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::money::Currency;

/// Writes the state that opens `month` as `state.parquet` and `state.csv` into `folder`, flushed
/// to the disk; the states are in the order of their accounts, and `push` adds the row of one.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the folder cannot be written.
pub fn write_states<T: Sync>(
    folder: &Path,
    month: Month,
    currency: Currency,
    states: &[T],
    push: impl Fn(&T, &mut BatchBuilder) -> Result<()> + Sync,
) -> Result<Vec<Output>> {
    let (schema, month) = (arrow_schema(Table::State, currency), month.to_string());
    let notes = [
        ("monthend.opening_of", month.as_str()),
        ("monthend.version", env!("CARGO_PKG_VERSION")),
        ("monthend.table", Table::State.name()),
    ];
    let to = Target { folder, name: Table::State.name(), schema: &schema, notes: &notes };
    write_rows(&to, states, push)
}
