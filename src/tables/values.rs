//! What cells hold: a Rust type for each type of column, how it is read from a batch, written to
//! one, and told to machines.

use std::fmt;
use std::marker::PhantomData;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal64Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray, RecordBatch};
use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use super::batch_builder::Cell;
use super::columns::{ColumnType, TableColumn};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::digits::plain_decimal;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::{Currency, Money, RATE_SCALE, Rate};
use crate::base::named::Vocabulary;

/// A column to be read row by row, or what is wrong with a cell that no run writes.
type CellsRead<F> = std::result::Result<F, &'static str>;

/// What a cell of a column holds.
pub trait Value: Sized + 'static {
    /// The column's type.
    const TYPE: ColumnType;
    /// Whether it may be empty.
    const NULLABLE: bool = false;
    /// The value as it stands in a batch: texts are borrowed.
    type Borrowed<'a>: Copy;

    /// The value, borrowed.
    fn borrowed(&self) -> Self::Borrowed<'_>;

    /// The value by itself.
    fn owned(value: Self::Borrowed<'_>) -> Self;

    /// The cell that is written.
    fn cell<'a>(value: Self::Borrowed<'a>) -> Cell<'a>;

    /// Reads a column row by row; empty cells are not asked for.
    ///
    /// # Errors
    /// What is wrong with a cell that no run writes.
    fn reader<'a>(cells: &'a ArrayRef) -> CellsRead<impl Fn(usize) -> Self::Borrowed<'a>>;

    /// The value for machines: numbers that are no counts are text, so that none is taken for a float.
    fn json(&self, currency: Currency) -> Json;
}

/// A value that does not lie in what its type holds.
const OUT_OF_RANGE: &str = "is out of range";

/// Types that are held as text.
macro_rules! texts {
    ($($owned:ty),*) => {
        $(impl Value for $owned {
            const TYPE: ColumnType = ColumnType::Text;
            type Borrowed<'a> = &'a str;

            fn borrowed(&self) -> &str {
                self
            }

            fn owned(value: &str) -> Self {
                value.into()
            }

            fn cell<'a>(value: Self::Borrowed<'a>) -> Cell<'a> {
                Cell::Text(value)
            }

            fn reader<'a>(
                cells: &'a ArrayRef,
            ) -> CellsRead<impl Fn(usize) -> &'a str> {
                let texts = cells.as_string::<i32>();
                Ok(move |row| texts.value(row))
            }

            fn json(&self, _: Currency) -> Json {
                Json::from(&**self)
            }
        }

        impl<'a> From<&'a $owned> for Cell<'a> {
            fn from(text: &'a $owned) -> Self {
                Cell::Text(text)
            }
        })*
    };
}

texts!(String, AccountId);

/// Types that are copied. `$make` makes the value of what a cell holds, whole columns at once where
/// that can fail.
macro_rules! copied {
    ($($type:ty: $column:ident, $reader:expr, |$value:ident, $currency:ident| $cell:expr, $json:expr;)*) => {
        $(impl Value for $type {
            const TYPE: ColumnType = ColumnType::$column;
            type Borrowed<'a> = $type;

            fn borrowed(&self) -> $type {
                *self
            }

            fn owned(value: $type) -> $type {
                value
            }

            #[inline]
            fn cell<'a>(value: Self::Borrowed<'a>) -> Cell<'a> {
                value.into()
            }

            fn reader(cells: &ArrayRef) -> CellsRead<impl Fn(usize) -> $type> {
                $reader(cells)
            }

            fn json(&self, $currency: Currency) -> Json {
                let $value = *self;
                Json::from($json)
            }
        }

        impl From<$type> for Cell<'_> {
            #[inline]
            fn from($value: $type) -> Self {
                $cell
            }
        })*
    };
}

copied! {
    Credits: Credits, |cells| decimals(cells, Credits::of_table),
        |value, _currency| Cell::Decimal(value.micros().into()), plain_decimal(value.micros().into(), 6);
    Money: Money, |cells| decimals(cells, Money::of_table),
        |value, currency| Cell::Decimal(value.minor().into()), currency.plain(value);
    Rate: Rate, |cells| decimals(cells, Rate::of_table),
        |value, _currency| Cell::Decimal(value.scaled()), plain_decimal(value.scaled(), RATE_SCALE);
    u64: Integer, |cells| each::<Int64Type, _>(cells, |count| u64::try_from(count).ok()),
        |value, _currency| Cell::Integer(value), value;
    Instant: Instant, |cells| each::<TimestampMicrosecondType, _>(cells, Instant::from_micros),
        |value, _currency| Cell::Instant(value), value.to_string();
    NaiveDate: Date, |cells| each::<Date32Type, _>(cells, date_of),
        |value, _currency| Cell::Date(value), value.to_string();
    bool: Flag, flags, |value, _currency| Cell::Flag(value), value;
    Month: Text, months, |value, _currency| Cell::Month(value), value.to_string();
}

/// A date by the days since 1970-01-01.
pub(super) fn date_of(days: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(TimeDelta::days(days.into()))
}

fn decimals<T>(cells: &ArrayRef, make: fn(i64) -> T) -> CellsRead<impl Fn(usize) -> T> {
    const END: u64 = 10_u64.pow(18);
    let cells = cells.as_primitive::<Decimal64Type>();
    match cells.values().iter().all(|value| value.unsigned_abs() < END) {
        true => Ok(move |row| make(cells.value(row))),
        false => Err(OUT_OF_RANGE),
    }
}

/// Values that not all cells can hold: made once for the whole batch.
fn each<T: ArrowPrimitiveType, V: Copy>(
    cells: &ArrayRef,
    make: impl Fn(T::Native) -> Option<V>,
) -> CellsRead<impl Fn(usize) -> V> {
    let cells: &PrimitiveArray<T> = cells.as_primitive();
    // What stands in an empty cell is zero, which is a value of every type.
    let values: Option<Vec<V>> = cells.values().iter().map(|&value| make(value)).collect();
    let values = values.ok_or(OUT_OF_RANGE)?;
    Ok(move |row: usize| values[row])
}

fn flags(cells: &ArrayRef) -> CellsRead<impl Fn(usize) -> bool> {
    let cells = cells.as_boolean();
    Ok(move |row| cells.value(row))
}

fn months(cells: &ArrayRef) -> CellsRead<impl Fn(usize) -> Month> {
    let cells = cells.as_string::<i32>();
    let mut months: Vec<Month> = Vec::with_capacity(cells.len());
    for row in 0..cells.len() {
        // Most often it is the month of the row before.
        let same = (row > 0 && cells.value(row) == cells.value(row - 1)).then(|| months[row - 1]);
        months.push(same.or_else(|| Month::parse(cells.value(row))).ok_or("is no month")?);
    }
    Ok(move |row: usize| months[row])
}

impl<T: Value> Value for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;
    type Borrowed<'a> = Option<T::Borrowed<'a>>;

    fn borrowed(&self) -> Option<T::Borrowed<'_>> {
        self.as_ref().map(T::borrowed)
    }

    fn owned(value: Option<T::Borrowed<'_>>) -> Self {
        value.map(T::owned)
    }

    fn cell<'a>(value: Self::Borrowed<'a>) -> Cell<'a> {
        value.map_or(Cell::Null, T::cell)
    }

    fn reader<'a>(cells: &'a ArrayRef) -> CellsRead<impl Fn(usize) -> Option<T::Borrowed<'a>>> {
        let (value, nulls) = (T::reader(cells)?, cells.nulls());
        Ok(move |row| nulls.is_none_or(|nulls| nulls.is_valid(row)).then(|| value(row)))
    }

    fn json(&self, currency: Currency) -> Json {
        self.as_ref().map_or(Json::Null, |value| value.json(currency))
    }
}

/// A word of a column that has a list of them. A table that was changed may hold any other text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word<K, T = Box<str>> {
    /// Another text.
    Other(T),
    /// A word of the list.
    Known(K),
}

impl<K: Vocabulary, T: AsRef<str>> Word<K, T> {
    /// What it means, if it is on the list.
    pub fn known(&self) -> Option<K> {
        match self {
            Word::Known(known) => Some(*known),
            Word::Other(_) => None,
        }
    }

    /// The word as tables write it.
    pub fn name(&self) -> &str {
        match self {
            Word::Known(known) => known.name(),
            Word::Other(text) => text.as_ref(),
        }
    }
}

impl<K, T> From<K> for Word<K, T> {
    fn from(known: K) -> Self {
        Word::Known(known)
    }
}

impl<K: Vocabulary, T: AsRef<str>> PartialEq<K> for Word<K, T> {
    fn eq(&self, other: &K) -> bool {
        self.known() == Some(*other)
    }
}

impl<K: Vocabulary, T: AsRef<str>> fmt::Display for Word<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl<K: Vocabulary, T: AsRef<str>> Serialize for Word<K, T> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de, K: Vocabulary> Deserialize<'de> for Word<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Ok(K::parse(&word).map_or_else(|| Word::Other(word.into()), Word::Known))
    }
}

impl<K: Vocabulary> Value for Word<K> {
    const TYPE: ColumnType = ColumnType::Text;
    type Borrowed<'a> = Word<K, &'a str>;

    fn borrowed(&self) -> Word<K, &str> {
        match self {
            Word::Known(known) => Word::Known(*known),
            Word::Other(text) => Word::Other(text),
        }
    }

    fn owned(value: Word<K, &str>) -> Self {
        match value {
            Word::Known(known) => Word::Known(known),
            Word::Other(text) => Word::Other(text.into()),
        }
    }

    fn cell<'a>(value: Self::Borrowed<'a>) -> Cell<'a> {
        Cell::Text(match value {
            Word::Known(known) => known.name(),
            Word::Other(text) => text,
        })
    }

    fn reader<'a>(cells: &'a ArrayRef) -> CellsRead<impl Fn(usize) -> Word<K, &'a str>> {
        let texts = cells.as_string::<i32>();
        let word = |text: &'a str| K::parse(text).map_or(Word::Other(text), Word::Known);
        Ok(move |row| word(texts.value(row)))
    }

    fn json(&self, _: Currency) -> Json {
        Json::from(self.name())
    }
}

/// A column, and what it holds.
#[derive(Debug)]
pub struct Column<T> {
    /// Its name.
    pub name: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T> Column<T> {
    /// The column of a name.
    pub(super) const fn named(name: &'static str) -> Self {
        Column { name, value: PhantomData }
    }
}

/// A batch of a table, with its columns by name.
#[derive(Debug, Clone)]
pub struct TableBatch(RecordBatch);

impl TableBatch {
    /// A batch of rows of the contract's columns and types, or of some of them.
    pub(super) fn of(rows: RecordBatch) -> Self {
        TableBatch(rows)
    }

    /// Its number of rows.
    pub fn len(&self) -> usize {
        self.0.num_rows()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its rows before the one at a place, and those from there on.
    pub fn split_at(&self, row: usize) -> (TableBatch, TableBatch) {
        let (before, rest) = (self.0.slice(0, row), self.0.slice(row, self.len() - row));
        (TableBatch(before), TableBatch(rest))
    }

    /// A column's cells, row by row.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: a cell is one that no run writes, or the column was not read.
    pub fn column<'a, T: Value>(
        &'a self,
        column: Column<T>,
    ) -> Result<impl Fn(usize) -> T::Borrowed<'a> + use<'a, T>> {
        T::reader(self.array(column.name, T::NULLABLE)?).map_err(|fault| amiss(column.name, fault))
    }

    /// A column's cells as they are.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: a cell is empty that may not be, or the column was not read.
    pub fn cells(&self, column: &TableColumn) -> Result<&ArrayRef> {
        self.array(column.name, column.nullable)
    }

    fn array(&self, name: &str, nullable: bool) -> Result<&ArrayRef> {
        let cells = self.0.column_by_name(name).ok_or_else(|| amiss(name, "is not there"))?;
        match !nullable && cells.null_count() > 0 {
            true => Err(amiss(name, "is empty in a row")),
            false => Ok(cells),
        }
    }
}

fn amiss(column: &str, fault: &'static str) -> Error {
    Error::new(Code::REVISION_DAMAGED, "a table of the revision cannot be read")
        .in_column(column)
        .caused_by(fault)
        .changed_by_hand()
}
