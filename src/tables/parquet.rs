//! Arrow batches → Parquet: ZSTD, exact decimals, UTC, and a footer that says what it is.
//!
//! The columns of a row group are encoded side by side. What comes of it is what one thread would
//! write: each column is a stream of its own, and they are put one after the other at the end.

use std::fs::File;
use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::coalesce::BatchCoalescer;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result as Written};
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use super::batch_builder::BATCH_ROWS;
use super::columns::CREDITS_SCALE;
use crate::base::error::{Code, Error, Result};

/// Rows of a row group: few enough that a table has several, which are read side by side, and of
/// which a dispute copies all but those of its accounts.
pub(super) const GROUP_ROWS: usize = 64 * 1024;

/// Rows that are encoded at once: where pages end depends on it.
const CUT_ROWS: usize = BATCH_ROWS;

/// Ids: nearly every row has a value of its own, which begins like that of the row before.
const IDS: [&str; 3] = ["account_id", "document_id", "event_id"];

/// Of credits and prices, those that are the catalogue's: a few values, again and again.
const OF_THE_CATALOGUE: [&str; 6] =
    ["plan_granted", "granted", "credits", "unit_price", "rate", "overage_rate"];

/// How columns are written, by what takes the least time and room together: each has been tried on a
/// month of a million accounts.
fn properties(schema: &Schema) -> WriterPropertiesBuilder {
    let mut properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
    for field in schema.fields() {
        let column = ColumnPath::from(field.name().as_str());
        properties = match field.data_type() {
            DataType::Utf8 if IDS.contains(&field.name().as_str()) => properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BYTE_ARRAY),
            // A word in a dictionary: nobody looks for the rows between two of them.
            DataType::Utf8 => {
                properties.set_column_statistics_enabled(column, EnabledStatistics::None)
            }
            // Where values are many, or nearly all of them 0, a dictionary costs more than it saves.
            DataType::Timestamp(..) | DataType::Decimal64(_, CREDITS_SCALE)
                if !OF_THE_CATALOGUE.contains(&field.name().as_str()) =>
            {
                properties.set_column_dictionary_enabled(column, false)
            }
            _ => properties,
        };
    }
    properties
}

/// Writes batches as Parquet.
pub(super) struct ParquetTable<W: Write + Send> {
    file: SerializedFileWriter<W>,
    groups: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// Cuts what is written into batches of the same size, so that it does not matter how it came.
    cut: BatchCoalescer,
    /// The row group in the making.
    columns: Vec<ArrowColumnWriter>,
    /// Its rows so far.
    rows: usize,
    /// The rows of a whole one, a multiple of [`CUT_ROWS`].
    group_rows: usize,
}

impl<W: Write + Send> ParquetTable<W> {
    /// A table whose footer carries `notes`, and whose row groups have so many rows.
    pub fn new(
        to: W,
        schema: &SchemaRef,
        notes: &[(&str, &str)],
        group_rows: usize,
    ) -> Result<Self> {
        let notes = notes.iter().map(|(k, v)| KeyValue::new((*k).to_owned(), (*v).to_owned()));
        let properties = properties(schema)
            .set_key_value_metadata(Some(notes.collect()))
            .set_created_by(concat!("monthend ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        // The Parquet types say all there is to say; an Arrow schema beside them would not.
        let options =
            ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(to, schema.clone(), options);
        let (file, groups) =
            writer.and_then(ArrowWriter::into_serialized_writer).map_err(failed)?;
        let schema = SchemaRef::clone(schema);
        let cut = BatchCoalescer::new(SchemaRef::clone(&schema), CUT_ROWS);
        Ok(ParquetTable { file, groups, schema, cut, columns: Vec::new(), rows: 0, group_rows })
    }

    /// Adds batches.
    pub fn write(&mut self, batches: &[RecordBatch]) -> Result<()> {
        let mut ready = Vec::with_capacity(batches.len());
        for batch in batches {
            if self.cut.is_empty() && batch.num_rows() == CUT_ROWS {
                ready.push(batch.clone());
                continue;
            }
            self.cut.push_batch(batch.clone()).map_err(|e| failed(e.into()))?;
            ready.extend(std::iter::from_fn(|| self.cut.next_completed_batch()));
        }
        self.write_cut(&ready)
    }

    /// Adds batches of the same size; the last one of all may be smaller.
    fn write_cut(&mut self, batches: &[RecordBatch]) -> Result<()> {
        let mut rest = batches;
        while !rest.is_empty() {
            let room = (self.group_rows - self.rows).div_ceil(CUT_ROWS);
            let (fitting, more) = rest.split_at(room.min(rest.len()));
            self.rows += fitting.iter().map(RecordBatch::num_rows).sum::<usize>();
            self.encode(fitting).map_err(failed)?;
            if self.rows >= self.group_rows {
                self.end_group().map_err(failed)?;
            }
            rest = more;
        }
        Ok(())
    }

    /// Adds what has not come to a whole batch.
    fn write_rest(&mut self) -> Result<()> {
        self.cut.finish_buffered_batch().map_err(|e| failed(e.into()))?;
        let rest: Vec<RecordBatch> =
            std::iter::from_fn(|| self.cut.next_completed_batch()).collect();
        self.write_cut(&rest)
    }

    /// Adds batches to the row group in the making, column by column.
    fn encode(&mut self, batches: &[RecordBatch]) -> Written<()> {
        if batches.iter().all(|batch| batch.num_rows() == 0) {
            return Ok(());
        }
        if self.columns.is_empty() {
            let group = self.file.flushed_row_groups().len();
            self.columns = self.groups.create_column_writers(group)?;
        }
        let fields: &[_] = self.schema.fields();
        self.columns.par_iter_mut().zip(fields).enumerate().try_for_each(|(at, (column, field))| {
            batches.iter().try_for_each(|batch| encode(column, field, batch, at))
        })
    }

    fn end_group(&mut self) -> Written<()> {
        self.rows = 0;
        let columns = std::mem::take(&mut self.columns);
        let chunks = columns.into_par_iter().map(ArrowColumnWriter::close);
        let chunks = chunks.collect::<Written<Vec<_>>>()?;
        let mut group = self.file.next_row_group()?;
        chunks.into_iter().try_for_each(|chunk| chunk.append_to_row_group(&mut group))?;
        group.close().map(drop)
    }

    /// Adds batches as a row group of their own, a little larger than others if need be.
    pub fn write_group(&mut self, batches: &[RecordBatch]) -> Result<()> {
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        match rows < self.group_rows + self.group_rows / 2 {
            true => self.encode(batches).map_err(failed)?,
            false => self.write(batches).and_then(|()| self.write_rest())?,
        }
        if self.columns.is_empty() { Ok(()) } else { self.end_group().map_err(failed) }
    }

    /// Adds a row group of another file of the same columns as it is.
    pub fn copy(&mut self, from: &File, metadata: &ParquetMetaData, group: usize) -> Result<()> {
        let mut copy = || {
            let mut to = self.file.next_row_group()?;
            let old = metadata.row_group(group);
            let pages = metadata.page_index_for_row_group(group);
            for (at, column) in old.columns().iter().enumerate() {
                let close = ColumnCloseResult {
                    bytes_written: column.compressed_size().unsigned_abs(),
                    rows_written: old.num_rows().unsigned_abs(),
                    metadata: column.clone(),
                    bloom_filter: None,
                    column_index: pages.column_index(at).cloned(),
                    offset_index: pages.offset_index(at).cloned(),
                };
                to.append_column(from, close)?;
            }
            to.close().map(drop)
        };
        copy().map_err(failed)
    }

    /// Writes the footer, and gives the writer beneath.
    pub fn finish(mut self) -> Result<W> {
        self.write_rest()?;
        if !self.columns.is_empty() {
            self.end_group().map_err(failed)?;
        }
        self.file.into_inner().map_err(failed)
    }
}

/// Adds a batch's column; each of ours is a single column of Parquet.
fn encode(
    column: &mut ArrowColumnWriter,
    field: &Field,
    batch: &RecordBatch,
    at: usize,
) -> Written<()> {
    if batch.num_rows() == 0 {
        return Ok(());
    }
    let leaves = compute_leaves(field, batch.column(at))?;
    leaves.iter().try_for_each(|leaf| column.write(leaf))
}

fn failed(cause: ParquetError) -> Error {
    Error::new(Code::TABLE_UNWRITABLE, "a Parquet table cannot be written").caused_by(cause)
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;
    use crate::base::money::Currency;
    use crate::tables::testing::state;
    use crate::tables::{BatchBuilder, Table, arrow_schema};

    #[test]
    fn accounts_can_be_looked_for_by_statistics_and_words_need_none() {
        let currency = Currency::parse("USD").unwrap();
        let schema = arrow_schema(Table::State, currency);
        let mut batch = BatchBuilder::new(&schema, 2);
        for account_id in ["ann", "anna"] {
            state(account_id).push(&mut batch).unwrap();
        }
        let mut table =
            ParquetTable::new(tempfile::tempfile().unwrap(), &schema, &[], GROUP_ROWS).unwrap();
        table.write(&[batch.finish().unwrap()]).unwrap();
        let file = SerializedFileReader::new(table.finish().unwrap()).unwrap();
        let column = |name: &str| {
            let columns = file.metadata().row_group(0).columns();
            columns.iter().find(|column| column.column_path().string() == name).unwrap().clone()
        };
        let bounds = column("account_id").statistics().cloned().unwrap();
        let bounds = [bounds.min_bytes_opt(), bounds.max_bytes_opt()];
        assert_eq!(bounds, [Some(&b"ann"[..]), Some(&b"anna"[..])]);
        assert!(column("account_id").encodings().any(|own| own == Encoding::DELTA_BYTE_ARRAY));
        assert!(column("plan").statistics().is_none());
        assert!(column("plan").dictionary_page_offset().is_some());
        assert!(column("signed_up_at").dictionary_page_offset().is_none());
    }
}
