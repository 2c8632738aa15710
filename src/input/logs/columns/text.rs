//! Words, flags, and any cell as text for people.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use chrono::{NaiveDate, TimeDelta};

use super::credits::CreditsColumn;
use super::fault::CellFault;
use super::ids::IdColumn;
use super::instants::{InstantColumn, NO_TIME, from_unit};
use crate::base::digest::hex;
use crate::base::digits::plain_decimal;
use crate::base::rejects::shortened;
use crate::input::logs::dialect::CellForms;

/// The word at `row`; empty where the cell is null.
pub fn word(column: &ArrayRef, row: usize) -> &str {
    if column.is_null(row) { "" } else { column.as_string_view().value(row) }
}

/// The flag at `row`.
///
/// # Errors
/// The cell is empty or neither true nor false.
pub fn flag(column: &ArrayRef, row: usize) -> Result<bool, CellFault> {
    if column.is_null(row) {
        return Err(CellFault::Null);
    }
    if let Some(flags) = column.as_boolean_opt() {
        return Ok(flags.value(row));
    }
    match column.as_string_view().value(row).to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(CellFault::NotFlag),
    }
}

/// A cell for people, cut at 200 characters; empty where null.
pub fn value_text(column: &ArrayRef, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    match column.data_type() {
        DataType::Utf8View => shortened(column.as_string_view().value(row)),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Float64 => {
            let value = column.as_primitive::<Float64Type>().value(row);
            ryu::Buffer::new().format(value).to_owned()
        }
        DataType::Decimal128(_, scale) => {
            let value = column.as_primitive::<Decimal128Type>().value(row);
            plain_decimal(value, u32::from(scale.unsigned_abs()))
        }
        DataType::Dictionary(..) => {
            IdColumn::of(column).raw(row, &mut [0; 36]).map(shortened).unwrap_or_default()
        }
        DataType::BinaryView => bytes_text(column.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => bytes_text(column.as_fixed_size_binary().value(row)),
        DataType::Timestamp(unit, _) => timestamp_text(column, row, *unit),
        DataType::Date32 => {
            let days = i64::from(column.as_primitive::<Date32Type>().value(row));
            let date = NaiveDate::default().checked_add_signed(TimeDelta::days(days));
            date.map_or_else(|| days.to_string(), |date| date.to_string())
        }
        _ => match CreditsColumn::of(column, CellForms::default()) {
            CreditsColumn::Decimal(whole, _) => whole.value(row).to_string(),
            _ => String::new(),
        },
    }
}

fn bytes_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => shortened(text),
        Err(_) => shortened(&hex(bytes)),
    }
}

fn timestamp_text(column: &ArrayRef, row: usize, unit: TimeUnit) -> String {
    let forms = CellForms::default();
    let InstantColumn::Timestamp(values, _, _) = InstantColumn::of(column, forms) else {
        return String::new();
    };
    match (from_unit(values[row], unit), unit) {
        (Ok(instant), _) => instant.to_string(),
        _ if values[row] == NO_TIME => "NaT".to_owned(),
        (Err(_), TimeUnit::Nanosecond) => {
            let at = chrono::DateTime::from_timestamp_nanos(values[row]);
            at.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
        }
        (Err(_), _) => values[row].to_string(),
    }
}
