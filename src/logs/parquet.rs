//! Parquet: footers checked, row groups read, groups of other months passed over.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, new_null_array};
use arrow_schema::{DataType, Field, FieldRef, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::file::statistics::Statistics;

use super::columns::from_unit;
use super::open::{Layout, check_type};
use super::scan::{Batch, Rows};
use super::{ColumnKind, LogFile, Table};
use crate::calendar::Instant;
use crate::error::{Error, Result};

/// Rows of a batch.
const BATCH_ROWS: usize = 16_384;

/// Reads the footer and checks names and types of the table's columns.
pub(super) fn open_parquet(file: &LogFile, table: &Table) -> Result<Layout> {
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
        let at = places.iter().position(|&p| p == place)?;
        Some(table.columns[at].kind)
    };
    let fields = plain.schema().fields().iter().enumerate();
    let fields: Vec<FieldRef> = fields.map(|(place, field)| as_view(field, kind(place))).collect();
    let options = options.with_schema(Arc::new(Schema::new(fields)));
    let metadata =
        ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options).map_err(damaged)?;
    for (column, &place) in table.columns.iter().zip(&places) {
        let data_type = metadata.schema().field(place).data_type();
        check_type(data_type, column.kind, &column.in_file, &file.name)?;
    }
    Ok(Layout::Parquet { metadata, places })
}

/// Text is read as views, which need no copy and share the bytes of a dictionary page. Some
/// writers do not say of text that it is text.
fn as_view(field: &FieldRef, kind: Option<ColumnKind>) -> FieldRef {
    let view = match (field.data_type(), kind) {
        (DataType::Utf8, Some(_)) => DataType::Utf8View,
        (DataType::Binary, Some(ColumnKind::EventId)) => DataType::BinaryView,
        (DataType::Binary, Some(ColumnKind::Id | ColumnKind::Word)) => DataType::Utf8View,
        _ => return Arc::clone(field),
    };
    Arc::new(Field::new(field.name(), view, field.is_nullable()))
}

/// The first row's number, and the number of rows, of a row group.
pub(super) fn group_rows(metadata: &ArrowReaderMetadata, group: usize) -> (u64, u64) {
    let rows = |g: usize| u64::try_from(metadata.metadata().row_group(g).num_rows()).unwrap_or(0);
    ((0..group).map(rows).sum::<u64>() + 1, rows(group))
}

/// The earliest and the latest instant of a row group, where its statistics give them for
/// every row.
pub(super) fn group_span(
    metadata: &ArrowReaderMetadata,
    place: usize,
    group: usize,
) -> Option<(Instant, Instant)> {
    let DataType::Timestamp(unit, _) = metadata.schema().field(place).data_type() else {
        return None;
    };
    let root = metadata.parquet_schema().root_schema().get_fields().get(place)?.name();
    let chunks = metadata.metadata().row_group(group).columns();
    let chunk = chunks.iter().find(|c| c.column_path().parts() == [root])?;
    let Statistics::Int64(statistics) = chunk.statistics()? else {
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

/// Reads a row group batch by batch.
pub(super) fn read_group(
    file: &LogFile,
    (metadata, places): (&ArrowReaderMetadata, &[usize]),
    group: usize,
    (table, source): (&Table, usize),
    visit: &mut dyn FnMut(Batch) -> Result<()>,
) -> Result<()> {
    let damaged = |cause: Box<dyn std::error::Error + Send + Sync>| {
        Error::input("cannot be decoded")
            .in_file(&file.name)
            .in_row_group(group)
            .caused_by(cause)
            .hint("the file may be damaged; fetch or export it again")
    };
    // Each row group has a handle of its own: clones would share one position in the file.
    let handle = File::open(&file.path).map_err(|e| damaged(e.into()))?;
    let mask = ProjectionMask::roots(metadata.parquet_schema(), places.iter().copied());
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata.clone())
        .with_projection(mask)
        .with_row_groups(vec![group])
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|e| damaged(e.into()))?;
    // The reader gives the columns in the file's order; the table wants its own.
    let order: Vec<usize> =
        places.iter().map(|p| places.iter().filter(|other| *other < p).count()).collect();
    let (mut first_row, _) = group_rows(metadata, group);
    for batch in reader {
        let batch = batch.map_err(|e| damaged(e.into()))?;
        let len = batch.num_rows();
        let columns = order.iter().zip(&table.columns);
        let columns = columns.map(|(&at, column)| known_type(batch.column(at), column.kind));
        let columns = columns.collect();
        visit(Batch { source, rows: Rows::From(first_row), columns, faults: Vec::new(), len })?;
        first_row += len as u64;
    }
    Ok(())
}

/// A column that its writer gave no type, since it holds no value, as one of its kind's types.
fn known_type(column: &ArrayRef, kind: ColumnKind) -> ArrayRef {
    if *column.data_type() != DataType::Null {
        return Arc::clone(column);
    }
    let data_type = match kind {
        ColumnKind::Id | ColumnKind::EventId | ColumnKind::Word => DataType::Utf8View,
        ColumnKind::Instant => DataType::Timestamp(TimeUnit::Microsecond, None),
        ColumnKind::Credits => DataType::Decimal128(18, 6),
        ColumnKind::Flag => DataType::Boolean,
    };
    new_null_array(&data_type, column.len())
}
