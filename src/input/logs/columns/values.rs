//! Typed views of a batch's columns: ids, instants, credits, words and flags, cell by cell.

use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, StringViewArray};
use arrow_schema::{DataType, TimeUnit};
use chrono::{NaiveDate, TimeDelta};

use super::ids::IdColumn;
use crate::base::calendar::{Instant, InstantFault};
use crate::base::credits::{Credits, CreditsFault, Reading};
use crate::base::ids::IdFault;
use crate::base::rejects::shortened;

/// Why a cell cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellFault {
    /// No value.
    Null,
    /// No instant.
    Instant(InstantFault),
    /// No quantity of credits.
    Credits(CreditsFault),
    /// No id.
    Id(IdFault),
    /// Binary, but not 16 bytes.
    NotUuid,
    /// Neither true nor false.
    NotFlag,
}

impl fmt::Display for CellFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CellFault::Null => f.write_str("is empty; expected a value"),
            CellFault::Instant(fault) => fault.fmt(f),
            CellFault::Credits(fault) => fault.fmt(f),
            CellFault::Id(fault) => fault.fmt(f),
            CellFault::NotUuid => f.write_str("is not a UUID; expected 16 bytes"),
            CellFault::NotFlag => f.write_str("is neither true nor false"),
        }
    }
}

/// A column of instants.
pub enum InstantColumn<'a> {
    /// Integers since the epoch, in a unit.
    Timestamp(&'a [i64], TimeUnit, &'a ArrayRef),
    /// RFC 3339.
    Text(&'a StringViewArray),
}

impl<'a> InstantColumn<'a> {
    /// The typed view of a column that [`super::super::open()`] has let through.
    pub fn of(column: &'a ArrayRef) -> Self {
        let DataType::Timestamp(unit, _) = column.data_type() else {
            return InstantColumn::Text(column.as_string_view());
        };
        let values: &[i64] = match unit {
            TimeUnit::Second => column.as_primitive::<TimestampSecondType>().values(),
            TimeUnit::Millisecond => column.as_primitive::<TimestampMillisecondType>().values(),
            TimeUnit::Microsecond => column.as_primitive::<TimestampMicrosecondType>().values(),
            TimeUnit::Nanosecond => column.as_primitive::<TimestampNanosecondType>().values(),
        };
        InstantColumn::Timestamp(values, *unit, column)
    }

    /// The instant at `row`.
    #[inline]
    pub fn get(&self, row: usize) -> Result<Instant, CellFault> {
        match self {
            InstantColumn::Timestamp(_, _, column) if column.is_null(row) => Err(CellFault::Null),
            InstantColumn::Timestamp(values, unit, _) => {
                from_unit(values[row], *unit).map_err(CellFault::Instant)
            }
            InstantColumn::Text(column) if column.is_null(row) => Err(CellFault::Null),
            InstantColumn::Text(column) => {
                Instant::parse(column.value(row)).map_err(CellFault::Instant)
            }
        }
    }
}

impl InstantColumn<'_> {
    /// All instants in microseconds since the epoch, in place of what `micros` holds; the least
    /// integer where a cell cannot be read.
    pub fn read_into(&self, micros: &mut Vec<i64>) {
        micros.clear();
        match self {
            InstantColumn::Timestamp(values, TimeUnit::Microsecond, column)
                if column.null_count() == 0 =>
            {
                micros.extend_from_slice(values);
            }
            _ => {
                let at = |row| self.get(row).map_or(i64::MIN, Instant::micros);
                micros.extend((0..self.len()).map(at));
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            InstantColumn::Timestamp(_, _, column) => column.len(),
            InstantColumn::Text(column) => column.len(),
        }
    }
}

/// The instant that a Parquet integer of a unit means.
pub(in crate::input::logs) fn from_unit(
    value: i64,
    unit: TimeUnit,
) -> Result<Instant, InstantFault> {
    let micros = match unit {
        TimeUnit::Second => value.checked_mul(1_000_000),
        TimeUnit::Millisecond => value.checked_mul(1_000),
        TimeUnit::Microsecond => Some(value),
        TimeUnit::Nanosecond if value % 1_000 != 0 => return Err(InstantFault::TooFine),
        TimeUnit::Nanosecond => Some(value / 1_000),
    };
    micros.and_then(Instant::from_micros).ok_or(InstantFault::OutOfRange)
}

/// A column of credits.
pub enum CreditsColumn<'a> {
    /// DECIMAL with a scale.
    Decimal(&'a [i128], u32, &'a ArrayRef),
    /// Integers of any type.
    Whole(Vec<i128>, &'a ArrayRef),
    /// DOUBLE.
    Double(&'a arrow_array::Float64Array),
    /// Decimal text.
    Text(&'a StringViewArray),
}

impl<'a> CreditsColumn<'a> {
    /// The typed view of a column that [`super::super::open()`] has let through.
    pub fn of(column: &'a ArrayRef) -> Self {
        let whole = match column.data_type() {
            DataType::Decimal128(_, scale) => {
                let values = column.as_primitive::<Decimal128Type>().values();
                return CreditsColumn::Decimal(values, u32::from(scale.unsigned_abs()), column);
            }
            DataType::Float64 => return CreditsColumn::Double(column.as_primitive()),
            DataType::Int8 => widen::<Int8Type>(column),
            DataType::Int16 => widen::<Int16Type>(column),
            DataType::Int32 => widen::<Int32Type>(column),
            DataType::Int64 => widen::<Int64Type>(column),
            DataType::UInt8 => widen::<UInt8Type>(column),
            DataType::UInt16 => widen::<UInt16Type>(column),
            DataType::UInt32 => widen::<UInt32Type>(column),
            DataType::UInt64 => widen::<UInt64Type>(column),
            _ => return CreditsColumn::Text(column.as_string_view()),
        };
        CreditsColumn::Whole(whole, column)
    }

    /// The credits at `row`.
    #[inline]
    pub fn get(&self, row: usize) -> Result<Reading, CellFault> {
        let null = match self {
            CreditsColumn::Decimal(_, _, column) | CreditsColumn::Whole(_, column) => {
                column.is_null(row)
            }
            CreditsColumn::Double(column) => column.is_null(row),
            CreditsColumn::Text(column) => column.is_null(row),
        };
        if null {
            return Err(CellFault::Null);
        }
        let reading = match self {
            CreditsColumn::Decimal(values, scale, _) => Credits::from_decimal(values[row], *scale),
            CreditsColumn::Whole(values, _) => Credits::from_decimal(values[row], 0),
            CreditsColumn::Double(column) => Credits::from_double(column.value(row)),
            CreditsColumn::Text(column) => Credits::parse(column.value(row)),
        };
        reading.map_err(CellFault::Credits)
    }
}

impl CreditsColumn<'_> {
    /// All credits in micro-credits, in place of what `micros` holds; negative where a cell
    /// cannot be read, or only rounded.
    pub fn read_into(&self, micros: &mut Vec<i64>) {
        micros.clear();
        let exact = |reading: Reading| match reading.moved {
            None => reading.credits.micros(),
            Some(_) => -1,
        };
        match self {
            CreditsColumn::Decimal(values, scale @ 0..=6, column) if column.null_count() == 0 => {
                let unit = 10_i64.pow(6 - scale);
                let most = i128::from(Credits::MAX.micros() / unit);
                let micros_of = |value: i128| match value {
                    0.. if value <= most => value as i64 * unit,
                    _ => -1,
                };
                micros.extend(values.iter().map(|&value| micros_of(value)));
            }
            _ => micros.extend((0..self.len()).map(|row| self.get(row).map_or(-1, exact))),
        }
    }

    fn len(&self) -> usize {
        match self {
            CreditsColumn::Decimal(_, _, column) | CreditsColumn::Whole(_, column) => column.len(),
            CreditsColumn::Double(column) => column.len(),
            CreditsColumn::Text(column) => column.len(),
        }
    }
}

fn widen<T: ArrowPrimitiveType<Native: Into<i128>>>(column: &ArrayRef) -> Vec<i128> {
    column.as_primitive::<T>().values().iter().map(|&value| value.into()).collect()
}

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
            let value = column.as_primitive::<arrow_array::types::Float64Type>().value(row);
            ryu::Buffer::new().format(value).to_owned()
        }
        DataType::Decimal128(_, scale) => {
            let value = column.as_primitive::<Decimal128Type>().value(row);
            crate::base::digits::plain_decimal(value, u32::from(scale.unsigned_abs()))
        }
        DataType::Dictionary(..) => {
            IdColumn::of(column).raw(row, &mut [0; 36]).map(shortened).unwrap_or_default()
        }
        DataType::BinaryView => {
            shortened(&crate::base::digest::hex(column.as_binary_view().value(row)))
        }
        DataType::Timestamp(unit, _) => timestamp_text(column, row, *unit),
        DataType::Date32 => {
            let days = i64::from(column.as_primitive::<Date32Type>().value(row));
            let date = NaiveDate::default().checked_add_signed(TimeDelta::days(days));
            date.map_or_else(|| days.to_string(), |date| date.to_string())
        }
        _ => match CreditsColumn::of(column) {
            CreditsColumn::Whole(values, _) => values[row].to_string(),
            _ => String::new(),
        },
    }
}

fn timestamp_text(column: &ArrayRef, row: usize, unit: TimeUnit) -> String {
    let InstantColumn::Timestamp(values, _, _) = InstantColumn::of(column) else {
        return String::new();
    };
    match (from_unit(values[row], unit), unit) {
        (Ok(instant), _) => instant.to_string(),
        (Err(_), TimeUnit::Nanosecond) => {
            let at = chrono::DateTime::from_timestamp_nanos(values[row]);
            at.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
        }
        (Err(_), _) => values[row].to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_time_is_understood() {
        let seconds = 1_775_000_000;
        let expected = from_unit(seconds, TimeUnit::Second);
        assert_eq!(from_unit(seconds * 1_000_000_000, TimeUnit::Nanosecond), expected);
        assert_eq!(from_unit(1, TimeUnit::Nanosecond), Err(InstantFault::TooFine));
        assert_eq!(from_unit(i64::MAX, TimeUnit::Millisecond), Err(InstantFault::OutOfRange));
    }
}
