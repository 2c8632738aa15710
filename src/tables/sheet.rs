//! Rows of cells → an Arrow batch.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use chrono::{Datelike, NaiveDate};

use crate::calendar::Instant;
use crate::credits::Credits;
use crate::error::{Error, Result};
use crate::money::Money;

/// One cell; its kind must be that of its column.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// Empty.
    Null,
    /// Text.
    Text(&'a str),
    /// An integer.
    Integer(u64),
    /// An integer that may be negative.
    Signed(i128),
    /// A decimal in units of the column's scale.
    Decimal(i128),
    /// An instant.
    Instant(Instant),
    /// A date.
    Date(NaiveDate),
    /// True or false.
    Flag(bool),
}

impl From<Credits> for Cell<'_> {
    fn from(credits: Credits) -> Self {
        Cell::Decimal(i128::from(credits.micros()))
    }
}

impl From<Money> for Cell<'_> {
    fn from(amount: Money) -> Self {
        Cell::Decimal(i128::from(amount.minor()))
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell::Text(text)
    }
}

impl From<Instant> for Cell<'_> {
    fn from(at: Instant) -> Self {
        Cell::Instant(at)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

/// A batch in the making.
pub struct Sheet {
    schema: SchemaRef,
    columns: Vec<Column>,
}

enum Column {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder, Digits),
    Instant(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    Flag(BooleanBuilder),
}

/// How many digits the decimals of a column have.
#[derive(Clone, Copy)]
struct Digits {
    precision: u8,
    scale: i8,
    /// The first size that is too large.
    end: u128,
}

/// A decimal that its column does not hold.
struct TooLarge {
    value: i128,
    precision: u8,
}

impl Sheet {
    pub(super) fn new(schema: &SchemaRef, rows: usize) -> Self {
        let columns = schema.fields().iter().map(|f| Column::new(f.data_type(), rows)).collect();
        Sheet { schema: Arc::clone(schema), columns }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A decimal is larger than its column holds.
    pub fn push<const N: usize>(&mut self, cells: [Cell<'_>; N]) -> Result<()> {
        debug_assert_eq!(N, self.columns.len(), "a row has a cell for each column");
        for (index, (column, cell)) in self.columns.iter_mut().zip(cells).enumerate() {
            column.push(cell).map_err(|TooLarge { value, precision }| {
                Error::input(format!("is larger than DECIMAL({precision}) holds"))
                    .in_column(self.schema.field(index).name())
                    .with_value(value.to_string())
                    .hint("look for wrong credits or prices in the inputs")
            })?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<RecordBatch> {
        let arrays: std::result::Result<Vec<ArrayRef>, _> =
            self.columns.into_iter().map(Column::finish).collect();
        arrays
            .and_then(|arrays| RecordBatch::try_new(self.schema, arrays))
            .map_err(|e| Error::book("a table's rows do not fit its schema").caused_by(e))
    }
}

impl Column {
    fn new(data_type: &DataType, rows: usize) -> Self {
        match data_type {
            DataType::Int64 => Column::Integer(Int64Builder::with_capacity(rows)),
            DataType::Decimal128(precision, scale) => {
                let end = 10_u128.pow(u32::from(*precision));
                let digits = Digits { precision: *precision, scale: *scale, end };
                Column::Decimal(Decimal128Builder::with_capacity(rows), digits)
            }
            DataType::Timestamp(..) => {
                Column::Instant(TimestampMicrosecondBuilder::with_capacity(rows))
            }
            DataType::Date32 => Column::Date(Date32Builder::with_capacity(rows)),
            DataType::Boolean => Column::Flag(BooleanBuilder::with_capacity(rows)),
            _ => Column::Text(StringBuilder::with_capacity(rows, rows * TYPICAL)),
        }
    }

    fn push(&mut self, cell: Cell<'_>) -> std::result::Result<(), TooLarge> {
        match (self, cell) {
            (Column::Text(column), Cell::Text(text)) => column.append_value(text),
            (Column::Integer(column), Cell::Integer(value)) => column.append_value(value as i64),
            (Column::Integer(column), Cell::Signed(value)) => {
                let large = TooLarge { value, precision: 18 };
                column.append_value(i64::try_from(value).map_err(|_| large)?);
            }
            (Column::Decimal(column, digits), Cell::Decimal(value)) => {
                if value.unsigned_abs() >= digits.end {
                    return Err(TooLarge { value, precision: digits.precision });
                }
                column.append_value(value);
            }
            (Column::Instant(column), Cell::Instant(at)) => column.append_value(at.micros()),
            (Column::Date(column), Cell::Date(date)) => column.append_value(days(date)),
            (Column::Flag(column), Cell::Flag(value)) => column.append_value(value),
            (Column::Text(column), _) => column.append_null(),
            (Column::Integer(column), _) => column.append_null(),
            (Column::Decimal(column, ..), _) => column.append_null(),
            (Column::Instant(column), _) => column.append_null(),
            (Column::Date(column), _) => column.append_null(),
            (Column::Flag(column), _) => column.append_null(),
        }
        Ok(())
    }

    fn finish(self) -> std::result::Result<ArrayRef, arrow_schema::ArrowError> {
        Ok(match self {
            Column::Text(mut column) => Arc::new(column.finish()),
            Column::Integer(mut column) => Arc::new(column.finish()),
            Column::Decimal(mut column, Digits { precision, scale, .. }) => {
                Arc::new(column.finish().with_precision_and_scale(precision, scale)?)
            }
            Column::Instant(mut column) => Arc::new(column.finish().with_timezone("UTC")),
            Column::Date(mut column) => Arc::new(column.finish()),
            Column::Flag(mut column) => Arc::new(column.finish()),
        })
    }
}

/// Bytes of a text: as many as a UUID's have.
const TYPICAL: usize = 36;

/// Days since 1970-01-01.
fn days(date: NaiveDate) -> i32 {
    const EPOCH_FROM_CE: i32 = 719_163; // 1970-01-01
    date.num_days_from_ce() - EPOCH_FROM_CE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_the_epoch() {
        assert_eq!(days(NaiveDate::from_ymd_opt(1970, 1, 1).unwrap()), 0);
        assert_eq!(days(NaiveDate::from_ymd_opt(2026, 4, 15).unwrap()), 20_558);
    }
}
