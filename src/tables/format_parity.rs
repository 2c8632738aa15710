//! A table's two files, held against the contract and against each other: every cell of the
//! Parquet file is one that the program writes, and the CSV file is its image, to the byte.

use std::io::Write;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::DataType;

use super::columns::{ColumnType, TableColumn};
use super::csv::{self, Column};
use super::definitions::Table;
use super::read::{accounts, whole_table};
use super::values::date_of;
use crate::base::calendar::Instant;
use crate::base::digest::Hashing;
use crate::base::error::{Code, Error, Result};
use crate::base::money::Currency;

/// The first of many, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CappedList<T> {
    /// The first of them.
    pub first: Vec<T>,
    /// How many more there are.
    pub more: u64,
}

impl<T> CappedList<T> {
    /// Rows of a table that are named one by one.
    const NAMED: usize = 20;

    fn new() -> Self {
        CappedList { first: Vec::new(), more: 0 }
    }

    fn add(&mut self, one: T) {
        if self.first.len() < CappedList::<T>::NAMED {
            self.first.push(one);
        } else {
            self.more += 1;
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }
}

/// A cell of a Parquet file that no run writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFault {
    /// The row, from 1.
    pub row: u64,
    /// The column.
    pub column: &'static str,
    /// The row's account; empty in `rejects`, which has none.
    pub account: String,
    /// The cell, as CSV writes it.
    pub value: String,
    /// What is wrong with it.
    pub what: &'static str,
}

/// What a Parquet file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Its rows.
    pub rows: u64,
    /// Cells that no run writes.
    pub faults: CappedList<CellFault>,
    /// The digest of the CSV file that holds the same rows.
    pub csv_sha256: String,
    /// The cells of that file that have an apostrophe.
    pub apostrophes: u64,
}

/// What all rows of a revision's tables have in common.
#[derive(Debug, Clone, Copy)]
pub struct SharedCells<'a> {
    /// The month, in columns of that name.
    pub month: &'a str,
    /// The currency, in columns of that name and of all amounts; `None` where it is not known.
    pub currency: Option<Currency>,
}

/// Reads a table's Parquet file in the revision at `folder`.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: it is not there, is damaged, or has other columns.
pub fn inspect(folder: &Path, table: Table, common: SharedCells<'_>) -> Result<Inspection> {
    let (columns, batches) = whole_table(folder, table)?;
    let names = columns.iter().map(|column| column.name);
    let mut image = Hashing::new(std::io::sink());
    let failed = |e: std::io::Error| {
        Error::new(Code::TABLE_UNWRITABLE, "a CSV table cannot be written").caused_by(e)
    };
    image.write_all(&csv::title(names)).map_err(failed)?;
    let (mut rows, mut apostrophes) = (0, 0);
    let (mut faults, mut last) = (CappedList::new(), String::new());
    for batch in batches {
        let batch = batch?;
        let accounts = accounts(&batch);
        for row in 0..batch.num_rows() {
            rows += 1;
            let account = account(accounts, row);
            let mut fault = |column, what| {
                let value = batch.column_by_name(column).map(|cells| cell(cells, row));
                let (account, value) = (account.to_owned(), value.unwrap_or_default());
                faults.add(CellFault { row: rows, column, account, value, what });
            };
            if account < last.as_str() {
                fault("account_id", "is out of order: rows are sorted by account");
            }
            for (column, cells) in columns.iter().zip(batch.columns()) {
                if let Some(what) = common.amiss(column, cells, row) {
                    fault(column.name, what);
                }
            }
            if account != last {
                account.clone_into(&mut last);
            }
        }
        let (lines, given) = csv::lines(&batch);
        image.write_all(&lines).map_err(failed)?;
        apostrophes += given;
    }
    Ok(Inspection { rows, faults, csv_sha256: image.finish().2, apostrophes })
}

impl SharedCells<'_> {
    /// What is wrong with a cell, if anything.
    fn amiss(self, column: &TableColumn, cells: &ArrayRef, row: usize) -> Option<&'static str> {
        if cells.is_null(row) {
            return (!column.nullable).then_some("is empty");
        }
        let decimal = || match cells.data_type() {
            DataType::Decimal64(digits, _) => {
                let value = cells.as_primitive::<Decimal64Type>().value(row).unsigned_abs();
                value < 10_u64.pow(u32::from(*digits))
            }
            _ => false,
        };
        let text = || cells.as_string::<i32>().value(row);
        let currency = self.currency;
        let other_decimals =
            |currency| *cells.data_type() != column.column_type.data_type(currency);
        match (column.column_type, column.name) {
            (ColumnType::Money, _) if currency.is_some_and(other_decimals) => {
                Some("has not the currency's decimals")
            }
            (ColumnType::Credits | ColumnType::Money | ColumnType::Rate, _) => {
                (!decimal()).then_some("is out of range")
            }
            (ColumnType::Instant, _) => {
                let micros = cells.as_primitive::<TimestampMicrosecondType>().value(row);
                Instant::from_micros(micros).is_none().then_some("is out of range")
            }
            (ColumnType::Date, _) => {
                let date = date_of(cells.as_primitive::<Date32Type>().value(row));
                date.is_none().then_some("is out of range")
            }
            (ColumnType::Text, "month") => (text() != self.month).then_some("is another month"),
            (ColumnType::Text, "currency") => currency
                .is_some_and(|currency| currency.code() != text())
                .then_some("is not the catalogue's currency"),
            (ColumnType::Text | ColumnType::Integer | ColumnType::Flag | ColumnType::Cost, _) => {
                None
            } // exact costs are in no revision's tables
        }
    }
}

/// A cell as CSV writes it.
fn cell(cells: &ArrayRef, row: usize) -> String {
    let mut cell = Vec::new();
    Column::unquoted(cells).write(row, &mut cell);
    text(&cell)
}

/// A row's account; empty where it has none.
fn account(accounts: Option<&StringArray>, row: usize) -> &str {
    accounts.filter(|own| own.is_valid(row)).map_or("", |own| own.value(row))
}

/// A row whose two files differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The row, from 1; 0 for the columns' names.
    pub row: u64,
    /// The row's account in the Parquet file; empty in `rejects`, which has none, and where the
    /// CSV file alone has the row.
    pub account: String,
    /// The first column that differs; `None` where one of the files lacks the row.
    pub column: Option<&'static str>,
    /// The cell of the Parquet file, as CSV writes it; or the row, where CSV lacks it.
    pub parquet: Option<String>,
    /// The cell of the CSV file; or the row, where Parquet lacks it.
    pub csv: Option<String>,
}

/// The rows in which a table's CSV file differs from its Parquet file; none where only the way
/// of writing differs, such as line ends and quotes.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: one of them cannot be read.
pub fn differences(folder: &Path, table: Table) -> Result<CappedList<Difference>> {
    let path = folder.join(format!("{}.csv", table.name()));
    let failed = |cause: ::csv::Error| {
        Error::new(Code::REVISION_DAMAGED, "a table of the revision cannot be read")
            .in_file(&path)
            .caused_by(cause)
            .changed_by_hand()
    };
    let reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(&path);
    let mut records = reader.map_err(failed)?.into_byte_records();
    let mut next = || records.next().transpose().map_err(failed);
    let (columns, batches) = whole_table(folder, table)?;
    let names: Vec<&'static str> = columns.iter().map(|column| column.name).collect();
    let mut found = CappedList::new();
    let title = names.iter().map(|name| (*name).to_owned()).collect();
    difference(0, "", &names, title, next()?).into_iter().for_each(|own| found.add(own));
    let mut row = 0;
    for batch in batches {
        let batch = batch?;
        let accounts = accounts(&batch);
        for at in 0..batch.num_rows() {
            row += 1;
            let cells = batch.columns().iter().map(|cells| cell(cells, at)).collect();
            let differs = difference(row, account(accounts, at), &names, cells, next()?);
            differs.into_iter().for_each(|own| found.add(own));
        }
    }
    while let Some(record) = next()? {
        row += 1;
        let csv = Some(line(&record));
        found.add(Difference { row, account: String::new(), column: None, parquet: None, csv });
    }
    Ok(found)
}

/// How a row of the CSV file differs from the Parquet file's.
fn difference(
    row: u64,
    account: &str,
    names: &[&'static str],
    cells: Vec<String>,
    record: Option<::csv::ByteRecord>,
) -> Option<Difference> {
    let account = account.to_owned();
    let whole = |csv| Difference {
        row,
        account: account.clone(),
        column: None,
        parquet: Some(cells.join(",")),
        csv,
    };
    let Some(record) = record else {
        return Some(whole(None));
    };
    if record.len() != cells.len() {
        return Some(whole(Some(line(&record))));
    }
    let mut columns = names.iter().zip(&cells).zip(record.iter());
    let ((column, cell), csv) = columns.find(|((_, cell), csv)| cell.as_bytes() != *csv)?;
    let (parquet, csv) = (Some(cell.clone()), Some(text(csv)));
    Some(Difference { row, account, column: Some(*column), parquet, csv })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn line(record: &::csv::ByteRecord) -> String {
    record.iter().map(text).collect::<Vec<_>>().join(",")
}
