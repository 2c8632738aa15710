//! Footers read, and held against what they say themselves.

use std::sync::Arc;

use arrow_schema::{FieldRef, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::schema::types::Type;

use super::column_types::{as_keyed, as_view, check, is_int96};
use crate::base::calendar::EpochUnit;
use crate::base::damaged_file::guarded;
use crate::base::error::{Error, Faults, Result};
use crate::input::logs::log_file::LogFile;
use crate::input::logs::schema::{ColumnKind, LogSchema};
use crate::input::logs::source::{Layout, ParquetLayout};

/// Reads the footer and checks names and types of the schema's columns.
pub(in crate::input::logs) fn read_footer(file: &LogFile, schema: &LogSchema) -> Result<Layout> {
    let handle = file.open()?;
    let damaged = |e: Box<dyn std::error::Error + Send + Sync>| {
        Error::input("is not a whole Parquet file")
            .in_file(&file.name)
            .caused_by(e)
            .expected("a Parquet file with its footer")
            .hint("the file may be truncated, or no Parquet at all; fetch or export it again")
    };
    // Types follow from the Parquet schema alone, so that every writer's files read alike.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let plain = guarded(|| ArrowReaderMetadata::load(&handle, options.clone()));
    let plain = plain.map_err(damaged)?;
    let bytes = handle.metadata().map_err(|e| damaged(e.into()))?.len();
    if let Some(fault) = contradiction(plain.metadata(), bytes) {
        return Err(damaged(fault.into()));
    }
    let names: Vec<String> = plain.schema().fields().iter().map(|f| f.name().clone()).collect();
    let places = schema.locate(&names, &file.name)?;
    let kind = |place: usize| {
        let at = places.iter().position(|&p| p == Some(place))?;
        Some(schema.columns[at].kind)
    };
    let columns = plain.parquet_schema().root_schema().get_fields();
    let epoch = schema.dialect.instants;
    let with_types = |as_type: AsType| {
        let fields = plain.schema().fields().iter().zip(columns).enumerate();
        let fields: Vec<FieldRef> = fields
            .map(|(place, (field, column))| as_type(field, column, kind(place), epoch))
            .collect();
        let options = options.clone().with_schema(Arc::new(Schema::new(fields)));
        guarded(|| ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options))
            .map_err(damaged)
    };
    let (metadata, keyed) = (with_types(as_view)?, with_types(as_keyed)?);
    let mut faults = Faults::default();
    for (column, &place) in schema.columns.iter().zip(&places) {
        let Some(place) = place else { continue };
        let data_type = metadata.schema().field(place).data_type();
        faults.take(check(data_type, &columns[place], column, schema.dialect, &file.name));
    }
    faults.check("columns cannot be read")?;
    let mut int96: Vec<usize> = places.iter().flatten().copied().collect();
    int96.retain(|&place| is_int96(&columns[place]));
    int96.sort_unstable();
    Ok(Layout::Parquet(ParquetLayout { metadata, keyed, plain, int96, places }))
}

/// How a field is read, given its column, what it is read for, and what numbers mean as instants.
type AsType = fn(&FieldRef, &Type, Option<ColumnKind>, Option<EpochUnit>) -> FieldRef;

/// In what a footer contradicts itself, or the size of its file: at some of it the decoder would
/// panic, by other rows would be lost, or read from where others are.
fn contradiction(metadata: &ParquetMetaData, file_bytes: u64) -> Option<String> {
    let groups = metadata.row_groups();
    if groups.iter().any(has_negative) {
        return Some("a number of rows, or where a column lies, is negative".to_owned());
    }
    let all = metadata.file_metadata().num_rows();
    let rows: i128 = groups.iter().map(|group| i128::from(group.num_rows())).sum();
    if i128::from(all) != rows {
        return Some(format!("it says {all} rows, and its row groups have {rows}"));
    }
    for (number, group) in groups.iter().enumerate() {
        let flat = |chunk: &&ColumnChunkMetaData| chunk.column_descr().max_rep_level() == 0;
        let other =
            group.columns().iter().filter(flat).find(|c| c.num_values() != group.num_rows());
        if let Some(chunk) = other {
            let (rows, values) = (group.num_rows(), chunk.num_values());
            let name = chunk.column_path().string();
            return Some(format!(
                "row group {number} has {rows} rows, and column {name} {values} values in it"
            ));
        }
    }
    let chunks = groups.iter().flat_map(RowGroupMetaData::columns).map(range);
    let mut chunks: Vec<(u64, u64)> = chunks.filter(|(start, end)| start < end).collect();
    chunks.sort_unstable();
    if chunks.last().is_some_and(|(_, end)| *end > file_bytes) {
        return Some("a column lies beyond the end of the file".to_owned());
    }
    let overlap = chunks.windows(2).any(|pair| pair[0].1 > pair[1].0);
    overlap.then(|| "two columns lie in the same place".to_owned())
}

/// From where to where a column lies, once it is known that it does so nowhere below zero.
fn range(chunk: &ColumnChunkMetaData) -> (u64, u64) {
    let start = start(chunk).unsigned_abs();
    (start, start.saturating_add(chunk.compressed_size().unsigned_abs()))
}

fn start(chunk: &ColumnChunkMetaData) -> i64 {
    chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset())
}

fn has_negative(group: &RowGroupMetaData) -> bool {
    let is_negative = |chunk: &ColumnChunkMetaData| start(chunk) < 0 || chunk.compressed_size() < 0;
    group.num_rows() < 0 || group.columns().iter().any(is_negative)
}
