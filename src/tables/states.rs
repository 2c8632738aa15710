//! The table `state` by itself, for an opening that no revision closed with.

use std::path::Path;

use super::batch_builder::{BatchBuilder, Cell};
use super::groups::BATCH_ROWS;
use super::output::{Output, Target};
use super::schema::{Table, arrow_schema};
use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::catalog::Catalog;
use crate::input::opening::State;

/// Writes the state that opens `month` as `state.parquet` and `state.csv` into `folder`, flushed
/// to the disk; the states are in the order of their accounts.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the folder cannot be written.
pub fn write_states(
    folder: &Path,
    month: Month,
    catalog: &Catalog,
    states: &[State],
) -> Result<Vec<Output>> {
    let (schema, month) = (arrow_schema(Table::State, catalog.currency), month.to_string());
    let notes = [
        ("monthend.opening_of", month.as_str()),
        ("monthend.version", env!("CARGO_PKG_VERSION")),
        ("monthend.table", Table::State.name()),
    ];
    let to = Target { folder, name: Table::State.name(), schema: &schema, notes: &notes };
    let chunks: Vec<&[State]> = states.chunks(BATCH_ROWS).collect();
    to.write(chunks.len(), |piece| {
        let mut sheet = BatchBuilder::new(&schema, chunks[piece].len());
        chunks[piece].iter().try_for_each(|state| push(state, catalog, &mut sheet))?;
        sheet.finish()
    })
}

fn push(state: &State, catalog: &Catalog, sheet: &mut BatchBuilder) -> Result<()> {
    sheet.push([
        state.account.as_str().into(),
        catalog.plan(state.plan).id.as_str().into(),
        Cell::Flag(state.overage_on),
        state.signed_up_at.into(),
        state.first_paid_at.into(),
        state.trial.map(|trial| trial.ends_at).into(),
        state.trial.map_or(Credits::ZERO, |trial| trial.left).into(),
    ])
}
