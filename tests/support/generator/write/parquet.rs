//! Parquet: a row group is made and encoded on one thread, and row groups are written in their order.

use std::io::{BufWriter, Write as _};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Decimal128Array, FixedSizeBinaryArray, StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::{Buffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::super::Outcome;
use super::{Changes, Usage, create, in_turn, uuid_text, words};

/// How pages are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Compression {
    /// As most programs do unless told otherwise.
    Snappy,
    /// About as small as Snappy makes them.
    Lz4Raw,
    /// Half as large, and read about as fast.
    Zstd,
    /// Not at all.
    None,
}

/// How ids are held.
#[derive(Debug, Clone, Copy)]
pub struct Encoding {
    /// Event ids as 16 bytes, not as 36 characters.
    pub binary_ids: bool,
    /// Account ids by a dictionary for each row group, however large, not as plain text.
    pub dictionary: bool,
}

/// How Parquet is written.
#[derive(Debug, Clone, Copy)]
pub struct Parquet {
    /// How ids are held.
    pub encoding: Encoding,
    /// How pages are compressed.
    pub compression: Compression,
    /// Rows of a row group.
    pub row_group: u64,
}

impl Parquet {
    /// Writes a usage file of some steps of the sequence, and gives its number of rows.
    pub fn usage(self, usage: &Usage<'_>, steps: Range<u64>, path: &Path) -> Outcome<u64> {
        let event_id = match self.encoding.binary_ids {
            true => DataType::FixedSizeBinary(16),
            false => DataType::Utf8,
        };
        let schema = Schema::new(vec![
            Field::new("event_id", event_id, false),
            Field::new("account_id", DataType::Utf8, false),
            Field::new("at", instant(), false),
            Field::new("credits", DataType::Decimal128(18, 6), false),
        ]);
        self.write(schema, steps, path, &|steps| self.usage_columns(usage, steps))
    }

    fn usage_columns(self, usage: &Usage<'_>, steps: Range<u64>) -> Outcome<Vec<ArrayRef>> {
        let rows = (steps.end - steps.start) as usize;
        let id_bytes = if self.encoding.binary_ids { 16 } else { 36 };
        let mut events = Vec::with_capacity(rows * id_bytes);
        let mut accounts = Vec::with_capacity(rows * 36);
        let (mut at, mut credits) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for event in usage.sequence.content(steps) {
            match self.encoding.binary_ids {
                true => events.extend_from_slice(&event.id.to_be_bytes()),
                false => uuid_text(event.id, &mut events),
            }
            uuid_text(usage.population.id(event.account), &mut accounts);
            at.push(event.at);
            credits.push(i128::from(event.credits));
        }
        let events: ArrayRef = match self.encoding.binary_ids {
            true => Arc::new(FixedSizeBinaryArray::try_new(16, Buffer::from_vec(events), None)?),
            false => Arc::new(uuids(events)?),
        };
        let credits = Decimal128Array::from(credits).with_precision_and_scale(18, 6)?;
        let at = TimestampMicrosecondArray::from(at).with_timezone("UTC");
        Ok(vec![events, Arc::new(uuids(accounts)?), Arc::new(at), Arc::new(credits)])
    }

    /// Writes the change file, and gives its number of rows.
    pub fn changes(self, changes: &Changes<'_>, path: &Path) -> Outcome<u64> {
        let schema = Schema::new(vec![
            Field::new("change_id", DataType::Utf8, false),
            Field::new("account_id", DataType::Utf8, false),
            Field::new("at", instant(), false),
            Field::new("change", DataType::Utf8, false),
            Field::new("plan", DataType::Utf8, true),
        ]);
        let all = 0..changes.changes.len() as u64;
        self.write(schema, all, path, &|rows| {
            let rows = &changes.changes[rows.start as usize..rows.end as usize];
            let (mut ids, mut accounts) = (Vec::new(), Vec::new());
            for change in rows {
                uuid_text(changes.id(change), &mut ids);
                uuid_text(changes.account(change), &mut accounts);
            }
            let at = rows.iter().map(|change| change.at * 1_000_000).collect::<Vec<_>>();
            let kinds = StringArray::from_iter_values(rows.iter().map(|change| words(change).0));
            let plans = StringArray::from_iter(rows.iter().map(|change| words(change).1));
            let at = TimestampMicrosecondArray::from(at).with_timezone("UTC");
            Ok(vec![
                Arc::new(uuids(ids)?),
                Arc::new(uuids(accounts)?),
                Arc::new(at),
                Arc::new(kinds),
                Arc::new(plans),
            ])
        })
    }

    fn write(
        self,
        schema: Schema,
        rows: Range<u64>,
        path: &Path,
        columns: &(dyn Fn(Range<u64>) -> Outcome<Vec<ArrayRef>> + Sync),
    ) -> Outcome<u64> {
        let schema = Arc::new(schema);
        let options = ArrowWriterOptions::new()
            .with_properties(self.properties())
            .with_skip_arrow_metadata(true);
        let to = BufWriter::with_capacity(1 << 20, create(path)?);
        let writer = ArrowWriter::try_new_with_options(to, schema.clone(), options)?;
        let (mut file, factory) = writer.into_serialized_writer()?;
        let at_once = rayon::current_num_threads();
        let mut written = 0;
        in_turn(
            rows,
            (self.row_group, at_once),
            |rows| encode(&factory, &schema, columns(rows)?),
            |chunks| {
                let mut group = file.next_row_group()?;
                for chunk in chunks {
                    chunk.append_to_row_group(&mut group)?;
                }
                written += group.close()?.num_rows().unsigned_abs();
                Ok(())
            },
        )?;
        file.into_inner()?.flush()?;
        Ok(written)
    }

    fn properties(self) -> WriterProperties {
        let codec = match self.compression {
            Compression::Snappy => Codec::SNAPPY,
            Compression::Lz4Raw => Codec::LZ4_RAW,
            Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
            Compression::None => Codec::UNCOMPRESSED,
        };
        WriterProperties::builder()
            .set_compression(codec)
            .set_dictionary_page_size_limit(1 << 30)
            .set_column_dictionary_enabled("event_id".into(), false)
            .set_column_dictionary_enabled("account_id".into(), self.encoding.dictionary)
            .set_column_dictionary_enabled("change_id".into(), false)
            .set_column_dictionary_enabled("at".into(), false)
            .build()
    }
}

/// Encodes a row group's columns.
fn encode(
    factory: &ArrowRowGroupWriterFactory,
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
) -> Outcome<Vec<ArrowColumnChunk>> {
    let writers = factory.create_column_writers(0)?;
    let fields = schema.fields().iter().zip(columns);
    let chunks = fields.zip(writers).map(|((field, column), mut writer)| {
        for leaf in compute_leaves(field, &column)? {
            writer.write(&leaf)?;
        }
        Ok(writer.close()?)
    });
    chunks.collect()
}

fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Texts of 36 characters each.
fn uuids(text: Vec<u8>) -> Outcome<StringArray> {
    let lengths = std::iter::repeat_n(36, text.len() / 36);
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(StringArray::try_new(offsets, Buffer::from_vec(text), None)?)
}
