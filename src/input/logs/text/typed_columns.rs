//! Cells of text put into columns: ids and words as text, instants and credits as what they mean.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::types::Decimal128Type;
use arrow_array::{ArrayRef, NullArray, PrimitiveArray, TimestampMicrosecondArray};
use arrow_schema::DataType;

use crate::base::error::{Error, Result};
use crate::input::logs::batch::{Batch, RowFault, RowNumbers};
use crate::input::logs::dialect::CellForms;
use crate::input::logs::scan::{AccountFilter, Scan};
use crate::input::logs::schema::{Column, ColumnKind};

/// What is read of a text file.
#[derive(Clone, Copy)]
pub(in crate::input::logs) struct TextScan<'a> {
    pub scan: &'a Scan<'a>,
    pub filter: AccountFilter<'a>,
    /// The file, as an index into the sources.
    pub source: usize,
    /// What its cells mean.
    pub forms: CellForms,
}

/// Why rows were read in vain.
pub(super) enum Interrupt {
    /// A cell of this column is not what the column was to hold: the rows are to be read again,
    /// and the column as text.
    AsText(usize),
    /// The file is at fault.
    Fault(Error),
}

/// What comes of reading rows.
pub(super) type Attempt<T> = std::result::Result<T, Interrupt>;

#[cfg(test)]
impl<'a> TextScan<'a> {
    /// Of a text that is no file's.
    pub fn of(scan: &'a Scan<'a>) -> Self {
        let forms = scan.schema.dialect.cells(crate::input::logs::Format::Csv);
        TextScan { scan, filter: AccountFilter::of(scan.scope, scan.schema), source: 0, forms }
    }
}

impl TextScan<'_> {
    /// A batch of the rows that `read` finds in `bytes` of text. Columns hold instants and credits
    /// if all cells can be read as such, without rounding; if not, `read` is called again for text.
    pub(super) fn batch(
        self,
        bytes: usize,
        mut read: impl FnMut(&mut TypedColumns) -> Attempt<()>,
    ) -> Result<Batch> {
        let mut as_text = vec![!self.scan.schema.values_only; self.scan.schema.columns.len()];
        loop {
            let mut columns = TypedColumns::new(self, &as_text, bytes);
            match read(&mut columns) {
                Ok(()) => return Ok(columns.finish(self.source)),
                Err(Interrupt::AsText(column)) => as_text[column] = true,
                Err(Interrupt::Fault(error)) => return Err(error),
            }
        }
    }
}

/// Columns in the making.
pub(super) struct TypedColumns {
    columns: Vec<ColumnBuilder>,
    rows: RowNumbers,
    len: usize,
    faults: Vec<RowFault>,
    cells: CellForms,
}

enum ColumnBuilder {
    Unread,
    Text(StringViewBuilder),
    /// Microseconds since the epoch.
    Instants(Vec<i64>),
    /// Micro-credits.
    Credits(Vec<i128>),
}

impl TypedColumns {
    fn new(of: TextScan<'_>, as_text: &[bool], bytes: usize) -> Self {
        // Rows are rarely shorter, and columns rarely hold more of the text.
        let (rows, text) = (bytes / 64, u32::try_from(bytes / 2).unwrap_or(u32::MAX).max(4096));
        let builder = |(at, column): (usize, &Column)| match column.kind {
            _ if !of.scan.reads_column(at) => ColumnBuilder::Unread,
            ColumnKind::Instant if !as_text[at] => {
                ColumnBuilder::Instants(Vec::with_capacity(rows))
            }
            ColumnKind::Credits if !as_text[at] => ColumnBuilder::Credits(Vec::with_capacity(rows)),
            _ => ColumnBuilder::Text(
                StringViewBuilder::with_capacity(rows).with_fixed_block_size(text.min(1 << 20)),
            ),
        };
        let columns = of.scan.schema.columns.iter().enumerate().map(builder).collect();
        let (rows, faults) = (RowNumbers::From(1), Vec::new());
        TypedColumns { columns, rows, len: 0, faults, cells: of.forms }
    }

    /// Adds a row's cells; an empty cell is null.
    #[inline]
    pub fn push(&mut self, row: u64, cells: &[impl AsRef<str>]) -> Attempt<()> {
        self.push_all(row, 1, |column| move |_| cells[column].as_ref())
    }

    /// Adds rows whose numbers rise from `first_row`; `cells` gives, for a column, each row's cell.
    #[inline]
    pub fn push_all<'t, F: Fn(usize) -> &'t str>(
        &mut self,
        first_row: u64,
        rows: usize,
        cells: impl Fn(usize) -> F,
    ) -> Attempt<()> {
        for (at, column) in self.columns.iter_mut().enumerate() {
            let cells = (0..rows).map(cells(at));
            column.push_all(cells, self.cells).ok_or(Interrupt::AsText(at))?;
        }
        self.rows.add(self.len, first_row, rows);
        self.len += rows;
        Ok(())
    }

    /// Adds a row that cannot be read at all.
    pub fn fault(&mut self, fault: RowFault) {
        self.faults.push(fault);
    }

    fn finish(self, source: usize) -> Batch {
        let TypedColumns { columns, rows, len, faults, cells: forms } = self;
        let columns = columns.into_iter().map(|column| column.finish(len)).collect();
        Batch { source, rows, columns, forms, faults, len }
    }
}

impl ColumnBuilder {
    /// Adds cells, if the column can hold them.
    #[inline]
    fn push_all<'t>(
        &mut self,
        mut cells: impl Iterator<Item = &'t str>,
        forms: CellForms,
    ) -> Option<()> {
        match self {
            ColumnBuilder::Unread => Some(()),
            ColumnBuilder::Text(column) => {
                cells.for_each(|cell| match cell {
                    "" => column.append_null(),
                    cell => column.append_value(cell),
                });
                Some(())
            }
            ColumnBuilder::Instants(column) => cells.try_for_each(|cell| {
                column.push(forms.instant(cell).ok()?.micros());
                Some(())
            }),
            ColumnBuilder::Credits(column) => cells.try_for_each(|cell| {
                column.push(forms.credits(cell).ok()?.exact()?.micros().into());
                Some(())
            }),
        }
    }

    fn finish(self, len: usize) -> ArrayRef {
        match self {
            ColumnBuilder::Unread => Arc::new(NullArray::new(len)),
            ColumnBuilder::Text(mut cells) => Arc::new(cells.finish()),
            ColumnBuilder::Instants(cells) => Arc::new(TimestampMicrosecondArray::from(cells)),
            ColumnBuilder::Credits(cells) => {
                let cells = PrimitiveArray::<Decimal128Type>::from(cells);
                Arc::new(cells.with_data_type(DataType::Decimal128(18, 6)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::logs::{LogSchema, Mapping};

    fn batch(rows: &[(u64, [&str; 4])]) -> (Batch, u32) {
        let schema = LogSchema::usage(&Mapping::new(), true).unwrap();
        let scan = Scan { only_columns: Some(&[0, 1, 2]), ..Scan::whole(&[], &schema) };
        let mut times = 0;
        let batch = TextScan::of(&scan).batch(1000, |columns| {
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
        assert!(matches!(read.rows, RowNumbers::From(7)) && read.len == 2);
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
            assert!(read.credits(2).get(0).is_ok());
            assert_eq!(crate::input::logs::value_text(&read.columns[2], 1), odd[2]);
            assert!(read.instants(1).get(1).is_ok());
        }
        let (read, times) = batch(&[(1, ["a", "noon", "", "e"])]);
        assert_eq!(
            (times, crate::input::logs::value_text(&read.columns[1], 0)),
            (3, "noon".to_owned())
        );
    }
}
