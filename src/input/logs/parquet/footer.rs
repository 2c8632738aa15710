//! Footers read, and the types of the schema's columns checked.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

use crate::base::damaged_file::guarded;
use crate::base::error::{Error, Result};
use crate::input::logs::find::LogFile;
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
    let names: Vec<String> = plain.schema().fields().iter().map(|f| f.name().clone()).collect();
    let places = schema.locate(&names, &file.name)?;
    let kind = |place: usize| {
        let at = places.iter().position(|&p| p == Some(place))?;
        Some(schema.columns[at].kind)
    };
    let with_types = |as_type: fn(&FieldRef, Option<ColumnKind>) -> FieldRef| {
        let fields = plain.schema().fields().iter().enumerate();
        let fields: Vec<FieldRef> =
            fields.map(|(place, field)| as_type(field, kind(place))).collect();
        let options = options.clone().with_schema(Arc::new(Schema::new(fields)));
        guarded(|| ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options))
            .map_err(damaged)
    };
    let (metadata, keyed) = (with_types(as_view)?, with_types(as_keyed)?);
    for (column, &place) in schema.columns.iter().zip(&places) {
        let Some(place) = place else { continue };
        let data_type = metadata.schema().field(place).data_type();
        check_type(data_type, column.kind, &column.in_file, &file.name)?;
    }
    if metadata.metadata().row_groups().iter().any(has_negative) {
        return Err(damaged("a number of rows, or where a column lies, is negative".into()));
    }
    let (all, groups) = (metadata.metadata().file_metadata().num_rows(), metadata.metadata());
    let rows: i128 = groups.row_groups().iter().map(|group| i128::from(group.num_rows())).sum();
    if i128::from(all) != rows {
        return Err(damaged(format!("it says {all} rows, and its row groups have {rows}").into()));
    }
    Ok(Layout::Parquet(ParquetLayout { metadata, keyed, places }))
}

/// Whether the footer is damaged in a way at which the decoder would panic, or rows be miscounted.
fn has_negative(group: &RowGroupMetaData) -> bool {
    let is_negative = |chunk: &ColumnChunkMetaData| {
        let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
        start < 0 || chunk.compressed_size() < 0
    };
    group.num_rows() < 0 || group.columns().iter().any(is_negative)
}

/// Text is read as views, which need no copy and share the bytes of a dictionary page. Some
/// writers do not say of text that it is text.
fn as_view(field: &FieldRef, kind: Option<ColumnKind>) -> FieldRef {
    let view = match (field.data_type(), kind) {
        (DataType::Utf8, Some(_)) => DataType::Utf8View,
        (DataType::Binary, Some(ColumnKind::EventId)) => DataType::BinaryView,
        (DataType::Binary, Some(kind)) if kind.is_text() => DataType::Utf8View,
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

/// Checks that a Parquet column's type is one that its kind is read from.
fn check_type(data_type: &DataType, kind: ColumnKind, column: &str, file: &str) -> Result<()> {
    let is_text = *data_type == DataType::Utf8View;
    let is_number = data_type.is_integer()
        || *data_type == DataType::Float64
        || matches!(data_type, DataType::Decimal128(_, scale) if *scale >= 0);
    let fits = match kind {
        ColumnKind::Id | ColumnKind::Word => is_text,
        ColumnKind::EventId => {
            is_text || matches!(data_type, DataType::BinaryView | DataType::FixedSizeBinary(16))
        }
        ColumnKind::Instant => matches!(data_type, DataType::Timestamp(..)),
        ColumnKind::Credits => is_number,
        ColumnKind::Flag => *data_type == DataType::Boolean,
        ColumnKind::Status => is_text || *data_type == DataType::Boolean,
        ColumnKind::Amount => is_text || is_number,
        ColumnKind::Moment => {
            let is_time = matches!(data_type, DataType::Timestamp(..) | DataType::Date32);
            is_text || is_time || data_type.is_integer()
        }
    };
    if fits || *data_type == DataType::Null {
        return Ok(());
    }
    let found = match data_type {
        DataType::Utf8View => "text".to_owned(),
        DataType::BinaryView => "binary".to_owned(),
        other => other.to_string(),
    };
    Err(Error::input(format!("is of type {found}"))
        .in_file(file)
        .in_column(column)
        .expected(kind.expected())
        .hint("write the column with that type, or map another column"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_event_ids_may_be_binary() {
        let fits = |kind| check_type(&DataType::BinaryView, kind, "column", "file").is_ok();
        assert!(fits(ColumnKind::EventId));
        assert!(!fits(ColumnKind::Id) && !fits(ColumnKind::Credits));
        assert!(!fits(ColumnKind::Amount) && !fits(ColumnKind::Moment));
    }
}
