//! Rows of a file as columns, and rows that could not be read.

use arrow_array::ArrayRef;

use super::columns::{CellFault, CreditsColumn, IdColumn, InstantColumn, value_text};
use super::dialect::CellForms;
use super::schema::LogSchema;
use super::source::Source;
use crate::base::rejects::Reject;

/// Rows of one file, as the schema's columns.
pub struct Batch {
    /// The file, as an index into the sources.
    pub source: usize,
    /// The rows' numbers.
    pub rows: RowNumbers,
    /// The columns in the schema's order: Parquet's own types, or text.
    pub columns: Vec<ArrayRef>,
    /// What cells of text mean.
    pub(super) forms: CellForms,
    /// Rows that could not even be taken apart; they are not among the columns.
    pub faults: Vec<RowFault>,
    /// The number of rows in the columns.
    pub len: usize,
}

/// The numbers of a batch's rows in their file, from 1.
pub enum RowNumbers {
    /// One after the other.
    From(u64),
    /// One by one.
    List(Vec<u64>),
}

impl RowNumbers {
    /// The number of the row at `at`.
    pub fn number(&self, at: usize) -> u64 {
        match self {
            RowNumbers::From(first) => first + at as u64,
            RowNumbers::List(numbers) => numbers[at],
        }
    }

    /// Adds rows whose numbers rise from `first` to the `held` that are there.
    #[inline]
    pub(super) fn add(&mut self, held: usize, first: u64, rows: usize) {
        match self {
            RowNumbers::From(begin) if held == 0 => *begin = first,
            RowNumbers::From(begin) if *begin + held as u64 == first => {}
            RowNumbers::From(begin) => {
                let numbers = (*begin..).take(held).chain((first..).take(rows));
                *self = RowNumbers::List(numbers.collect());
            }
            RowNumbers::List(numbers) => numbers.extend((first..).take(rows)),
        }
    }
}

impl Batch {
    /// The instants in the column at a place of the schema.
    pub fn instants(&self, column: usize) -> InstantColumn<'_> {
        InstantColumn::of(&self.columns[column], self.forms)
    }

    /// The credits in the column at a place of the schema.
    pub fn credits(&self, column: usize) -> CreditsColumn<'_> {
        CreditsColumn::of(&self.columns[column], self.forms)
    }

    /// The id at a row, in the column at a place of the schema.
    ///
    /// # Errors
    /// There is none, or it is none.
    pub fn id(&self, column: usize, row: usize) -> CellResult<String> {
        let id = IdColumn::of(&self.columns[column]).get(row, &mut [0; 36]).map(str::to_owned);
        id.map_err(|fault| CellError::new(column, fault))
    }

    /// A number for people, with a point before its decimals.
    pub fn number_text(&self, column: usize, row: usize) -> String {
        self.forms.number(value_text(&self.columns[column], row))
    }

    /// The fault of a row, by that of its cell.
    pub fn cell_fault(&self, schema: &LogSchema, at: usize, error: CellError) -> RowFault {
        self.fault(schema, error.column, at, error.reason)
    }

    /// The fault of a cell.
    pub fn fault(&self, schema: &LogSchema, column: usize, at: usize, reason: String) -> RowFault {
        RowFault {
            source: self.source,
            row: self.rows.number(at),
            column: schema.columns[column].in_file.clone(),
            value: value_text(&self.columns[column], at),
            reason,
        }
    }
}

/// What was read of a row, or of a cell of it.
pub type CellResult<T> = Result<T, CellError>;

/// Why a cell makes its row unreadable.
pub struct CellError {
    /// The column, by its place in the schema.
    pub column: usize,
    /// Why it cannot be read, and what was expected.
    pub reason: String,
}

impl CellError {
    /// What is wrong with the cell of a column.
    pub fn new(column: usize, reason: impl ToString) -> Self {
        CellError { column, reason: reason.to_string() }
    }

    /// What was read of the cell of a column, if it is not empty.
    pub fn unless_empty<T>(column: usize, read: Result<T, CellFault>) -> CellResult<Option<T>> {
        match read {
            Err(CellFault::Null) => Ok(None),
            read => read.map(Some).map_err(|fault| CellError::new(column, fault)),
        }
    }
}

/// A row that cannot be read, in a file that is known by its number only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowFault {
    /// The file, as an index into the sources.
    pub source: usize,
    /// The row's number, from 1.
    pub row: u64,
    /// The column's name in the file; empty where the row as a whole is at fault.
    pub column: String,
    /// What was read, shortened for people.
    pub value: String,
    /// Why it cannot be read, and what was expected.
    pub reason: String,
}

impl RowFault {
    /// The reject, which knows its file by name.
    pub fn into_reject(self, sources: &[Source]) -> Reject {
        let RowFault { source, row, column, value, reason } = self;
        Reject { file: sources[source].file.name.clone(), row, column, value, reason }
    }
}
