//! Footers read, and the columns in them.

use std::sync::Arc;

use arrow_schema::{DataType, FieldRef, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::ConvertedType;
use parquet::schema::types::Type;

use super::column_types::{as_view, check, is_int96};
use crate::base::damaged_file::{Contradiction, footer, guarded};
use crate::base::error::{Code, Error, Faults, Result};
use crate::input::logs::log_file::LogFile;
use crate::input::logs::schema::LogSchema;
use crate::input::logs::source::{Layout, ParquetLayout};

/// Reads the footer and checks names and types of the schema's columns.
pub(in crate::input::logs) fn read_footer(file: &LogFile, schema: &LogSchema) -> Result<Layout> {
    let handle = file.open()?;
    let damaged = |e| damaged(file, e);
    let options = by_schema();
    let plain = guarded(|| footer(&handle, options.clone())).map_err(damaged)?;
    let names: Vec<String> = plain.schema().fields().iter().map(|f| f.name().clone()).collect();
    let places = schema.locate(&names, &file.name)?;
    let kind = |place: usize| {
        let at = places.iter().position(|&p| p == Some(place))?;
        Some(schema.columns[at].kind)
    };
    let columns = plain.parquet_schema().root_schema().get_fields();
    let epoch = schema.dialect.instants;
    let with_types = |keyed: bool| {
        let fields = plain.schema().fields().iter().zip(columns).enumerate();
        let fields: Vec<FieldRef> = fields
            .map(|(place, (field, column))| as_view(field, column, kind(place), epoch, keyed))
            .collect();
        let options = options.clone().with_schema(Arc::new(Schema::new(fields)));
        guarded(|| ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options))
            .map_err(damaged)
    };
    let (metadata, keyed) = (with_types(false)?, with_types(true)?);
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

/// That a file is no whole one.
fn damaged(file: &LogFile, e: Box<dyn std::error::Error + Send + Sync>) -> Error {
    let group = e.downcast_ref::<Contradiction>().and_then(|found| found.row_group);
    let error = Error::new(Code::INPUT_DAMAGED, "is not a whole Parquet file").in_file(&file.name);
    let error = group.into_iter().fold(error, Error::in_row_group);
    error
        .caused_by(e)
        .expected("a Parquet file with its footer")
        .hint_of_damage("the file may be truncated, or no Parquet at all; fetch or export it again")
        .or_unread()
}

/// The columns of a file that may be read, with the types that they have by themselves.
pub(in crate::input::logs) fn column_types(file: &LogFile) -> Result<Vec<(String, DataType)>> {
    let handle = file.open()?;
    let plain = guarded(|| footer(&handle, by_schema())).map_err(|e| damaged(file, e))?;
    let columns = plain.parquet_schema().root_schema().get_fields();
    let fields = plain.schema().fields().iter().zip(columns);
    // Text of other marks, such as JSON, is not read.
    let is_read = |column: &Type| {
        use ConvertedType::{BSON, ENUM, JSON};
        !matches!(column.get_basic_info().converted_type(), JSON | BSON | ENUM)
    };
    let read = fields.filter(|(_, column)| is_read(column));
    Ok(read.map(|(field, _)| (field.name().clone(), field.data_type().clone())).collect())
}

/// Types follow from the Parquet schema alone, so that every writer's files read alike.
fn by_schema() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}
