//! Rows of accounts that are not billed anew, carried over from the revision before as they are.
//!
//! A row group without any of the accounts that are billed anew is copied byte for byte, and so are
//! its lines of the CSV file; only the others are taken apart and put together with the new rows.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use arrow_select::coalesce::BatchCoalescer;
use arrow_select::concat::concat_batches;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, RowFilter};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};

use super::batch_builder::BATCH_ROWS;
use super::csv;
use super::definitions::Table;
use super::read::{Span, accounts, all, of_accounts, open, opened};
use super::table_files::Output;
use crate::base::damaged_file::guarded;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::storage;

/// Why something failed.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Where rows are carried over from.
#[derive(Debug, Clone, Copy)]
pub struct CarriedOver<'a> {
    /// The revision before.
    pub folder: &'a Path,
    /// Its files, as its manifest lists them.
    pub outputs: &'a [Output],
    /// The accounts that are billed anew: all others are carried over.
    pub anew: &'a BTreeSet<AccountId>,
}

impl CarriedOver<'_> {
    /// Whether the revision before has a table: earlier versions did not write all.
    pub(super) fn has(&self, table: Table) -> bool {
        let file = format!("{}.parquet", table.name());
        !table.came_later() || self.outputs.iter().any(|output| output.file == file)
    }

    /// A table of the revision before; what is made of it has the given schema.
    pub(super) fn table(&self, table: Table, schema: &SchemaRef) -> Result<TableBefore> {
        let path = |ending: &str| self.folder.join(format!("{}.{ending}", table.name()));
        let output = |ending: &str| {
            let file = format!("{}.{ending}", table.name());
            let listed = self.outputs.iter().find(|output| output.file == file);
            listed.cloned().ok_or_else(|| changed(&path(ending)))
        };
        let listed = |ending| Ok((path(ending), output(ending)?));
        let (parquet, listed_parquet) = listed("parquet")?;
        let csv = table.has_csv().then(|| listed("csv")).transpose()?;
        let look = || -> std::result::Result<(File, ParquetMetaData), Cause> {
            let file = storage::open(&parquet)?;
            let index = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
            let metadata = opened(&file, index)?.metadata().as_ref().clone();
            Ok((file, metadata))
        };
        let (file, metadata) = guarded(look).map_err(|e| unreadable(&parquet, e))?;
        let (path, schema) = (parquet, SchemaRef::clone(schema));
        let folder = self.folder.to_owned();
        Ok(TableBefore { folder, table, path, listed: listed_parquet, csv, file, metadata, schema })
    }
}

/// A table of the revision before.
pub(super) struct TableBefore {
    folder: PathBuf,
    table: Table,
    /// Its Parquet file, and how it is listed.
    pub path: PathBuf,
    pub listed: Output,
    /// Its CSV file, if it has one, and how that is listed.
    pub csv: Option<(PathBuf, Output)>,
    pub file: File,
    pub metadata: ParquetMetaData,
    schema: SchemaRef,
}

/// What becomes of a part of the table.
pub(super) enum Step {
    /// The row group stays as it is.
    Keep(usize),
    /// A row group, or several, are put together anew.
    Replace(Replaced),
}

/// What takes the place of row groups.
pub(super) struct Replaced {
    pub rows: Vec<RecordBatch>,
    pub edits: Vec<Edit>,
    /// Apostrophes in the lines that are dropped.
    pub dropped: u64,
}

/// A change of lines: so many are kept, so many dropped, and some put in.
pub(super) struct Edit {
    pub keep: usize,
    pub drop: usize,
    pub lines: Vec<u8>,
    /// Apostrophes in the lines that are put in.
    pub apostrophes: u64,
}

impl TableBefore {
    /// Whether an earlier version wrote it, with fewer columns.
    pub fn lacks_columns(&self) -> bool {
        self.metadata.file_metadata().schema_descr().num_columns() < self.schema.fields().len()
    }

    /// All rows, with the columns that came later, and those of the accounts that are billed anew
    /// replaced.
    pub fn widened(
        &self,
        own: &[RecordBatch],
        anew: &BTreeSet<AccountId>,
    ) -> Result<Vec<RecordBatch>> {
        let rows = all(&self.folder, self.table, &self.table.names())?;
        let typed = |batch: Result<RecordBatch>| {
            let columns = batch?.columns().to_vec();
            RecordBatch::try_new(SchemaRef::clone(&self.schema), columns)
                .map_err(|e| self.damaged(e.into()))
        };
        let before = rows.map(typed).collect::<Result<Vec<_>>>()?;
        let own = concat_batches(&self.schema, own).map_err(|e| self.damaged(e.into()))?;
        let merged = merged(&self.schema, &before, &own, anew);
        merged.map(|(rows, _)| rows).map_err(|e| self.damaged(e.into()))
    }

    /// What becomes of the table, part by part, where these are the rows of the accounts that are
    /// billed anew.
    pub fn steps(&self, own: &[RecordBatch], anew: &BTreeSet<AccountId>) -> Result<Vec<Step>> {
        let own = concat_batches(&self.schema, own).map_err(|e| self.damaged(e.into()))?;
        let groups = self.metadata.row_groups();
        if groups.iter().any(|group| Span::of(group).last.is_none()) || groups.is_empty() {
            let all = (0..groups.len()).collect();
            return Ok(vec![self.replace(all, &own, anew)?]);
        }
        let mut steps = Vec::with_capacity(groups.len());
        let mut from = 0;
        for (number, group) in groups.iter().enumerate() {
            let span = Span::of(group);
            let to = match number + 1 == groups.len() {
                true => own.num_rows(),
                false => first_after(&own, from, &span),
            };
            steps.push(match from < to || span.has_any(anew) {
                true => self.replace(vec![number], &own.slice(from, to - from), anew)?,
                false => Step::Keep(number),
            });
            from = to;
        }
        Ok(steps)
    }

    /// The rows of row groups, those of the accounts that are billed anew replaced by new ones; or
    /// a group as it is, where these are what they were.
    fn replace(
        &self,
        groups: Vec<usize>,
        own: &RecordBatch,
        anew: &BTreeSet<AccountId>,
    ) -> Result<Step> {
        let were = self.read(&groups, of_accounts(&self.metadata, anew).filter)?;
        let were = concat_batches(&self.schema, &were).map_err(|e| self.damaged(e.into()))?;
        if let [group] = groups[..]
            && were == *own
        {
            return Ok(Step::Keep(group));
        }
        let before = self.read(&groups, None)?;
        let merged = merged(&self.schema, &before, own, anew);
        let (rows, edits) = merged.map_err(|e| self.damaged(e.into()))?;
        Ok(Step::Replace(Replaced { rows, edits, dropped: csv::apostrophes(&were) }))
    }

    /// Rows of row groups.
    pub fn read(&self, groups: &[usize], filter: Option<RowFilter>) -> Result<Vec<RecordBatch>> {
        let read = || -> std::result::Result<Vec<RecordBatch>, Cause> {
            let builder = open(self.file.try_clone()?)?;
            let builder = builder.with_row_groups(groups.to_vec()).with_batch_size(BATCH_ROWS);
            let reader = match filter {
                Some(filter) => builder.with_row_filter(filter).build()?,
                None => builder.build()?,
            };
            let schema = || SchemaRef::clone(&self.schema);
            reader
                .map(|batch| Ok(RecordBatch::try_new(schema(), batch?.columns().to_vec())?))
                .collect()
        };
        guarded(read).map_err(|e| self.damaged(e))
    }

    /// The rows of a row group.
    ///
    /// # Errors
    /// The footer tells a number that no row group has.
    pub fn rows_of(&self, group: usize) -> Result<usize> {
        let rows = usize::try_from(self.metadata.row_group(group).num_rows());
        rows.map_err(|e| self.damaged(e.into()))
    }

    fn damaged(&self, cause: Cause) -> Error {
        unreadable(&self.path, cause)
    }
}

/// The first of the new rows, from one of them on, that comes after all rows of a group.
fn first_after(own: &RecordBatch, from: usize, group: &Span<'_>) -> usize {
    let Some(accounts) = accounts(own) else { return from };
    let after = |row: &usize| group.ends_before(accounts.value(*row));
    (from..own.num_rows()).find(after).unwrap_or(own.num_rows())
}

/// Rows in the order of accounts, in batches of a fixed size: those of `before` that are carried
/// over, and new ones. And how lines are changed to the same effect.
fn merged(
    schema: &SchemaRef,
    before: &[RecordBatch],
    own: &RecordBatch,
    anew: &BTreeSet<AccountId>,
) -> std::result::Result<(Vec<RecordBatch>, Vec<Edit>), ArrowError> {
    let mut batches = BatchCoalescer::new(SchemaRef::clone(schema), BATCH_ROWS);
    let (mut edits, mut keep) = (Vec::new(), 0);
    let mut edit = |keep: &mut usize, drop: usize, rows: RecordBatch| {
        let (lines, apostrophes) = csv::lines(&rows);
        edits.push(Edit { keep: std::mem::take(keep), drop, lines, apostrophes });
    };
    let own_accounts = accounts(own);
    let mut next = 0;
    for batch in before {
        let Some(ids) = accounts(batch) else { continue };
        // Rows from here on are carried over, and not put down yet.
        let mut from = 0;
        for row in 0..batch.num_rows() {
            let id = ids.value(row);
            let first = next;
            while next < own.num_rows() && own_accounts.is_some_and(|own| own.value(next) < id) {
                next += 1;
            }
            let replaced = anew.contains(id);
            if first < next || replaced {
                let put_in = own.slice(first, next - first);
                batches.push_batch(batch.slice(from, row - from))?;
                batches.push_batch(put_in.clone())?;
                keep += row - from;
                edit(&mut keep, usize::from(replaced), put_in);
                from = row + usize::from(replaced);
            }
        }
        batches.push_batch(batch.slice(from, batch.num_rows() - from))?;
        keep += batch.num_rows() - from;
    }
    let put_in = own.slice(next, own.num_rows() - next);
    batches.push_batch(put_in.clone())?;
    edit(&mut keep, 0, put_in);
    batches.finish_buffered_batch()?;
    Ok((std::iter::from_fn(|| batches.next_completed_batch()).collect(), edits))
}

pub(super) fn unreadable(path: &Path, cause: Cause) -> Error {
    Error::new(Code::REVISION_DAMAGED, "a table of the revision before cannot be read")
        .in_file(path)
        .caused_by(cause)
        .changed_by_hand()
}

/// A file that is not what its manifest says.
pub(super) fn changed(path: &Path) -> Error {
    Error::new(Code::REVISION_CHANGED, "is not what its manifest says: it was changed")
        .in_file(path)
        .hint_of_damage("restore the revision from a copy of the book")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Array, ArrayRef, Int64Array, StringArray};
    use arrow_schema::{DataType, Field, Schema};

    use super::super::columns::ACCOUNT;
    use super::*;

    fn batch(ids: &[&str], mark: i64) -> RecordBatch {
        let columns: [ArrayRef; 2] = [
            Arc::new(StringArray::from(ids.to_vec())),
            Arc::new(Int64Array::from(vec![mark; ids.len()])),
        ];
        RecordBatch::try_new(schema(), columns.to_vec()).unwrap()
    }

    fn schema() -> SchemaRef {
        let fields = [(ACCOUNT, DataType::Utf8), ("mark", DataType::Int64)];
        Arc::new(Schema::new(fields.map(|(name, of)| Field::new(name, of, false)).to_vec()))
    }

    #[test]
    fn new_rows_take_the_place_of_old_ones() {
        let before = [batch(&["b", "b", "d", "f"], 0), batch(&["g", "g", "i"], 0)];
        let own = batch(&["a", "a", "b", "e", "g", "k"], 1);
        let anew = ["a", "b", "e", "g", "h", "k"].map(AccountId::from).into();
        let (merged, edits) = merged(&schema(), &before, &own, &anew).unwrap();
        let rows = |batch: &RecordBatch| {
            let (ids, marks) = (accounts(batch).unwrap().clone(), batch.column(1).clone());
            let marks =
                arrow_array::cast::as_primitive_array::<arrow_array::types::Int64Type>(&marks)
                    .clone();
            (0..ids.len())
                .map(|r| format!("{}{}", ids.value(r), marks.value(r)))
                .collect::<Vec<_>>()
        };
        let rows: Vec<String> = merged.iter().flat_map(rows).collect();
        assert_eq!(rows, ["a1", "a1", "b1", "d0", "e1", "f0", "g1", "i0", "k1"]);
        let edits: Vec<_> = edits
            .iter()
            .map(|edit| (edit.keep, edit.drop, String::from_utf8_lossy(&edit.lines)))
            .collect();
        let lines = |text: &'static str| text.into();
        let expected = [
            (0, 1, lines("a,1\na,1\n")),
            (0, 1, lines("")),
            (0, 0, lines("b,1\n")),
            (1, 0, lines("e,1\n")),
            (1, 1, lines("")),
            (0, 1, lines("")),
            (0, 0, lines("g,1\n")),
            (1, 0, lines("k,1\n")),
        ];
        assert_eq!(edits, expected);
    }

    #[test]
    fn batches_are_cut_at_a_fixed_size() {
        let ids: Vec<String> = (0..3 * BATCH_ROWS / 2).map(|n| format!("{n:08}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let before = [batch(&ids, 0), batch(&["x"], 0)];
        let none = batch(&[], 1);
        let (merged, _) = merged(&schema(), &before, &none, &BTreeSet::new()).unwrap();
        let sizes: Vec<usize> = merged.iter().map(RecordBatch::num_rows).collect();
        assert_eq!(sizes, [BATCH_ROWS, BATCH_ROWS / 2 + 1]);
    }
}
