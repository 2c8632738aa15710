//! Parquet: footers checked, row groups read, groups of other months passed over.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, NullArray, new_null_array};
use arrow_schema::{DataType, Field, FieldRef, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::basic::Encoding;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

use crate::base::calendar::Instant;
use crate::base::error::{Error, Result};
use crate::input::logs::columns::ids::IdColumn;
use crate::input::logs::columns::values::from_unit;
use crate::input::logs::open::{Layout, check_type};
use crate::input::logs::scan::{Batch, Rows, Scan};
use crate::input::logs::wanted_rows::Wanted;
use crate::input::logs::{ColumnKind, LogFile, Table};

/// Rows of a batch.
const BATCH_ROWS: usize = 16_384;

/// Reads the footer and checks names and types of the table's columns.
pub(in crate::input::logs) fn open_parquet(file: &LogFile, table: &Table) -> Result<Layout> {
    let handle = file.open()?;
    let damaged = |e: parquet::errors::ParquetError| {
        Error::input("is not a whole Parquet file")
            .in_file(&file.name)
            .caused_by(e)
            .expected("a Parquet file with its footer")
            .hint("the file may be truncated, or no Parquet at all; fetch or export it again")
    };
    // Types follow from the Parquet schema alone, so that every writer's files read alike.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let plain = ArrowReaderMetadata::load(&handle, options.clone()).map_err(damaged)?;
    let names: Vec<String> = plain.schema().fields().iter().map(|f| f.name().clone()).collect();
    let places = table.locate(&names, &file.name)?;
    let kind = |place: usize| {
        let at = places.iter().position(|&p| p == Some(place))?;
        Some(table.columns[at].kind)
    };
    let with_types = |as_type: fn(&FieldRef, Option<ColumnKind>) -> FieldRef| {
        let fields = plain.schema().fields().iter().enumerate();
        let fields: Vec<FieldRef> =
            fields.map(|(place, field)| as_type(field, kind(place))).collect();
        let options = options.clone().with_schema(Arc::new(Schema::new(fields)));
        ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options).map_err(damaged)
    };
    let (metadata, keyed) = (with_types(as_view)?, with_types(as_keyed)?);
    for (column, &place) in table.columns.iter().zip(&places) {
        let Some(place) = place else { continue };
        let data_type = metadata.schema().field(place).data_type();
        check_type(data_type, column.kind, &column.in_file, &file.name)?;
    }
    Ok(Layout::Parquet { metadata, keyed, places })
}

/// Text is read as views, which need no copy and share the bytes of a dictionary page. Some
/// writers do not say of text that it is text.
fn as_view(field: &FieldRef, kind: Option<ColumnKind>) -> FieldRef {
    let view = match (field.data_type(), kind) {
        (DataType::Utf8, Some(_)) => DataType::Utf8View,
        (DataType::Binary, Some(ColumnKind::EventId)) => DataType::BinaryView,
        (
            DataType::Binary,
            Some(ColumnKind::Id | ColumnKind::Word | ColumnKind::Amount | ColumnKind::Moment),
        ) => DataType::Utf8View,
        _ => return Arc::clone(field),
    };
    Arc::new(Field::new(field.name(), view, field.is_nullable()))
}

/// As [`as_view`], but text ids are read as the keys of a dictionary.
fn as_keyed(field: &FieldRef, kind: Option<ColumnKind>) -> FieldRef {
    let field = as_view(field, kind);
    match (field.data_type(), kind) {
        (DataType::Utf8View, Some(ColumnKind::Id)) => {
            let (key, text) = (Box::new(DataType::Int32), Box::new(DataType::Utf8));
            let keyed = DataType::Dictionary(key, text);
            Arc::new(Field::new(field.name(), keyed, field.is_nullable()))
        }
        _ => field,
    }
}

/// Whether all pages of a row group's column are keys of one dictionary.
fn is_keyed(metadata: &ArrowReaderMetadata, place: usize, group: usize) -> bool {
    let chunk = chunk(metadata, place, group).map(|(_, chunk)| chunk);
    let chunk = chunk.filter(|chunk| chunk.dictionary_page_offset().is_some());
    chunk.and_then(ColumnChunkMetaData::page_encoding_stats_mask).is_some_and(|pages| {
        pages.is_only(Encoding::RLE_DICTIONARY) || pages.is_only(Encoding::PLAIN_DICTIONARY)
    })
}

/// A row group's chunk of the column at `place`, and its place among the chunks.
pub(in crate::input::logs) fn chunk(
    metadata: &ArrowReaderMetadata,
    place: usize,
    group: usize,
) -> Option<(usize, &ColumnChunkMetaData)> {
    let root = metadata.parquet_schema().root_schema().get_fields().get(place)?.name();
    let mut chunks = metadata.metadata().row_group(group).columns().iter().enumerate();
    chunks.find(|(_, chunk)| chunk.column_path().parts() == [root])
}

/// The first row's number, and the number of rows, of a row group.
pub(in crate::input::logs) fn group_rows(
    metadata: &ArrowReaderMetadata,
    group: usize,
) -> (u64, u64) {
    let rows = |g: usize| u64::try_from(metadata.metadata().row_group(g).num_rows()).unwrap_or(0);
    ((0..group).map(rows).sum::<u64>() + 1, rows(group))
}

/// How many bytes a row group takes in the file.
pub(in crate::input::logs) fn group_bytes(metadata: &ArrowReaderMetadata, group: usize) -> u64 {
    u64::try_from(metadata.metadata().row_group(group).compressed_size()).unwrap_or(0)
}

/// The earliest and the latest instant of a row group, where its statistics give them for
/// every row.
pub(in crate::input::logs) fn group_span(
    metadata: &ArrowReaderMetadata,
    place: usize,
    group: usize,
) -> Option<(Instant, Instant)> {
    let DataType::Timestamp(unit, _) = metadata.schema().field(place).data_type() else {
        return None;
    };
    let Statistics::Int64(statistics) = chunk(metadata, place, group)?.1.statistics()? else {
        return None;
    };
    if statistics.null_count_opt() != Some(0) {
        return None;
    }
    let instant = |value: i64| match unit {
        // Bounds may be finer than the microsecond; what matters is the month.
        TimeUnit::Nanosecond => from_unit(value - value.rem_euclid(1000), *unit).ok(),
        _ => from_unit(value, *unit).ok(),
    };
    Some((instant(*statistics.min_opt()?)?, instant(*statistics.max_opt()?)?))
}

/// Reads a row group batch by batch; of it, the rows that are wanted. `places` are the table's
/// columns in the file.
pub(in crate::input::logs) fn read_group(
    from: &Group<'_>,
    (what, places): (&Scan<'_>, &[Option<usize>]),
    wanted: Wanted<'_>,
    source: usize,
    visit: &mut dyn FnMut(Batch) -> Result<()>,
) -> Result<()> {
    let (first_row, rows) = group_rows(from.metadata, from.group);
    let kept = match (wanted.all(), places.get(wanted.column).copied().flatten()) {
        (true, _) => None,
        (false, Some(place)) => Some(from.wanted_rows(wanted, place)?),
        (false, None) => Some(Vec::new()),
    };
    if kept.as_ref().is_some_and(Vec::is_empty) {
        return Ok(());
    }
    let selection = kept.as_ref().map(|kept| {
        let ranges = kept.iter().map(|&row| row..row + 1);
        RowSelection::from_consecutive_ranges(ranges, usize::try_from(rows).unwrap_or(usize::MAX))
    });
    let is_wanted = |at: &usize| what.only_columns.is_none_or(|only| only.contains(at));
    let places: Vec<Option<usize>> =
        (0..places.len()).map(|at| places[at].filter(|_| is_wanted(&at))).collect();
    // The reader gives the columns in the file's order; the table wants its own.
    let rank = |place: usize| places.iter().flatten().filter(|&&other| other < place).count();
    let order: Vec<Option<usize>> = places.iter().map(|place| place.map(rank)).collect();
    let ids = what.table.columns.iter().position(|column| column.kind == ColumnKind::Id);
    let keyed = ids
        .and_then(|at| places[at])
        .is_some_and(|place| what.keyed_ids && is_keyed(from.metadata, place, from.group));
    let metadata = if keyed { from.keyed } else { from.metadata };
    let mut done = 0;
    for batch in from.open(metadata, &places, selection)? {
        let batch = batch.map_err(|e| from.damaged(e))?;
        let len = batch.num_rows();
        let columns = order.iter().zip(&what.table.columns).enumerate();
        let columns = columns.map(|(at, (place, column))| match place {
            Some(place) => known_type(batch.column(*place), column.kind),
            None if is_wanted(&at) => nothing(column.kind, len),
            None => Arc::new(NullArray::new(len)),
        });
        let columns = columns.collect();
        let rows = match &kept {
            None => Rows::From(first_row + done as u64),
            Some(kept) => {
                let kept = kept[done..done + len].iter();
                Rows::List(kept.map(|&row| first_row + row as u64).collect())
            }
        };
        visit(Batch { source, rows, columns, faults: Vec::new(), len })?;
        done += len;
    }
    Ok(())
}

/// A row group of a file.
pub(in crate::input::logs) struct Group<'a> {
    pub file: &'a LogFile,
    pub metadata: &'a ArrowReaderMetadata,
    pub keyed: &'a ArrowReaderMetadata,
    pub group: usize,
}

impl Group<'_> {
    fn damaged(&self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::input("cannot be decoded")
            .in_file(&self.file.name)
            .in_row_group(self.group)
            .caused_by(cause)
            .hint("the file may be damaged; fetch or export it again")
    }

    /// Begins to read the columns at `places`, of all rows or of a selection.
    fn open(
        &self,
        metadata: &ArrowReaderMetadata,
        places: &[Option<usize>],
        selection: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader> {
        // Each reader has a handle of its own: clones would share one position in the file.
        let handle = File::open(&self.file.path).map_err(|e| self.damaged(e))?;
        let places = places.iter().flatten().copied();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), places);
        let mut reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata.clone())
                .with_projection(mask)
                .with_row_groups(vec![self.group])
                .with_batch_size(BATCH_ROWS);
        if let Some(selection) = selection {
            reader = reader.with_row_selection(selection);
        }
        reader.build().map_err(|e| self.damaged(e))
    }

    /// The rows of the wanted accounts, from 0; `place` is the account's column.
    fn wanted_rows(&self, wanted: Wanted<'_>, place: usize) -> Result<Vec<usize>> {
        let (mut rows, mut buffer, mut first) = (Vec::new(), [0; 36], 0);
        for batch in self.open(self.metadata, &[Some(place)], None)? {
            let batch = batch.map_err(|e| self.damaged(e))?;
            let column = known_type(batch.column(0), ColumnKind::Id);
            let accounts = IdColumn::of(&column);
            let mut is_wanted =
                |row: usize| accounts.raw(row, &mut buffer).is_ok_and(|id| wanted.has(id));
            rows.extend((0..batch.num_rows()).filter(|&row| is_wanted(row)).map(|row| first + row));
            first += batch.num_rows();
        }
        Ok(rows)
    }
}

/// A column that its writer gave no type, since it holds no value, as one of its kind's types.
fn known_type(column: &ArrayRef, kind: ColumnKind) -> ArrayRef {
    match column.data_type() {
        DataType::Null => nothing(kind, column.len()),
        _ => Arc::clone(column),
    }
}

/// A column of a kind without any value.
fn nothing(kind: ColumnKind, len: usize) -> ArrayRef {
    let data_type = match kind {
        ColumnKind::Id | ColumnKind::EventId | ColumnKind::Word => DataType::Utf8View,
        ColumnKind::Amount | ColumnKind::Moment => DataType::Utf8View,
        ColumnKind::Instant => DataType::Timestamp(TimeUnit::Microsecond, None),
        ColumnKind::Credits => DataType::Decimal128(18, 6),
        ColumnKind::Flag => DataType::Boolean,
    };
    new_null_array(&data_type, len)
}
