//! Arrow batches → Parquet: ZSTD, exact decimals, UTC, and a footer that says what it is.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::error::{Error, Result};

/// Writes batches as Parquet.
pub(super) struct ParquetTable<W: Write + Send> {
    writer: ArrowWriter<W>,
}

impl<W: Write + Send> ParquetTable<W> {
    /// A table whose footer carries `notes`.
    pub fn new(to: W, schema: &SchemaRef, notes: &[(&str, &str)]) -> Result<Self> {
        let notes = notes.iter().map(|(k, v)| KeyValue::new((*k).to_owned(), (*v).to_owned()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(notes.collect()))
            .set_created_by(concat!("monthend ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        // The Parquet types say all there is to say; an Arrow schema beside them would not.
        let options =
            ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(to, schema.clone(), options);
        Ok(ParquetTable { writer: writer.map_err(failed)? })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(failed)
    }

    /// Writes the footer, and gives the writer beneath.
    pub fn finish(self) -> Result<W> {
        self.writer.into_inner().map_err(failed)
    }
}

fn failed(cause: parquet::errors::ParquetError) -> Error {
    Error::book("a Parquet table cannot be written").caused_by(cause)
}
