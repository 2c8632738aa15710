//! A batch of a revision's table, read column by column.

use std::marker::PhantomData;

use arrow_array::{Array, RecordBatch};

use super::values::Value;
use crate::base::error::{Error, Result};

/// A column, and what it holds.
#[derive(Debug)]
pub struct Column<T> {
    /// Its name.
    pub name: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T> Column<T> {
    /// The column of a name.
    pub(super) const fn named(name: &'static str) -> Self {
        Column { name, value: PhantomData }
    }
}

/// A batch of a table, with its columns by name.
#[derive(Debug, Clone)]
pub struct TableBatch(RecordBatch);

impl TableBatch {
    /// A batch of rows of the contract's columns and types, or of some of them.
    pub(super) fn of(rows: RecordBatch) -> Self {
        TableBatch(rows)
    }

    /// Its number of rows.
    pub fn len(&self) -> usize {
        self.0.num_rows()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its rows before the one at a place, and those from there on.
    pub fn split_at(&self, row: usize) -> (TableBatch, TableBatch) {
        let (before, rest) = (self.0.slice(0, row), self.0.slice(row, self.len() - row));
        (TableBatch(before), TableBatch(rest))
    }

    /// A column's cells, row by row.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: a cell is one that no run writes, or the column was not read.
    pub fn column<'a, T: Value>(
        &'a self,
        column: Column<T>,
    ) -> Result<impl Fn(usize) -> T::Borrowed<'a> + use<'a, T>> {
        let amiss = |fault| {
            Error::book("a table of the revision cannot be read")
                .in_column(column.name)
                .caused_by(fault)
                .hint("the book may have been changed by hand; restore it from a copy")
        };
        let cells = self.0.column_by_name(column.name).ok_or_else(|| amiss("is not there"))?;
        if !T::NULLABLE && cells.null_count() > 0 {
            return Err(amiss("is empty in a row"));
        }
        T::reader(cells).map_err(amiss)
    }
}
