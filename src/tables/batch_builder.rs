//! Rows of cells → an Arrow batch.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal64Array, Decimal128Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBufferBuilder, NullBufferBuilder, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use chrono::{Datelike, NaiveDate};

use crate::base::calendar::{Instant, Month};
use crate::base::digits::padded;
use crate::base::error::{Code, Error, Result};

/// Rows of a batch: a fixed number, so that files do not depend on the number of threads.
pub const BATCH_ROWS: usize = 8_192;

/// One cell; its kind is that of its column, or it is empty.
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
    /// A month, as text.
    Month(Month),
    /// True or false.
    Flag(bool),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell::Text(text)
    }
}

impl From<i128> for Cell<'_> {
    fn from(units: i128) -> Self {
        Cell::Decimal(units)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

/// A batch in the making.
pub struct BatchBuilder {
    schema: SchemaRef,
    columns: Vec<Column>,
}

/// A column in the making.
struct Column {
    cells: Cells,
    /// Which cells are empty, once one is.
    nulls: Option<NullBufferBuilder>,
    /// How many cells there are.
    count: usize,
}

enum Cells {
    /// All texts, and where each ends.
    Text(Vec<u8>, Vec<i32>),
    Integer(Vec<i64>),
    Small(Vec<i32>),
    Decimal(Vec<i64>, Digits),
    Cost(Vec<i128>, Digits),
    Instant(Vec<i64>),
    Date(Vec<i32>),
    Flag(BooleanBufferBuilder),
}

/// How many digits the decimals of a column have.
#[derive(Clone, Copy)]
struct Digits {
    precision: u8,
    scale: i8,
    /// The first size that is too large.
    end: u128,
}

impl Digits {
    fn of(precision: u8, scale: i8) -> Self {
        Digits { precision, scale, end: 10_u128.pow(u32::from(precision)) }
    }

    /// The decimal in 64 bits, if it has no more digits: a column of so few holds 18.
    #[inline]
    fn narrow(self, value: i128) -> std::result::Result<i64, Misfit> {
        let narrow = i64::try_from(value).ok();
        let fits = narrow.filter(|narrow| u128::from(narrow.unsigned_abs()) < self.end);
        fits.ok_or(Misfit::Number { value, digits: self.precision })
    }

    /// The decimal, if it has no more digits.
    fn fitting(self, value: i128) -> std::result::Result<i128, Misfit> {
        match value.unsigned_abs() < self.end {
            true => Ok(value),
            false => Err(Misfit::Number { value, digits: self.precision }),
        }
    }
}

/// An integer, if it has no more digits.
#[inline]
fn whole<T: TryFrom<i128>>(value: i128, digits: u8) -> std::result::Result<T, Misfit> {
    T::try_from(value).map_err(|_| Misfit::Number { value, digits })
}

/// A cell that its column does not hold.
enum Misfit {
    /// It has more digits.
    Number { value: i128, digits: u8 },
    /// The texts of a batch take 2 GiB and more.
    Texts,
    /// It is of another kind.
    Kind,
}

impl BatchBuilder {
    /// A batch of about so many rows, of the columns of a schema.
    pub fn new(schema: &SchemaRef, rows: usize) -> Self {
        let columns = schema.fields().iter().map(|f| Column::new(f.data_type(), rows)).collect();
        BatchBuilder { schema: Arc::clone(schema), columns }
    }

    /// Begins a row, to which as many cells are added as there are columns.
    #[inline]
    pub fn row(&mut self) -> Row<'_> {
        Row { schema: &self.schema, columns: self.columns.iter_mut() }
    }

    /// The batch.
    ///
    /// # Errors
    /// Rows that do not fit the schema.
    pub fn finish(self) -> Result<RecordBatch> {
        let arrays: std::result::Result<Vec<ArrayRef>, _> =
            self.columns.into_iter().map(Column::finish).collect();
        arrays.and_then(|arrays| RecordBatch::try_new(self.schema, arrays)).map_err(|e| {
            Error::new(Code::IMPOSSIBLE, "a table's rows do not fit its schema").caused_by(e)
        })
    }
}

/// A row in the making.
pub struct Row<'b> {
    schema: &'b SchemaRef,
    columns: std::slice::IterMut<'b, Column>,
}

impl Row<'_> {
    /// Adds the next cell.
    ///
    /// # Errors
    /// A decimal is larger than its column holds, the cell is of another kind, or there is no column for
    /// it.
    #[inline(always)] // the kind of a cell is known where it is added: one comparison is left
    pub fn push(&mut self, cell: Cell<'_>) -> Result<()> {
        let column = self.columns.next().ok_or_else(|| beyond(cell))?;
        column.push(cell).map_err(|fault| self.refused(cell, &fault))
    }

    #[cold]
    fn refused(&self, cell: Cell<'_>, fault: &Misfit) -> Error {
        let at = self.schema.fields().len() - self.columns.len() - 1;
        let name = self.schema.field(at).name();
        match *fault {
            Misfit::Number { value, digits } => too_large(name, value, digits),
            Misfit::Texts => {
                Error::new(Code::FIGURE_TOO_LARGE, "its texts are longer than a table holds")
                    .in_column(name)
            }
            Misfit::Kind => {
                Error::new(Code::IMPOSSIBLE, "a cell is of another kind than its column")
                    .in_column(name)
                    .with_value(format!("{cell:?}"))
                    .hint("this is a fault of the program: keep the inputs and report it")
            }
        }
    }
}

#[cold]
fn beyond(cell: Cell<'_>) -> Error {
    Error::new(Code::IMPOSSIBLE, "a row has more cells than there are columns")
        .with_value(format!("{cell:?}"))
        .hint("this is a fault of the program: keep the inputs and report it")
}

impl Column {
    fn new(data_type: &DataType, rows: usize) -> Self {
        let cells = match data_type {
            DataType::Int64 => Cells::Integer(Vec::with_capacity(rows)),
            DataType::Int32 => Cells::Small(Vec::with_capacity(rows)),
            DataType::Decimal64(precision, scale) => {
                Cells::Decimal(Vec::with_capacity(rows), Digits::of(*precision, *scale))
            }
            DataType::Decimal128(precision, scale) => {
                Cells::Cost(Vec::with_capacity(rows), Digits::of(*precision, *scale))
            }
            DataType::Timestamp(..) => Cells::Instant(Vec::with_capacity(rows)),
            DataType::Date32 => Cells::Date(Vec::with_capacity(rows)),
            DataType::Boolean => Cells::Flag(BooleanBufferBuilder::new(rows)),
            _ => {
                let mut ends = Vec::with_capacity(rows + 1);
                ends.push(0);
                Cells::Text(Vec::with_capacity(rows * TYPICAL), ends)
            }
        };
        Column { cells, nulls: None, count: 0 }
    }

    #[inline(always)]
    fn push(&mut self, cell: Cell<'_>) -> std::result::Result<(), Misfit> {
        match (&mut self.cells, cell) {
            (Cells::Text(texts, ends), Cell::Text(text)) => {
                texts.extend_from_slice(text.as_bytes());
                ends.push(end_of(texts)?);
            }
            (Cells::Text(texts, ends), Cell::Month(month)) => {
                push_month(texts, month);
                ends.push(end_of(texts)?);
            }
            (Cells::Integer(cells), Cell::Integer(value)) => cells.push(whole(value.into(), 18)?),
            (Cells::Small(cells), Cell::Integer(value)) => cells.push(whole(value.into(), 9)?),
            (Cells::Integer(cells), Cell::Signed(value)) => cells.push(whole(value, 18)?),
            (Cells::Decimal(cells, digits), Cell::Decimal(value)) => {
                cells.push(digits.narrow(value)?);
            }
            (Cells::Cost(cells, digits), Cell::Decimal(value)) => {
                cells.push(digits.fitting(value)?);
            }
            (Cells::Instant(cells), Cell::Instant(at)) => cells.push(at.micros()),
            (Cells::Date(cells), Cell::Date(date)) => cells.push(days(date)),
            (Cells::Flag(cells), Cell::Flag(value)) => cells.append(value),
            (cells, Cell::Null) => {
                cells.push_nothing()?;
                self.note_empty();
                return Ok(());
            }
            _ => return Err(Misfit::Kind),
        }
        self.count += 1;
        if let Some(nulls) = &mut self.nulls {
            nulls.append_non_null();
        }
        Ok(())
    }

    fn note_empty(&mut self) {
        let count = self.count;
        self.count += 1;
        let of_none = || {
            let mut nulls = NullBufferBuilder::new(BATCH_ROWS);
            nulls.append_n_non_nulls(count);
            nulls
        };
        self.nulls.get_or_insert_with(of_none).append_null();
    }

    fn finish(mut self) -> std::result::Result<ArrayRef, ArrowError> {
        let nulls = self.nulls.as_mut().and_then(NullBufferBuilder::finish);
        Ok(match self.cells {
            Cells::Text(texts, ends) => {
                let ends = OffsetBuffer::new(ends.into());
                Arc::new(StringArray::try_new(ends, texts.into(), nulls)?)
            }
            Cells::Integer(cells) => Arc::new(Int64Array::try_new(cells.into(), nulls)?),
            Cells::Small(cells) => Arc::new(Int32Array::try_new(cells.into(), nulls)?),
            Cells::Decimal(cells, Digits { precision, scale, .. }) => {
                let decimals = Decimal64Array::try_new(cells.into(), nulls)?;
                Arc::new(decimals.with_precision_and_scale(precision, scale)?)
            }
            Cells::Cost(cells, Digits { precision, scale, .. }) => {
                let decimals = Decimal128Array::try_new(cells.into(), nulls)?;
                Arc::new(decimals.with_precision_and_scale(precision, scale)?)
            }
            Cells::Instant(cells) => {
                let instants = TimestampMicrosecondArray::try_new(cells.into(), nulls)?;
                Arc::new(instants.with_timezone("UTC"))
            }
            Cells::Date(cells) => Arc::new(Date32Array::try_new(cells.into(), nulls)?),
            Cells::Flag(mut cells) => Arc::new(BooleanArray::new(cells.finish(), nulls)),
        })
    }
}

impl Cells {
    /// Adds what stands in place of an empty cell.
    #[inline]
    fn push_nothing(&mut self) -> std::result::Result<(), Misfit> {
        match self {
            Cells::Text(texts, ends) => ends.push(end_of(texts)?),
            Cells::Integer(cells) | Cells::Instant(cells) | Cells::Decimal(cells, _) => {
                cells.push(0);
            }
            Cells::Cost(cells, _) => cells.push(0),
            Cells::Date(cells) | Cells::Small(cells) => cells.push(0),
            Cells::Flag(cells) => cells.append(false),
        }
        Ok(())
    }
}

/// A decimal of a column, in units of its scale.
///
/// # Errors
/// It is larger than the column holds.
pub fn decimal<T>(column: &str, value: i128, make: fn(i64) -> T) -> Result<T> {
    let narrow = Digits::of(18, 0).narrow(value);
    narrow.map(make).map_err(|_| too_large(column, value, 18))
}

fn too_large(column: &str, value: i128, digits: u8) -> Error {
    Error::new(Code::FIGURE_TOO_LARGE, format!("is larger than DECIMAL({digits}) holds"))
        .with_value(value.to_string())
        .hint("look for wrong credits or prices in the inputs")
        .in_column(column)
}

/// Adds a month such as `2026-04`; many times as fast as its `Display`.
#[inline]
fn push_month(texts: &mut Vec<u8>, month: Month) {
    let day = month.first_day();
    let mut text = *b"0000-00";
    text[..4].copy_from_slice(&padded::<4>(day.year().unsigned_abs()));
    text[5..].copy_from_slice(&padded::<2>(day.month()));
    texts.extend_from_slice(&text);
}

/// Where the texts of a column end so far.
#[inline]
fn end_of(texts: &[u8]) -> std::result::Result<i32, Misfit> {
    i32::try_from(texts.len()).map_err(|_| Misfit::Texts)
}

/// Bytes of a text: as many as a UUID's have.
const TYPICAL: usize = 36;

/// Days since 1970-01-01.
#[inline]
fn days(date: NaiveDate) -> i32 {
    const EPOCH_FROM_CE: i32 = 719_163; // 1970-01-01
    date.num_days_from_ce() - EPOCH_FROM_CE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_written_as_they_display() {
        for text in ["2026-04", "1987-10", "2099-12"] {
            let mut written = Vec::new();
            push_month(&mut written, Month::parse(text).unwrap());
            assert_eq!(written, text.as_bytes());
        }
    }

    #[test]
    fn a_cell_of_another_kind_is_no_empty_cell() {
        use crate::tables::columns::{ColumnType, optional, schema_of};
        let currency = crate::base::money::Currency::parse("USD").unwrap();
        let types = [
            (ColumnType::Text, Cell::Text("a")),
            (ColumnType::Integer, Cell::Integer(1)),
            (ColumnType::Money, Cell::Decimal(1)),
            (ColumnType::Cost, Cell::Decimal(1)),
            (ColumnType::Instant, Cell::Instant(Instant::EPOCH)),
            (ColumnType::Date, Cell::Date(NaiveDate::default())),
            (ColumnType::Flag, Cell::Flag(true)),
        ];
        for (column, own) in types {
            let schema = schema_of(&[optional("x", column)], currency);
            let push = |cell| BatchBuilder::new(&schema, 1).row().push(cell);
            assert!(push(own).is_ok() && push(Cell::Null).is_ok(), "{own:?}");
            for (_, other) in types {
                let is_kind = std::mem::discriminant(&own) == std::mem::discriminant(&other);
                assert_eq!(push(other).is_ok(), is_kind, "{other:?} in place of {own:?}");
            }
        }
        let error = BatchBuilder::new(&schema_of(&[optional("x", ColumnType::Date)], currency), 1)
            .row()
            .push(Cell::Flag(true))
            .unwrap_err();
        assert!(error.to_string().contains("of another kind"), "{error}");
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        use crate::tables::columns::{ColumnType, required, schema_of};
        let currency = crate::base::money::Currency::parse("USD").unwrap();
        let columns = ["x", "y"].map(|name| required(name, ColumnType::Flag));
        for cells in [vec![Cell::Flag(true)], vec![Cell::Flag(true), Cell::Null]] {
            let mut batch = BatchBuilder::new(&schema_of(&columns, currency), 1);
            let mut row = batch.row();
            cells.into_iter().for_each(|cell| row.push(cell).unwrap());
            assert!(batch.finish().is_err());
        }
        let mut batch = BatchBuilder::new(&schema_of(&columns, currency), 1);
        let mut row = batch.row();
        let pushed = [Cell::Flag(true); 3].map(|cell| row.push(cell).is_ok());
        assert_eq!(pushed, [true, true, false]);
    }

    #[test]
    fn days_count_from_the_epoch() {
        assert_eq!(days(NaiveDate::from_ymd_opt(1970, 1, 1).unwrap()), 0);
        assert_eq!(days(NaiveDate::from_ymd_opt(2026, 4, 15).unwrap()), 20_558);
    }
}
