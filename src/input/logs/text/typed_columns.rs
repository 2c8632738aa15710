//! Cells of text put into columns: ids and words as text, instants and credits as what they mean.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::types::Decimal128Type;
use arrow_array::{ArrayRef, NullArray, PrimitiveArray, TimestampMicrosecondArray};
use arrow_schema::DataType;

use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::error::{Error, Result};
use crate::input::logs::scan::{Batch, Fault, Rows, Scan};
use crate::input::logs::wanted_rows::Wanted;
use crate::input::logs::{ColumnKind, Table};

/// What is asked of a text file.
#[derive(Clone, Copy)]
pub(in crate::input::logs) struct Asked<'a> {
    /// The columns.
    pub table: &'a Table,
    /// The rows.
    pub wanted: Wanted<'a>,
    /// The file, as an index into the sources.
    pub source: usize,
    only_columns: Option<&'a [usize]>,
}

/// Why rows were read in vain.
pub(in crate::input::logs) enum Stopped {
    /// A cell of this column is not what the column was to hold.
    OtherForm(usize),
    /// The file is at fault.
    Fault(Error),
}

/// What comes of reading rows.
pub(in crate::input::logs) type Tried<T> = std::result::Result<T, Stopped>;

/// What becomes of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Unread,
    Text,
    Instants,
    Credits,
}

impl<'a> Asked<'a> {
    pub fn of(what: &Scan<'a>, wanted: Wanted<'a>, source: usize) -> Self {
        Asked { table: what.table, wanted, source, only_columns: what.only_columns }
    }

    /// A batch of the rows that `read` finds in `bytes` of text. Columns hold instants and credits
    /// if all cells can be read as such, without rounding; if not, `read` is called again for text.
    pub fn batch(
        self,
        bytes: usize,
        mut read: impl FnMut(&mut TextColumns) -> Tried<()>,
    ) -> Result<Batch> {
        let mut forms = self.forms();
        loop {
            let mut columns = TextColumns::new(&forms, bytes);
            match read(&mut columns) {
                Ok(()) => return Ok(columns.finish(self.source)),
                Err(Stopped::OtherForm(column)) => forms[column] = Form::Text,
                Err(Stopped::Fault(error)) => return Err(error),
            }
        }
    }

    fn forms(self) -> Vec<Form> {
        let form = |(at, kind): (usize, ColumnKind)| match kind {
            _ if self.only_columns.is_some_and(|only| !only.contains(&at)) => Form::Unread,
            ColumnKind::Instant if self.table.values_only => Form::Instants,
            ColumnKind::Credits if self.table.values_only => Form::Credits,
            _ => Form::Text,
        };
        self.table.columns.iter().map(|column| column.kind).enumerate().map(form).collect()
    }
}

/// Columns of text in the making.
pub(in crate::input::logs) struct TextColumns {
    columns: Vec<Cells>,
    rows: Numbers,
    faults: Vec<Fault>,
}

enum Cells {
    Unread,
    Text(StringViewBuilder),
    /// Microseconds since the epoch.
    Instants(Vec<i64>),
    /// Micro-credits.
    Credits(Vec<i128>),
}

/// The rows' numbers.
#[derive(Default)]
struct Numbers {
    first: u64,
    len: usize,
    /// All of them, where they are not one after the other.
    list: Vec<u64>,
}

impl TextColumns {
    fn new(forms: &[Form], bytes: usize) -> Self {
        // Rows are rarely shorter, and columns rarely hold more of the text.
        let (rows, text) = (bytes / 64, u32::try_from(bytes / 2).unwrap_or(u32::MAX).max(4096));
        let cells = |form: &Form| match form {
            Form::Unread => Cells::Unread,
            Form::Text => Cells::Text(
                StringViewBuilder::with_capacity(rows).with_fixed_block_size(text.min(1 << 20)),
            ),
            Form::Instants => Cells::Instants(Vec::with_capacity(rows)),
            Form::Credits => Cells::Credits(Vec::with_capacity(rows)),
        };
        let columns = forms.iter().map(cells).collect();
        TextColumns { columns, rows: Numbers::default(), faults: Vec::new() }
    }

    /// Adds a row's cells; an empty cell is null.
    #[inline]
    pub fn push(&mut self, row: u64, cells: &[impl AsRef<str>]) -> Tried<()> {
        self.push_all(row, 1, |column| move |_| cells[column].as_ref())
    }

    /// Adds rows whose numbers rise from `first_row`; `cells` gives, for a column, each row's cell.
    #[inline]
    pub fn push_all<'t, F: Fn(usize) -> &'t str>(
        &mut self,
        first_row: u64,
        rows: usize,
        cells: impl Fn(usize) -> F,
    ) -> Tried<()> {
        for (at, column) in self.columns.iter_mut().enumerate() {
            column.push_all((0..rows).map(cells(at))).ok_or(Stopped::OtherForm(at))?;
        }
        self.rows.push(first_row, rows);
        Ok(())
    }

    /// Adds a row that cannot be read at all.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    fn finish(self, source: usize) -> Batch {
        let len = self.rows.len;
        let columns = self.columns.into_iter().map(|cells| cells.finish(len)).collect();
        Batch { source, rows: self.rows.finish(), columns, faults: self.faults, len }
    }
}

impl Cells {
    /// Adds cells, if the column can hold them.
    #[inline]
    fn push_all<'t>(&mut self, mut cells: impl Iterator<Item = &'t str>) -> Option<()> {
        match self {
            Cells::Unread => Some(()),
            Cells::Text(column) => {
                cells.for_each(|cell| match cell {
                    "" => column.append_null(),
                    cell => column.append_value(cell),
                });
                Some(())
            }
            Cells::Instants(column) => cells.try_for_each(|cell| {
                column.push(Instant::parse(cell).ok()?.micros());
                Some(())
            }),
            Cells::Credits(column) => cells.try_for_each(|cell| {
                let exact = Credits::parse(cell).ok().filter(|reading| reading.moved.is_none())?;
                column.push(exact.credits.micros().into());
                Some(())
            }),
        }
    }

    fn finish(self, len: usize) -> ArrayRef {
        match self {
            Cells::Unread => Arc::new(NullArray::new(len)),
            Cells::Text(mut cells) => Arc::new(cells.finish()),
            Cells::Instants(cells) => Arc::new(TimestampMicrosecondArray::from(cells)),
            Cells::Credits(cells) => {
                let cells = PrimitiveArray::<Decimal128Type>::from(cells);
                Arc::new(cells.with_data_type(DataType::Decimal128(18, 6)))
            }
        }
    }
}

impl Numbers {
    #[inline]
    fn push(&mut self, first: u64, len: usize) {
        if self.len == 0 {
            self.first = first;
        }
        let follows = self.list.is_empty() && first == self.first + self.len as u64;
        if !follows {
            if self.list.is_empty() {
                self.list.extend((self.first..).take(self.len));
            }
            self.list.extend((first..).take(len));
        }
        self.len += len;
    }

    fn finish(self) -> Rows {
        if self.list.is_empty() { Rows::From(self.first) } else { Rows::List(self.list) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::logs::{CreditsColumn, InstantColumn, Mapping};

    fn batch(rows: &[(u64, [&str; 4])]) -> (Batch, u32) {
        let table = Table::usage(&Mapping::new(), true).unwrap();
        let wanted = Wanted::of(None, &table);
        let asked = Asked { table: &table, wanted, source: 0, only_columns: Some(&[0, 1, 2]) };
        let mut times = 0;
        let batch = asked.batch(1000, |columns| {
            times += 1;
            rows.iter().try_for_each(|(row, cells)| columns.push(*row, cells))
        });
        (batch.unwrap_or_else(|_| panic!("no fault of a file")), times)
    }

    #[test]
    fn columns_hold_values_or_else_the_text() {
        let at = "2026-04-15T10:00:00Z";
        let (read, times) = batch(&[(7, ["a", at, "1.5", "e"]), (8, ["", at, "0", "e"])]);
        assert_eq!(times, 1);
        assert!(matches!(read.rows, Rows::From(7)) && read.len == 2);
        let types: Vec<_> = read.columns.iter().map(|column| column.data_type()).collect();
        assert!(matches!(
            types[..],
            [
                DataType::Utf8View,
                DataType::Timestamp(..),
                DataType::Decimal128(18, 6),
                DataType::Null
            ]
        ));
        for odd in [["a", at, "", "e"], ["a", at, "-1", "e"], ["a", at, "1e-7", "e"]] {
            let (read, times) = batch(&[(3, ["a", at, "1.5", "e"]), (5, odd)]);
            assert_eq!((times, read.columns[2].data_type()), (2, &DataType::Utf8View));
            assert!((read.rows.number(0), read.rows.number(1)) == (3, 5));
            assert!(CreditsColumn::of(&read.columns[2]).get(0).is_ok());
            assert_eq!(crate::input::logs::value_text(&read.columns[2], 1), odd[2]);
            assert!(InstantColumn::of(&read.columns[1]).get(1).is_ok());
        }
        let (read, times) = batch(&[(1, ["a", "noon", "", "e"])]);
        assert_eq!(
            (times, crate::input::logs::value_text(&read.columns[1], 0)),
            (3, "noon".to_owned())
        );
    }
}
