//! Rows of accounts that are not billed anew, carried over from the revision before as they are.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::{RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use arrow_select::interleave::interleave_record_batch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::damage::guarded;
use super::read;
use super::rows::BATCH_ROWS;
use super::schema::Table;
use crate::error::{Error, Result};

/// Where rows are carried over from.
#[derive(Debug, Clone, Copy)]
pub struct Carried<'a> {
    /// The revision before.
    pub folder: &'a Path,
    /// The accounts that are billed anew: all others are carried over.
    pub anew: &'a BTreeSet<String>,
}

impl Carried<'_> {
    /// The table's rows in the order of accounts: carried over, or of accounts billed anew.
    pub(super) fn merge(
        &self,
        table: Table,
        schema: &SchemaRef,
        anew: impl Iterator<Item = Result<RecordBatch>>,
    ) -> Result<Vec<RecordBatch>> {
        let before = self.read(table, schema)?;
        let anew = anew.collect::<Result<Vec<_>>>()?;
        let kept = places(&before, 0).filter(|place| !self.anew.contains(place.account));
        let mut kept = kept.peekable();
        let mut new = places(&anew, before.len()).peekable();
        let mut order = Vec::new();
        loop {
            let next = match (kept.peek(), new.peek()) {
                (Some(one), Some(other)) if one.account <= other.account => kept.next(),
                (_, Some(_)) => new.next(),
                (_, None) => kept.next(),
            };
            let Some(place) = next else { break };
            order.push((place.batch, place.row));
        }
        let all: Vec<&RecordBatch> = before.iter().chain(&anew).collect();
        let batches = order.chunks(BATCH_ROWS).map(|chunk| {
            interleave_record_batch(&all, chunk)
                .map_err(|e| Error::book("a table's rows cannot be put together").caused_by(e))
        });
        batches.collect()
    }

    fn read(&self, table: Table, schema: &SchemaRef) -> Result<Vec<RecordBatch>> {
        let path = self.folder.join(format!("{}.parquet", table.name()));
        let failed = |cause: Box<dyn std::error::Error + Send + Sync>| {
            Error::book("a table of the revision before cannot be read")
                .in_file(&path)
                .caused_by(cause)
                .hint("the book may have been changed by hand; restore it from a copy")
        };
        let file = File::open(&path).map_err(|e| failed(e.into()))?;
        let open = || read::open(file).and_then(ParquetRecordBatchReaderBuilder::build);
        let mut reader = guarded(open).map_err(failed)?;
        let same_schema = |batch: RecordBatch| {
            RecordBatch::try_new(SchemaRef::clone(schema), batch.columns().to_vec())
        };
        let mut batches = Vec::new();
        while let Some(batch) = guarded(|| reader.next().transpose()).map_err(failed)? {
            batches.push(same_schema(batch).map_err(|e| failed(e.into()))?);
        }
        Ok(batches)
    }
}

/// A row and whose it is.
struct RowPlace<'a> {
    account: &'a str,
    batch: usize,
    row: usize,
}

/// All rows of batches, the first of which has the number `first`.
fn places(batches: &[RecordBatch], first: usize) -> impl Iterator<Item = RowPlace<'_>> {
    batches.iter().zip(first..).flat_map(|(batch, number)| {
        let accounts: Option<&StringArray> =
            batch.column_by_name("account_id").and_then(|column| column.as_string_opt());
        (0..batch.num_rows()).filter_map(move |row| {
            accounts.map(|accounts| RowPlace { account: accounts.value(row), batch: number, row })
        })
    })
}
