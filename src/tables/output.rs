//! All tables of a revision, each as Parquet and, but for ids, as CSV.

use std::path::Path;

use arrow_array::RecordBatch;
use rayon::prelude::*;

use super::carried_over::CarriedOver;
use super::definitions::{Table, arrow_schema};
use super::splice;
use super::table_files::{Flushing, Form, Output, Target, write, write_batches};
use crate::base::error::Result;
use crate::base::money::Currency;

/// Writes every table into `folder`, and begins to flush it to the disk.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the disk is full, or the folder cannot be written.
pub fn write_all(mut revision: RevisionTables<'_>, folder: &Path) -> Result<Outputs> {
    let mut tables = Vec::new();
    if let Some(before) = &revision.carried_over {
        let is_of_accounts =
            |group: &mut TableGroup<'_>| group.tables.iter().all(|table| table.is_of_accounts());
        let of_accounts = revision.groups.extract_if(.., is_of_accounts);
        let of_accounts: Vec<TableGroup<'_>> = of_accounts.collect();
        tables = carry_over(&revision, &of_accounts, before, folder)?;
    }
    for group in &revision.groups {
        tables.extend(write_group(&revision, group, folder)?);
    }
    Ok(Outputs::of(tables))
}

/// A revision's tables, written and on their way to the disk: threads of their own wait for it,
/// while what was written can be read already.
pub struct Outputs(Vec<Flushing>);

impl Outputs {
    /// Those of these tables.
    pub(super) fn of(mut tables: Vec<Flushing>) -> Self {
        let place = |table: &Flushing| Table::ALL.iter().position(|own| own.name() == table.name);
        tables.sort_by_key(place);
        Outputs(tables)
    }

    /// The files, in the order in which people read the tables.
    pub fn files(&self) -> Vec<Output> {
        self.0.iter().flat_map(|table| table.outputs.clone()).collect()
    }

    /// Waits until all files are on the disk.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk is full, or fails.
    pub fn flushed(self) -> Result<()> {
        self.0.into_iter().try_for_each(|table| table.flushed().map(drop))
    }
}

/// Writes tables with the rows that are carried over. The new rows are few.
fn carry_over(
    revision: &RevisionTables<'_>,
    groups: &[TableGroup<'_>],
    before: &CarriedOver<'_>,
    folder: &Path,
) -> Result<Vec<Flushing>> {
    let mut own: Vec<(Table, Vec<RecordBatch>)> = Vec::new();
    for group in groups {
        let made = (0..group.pieces).map(&group.make).collect::<Result<Vec<_>>>()?;
        let of_table = |at: usize| made.iter().map(|batches| batches[at].clone()).collect();
        own.extend(group.tables.iter().enumerate().map(|(at, &table)| (table, of_table(at))));
    }
    let write = |(table, own): &(Table, Vec<RecordBatch>)| {
        let to = revision.target(*table, folder);
        match before.has(*table) {
            true => splice::write(&to, *table, before, own),
            // An earlier version wrote no such table: nobody else has a row of it.
            false => write_batches(&to, own),
        }
    };
    own.par_iter().map(write).collect()
}

/// Writes the tables of a group.
pub(super) fn write_group(
    revision: &RevisionTables<'_>,
    group: &TableGroup<'_>,
    folder: &Path,
) -> Result<Vec<Flushing>> {
    let targets = group.tables.iter().map(|&table| revision.target(table, folder));
    write(&targets.collect::<Vec<_>>(), group.pieces, &group.make)
}

/// Tables whose rows are made in one go, a piece after the other.
pub struct TableGroup<'a> {
    /// The tables.
    pub tables: Vec<Table>,
    /// How many pieces there are.
    pub pieces: usize,
    /// The batch of each table that a piece comes to.
    pub make: Box<dyn Fn(usize) -> Result<Vec<RecordBatch>> + Sync + 'a>,
}

/// All tables of a revision, and what their footers say.
pub struct RevisionTables<'a> {
    /// The month, as columns of that name have it.
    pub month: &'a str,
    /// The revision's name, such as `r001`.
    pub revision: &'a str,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The rows of the accounts that are billed now.
    pub groups: Vec<TableGroup<'a>>,
    /// Where the rows of all other accounts come from, if there are such.
    pub carried_over: Option<CarriedOver<'a>>,
    /// What they are written for.
    pub form: Form,
}

impl RevisionTables<'_> {
    /// Where a table goes, and what its footer says.
    pub(super) fn target<'t>(&'t self, table: Table, folder: &'t Path) -> Target<'t> {
        let (name, has_csv) = (table.name(), table.has_csv());
        let notes = vec![
            ("monthend.month", self.month),
            ("monthend.revision", self.revision),
            ("monthend.version", env!("CARGO_PKG_VERSION")),
            ("monthend.table", name),
        ];
        let schema = arrow_schema(table, self.currency);
        Target { folder, name, schema, notes, has_csv, form: self.form }
    }
}
