//! A column of credits: decimals, integers, doubles or text.

use arrow_array::cast::AsArray;
use arrow_array::types::Decimal128Type;
use arrow_array::{
    Array, ArrayRef, Decimal128Array, Float64Array, StringViewArray, downcast_integer_array,
};
use arrow_schema::DataType;

use super::fault::CellFault;
use crate::base::credits::{Credits, ParsedCredits};
use crate::input::logs::dialect::CellForms;

/// A column of credits.
pub enum CreditsColumn<'a> {
    /// DECIMAL with a scale; integers of any type are such of scale 0.
    Decimal(Decimal128Array, u32),
    /// DOUBLE.
    Double(&'a Float64Array),
    /// Decimal text, and how it is written.
    Text(&'a StringViewArray, CellForms),
}

impl<'a> CreditsColumn<'a> {
    /// The typed view of a column that [`crate::input::logs::open()`] has let through.
    pub(in crate::input::logs) fn of(column: &'a ArrayRef, forms: CellForms) -> Self {
        downcast_integer_array!(
            column => CreditsColumn::Decimal(column.unary::<_, Decimal128Type>(i128::from), 0),
            DataType::Decimal128(_, scale) => {
                CreditsColumn::Decimal(column.as_primitive().clone(), scale.unsigned_abs().into())
            }
            DataType::Float64 => CreditsColumn::Double(column.as_primitive()),
            _ => CreditsColumn::Text(column.as_string_view(), forms),
        )
    }

    /// The credits at `row`.
    #[inline]
    pub fn get(&self, row: usize) -> Result<ParsedCredits, CellFault> {
        let parsed = match self {
            CreditsColumn::Decimal(column, _) if column.is_null(row) => {
                return Err(CellFault::Null);
            }
            CreditsColumn::Double(column) if column.is_null(row) => return Err(CellFault::Null),
            CreditsColumn::Text(column, _) if column.is_null(row) => return Err(CellFault::Null),
            CreditsColumn::Decimal(column, scale) => {
                Credits::from_decimal(column.value(row), *scale)
            }
            CreditsColumn::Double(column) => Credits::from_double(column.value(row)),
            CreditsColumn::Text(column, forms) => forms.credits(column.value(row)),
        };
        parsed.map_err(CellFault::Credits)
    }

    /// All credits in micro-credits, in place of what `micros` holds; negative where a cell
    /// cannot be read, or only rounded.
    pub fn read_into(&self, micros: &mut Vec<i64>) {
        micros.clear();
        let exact = |row: usize| self.get(row).ok()?.exact().map(Credits::micros);
        match self {
            CreditsColumn::Decimal(column, scale @ 0..=6) if column.null_count() == 0 => {
                let unit = 10_i64.pow(6 - scale);
                let most = i128::from(Credits::MAX.micros() / unit);
                let micros_of = |value: i128| match value {
                    0.. if value <= most => i64::try_from(value).map_or(-1, |value| value * unit),
                    _ => -1,
                };
                micros.extend(column.values().iter().map(|&value| micros_of(value)));
            }
            _ => micros.extend((0..self.len()).map(|row| exact(row).unwrap_or(-1))),
        }
    }

    fn len(&self) -> usize {
        match self {
            CreditsColumn::Decimal(column, _) => column.len(),
            CreditsColumn::Double(column) => column.len(),
            CreditsColumn::Text(column, _) => column.len(),
        }
    }
}
