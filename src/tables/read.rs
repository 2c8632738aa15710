//! A revision's tables, read back from their Parquet files.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::file::metadata::ParquetMetaData;

use super::account_rows::of_accounts;
use super::columns::narrowed;
use super::damaged_file::guarded;
use super::schema::Table;
use crate::base::error::{Error, Result};

/// Rows that are read at once.
const READ_ROWS: usize = 8_192;

/// A batch of a finished table, with its columns by name.
#[derive(Debug, Clone)]
pub struct Finished(RecordBatch);

impl Finished {
    /// Its number of rows.
    pub fn len(&self) -> usize {
        self.0.num_rows()
    }

    /// Its rows before the one at a place, and those from there on.
    pub fn split_at(&self, row: usize) -> (Finished, Finished) {
        let (before, rest) = (self.0.slice(0, row), self.0.slice(row, self.len() - row));
        (Finished(before), Finished(rest))
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn column(&self, name: &str) -> &ArrayRef {
        let index = self.0.schema().index_of(name).unwrap_or(usize::MAX);
        self.0.columns().get(index).unwrap_or_else(|| {
            unreachable!("`stream` has matched the schema, which has a column {name}")
        })
    }

    /// Text; empty where null.
    pub fn text<'a>(&'a self, name: &str) -> impl Fn(usize) -> &'a str + use<'a> {
        let column = self.column(name).as_string::<i32>();
        move |row| if column.is_null(row) { "" } else { column.value(row) }
    }

    /// Dates as days since 1970-01-01; `None` where null.
    pub fn date<'a>(&'a self, name: &str) -> impl Fn(usize) -> Option<i32> + use<'a> {
        let column = self.column(name).as_primitive::<Date32Type>();
        move |row| (!column.is_null(row)).then(|| column.value(row))
    }

    /// Decimals in units of their scale; 0 where null.
    pub fn decimal<'a>(&'a self, name: &str) -> impl Fn(usize) -> i128 + use<'a> {
        let column = self.column(name).as_primitive::<Decimal64Type>();
        move |row| {
            if column.is_null(row) { 0 } else { column.value(row).into() }
        }
    }

    /// Integers; `None` where null.
    pub fn integer<'a>(&'a self, name: &str) -> impl Fn(usize) -> Option<i128> + use<'a> {
        let column = self.column(name).as_primitive::<Int64Type>();
        move |row| (!column.is_null(row)).then(|| i128::from(column.value(row)))
    }

    /// Flags; false where null.
    pub fn flag<'a>(&'a self, name: &str) -> impl Fn(usize) -> bool + use<'a> {
        let column = self.column(name).as_boolean();
        move |row| !column.is_null(row) && column.value(row)
    }

    /// Instants in microseconds; `None` where null.
    pub fn instant<'a>(&'a self, name: &str) -> impl Fn(usize) -> Option<i64> + use<'a> {
        let column = self.column(name).as_primitive::<TimestampMicrosecondType>();
        move |row| (!column.is_null(row)).then(|| column.value(row))
    }

    /// Whether a cell is null.
    pub fn is_null<'a>(&'a self, name: &str) -> impl Fn(usize) -> bool + use<'a> {
        let column = self.column(name);
        move |row| column.is_null(row)
    }
}

/// The rows of a table in the revision at `folder`, one after the other, each made by `make`
/// from a batch.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
pub fn stream<T: 'static>(
    folder: &Path,
    table: Table,
    make: fn(&Finished) -> Vec<T>,
) -> Result<impl Iterator<Item = Result<T>> + use<T>> {
    let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
    stream_part(folder, table, &names, make, &|_| Part::default())
}

/// Like [`stream`], but reads only the columns `names`; `make` may ask for no others.
///
/// # Errors
/// As with [`stream`].
pub fn stream_columns<T: 'static>(
    folder: &Path,
    table: Table,
    names: &[&str],
    make: fn(&Finished) -> Vec<T>,
) -> Result<impl Iterator<Item = Result<T>> + use<T>> {
    stream_part(folder, table, names, make, &|_| Part::default())
}

/// The columns `names` of a table in the revision at `folder`, batch by batch.
///
/// # Errors
/// As with [`stream`].
pub fn finished(
    folder: &Path,
    table: Table,
    names: &[&str],
) -> Result<impl Iterator<Item = Result<Finished>> + Send + use<>> {
    Ok(part(folder, table, names, &|_| Part::default())?.map(|batch| batch.map(Finished)))
}

/// The columns `names` of a table in the revision at `folder`, batch by batch: the rows of some
/// accounts.
///
/// # Errors
/// As with [`stream`].
pub fn finished_of(
    folder: &Path,
    table: Table,
    names: &[&str],
    accounts: &BTreeSet<String>,
) -> Result<impl Iterator<Item = Result<Finished>> + Send + use<>> {
    let choice = |metadata: &ParquetMetaData| of_accounts(metadata, accounts);
    Ok(part(folder, table, names, &choice)?.map(|batch| batch.map(Finished)))
}

/// Which part of a table is read.
#[derive(Default)]
pub(super) struct Part {
    /// The row groups; all where none are named.
    pub groups: Option<Vec<usize>>,
    /// Their rows; all where there is no filter.
    pub filter: Option<RowFilter>,
}

/// Tells, for a table's footer, which part is read.
pub(super) type Choice<'a> = &'a dyn Fn(&ParquetMetaData) -> Part;

/// Like [`stream_columns`], but only the part of the rows that is chosen.
pub(super) fn stream_part<T: 'static>(
    folder: &Path,
    table: Table,
    names: &[&str],
    make: fn(&Finished) -> Vec<T>,
    choice: Choice<'_>,
) -> Result<impl Iterator<Item = Result<T>> + use<T>> {
    Ok(part(folder, table, names, choice)?.flat_map(move |batch| match batch {
        Ok(batch) => make(&Finished(batch)).into_iter().map(Ok).collect::<Vec<_>>(),
        Err(e) => vec![Err(e)],
    }))
}

/// All rows of a table in the revision at `folder`, as batches of the contract's columns and types.
pub(super) fn batches(
    folder: &Path,
    table: Table,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
    part(folder, table, &names, &|_| Part::default())
}

/// A Parquet file, to be read as the contract's types.
pub(super) fn open(file: File) -> parquet::errors::Result<ParquetRecordBatchReaderBuilder<File>> {
    let metadata = opened(&file, ArrowReaderOptions::new())?;
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata))
}

/// The footer of a Parquet file that is to be read as the contract's types.
pub(super) fn opened(
    file: &File,
    options: ArrowReaderOptions,
) -> parquet::errors::Result<ArrowReaderMetadata> {
    let metadata = ArrowReaderMetadata::load(file, options.clone())?;
    let options = options.with_schema(narrowed(metadata.schema()));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
}

/// A failure to read a table, given its cause.
pub(super) fn failure(
    folder: &Path,
    table: Table,
) -> impl Fn(Box<dyn std::error::Error + Send + Sync>) -> Error + use<> {
    let path = folder.join(format!("{}.parquet", table.name()));
    move |cause| {
        Error::book("a table of the revision cannot be read")
            .in_file(&path)
            .caused_by(cause)
            .hint("the book may have been changed by hand; restore it from a copy")
    }
}

/// The number of rows of a table in the revision at `folder`.
///
/// # Errors
/// As with [`stream`].
pub fn row_count(folder: &Path, table: Table) -> Result<u64> {
    // Without a column nothing is decoded.
    finished(folder, table, &[])?.try_fold(0, |rows, batch| Ok(rows + batch?.len() as u64))
}

/// A part of a table, as batches of the columns `names`.
pub(super) fn part(
    folder: &Path,
    table: Table,
    names: &[&str],
    choice: Choice<'_>,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + Send + use<>> {
    let failed = failure(folder, table);
    let file = File::open(folder.join(format!("{}.parquet", table.name())));
    let file = file.map_err(|e| failed(e.into()))?;
    let builder = guarded(|| open(file)).map_err(&failed)?;
    let (fields, columns) = (builder.schema().fields(), table.columns());
    let same = fields.len() == columns.len()
        && fields.iter().zip(columns).all(|(field, column)| {
            field.name() == column.name && column.column_type.is(field.data_type())
        });
    if !same {
        return Err(failed("its columns are not those of the contract".into()));
    }
    let Part { groups, filter } = choice(builder.metadata());
    let builder = match groups {
        Some(groups) => builder.with_row_groups(groups),
        None => builder,
    };
    let builder = match filter {
        Some(filter) => builder.with_row_filter(filter),
        None => builder,
    };
    let wanted = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
    let builder = builder.with_projection(wanted).with_batch_size(READ_ROWS);
    let mut reader = Some(guarded(|| builder.build()).map_err(&failed)?);
    Ok(std::iter::from_fn(move || {
        let from = reader.as_mut()?;
        let batch = guarded(|| from.next().transpose()).transpose()?;
        if batch.is_err() {
            reader = None; // It goes on no further.
        }
        Some(batch.map_err(&failed))
    }))
}
