//! Tables beside those of a revision: differences, reconciliations, exports; and the table `state`
//! by itself, for an opening that no revision closed with.

use std::path::Path;

use super::batch_builder::{BatchBuilder, Cell};
use super::columns::{ColumnType, TableColumn, optional, required, schema_of};
use super::definitions::{Table, arrow_schema};
use super::table_files::{Form, Output, Target, write_rows};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::files::make_folder;
use crate::base::money::Currency;

/// Where tables go, and what they have in common.
#[derive(Debug, Clone, Copy)]
pub struct ReportTarget<'a> {
    /// The folder, which is made where it is missing; files of the tables' names that are there
    /// are replaced.
    pub folder: &'a Path,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What the Parquet files note of themselves.
    pub notes: &'a [(&'a str, &'a str)],
}

/// A table with columns of its own, each with what a row `R` has in it.
#[derive(Debug, Clone)]
pub struct ReportTable<R> {
    /// Its name, and its files' name without the ending.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: Vec<ReportColumn<R>>,
}

/// A column, and the cell of a row.
#[derive(Debug, Clone, Copy)]
pub struct ReportColumn<R> {
    /// Its name and type.
    pub column: TableColumn,
    cell: fn(&R) -> Cell<'_>,
}

impl<R> ReportColumn<R> {
    /// A column that is never empty.
    pub fn required(name: &'static str, kind: ColumnType, cell: fn(&R) -> Cell<'_>) -> Self {
        ReportColumn { column: required(name, kind), cell }
    }

    /// A column that may be empty. An empty text is written as an empty cell.
    pub fn optional(name: &'static str, kind: ColumnType, cell: fn(&R) -> Cell<'_>) -> Self {
        ReportColumn { column: optional(name, kind), cell }
    }

    fn cell<'r>(&self, row: &'r R) -> Cell<'r> {
        match (self.cell)(row) {
            Cell::Text("") if self.column.nullable => Cell::Null,
            cell => cell,
        }
    }
}

/// Declares a table: a line for each column, with its type and the cell of a row.
macro_rules! report_table {
    (
        $(#[$about:meta])*
        $visibility:vis fn $table:ident($row:ident: $type:ident) {
            $($required:ident $column:ident: $kind:ident = $cell:expr,)*
        }
    ) => {
        $(#[$about])*
        $visibility fn $table<'a>() -> $crate::tables::ReportTable<$type<'a>> {
            use $crate::tables::{Cell, ColumnType, ReportColumn, ReportTable};
            ReportTable {
                name: stringify!($table),
                columns: vec![$(ReportColumn::$required(
                    stringify!($column),
                    ColumnType::$kind,
                    |$row| {
                        let _ = $row; // A cell may be the same in all rows.
                        Cell::from($cell)
                    },
                ),)*],
            }
        }
    };
}

pub(crate) use report_table;

impl<R> ReportTable<R> {
    /// Writes a row of each item as Parquet and as CSV.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be written.
    pub fn write<'t, T: Sync>(
        &self,
        target: &ReportTarget<'_>,
        items: &'t [T],
        row_of: impl Fn(&'t T) -> R + Sync,
    ) -> Result<Vec<Output>> {
        let columns: Vec<TableColumn> = self.columns.iter().map(|column| column.column).collect();
        target.write(self.name, &columns, true, items, |item, batch| {
            let row = row_of(item);
            let mut cells = batch.row();
            self.columns.iter().try_for_each(|column| cells.push(column.cell(&row)))
        })
    }
}

impl ReportTarget<'_> {
    /// Writes a table that is known by its name and columns alone, with a row of each item, as Parquet and
    /// nothing else; `cells` are those of a row.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be written.
    pub fn write_parquet<'t, T: Sync, I: Iterator<Item = Cell<'t>>>(
        &self,
        name: &str,
        columns: &[TableColumn],
        items: &'t [T],
        cells: impl Fn(&'t T) -> I + Sync,
    ) -> Result<Vec<Output>> {
        self.write(name, columns, false, items, |item, batch| {
            let mut row = batch.row();
            cells(item).try_for_each(|cell| row.push(cell))
        })
    }

    fn write<'t, T: Sync>(
        &self,
        name: &str,
        columns: &[TableColumn],
        has_csv: bool,
        items: &'t [T],
        fill: impl Fn(&'t T, &mut BatchBuilder) -> Result<()> + Sync,
    ) -> Result<Vec<Output>> {
        let ReportTarget { folder, currency, notes } = *self;
        make_folder(folder).and_then(|()| std::fs::create_dir_all(folder)).map_err(|e| {
            Error::new(Code::OUTPUT_UNWRITABLE, "the folder cannot be made")
                .in_file(folder)
                .caused_by(e)
                .hint("choose a folder that this user may write to")
        })?;
        let schema = schema_of(columns, currency);
        let own = [("monthend.version", env!("CARGO_PKG_VERSION")), ("monthend.table", name)];
        let notes = [&own, notes].concat();
        write_rows(
            &Target { folder, name, schema, notes, has_csv, form: Form::ToRead },
            items,
            fill,
        )
    }
}

/// Writes one of the tables that open `month` into `folder`, flushed to the disk: `state`, or
/// `recent_ids`. The rows are in the table's order, and `push` adds one.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the folder cannot be written.
pub fn write_opening<T: Sync>(
    table: Table,
    folder: &Path,
    month: Month,
    currency: Currency,
    rows: &[T],
    push: impl Fn(&T, &mut BatchBuilder) -> Result<()> + Sync,
) -> Result<Vec<Output>> {
    let (schema, month) = (arrow_schema(table, currency), month.to_string());
    let notes = vec![
        ("monthend.opening_of", month.as_str()),
        ("monthend.version", env!("CARGO_PKG_VERSION")),
        ("monthend.table", table.name()),
    ];
    let (name, has_csv) = (table.name(), table.has_csv());
    write_rows(&Target { folder, name, schema, notes, has_csv, form: Form::ToRead }, rows, push)
}
