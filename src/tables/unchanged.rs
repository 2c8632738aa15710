//! Whether the rows of two revisions' tables are the same, but for those of some accounts.

use std::collections::BTreeSet;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::reader::ChunkReader;

use super::definitions::{Table, column};
use super::read::{RowSelection, account_filter, failure, opened, part, whole_table};
use super::values::TableBatch;
use crate::base::damaged_file::guarded;
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::storage;

/// An account whose rows in a table are not the same in both revisions; those of some accounts are
/// left aside. `None` where there is no such account. Row groups that are in both, byte by byte,
/// are not taken apart.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: a file is not there, is damaged, or has other columns.
pub fn differing_account(
    before: &Path,
    after: &Path,
    table: Table,
    left_out: &BTreeSet<AccountId>,
) -> Result<Option<String>> {
    let (before, after) = (Side::open(before, table)?, Side::open(after, table)?);
    let [ours, theirs] = [&before, &after].map(|side| side.metadata.num_row_groups());
    let same = |(one, other): &(usize, usize)| before.has_group(*one, &after, *other);
    let most = ours.min(theirs);
    let first = (0..most).map(|at| (at, at)).take_while(same).count();
    let last = (1..=most - first).map(|back| (ours - back, theirs - back));
    let last = last.take_while(same).count();
    let mut one = before.rows(first..ours - last, left_out)?;
    let mut other = after.rows(first..theirs - last, left_out)?;
    loop {
        let (mine, yours) = match (one.ready()?, other.ready()?) {
            (None, None) => return Ok(None),
            (Some(rows), None) | (None, Some(rows)) => return account(rows, 0).map(Some),
            (Some(mine), Some(yours)) => (mine, yours),
        };
        let rows = mine.num_rows().min(yours.num_rows());
        if mine.slice(0, rows) != yours.slice(0, rows) {
            let differs = |&at: &usize| mine.slice(at, 1) != yours.slice(at, 1);
            let at = (0..rows).find(differs).unwrap_or(0);
            return account(mine, at).map(Some);
        }
        one.pass(rows);
        other.pass(rows);
    }
}

/// Whether two revisions' tables have the same rows, but not the same columns: an earlier version wrote
/// one of them.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: one of them is not there, is damaged, or has other columns.
pub fn differ_in_columns_alone(one: &Path, other: &Path, table: Table) -> Result<bool> {
    let columns = |folder| whole_table(folder, table).map(|(columns, _)| columns.len());
    Ok(columns(one)? != columns(other)?
        && differing_account(one, other, table, &BTreeSet::new())?.is_none())
}

fn account(rows: RecordBatch, at: usize) -> Result<String> {
    Ok(TableBatch::of(rows).column(column::state::account_id)?(at).to_owned())
}

/// A revision's table.
struct Side {
    folder: PathBuf,
    table: Table,
    file: File,
    metadata: ParquetMetaData,
}

impl Side {
    fn open(folder: &Path, table: Table) -> Result<Self> {
        let failed = failure(folder, table);
        let file = storage::open(&folder.join(format!("{}.parquet", table.name())));
        let file = file.map_err(|e| failed(e.into()))?;
        let metadata = guarded(|| opened(&file, ArrowReaderOptions::new())).map_err(failed)?;
        let metadata = metadata.metadata().as_ref().clone();
        Ok(Side { folder: folder.to_owned(), table, file, metadata })
    }

    /// Whether a row group is, byte by byte, one of another file.
    fn has_group(&self, own: usize, other: &Side, theirs: usize) -> bool {
        let (own, theirs) = (self.metadata.row_group(own), other.metadata.row_group(theirs));
        own.num_rows() == theirs.num_rows()
            && own.num_columns() == theirs.num_columns()
            && own.columns().iter().zip(theirs.columns()).all(|(one, their)| {
                let ((from, length), (at, _)) = (one.byte_range(), their.byte_range());
                let Ok(length) = usize::try_from(length) else { return false };
                let bytes = (self.file.get_bytes(from, length), other.file.get_bytes(at, length));
                is_alike(one, their) && matches!(bytes, (Ok(one), Ok(other)) if one == other)
            })
    }

    /// The rows of some row groups, those of some accounts left out.
    fn rows(&self, groups: Range<usize>, left_out: &BTreeSet<AccountId>) -> Result<Rows> {
        let choice = |metadata: &ParquetMetaData| {
            let left_out = left_out.clone();
            let filter = account_filter(metadata, move |id| !left_out.contains(id));
            RowSelection { groups: Some(groups.clone().collect()), filter: Some(filter) }
        };
        let batches = Box::new(part(&self.folder, self.table, &self.table.names(), &choice)?);
        Ok(Rows { batches, ready: None })
    }
}

/// Whether the same bytes mean the same in both column chunks.
fn is_alike(one: &ColumnChunkMetaData, other: &ColumnChunkMetaData) -> bool {
    let what = |column: &ColumnChunkMetaData| {
        let begin = column.byte_range().0;
        let of_data = u64::try_from(column.data_page_offset()).ok().map(|at| at - begin);
        (column.compressed_size(), column.uncompressed_size(), column.num_values(), of_data)
    };
    what(one) == what(other)
        && one.compression_codec() == other.compression_codec()
        && one.column_descr() == other.column_descr()
}

/// Rows one after the other.
struct Rows {
    batches: Box<dyn Iterator<Item = Result<RecordBatch>>>,
    /// Rows that were read, and not passed yet.
    ready: Option<RecordBatch>,
}

impl Rows {
    /// Some rows; `None` after the last.
    fn ready(&mut self) -> Result<Option<RecordBatch>> {
        if self.ready.is_none() {
            self.ready = self.batches.next().transpose()?;
        }
        Ok(self.ready.clone())
    }

    /// Goes past some of the rows that are ready.
    fn pass(&mut self, rows: usize) {
        let ready = self.ready.take().filter(|ready| ready.num_rows() > rows);
        self.ready = ready.map(|ready| ready.slice(rows, ready.num_rows() - rows));
    }
}
