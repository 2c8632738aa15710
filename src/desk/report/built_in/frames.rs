//! Tables of all months as data frames: read, joined, grouped and added up. Nothing else knows the library that does
//! it.
//!
//! All numbers are decimals of no places, in units of their column's last one, and are added up in 128 bits.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal64Type, Int64Type, TimestampMicrosecondType};
use polars_core::prelude::{
    BooleanChunked, ChunkFull, Column, DataFrame, Int128Chunked, IntoColumn, NewChunkedArray,
    PolarsError, StringChunked,
};
use polars_ops::prelude::{DataFrameJoinOps, JoinArgs, JoinCoalesce, JoinType};
use rayon::prelude::*;

use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;
use crate::book::Revision;
use crate::tables::{ColumnType, Table, TableColumn, batches};

/// Digits of the library's decimals.
const DIGITS: usize = 38;

/// The column that a frame of a table has beside the table's own: the month of the revision.
pub(super) const MONTH: &str = "month";

/// Rows with columns by name: texts, or numbers.
#[derive(Debug, Clone)]
pub(super) struct Frame(DataFrame);

/// What the rows of a group come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// How many rows there are.
    pub rows: i128,
    /// The sums of the columns that were asked for, in their order.
    pub of: Vec<i128>,
}

impl Sums {
    /// Those of no rows, over so many columns.
    pub fn of(columns: usize) -> Self {
        Sums { rows: 0, of: vec![0; columns] }
    }
}

/// Groups by the texts that their rows have in common; nothing is the empty text.
pub(super) type Groups = BTreeMap<Vec<String>, Sums>;

impl Frame {
    /// Columns of a table of some months, in the order of the months; `names` has blanks between them.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: a table cannot be read.
    pub fn read(revisions: &[Revision], table: Table, names: &str) -> Result<Self> {
        let columns = names.split_whitespace();
        let columns: Vec<&TableColumn> = columns
            .filter_map(|name| table.columns().iter().find(|column| column.name == name))
            .collect();
        let parts: Vec<DataFrame> = revisions
            .par_iter()
            .map(|revision| read_month(revision, table, &columns))
            .collect::<Result<_>>()?;
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        for part in parts {
            all.vstack_mut(&part).map_err(failed)?;
        }
        Ok(Frame(all))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.height()
    }

    /// A column of texts.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: there is no such column.
    pub fn texts<'f>(
        &'f self,
        name: &str,
    ) -> Result<impl Iterator<Item = Option<&'f str>> + use<'f>> {
        Ok(self.0.column(name).and_then(Column::str).map_err(failed)?.iter())
    }

    /// A column of numbers.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: there is no such column.
    pub fn numbers<'f>(
        &'f self,
        name: &str,
    ) -> Result<impl Iterator<Item = Option<i128>> + use<'f>> {
        let numbers = self.0.column(name).and_then(Column::decimal).map_err(failed)?;
        Ok(numbers.physical().iter())
    }

    /// The same with one more column of numbers.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: it has another number of rows.
    pub fn with_numbers(
        mut self,
        name: &str,
        numbers: impl Iterator<Item = Option<i128>>,
    ) -> Result<Self> {
        self.0.with_column(number_column(name, numbers)).map_err(failed)?;
        Ok(self)
    }

    /// The same with one more column of texts.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: it has another number of rows.
    pub fn with_texts<'t>(
        mut self,
        name: &str,
        texts: impl Iterator<Item = Option<&'t str>>,
    ) -> Result<Self> {
        let texts = StringChunked::from_iter_options(name.into(), texts);
        self.0.with_column(texts.into_column()).map_err(failed)?;
        Ok(self)
    }

    /// The rows that are wanted.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: it is said of another number of rows.
    pub fn kept(&self, wanted: impl Iterator<Item = bool>) -> Result<Self> {
        let wanted: BooleanChunked = wanted.map(Some).collect();
        self.0.filter(&wanted).map(Frame).map_err(failed)
    }

    /// Some of the columns.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: there are no such columns.
    pub fn only(&self, names: &[&str]) -> Result<Self> {
        self.0.select(names.iter().copied()).map(Frame).map_err(failed)
    }

    /// The same with a column under another name.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: there is no such column.
    pub fn named(mut self, column: &str, name: &str) -> Result<Self> {
        self.0.rename(column, name.into()).map_err(failed)?;
        Ok(self)
    }

    /// The rows, and below them those of another frame of the same columns.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: it has other columns.
    pub fn above(mut self, below: &Frame) -> Result<Self> {
        self.0.vstack_mut(&below.0).map_err(failed)?;
        Ok(self)
    }

    /// Rows of the one and the other with the same texts in some columns, side by side; what has none beside it has
    /// nothing there. Other columns of the right that the left has, too, end in `_right`.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: there are no such columns.
    pub fn beside(&self, right: &Frame, on: &[&str]) -> Result<Self> {
        let args = JoinArgs::new(JoinType::Full).with_coalesce(JoinCoalesce::CoalesceColumns);
        self.0.join(&right.0, on, on, args, None).map(Frame).map_err(failed)
    }

    /// The rows, each with the columns of the row of another frame that has the same texts in some columns, if there
    /// is one.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: there are no such columns.
    pub fn with_those_of(&self, right: &Frame, on: &[&str]) -> Result<Self> {
        self.0
            .join(&right.0, on, on, JoinArgs::new(JoinType::Left), None)
            .map(Frame)
            .map_err(failed)
    }

    /// The sums of some columns of numbers, over rows with the same texts in others.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: there are no such columns.
    pub fn sums(&self, by: &[&str], of: &[&str]) -> Result<Groups> {
        let mut groups = Groups::new();
        if self.len() == 0 {
            return Ok(groups);
        }
        let names = by.iter().chain(of).copied();
        let frame = self.0.select(names).map_err(failed)?;
        let grouped =
            frame.group_by(by.iter().copied()).map_err(failed)?.select(of.iter().copied());
        let rows = grouped.get_groups().group_count();
        #[expect(
            deprecated,
            reason = "the library's lazy engine takes three times as long to build"
        )]
        let sums = if of.is_empty() { None } else { Some(grouped.sum().map_err(failed)?) };
        let keys = grouped.keys();
        let keys: Vec<&StringChunked> =
            keys.iter().map(Column::str).collect::<std::result::Result<_, _>>().map_err(failed)?;
        let sums = sums.as_ref().map_or(&[][..], |sums| &sums.columns()[by.len()..]);
        let sums: Vec<_> = sums
            .iter()
            .map(Column::decimal)
            .collect::<std::result::Result<_, _>>()
            .map_err(failed)?;
        for (at, rows) in rows.iter().enumerate() {
            let key = keys.iter().map(|key| key.get(at).unwrap_or_default().to_owned()).collect();
            let of = sums.iter().map(|sum| sum.physical().get(at).unwrap_or_default()).collect();
            groups.insert(key, Sums { rows: rows.unwrap_or_default().into(), of });
        }
        Ok(groups)
    }
}

/// Cells of a column, in the making.
enum Cells {
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<i128>>),
}

fn read_month(revision: &Revision, table: Table, columns: &[&TableColumn]) -> Result<DataFrame> {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let mut cells: Vec<Cells> =
        columns.iter().map(|column| Cells::of(column.column_type)).collect();
    let mut height = 0;
    // A revision of an earlier version of the program lacks tables that came later.
    let is_there = !table.came_later()
        || revision.manifest.output(&format!("{}.parquet", table.name())).is_some();
    if is_there {
        for batch in batches(revision.tables()?, table, &names, &Scope::All)? {
            let batch = batch?;
            height += batch.len();
            for (cells, column) in cells.iter_mut().zip(columns) {
                cells.extend(batch.cells(column)?)?;
            }
        }
    }
    let month = revision.manifest.month.to_string();
    let month = StringChunked::full(MONTH.into(), &month, height).into_column();
    let columns = columns.iter().zip(cells).map(|(column, cells)| cells.column(column.name));
    DataFrame::new(height, std::iter::once(month).chain(columns).collect()).map_err(failed)
}

impl Cells {
    fn of(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Text => Cells::Texts(Vec::new()),
            _ => Cells::Numbers(Vec::new()),
        }
    }

    fn extend(&mut self, cells: &dyn Array) -> Result<()> {
        match self {
            Cells::Texts(texts) => {
                texts.extend(cells.as_string::<i32>().iter().map(|text| text.map(str::to_owned)))
            }
            Cells::Numbers(numbers) => {
                if let Some(decimals) = cells.as_primitive_opt::<Decimal64Type>() {
                    numbers.extend(decimals.iter().map(|number| number.map(i128::from)));
                } else if let Some(instants) = cells.as_primitive_opt::<TimestampMicrosecondType>()
                {
                    numbers.extend(instants.iter().map(|micros| micros.map(i128::from)));
                } else if let Some(integers) = cells.as_primitive_opt::<Int64Type>() {
                    numbers.extend(integers.iter().map(|number| number.map(i128::from)));
                } else {
                    return Err(Error::new(
                        Code::IMPOSSIBLE,
                        "a column of a report is neither text nor number",
                    ));
                }
            }
        }
        Ok(())
    }

    fn column(self, name: &str) -> Column {
        match self {
            Cells::Texts(texts) => {
                StringChunked::from_iter_options(name.into(), texts.into_iter()).into_column()
            }
            Cells::Numbers(numbers) => number_column(name, numbers.into_iter()),
        }
    }
}

fn number_column(name: &str, numbers: impl Iterator<Item = Option<i128>>) -> Column {
    Int128Chunked::from_iter_options(name.into(), numbers)
        .into_decimal_unchecked(DIGITS, 0)
        .into_column()
}

fn failed(cause: PolarsError) -> Error {
    Error::new(Code::IMPOSSIBLE, "the figures of a report cannot be put together").caused_by(cause)
}
