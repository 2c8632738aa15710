//! Arrow batches → CSV: RFC 4180, `\n`, safe to open in a spreadsheet.

use std::fmt::Write as _;
use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use chrono::{NaiveDate, TimeDelta};

use crate::calendar::Instant;
use crate::digits::plain_decimal;
use crate::error::{Error, Result};

/// Writes batches as CSV.
pub(super) struct CsvTable<W: Write> {
    writer: ::csv::Writer<W>,
    apostrophes: u64,
    cell: String,
}

impl<W: Write> CsvTable<W> {
    pub fn new(to: W, schema: &SchemaRef) -> Result<Self> {
        CsvTable::titled(to, schema.fields().iter().map(|field| field.name().as_str()))
    }

    /// A table with columns of these names.
    pub fn titled<'a>(to: W, names: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut writer = ::csv::Writer::from_writer(to);
        writer.write_record(names).map_err(failed)?;
        Ok(CsvTable { writer, apostrophes: 0, cell: String::new() })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for row in 0..batch.num_rows() {
            for column in batch.columns() {
                self.cell.clear();
                self.apostrophes += u64::from(render(column, row, &mut self.cell));
                self.writer.write_field(&self.cell).map_err(failed)?;
            }
            self.writer.write_record(None::<&[u8]>).map_err(failed)?;
        }
        Ok(())
    }

    /// The writer beneath, and the number of cells that were given an apostrophe.
    pub fn finish(self) -> Result<(W, u64)> {
        let writer = self.writer.into_inner().map_err(|e| failed(e.into_error().into()))?;
        Ok((writer, self.apostrophes))
    }
}

fn failed(cause: ::csv::Error) -> Error {
    Error::book("a CSV table cannot be written").caused_by(cause)
}

/// Renders a cell into an empty text; says whether it was given an apostrophe.
pub(super) fn render(column: &ArrayRef, row: usize, cell: &mut String) -> bool {
    if column.is_null(row) {
        return false;
    }
    let written = match column.data_type() {
        DataType::Int64 => write!(cell, "{}", column.as_primitive::<Int64Type>().value(row)),
        DataType::Boolean => write!(cell, "{}", column.as_boolean().value(row)),
        DataType::Decimal128(_, scale) => {
            let value = column.as_primitive::<Decimal128Type>().value(row);
            decimal(cell, value, u32::from(scale.unsigned_abs()))
        }
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().value(row);
            match NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(days))) {
                Some(date) => write!(cell, "{date}"),
                None => write!(cell, "{days}"),
            }
        }
        DataType::Timestamp(..) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            match Instant::from_micros(micros) {
                Some(at) => write!(cell, "{at}"),
                None => write!(cell, "{micros}"),
            }
        }
        _ => return text(column.as_string::<i32>().value(row), cell),
    };
    debug_assert!(written.is_ok(), "writing to a String does not fail");
    false
}

fn decimal(cell: &mut String, value: i128, scale: u32) -> std::fmt::Result {
    if scale == 0 {
        return write!(cell, "{value}");
    }
    let width = scale as usize;
    let sign = if value < 0 { "-" } else { "" };
    match u64::try_from(value.unsigned_abs()) {
        // Nearly all, and many times as fast.
        Ok(size) => {
            let unit = 10_u64.pow(scale);
            write!(cell, "{sign}{}.{:0width$}", size / unit, size % unit)
        }
        Err(_) => cell.write_str(&plain_decimal(value, scale)),
    }
}

/// Text that a spreadsheet would take for a formula gets a leading apostrophe.
fn text(value: &str, cell: &mut String) -> bool {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula {
        cell.push('\'');
    }
    cell.push_str(value);
    formula
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_any_size_keep_every_digit() {
        let text = |value, scale| {
            let mut cell = String::new();
            decimal(&mut cell, value, scale).unwrap();
            cell
        };
        assert_eq!(text(-44_010_000_000_000, 12), "-44.010000000000");
        let large = 10_i128.pow(30) + 1;
        assert_eq!(text(-large, 12), "-1000000000000000000.000000000001");
        assert_eq!(text(i128::from(u64::MAX), 6), "18446744073709.551615");
    }

    #[test]
    fn text_never_becomes_a_formula() {
        for (value, expected) in [("=1+1", "'=1+1"), ("@x", "'@x"), ("a=b", "a=b"), ("'", "'")] {
            let mut cell = String::new();
            text(value, &mut cell);
            assert_eq!(cell, expected);
        }
    }
}
