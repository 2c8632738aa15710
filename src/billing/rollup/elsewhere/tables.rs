//! The tables that an engine gives back, read batch by batch.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::path::Path;

use super::finished::{Finished, disagrees, unreadable};
use crate::base::calendar::{Instant, Month};
use crate::base::damaged_file::{footer, guarded};
use crate::base::error::{Error, Result};
use crate::base::storage::{self, RangedFile};

/// A table: its folder, and its columns in the order in which they are asked for.
pub(super) struct Table {
    pub folder: &'static str,
    columns: &'static [(&'static str, Kind)],
}

/// The type of a column.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Flag,
    Small,
    Large,
    /// DECIMAL(38, so many).
    Decimal(i8),
    At,
}

/// The one of the request that is read back.
pub(super) const BOUNDARIES: Table = Table {
    folder: "boundaries",
    columns: &[
        ("account_id", Kind::Text),
        ("segment", Kind::Small),
        ("from_instant", Kind::At),
        ("until_instant", Kind::At),
    ],
};
pub(super) const SUMS: Table = Table {
    folder: "sums",
    columns: &[
        ("account_id", Kind::Text),
        ("segment", Kind::Small),
        ("events", Kind::Large),
        ("credits", Kind::Decimal(6)),
        ("check", Kind::Large),
    ],
};
pub(super) const EXCEPTIONS: Table = Table {
    folder: "exceptions",
    columns: &[
        ("kind", Kind::Text),
        ("account_id", Kind::Text),
        ("before_month", Kind::Flag),
        ("entry", Kind::Small),
        ("rows", Kind::Large),
        ("credits", Kind::Decimal(6)),
        ("first_at", Kind::At),
        ("last_at", Kind::At),
        ("sample_id", Kind::Text),
        ("check", Kind::Large),
    ],
};
pub(super) const SHARING: Table =
    Table { folder: "sharing", columns: &[("account_id", Kind::Text)] };
pub(super) const RECENT: Table = Table {
    folder: "recent",
    columns: &[
        ("account_id", Kind::Text),
        ("at", Kind::At),
        ("event_id", Kind::Text),
        ("credits", Kind::Decimal(6)),
    ],
};
pub(super) const REJECTS: Table =
    Table { folder: "rejects", columns: &[("file", Kind::Small), ("row", Kind::Large)] };
pub(super) const CONTROL: Table = Table {
    folder: "control",
    columns: &[
        ("what", Kind::Text),
        ("file", Kind::Small),
        ("month", Kind::Text),
        ("bucket", Kind::Small),
        ("rows", Kind::Large),
        ("credits", Kind::Decimal(6)),
        ("check", Kind::Large),
        ("moved", Kind::Decimal(24)),
        ("last_at", Kind::At),
    ],
};

/// A row of a table; its cells are asked for by their places.
pub(super) struct Row<'a> {
    place: &'a Path,
    table: &'a Table,
    columns: &'a [ArrayRef],
    row: usize,
}

impl<'a> Row<'a> {
    /// A text, where there is one.
    pub fn text(&self, at: usize) -> Option<&'a str> {
        self.there(at).then(|| self.columns[at].as_string::<i32>().value(self.row))
    }

    /// True or false, where it is said.
    pub fn flag(&self, at: usize) -> Option<bool> {
        self.there(at).then(|| self.columns[at].as_boolean().value(self.row))
    }

    /// An integer, where there is one.
    pub fn integer(&self, at: usize) -> Option<i64> {
        let column = &self.columns[at];
        self.there(at).then(|| match self.table.columns[at].1 {
            Kind::Small => column.as_primitive::<Int32Type>().value(self.row).into(),
            _ => column.as_primitive::<Int64Type>().value(self.row),
        })
    }

    /// A number below `end`, such as a place in a list.
    pub fn place(&self, at: usize, end: usize) -> Result<usize> {
        let number = self.integer(at).and_then(|number| usize::try_from(number).ok());
        self.must(number.filter(|number| *number < end), at)
    }

    /// A decimal in units of its last place, where there is one.
    pub fn decimal(&self, at: usize) -> Option<i128> {
        let column = &self.columns[at];
        self.there(at).then(|| column.as_primitive::<Decimal128Type>().value(self.row))
    }

    /// An instant, where there is one that can be.
    pub fn instant(&self, at: usize) -> Option<Instant> {
        let column = &self.columns[at];
        let value = || column.as_primitive::<TimestampMicrosecondType>().value(self.row);
        self.there(at).then(value).and_then(Instant::from_micros)
    }

    /// A month, where there is one.
    pub fn month(&self, at: usize) -> Option<Month> {
        self.text(at).and_then(Month::parse)
    }

    /// The cell, or that it must be one which can be.
    pub fn must<T>(&self, cell: Option<T>, at: usize) -> Result<T> {
        cell.ok_or_else(|| self.wrong(at, "a value that can be"))
    }

    /// That a cell is not what it must be.
    pub fn wrong(&self, at: usize, expected: &str) -> Error {
        disagrees("has a row that cannot be")
            .in_file(self.place)
            .in_column(self.table.columns[at].0)
            .expected(expected)
    }

    fn there(&self, at: usize) -> bool {
        !self.columns[at].is_null(self.row)
    }
}

/// Visits the rows of a table, file by file.
///
/// # Errors
/// A file is not as the contract or `rollup.json` says, or `visit` fails.
pub(super) fn each_row(
    rollup: &Finished,
    table: &Table,
    mut visit: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    for (place, listed) in rollup.files(table.folder)? {
        let differs = |what: &str, is: u64, due: u64| {
            disagrees("is not the file that was written")
                .in_file(&place)
                .with_value(is.to_string())
                .expected(format!("{due} {what}, as rollup.json names"))
        };
        let about = storage::about(&place).map_err(|e| {
            disagrees("is gone, or cannot be looked at").in_file(&place).caused_by(e)
        })?;
        if about.bytes != listed.bytes {
            return Err(differs("bytes", about.bytes, listed.bytes));
        }
        let rows = each_row_of(&place, table, &mut visit)?;
        if rows != listed.rows {
            return Err(differs("rows", rows, listed.rows));
        }
    }
    Ok(())
}

/// Visits the rows of a file of a table; gives their number.
///
/// # Errors
/// The file is not as the contract says, or `visit` fails.
pub(super) fn each_row_of(
    place: &Path,
    table: &Table,
    mut visit: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<u64> {
    let damaged = |cause| unreadable(place).caused_by(cause);
    let handle = RangedFile::open(place).map_err(|e| damaged(e.into()))?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = guarded(|| footer(&handle, options)).map_err(damaged)?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata);
    let mut reader = guarded(|| builder.build()).map_err(damaged)?;
    let mut rows = 0;
    while let Some(batch) = guarded(|| reader.next().transpose()).map_err(damaged)? {
        let columns = columns(&batch, table, place)?;
        for row in 0..batch.num_rows() {
            visit(&Row { place, table, columns: &columns, row })?;
        }
        rows += batch.num_rows() as u64;
    }
    Ok(rows)
}

/// The table's columns, each of its type.
fn columns(batch: &RecordBatch, table: &Table, place: &Path) -> Result<Vec<ArrayRef>> {
    let column = |(name, kind): &(&str, Kind)| {
        let found = batch.column_by_name(name);
        found.filter(|column| kind.is_of(column.data_type())).cloned().ok_or_else(|| {
            let is = found.map_or("not there".to_owned(), |found| found.data_type().to_string());
            unreadable(place).in_column(*name).with_value(is).expected(kind.in_words())
        })
    };
    table.columns.iter().map(column).collect()
}

impl Kind {
    fn is_of(self, data_type: &DataType) -> bool {
        match (self, data_type) {
            (Kind::Decimal(scale), DataType::Decimal128(_, other)) => scale == *other,
            (Kind::At, DataType::Timestamp(TimeUnit::Microsecond, Some(_)))
            | (Kind::Text, DataType::Utf8)
            | (Kind::Flag, DataType::Boolean)
            | (Kind::Small, DataType::Int32)
            | (Kind::Large, DataType::Int64) => true,
            _ => false,
        }
    }

    fn in_words(self) -> String {
        match self {
            Kind::Text => "text".to_owned(),
            Kind::Flag => "BOOLEAN".to_owned(),
            Kind::Small => "INT32".to_owned(),
            Kind::Large => "INT64".to_owned(),
            Kind::Decimal(scale) => format!("DECIMAL(38,{scale})"),
            Kind::At => "TIMESTAMP(MICROS, UTC)".to_owned(),
        }
    }
}
