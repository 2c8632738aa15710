//! A column of instants: integers since the epoch, or text.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, StringViewArray};
use arrow_schema::{DataType, TimeUnit};

use super::fault::CellFault;
use crate::base::calendar::{Instant, InstantFault};
use crate::input::logs::dialect::CellForms;

/// A column of instants.
pub enum InstantColumn<'a> {
    /// Integers since the epoch, in a unit.
    Timestamp(&'a [i64], TimeUnit, &'a ArrayRef),
    /// Text, and what it means.
    Text(&'a StringViewArray, CellForms),
}

impl<'a> InstantColumn<'a> {
    /// The typed view of a column that [`crate::input::logs::open()`] has let through.
    pub(in crate::input::logs) fn of(column: &'a ArrayRef, forms: CellForms) -> Self {
        let DataType::Timestamp(unit, _) = column.data_type() else {
            return InstantColumn::Text(column.as_string_view(), forms);
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
            InstantColumn::Text(column, _) if column.is_null(row) => Err(CellFault::Null),
            InstantColumn::Text(column, forms) => {
                forms.instant(column.value(row)).map_err(CellFault::Instant)
            }
        }
    }

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
            InstantColumn::Text(column, _) => column.len(),
        }
    }
}

/// What data frames write for no instant at all, in whatever unit.
pub(crate) const NO_TIME: i64 = i64::MIN;

/// The instant that a Parquet integer of a unit means.
pub(crate) fn from_unit(value: i64, unit: TimeUnit) -> Result<Instant, InstantFault> {
    if value == NO_TIME {
        return Err(InstantFault::OutOfRange);
    }
    let micros = match unit {
        TimeUnit::Second => value.checked_mul(1_000_000),
        TimeUnit::Millisecond => value.checked_mul(1_000),
        TimeUnit::Microsecond => Some(value),
        TimeUnit::Nanosecond if value % 1_000 != 0 => return Err(InstantFault::TooFine),
        TimeUnit::Nanosecond => Some(value / 1_000),
    };
    micros.and_then(Instant::from_micros).ok_or(InstantFault::OutOfRange)
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
        assert_eq!(from_unit(i64::MIN, TimeUnit::Nanosecond), Err(InstantFault::OutOfRange));
        assert_eq!(from_unit(i64::MAX, TimeUnit::Millisecond), Err(InstantFault::OutOfRange));
    }
}
