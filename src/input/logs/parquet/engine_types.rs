//! Types of columns by the names that a rollup elsewhere is requested with: those that engines read as this program
//! does.

use arrow_schema::{DataType, TimeUnit};
use parquet::basic::{ConvertedType, LogicalType};
use parquet::schema::types::Type;

use super::column_types::is_int96;
use crate::base::error::{Code, Error, Faults, Result};
use crate::input::logs::schema::{Column, ColumnKind, LogSchema};
use crate::input::logs::source::{Layout, ParquetLayout, Source};

/// Digits behind the point that engines compare exactly.
const FINEST_SCALE: i8 = 24;
/// What Spark writes into the footers of its files.
const SPARK: &str = "org.apache.spark.version";

/// The types of a log's columns in a file, in the order of the schema.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: the file is text, or has a column of a type that engines read otherwise, or not
/// at all.
pub fn engine_types(source: &Source, schema: &LogSchema) -> Result<Vec<String>> {
    let Layout::Parquet(layout) = &source.layout else {
        return Err(Error::new(
            Code::NOT_FOR_ENGINES,
            "is text, and engines roll up Parquet alone",
        )
        .in_file(&source.file.name)
        .hint("write it as Parquet, as jobs/spark/README.md shows; or bill without --rollup"));
    };
    let mut faults = Faults::default();
    let columns = schema.columns.iter().zip(&layout.places);
    let types = columns.map(|(column, place)| {
        faults.take(place.map_or_else(
            || Err(Error::new(Code::COLUMN_MISSING, "is missing")),
            |place| engine_type(layout, place, column),
        ))
    });
    let types: Vec<Option<String>> = types.collect();
    faults.check("columns cannot be read by engines").map_err(|e| e.in_file(&source.file.name))?;
    Ok(types.into_iter().flatten().collect())
}

fn engine_type(layout: &ParquetLayout, place: usize, column: &Column) -> Result<String> {
    let leaf = &layout.plain.parquet_schema().root_schema().get_fields()[place];
    let data_type = layout.plain.schema().field(place).data_type();
    let name = match column.kind {
        ColumnKind::Instant => instant(data_type, leaf, is_by_spark(layout)),
        ColumnKind::Credits => credits(data_type),
        _ => id(data_type, leaf, column.kind),
    };
    name.ok_or_else(|| {
        let is = if is_int96(leaf) {
            "INT96 that Spark has not written".into()
        } else {
            data_type.to_string()
        };
        Error::new(Code::NOT_FOR_ENGINES, format!("is of type {is}"))
            .in_column(&column.in_file)
            .expected(match column.kind {
                ColumnKind::Instant => "TIMESTAMP, or an integer type with `instants`",
                ColumnKind::Credits => {
                    "DECIMAL of at most 24 decimals, an integer type, FLOAT or DOUBLE"
                }
                _ => "text, or an integer type; of event ids 16 bytes without a mark as well",
            })
            .hint("write the column in such a type; or bill without --rollup")
    })
}

fn id(data_type: &DataType, leaf: &Type, kind: ColumnKind) -> Option<String> {
    match data_type {
        DataType::Utf8 if leaf.get_basic_info().converted_type() == ConvertedType::UTF8 => {
            Some("text".to_owned())
        }
        DataType::FixedSizeBinary(16) => {
            let is_marked = leaf.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid);
            (kind == ColumnKind::EventId && !is_marked).then(|| "uuid".to_owned())
        }
        other => integer(other),
    }
}

fn instant(data_type: &DataType, leaf: &Type, by_spark: bool) -> Option<String> {
    if is_int96(leaf) {
        // Spark's have no digits that its reader would cut.
        return by_spark.then(|| "timestamp-96".to_owned());
    }
    let DataType::Timestamp(unit, zone) = data_type else { return integer(data_type) };
    let unit = match unit {
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
        TimeUnit::Second => return None,
    };
    Some(format!("timestamp-{unit}{}", if zone.is_some() { "" } else { "-local" }))
}

fn credits(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Decimal128(digits, scale @ 0..=FINEST_SCALE) => {
            Some(format!("decimal({digits},{scale})"))
        }
        DataType::Float32 => Some("float".to_owned()),
        DataType::Float64 => Some("double".to_owned()),
        other => integer(other),
    }
}

/// An integer type by its name: `int64`.
fn integer(data_type: &DataType) -> Option<String> {
    data_type.is_integer().then(|| data_type.to_string().to_lowercase())
}

fn is_by_spark(layout: &ParquetLayout) -> bool {
    let notes = layout.plain.metadata().file_metadata().key_value_metadata();
    notes.is_some_and(|notes| notes.iter().any(|note| note.key == SPARK))
}
