//! A revision's tables, read back from their Parquet files: whole, or by row groups and the rows of some accounts.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch, StringArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
    RowFilter,
};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use super::columns::{ACCOUNT, TableColumn, narrowed};
use super::definitions::{Record, Table};
use super::earlier::{Widening, columns_of};
use super::values::TableBatch;
use crate::base::damaged_file::{Fault, footer, guarded};
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::base::storage;

/// Rows that are read at once.
const READ_ROWS: usize = 8_192;

/// The rows of a table in the revision at `folder`, one after the other.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
pub fn records<R: Record>(folder: &Path) -> Result<impl Iterator<Item = Result<R>> + use<R>> {
    records_of_part(folder, &|_| RowSelection::default())
}

/// Like [`records`], but only the part of the rows that is chosen.
pub(super) fn records_of_part<R: Record>(
    folder: &Path,
    choice: Choice<'_>,
) -> Result<impl Iterator<Item = Result<R>> + use<R>> {
    let path = path_of(folder, R::TABLE);
    let rows = move |batch: Result<RecordBatch>| {
        R::rows(&TableBatch::of(batch?)).map_err(|e| e.in_file(&path))
    };
    Ok(part(folder, R::TABLE, &R::TABLE.names(), choice)?.flat_map(move |batch| {
        match rows(batch) {
            Ok(rows) => rows.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(e) => vec![Err(e)],
        }
    }))
}

/// The columns `names` of a table in the revision at `folder`, batch by batch: of the rows of all
/// accounts or of some.
///
/// # Errors
/// As with [`records`].
pub fn batches(
    folder: &Path,
    table: Table,
    names: &[&str],
    scope: &Scope,
) -> Result<impl Iterator<Item = Result<TableBatch>> + Send + use<>> {
    let choice = |metadata: &ParquetMetaData| of_scope(metadata, scope);
    Ok(part(folder, table, names, &choice)?.map(|batch| batch.map(TableBatch::of)))
}

/// A table in the revision at `folder` as it is: its columns, which are those of the contract but for
/// some that came later, and all its rows.
pub(super) fn whole_table(
    folder: &Path,
    table: Table,
) -> Result<(Vec<&'static TableColumn>, impl Iterator<Item = Result<RecordBatch>> + use<>)> {
    let builder = open_table(folder, table)?;
    let columns = own_columns(&builder, folder, table)?;
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let batches = rows_of(builder, folder, table, &names, &|_| RowSelection::default())?;
    Ok((columns, batches))
}

/// A Parquet file, to be read as the contract's types.
pub(super) fn open(
    file: File,
) -> std::result::Result<ParquetRecordBatchReaderBuilder<File>, Fault> {
    let metadata = opened(&file, ArrowReaderOptions::new())?;
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata))
}

/// The footer of a Parquet file that is to be read as the contract's types.
pub(super) fn opened(
    file: &File,
    options: ArrowReaderOptions,
) -> std::result::Result<ArrowReaderMetadata, Fault> {
    let metadata = footer(file, options.clone())?;
    let options = options.with_schema(narrowed(metadata.schema()));
    Ok(ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)?)
}

/// The Parquet file of a table.
pub(super) fn path_of(folder: &Path, table: Table) -> PathBuf {
    folder.join(format!("{}.parquet", table.name()))
}

/// A failure to read a table, given its cause.
pub(super) fn failure(
    folder: &Path,
    table: Table,
) -> impl Fn(Box<dyn std::error::Error + Send + Sync>) -> Error + use<> {
    let path = path_of(folder, table);
    move |cause| {
        Error::new(Code::REVISION_DAMAGED, "a table of the revision cannot be read")
            .in_file(&path)
            .caused_by(cause)
            .changed_by_hand()
    }
}

/// The number of rows of a table in the revision at `folder`.
///
/// # Errors
/// As with [`records`].
pub fn row_count(folder: &Path, table: Table) -> Result<u64> {
    // Without a column nothing is decoded.
    batches(folder, table, &[], &Scope::All)?
        .try_fold(0, |rows, batch| Ok(rows + batch?.len() as u64))
}

/// All rows of a table, as [`part`] gives them.
pub(super) fn all(
    folder: &Path,
    table: Table,
    names: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch>> + Send + use<>> {
    part(folder, table, names, &|_| RowSelection::default())
}

/// A part of a table, as batches of the columns `names`. What a file of an earlier version lacks is
/// put in.
pub(super) fn part(
    folder: &Path,
    table: Table,
    names: &[&str],
    choice: Choice<'_>,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + Send + use<>> {
    let builder = open_table(folder, table)?;
    own_columns(&builder, folder, table)?;
    let widening = Widening::of(builder.schema().fields(), table, names);
    let failed = failure(folder, table);
    let batches = rows_of(builder, folder, table, names, choice)?;
    Ok(batches.map(move |batch| match &widening {
        None => batch,
        Some(widening) => batch.and_then(|own| widening.widen(&own).map_err(|e| failed(e.into()))),
    }))
}

type Builder = ParquetRecordBatchReaderBuilder<File>;

fn open_table(folder: &Path, table: Table) -> Result<Builder> {
    let failed = failure(folder, table);
    let file = storage::open(&path_of(folder, table)).map_err(|e| failed(e.into()))?;
    guarded(|| open(file)).map_err(&failed)
}

/// The columns that a file has, which must be those of a version of the program.
fn own_columns(
    builder: &Builder,
    folder: &Path,
    table: Table,
) -> Result<Vec<&'static TableColumn>> {
    columns_of(builder.schema().fields(), table)
        .ok_or_else(|| failure(folder, table)("its columns are not those of the contract".into()))
}

/// Rows of a file, as batches of those of the columns `names` that it has.
fn rows_of(
    builder: Builder,
    folder: &Path,
    table: Table,
    names: &[&str],
    choice: Choice<'_>,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + Send + use<>> {
    let failed = failure(folder, table);
    let RowSelection { groups, filter } = choice(builder.metadata());
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

/// The accounts of a batch's rows.
pub(super) fn accounts(batch: &RecordBatch) -> Option<&StringArray> {
    batch.column_by_name(ACCOUNT)?.as_string_opt()
}

/// Which rows of a table are read.
#[derive(Default)]
pub(super) struct RowSelection {
    /// The row groups; all where none are named.
    pub groups: Option<Vec<usize>>,
    /// Their rows; all where there is no filter.
    pub filter: Option<RowFilter>,
}

/// Tells, for a table's footer, which rows are read.
pub(super) type Choice<'a> = &'a dyn Fn(&ParquetMetaData) -> RowSelection;

/// The rows of all accounts, or of some.
pub(super) fn of_scope(metadata: &ParquetMetaData, scope: &Scope) -> RowSelection {
    scope.accounts().map_or_else(RowSelection::default, |accounts| of_accounts(metadata, accounts))
}

/// The rows of some accounts.
pub(super) fn of_accounts(
    metadata: &ParquetMetaData,
    accounts: &BTreeSet<AccountId>,
) -> RowSelection {
    let groups = metadata.row_groups().iter().enumerate();
    let groups = groups.filter(|(_, group)| Span::of(group).has_any(accounts)).map(|(at, _)| at);
    let accounts = accounts.clone();
    let filter = account_filter(metadata, move |id| accounts.contains(id));
    RowSelection { groups: Some(groups.collect()), filter: Some(filter) }
}

/// Tells a table's rows apart by their accounts.
pub(super) fn account_filter(
    metadata: &ParquetMetaData,
    is_wanted: impl Fn(&str) -> bool + Send + 'static,
) -> RowFilter {
    let are_wanted = move |batch: RecordBatch| {
        let ids = batch.column(0).as_string::<i32>();
        let wanted = (0..ids.len()).map(|row| Some(is_wanted(ids.value(row))));
        Ok(wanted.collect::<BooleanArray>())
    };
    let ids = ProjectionMask::columns(metadata.file_metadata().schema_descr(), [ACCOUNT]);
    RowFilter::new(vec![Box::new(ArrowPredicateFn::new(ids, are_wanted))])
}

/// The accounts between which those of a row group lie, as far as its statistics tell.
pub(super) struct Span<'a> {
    pub first: Option<&'a [u8]>,
    pub last: Option<&'a [u8]>,
}

impl<'a> Span<'a> {
    pub fn of(group: &'a RowGroupMetaData) -> Self {
        let own = |column: &&ColumnChunkMetaData| column.column_path().string() == ACCOUNT;
        match group.columns().iter().find(own).and_then(|column| column.statistics()) {
            Some(Statistics::ByteArray(of)) => {
                // The last one may be stated as something beyond it, if its id is long.
                let last = of.max_bytes_opt().filter(|_| of.max_is_exact());
                Span { first: of.min_bytes_opt(), last }
            }
            _ => Span { first: None, last: None },
        }
    }

    /// Whether any of these accounts may be in the group.
    pub fn has_any(&self, accounts: &BTreeSet<AccountId>) -> bool {
        let begins_by = |id: &str| self.first.is_none_or(|first| first <= id.as_bytes());
        accounts.iter().any(|account| begins_by(account) && !self.ends_before(account))
    }

    /// Whether all accounts of the group come before this one.
    pub fn ends_before(&self, account: &str) -> bool {
        self.last.is_some_and(|last| last < account.as_bytes())
    }
}
