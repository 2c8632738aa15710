//! The rows of a row group, batch by batch.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use arrow_array::{ArrayRef, NullArray, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};

use super::column_types::{from_int96, in_known_type, nothing};
use super::row_group::RowGroup;
use crate::base::calendar::Instant;
use crate::base::damaged_file::guarded;
use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;
use crate::base::storage::Object;
use crate::input::logs::batch::{Batch, RowNumbers};
use crate::input::logs::columns::IdColumn;
use crate::input::logs::log_file::Format;
use crate::input::logs::scan::{AccountFilter, IdsAtHand, Scan, Scanned, Visit};
use crate::input::logs::schema::ColumnKind;
use crate::input::logs::source::ParquetLayout;

/// Rows of a batch.
const BATCH_ROWS: usize = 16_384;

/// What is wanted of a row group.
enum WantedRows {
    All,
    /// Those of some accounts, whose column is at a place.
    SomeBy(usize),
    /// Those of these places in the group, from 0.
    These(Vec<usize>),
    /// None, for the instants that it spans.
    NoneAt(RangeInclusive<Instant>),
    /// None, for the accounts that it has.
    NoneOfAccounts,
}

/// Reads a row group of a file.
pub(in crate::input::logs) struct GroupReader<'a> {
    pub scan: &'a Scan<'a>,
    pub filter: AccountFilter<'a>,
    /// The file, as an index into the sources.
    pub source: usize,
    pub layout: &'a ParquetLayout,
    pub group: RowGroup<'a>,
}

impl GroupReader<'_> {
    /// Hands out the rows that are wanted, or passes the row group over; `fetched` was already.
    pub fn read(&self, fetched: Vec<(u64, Bytes)>, visit: &Visit<'_>) -> Result<()> {
        let rows = self.group.rows();
        match self.wanted() {
            WantedRows::All => self.read_rows(&fetched, None, visit),
            WantedRows::SomeBy(place) => match self.selected_rows(&fetched, place)? {
                none if none.is_empty() => Ok(()),
                selected => self.read_rows(&fetched, Some(&selected), visit),
            },
            WantedRows::These(none) if none.is_empty() => Ok(()),
            WantedRows::These(selected) => self.read_rows(&fetched, Some(&selected), visit),
            WantedRows::NoneAt(span) => {
                visit(Scanned::SkippedByInstant { source: self.source, span, rows })
            }
            WantedRows::NoneOfAccounts => visit(Scanned::SkippedByAccount { rows }),
        }
    }

    /// What is wanted of the row group, as far as its footer tells.
    fn wanted(&self) -> WantedRows {
        if let Some(rows) = self.scan.only_rows {
            return WantedRows::These(self.places_of(rows));
        }
        let span = self.place_of(ColumnKind::Instant).and_then(|place| self.group.span(place));
        if let Some(span) = span.filter(|span| (self.scan.is_skipped)(span)) {
            return WantedRows::NoneAt(span);
        }
        let place = self.filter.column.and_then(|column| self.layout.places[column]);
        match self.scan.scope {
            Scope::All => WantedRows::All,
            Scope::Part(_) => place.map_or(WantedRows::All, WantedRows::SomeBy),
            Scope::Accounts(accounts) => {
                let place = place.filter(|place| self.group.may_hold(*place, accounts));
                place.map_or(WantedRows::NoneOfAccounts, WantedRows::SomeBy)
            }
        }
    }

    /// The places in the row group of those rows of the file that it has, by their numbers from 1.
    fn places_of(&self, rows: &[u64]) -> Vec<usize> {
        let first = self.group.first_row();
        let from = rows.partition_point(|row| *row < first);
        let own = rows[from..].iter().take_while(|row| **row < first + self.group.rows());
        own.filter_map(|row| usize::try_from(row - first).ok()).collect()
    }

    /// Where in the file lies what is surely read of it.
    pub fn wanted_ranges(&self) -> Vec<Range<u64>> {
        let places = match self.wanted() {
            WantedRows::All => {
                let ids = self.ids_at_hand().map(|(event, _)| event);
                self.places(ids).into_iter().flatten().collect()
            }
            WantedRows::SomeBy(place) => vec![place],
            WantedRows::These(_) | WantedRows::NoneAt(_) | WantedRows::NoneOfAccounts => Vec::new(),
        };
        places.into_iter().filter_map(|place| self.group.range(place)).collect()
    }

    /// The columns' places in the file, but that of ids where they are at hand.
    fn places(&self, ids: Option<usize>) -> Vec<Option<usize>> {
        let is_read = |at: usize| self.scan.reads_column(at) && ids != Some(at);
        let places = self.layout.places.iter().enumerate();
        places.map(|(at, place)| place.filter(|_| is_read(at))).collect()
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.scan.sources[self.source].file.name
    }

    /// The object that the file is, where it lies in storage.
    pub fn object(&self) -> Result<Option<Arc<Object>>> {
        self.scan.sources[self.source].file.object()
    }

    /// Where the file has the schema's first column of a kind.
    fn place_of(&self, kind: ColumnKind) -> Option<usize> {
        let at = self.scan.schema.columns.iter().position(|column| column.kind == kind);
        at.and_then(|at| self.layout.places[at])
    }

    /// The column of event ids, where they need not be read, and who has them.
    fn ids_at_hand(&self) -> Option<(usize, &dyn IdsAtHand)> {
        let first = self.group.first_row();
        let rows = first..first + self.group.rows();
        let ids = self.scan.ids_at_hand.filter(|ids| ids.has(self.source, rows))?;
        let mut columns = self.scan.schema.columns.iter();
        Some((columns.position(|column| column.kind == ColumnKind::EventId)?, ids))
    }

    /// The rows of the wanted accounts, from 0; `place` is the account's column.
    fn selected_rows(&self, fetched: &[(u64, Bytes)], place: usize) -> Result<Vec<usize>> {
        let (mut rows, mut buffer, mut first) = (Vec::new(), [0; 36], 0);
        let mut reader = self.open(&self.layout.metadata, fetched, &[place], None)?;
        while let Some(batch) = self.next(&mut reader)? {
            let column = in_known_type(batch.column(0), ColumnKind::Id);
            let accounts = IdColumn::of(&column);
            let mut is_wanted = |row: usize| match accounts.raw(row, &mut buffer) {
                Ok(id) => self.filter.takes(id),
                Err(_) => self.filter.takes_unreadable(),
            };
            rows.extend((0..batch.num_rows()).filter(|&row| is_wanted(row)).map(|row| first + row));
            first += batch.num_rows();
        }
        self.check_whole(first, self.group.rows())?;
        Ok(rows)
    }

    /// Hands out all rows, or those `selected`, as the schema's columns.
    fn read_rows(
        &self,
        fetched: &[(u64, Bytes)],
        selected: Option<&[usize]>,
        visit: &Visit<'_>,
    ) -> Result<()> {
        let (scan, group, first_row) = (self.scan, self.group, self.group.first_row());
        let ids = self.ids_at_hand().filter(|_| selected.is_none());
        let is_read = |at: usize| scan.reads_column(at) && ids.is_none_or(|(event, _)| at != event);
        let places = self.places(ids.map(|(event, _)| event));
        let is_keyed = scan.keyed_ids
            && self.place_of(ColumnKind::Id).is_some_and(|place| group.is_keyed(place));
        let metadata = if is_keyed { &self.layout.keyed } else { &self.layout.metadata };
        let mut done = 0;
        let read: Vec<usize> = places.iter().flatten().copied().collect();
        let mut reader = self.open(metadata, fetched, &read, selected)?;
        let mut int96 = self.layout.int96.clone();
        int96.retain(|place| read.contains(place));
        let mut nanos = match int96.as_slice() {
            [] => None,
            int96 => Some(self.open(&self.layout.plain, fetched, int96, selected)?),
        };
        while let Some(batch) = self.next(&mut reader)? {
            let len = batch.num_rows();
            let rows = match selected {
                None => RowNumbers::From(first_row + done as u64),
                Some(selected) => {
                    let selected = selected[done..done + len].iter();
                    RowNumbers::List(selected.map(|&row| first_row + row as u64).collect())
                }
            };
            let mut columns = self.columns(&batch, &places, &is_read);
            if let Some((event, ids)) = ids {
                let first = first_row + done as u64;
                columns[event] = ids.take(self.source, first..first + len as u64)?;
                if columns[event].len() != len {
                    return Err(self.damaged("a column has other rows"));
                }
            }
            if let Some(nanos) = &mut nanos {
                let nanos = self.next(nanos)?.filter(|nanos| nanos.num_rows() == len);
                let nanos = nanos.ok_or_else(|| self.damaged("a column has other rows"))?;
                for (at, column) in columns.iter_mut().enumerate() {
                    let int96 = int96.iter().position(|place| places[at] == Some(*place));
                    if let Some(number) = int96 {
                        *column = from_int96(column, nanos.column(number));
                    }
                }
            }
            let (source, faults) = (self.source, Vec::new());
            let forms = scan.schema.dialect.cells(Format::Parquet);
            visit(Scanned::Batch(Batch { source, rows, columns, forms, faults, len }))?;
            done += len;
        }
        self.check_whole(done, selected.map_or(self.group.rows(), |rows| rows.len() as u64))
    }

    /// Makes sure that as many rows were decoded as the footer promises: pages may be damaged in a
    /// way that only loses rows.
    fn check_whole(&self, decoded: usize, promised: u64) -> Result<()> {
        match decoded as u64 == promised {
            true => Ok(()),
            false => Err(self.damaged(format!("{decoded} rows are there, and not {promised}"))),
        }
    }

    /// The schema's columns, out of those that were read at `places`.
    fn columns(
        &self,
        batch: &RecordBatch,
        places: &[Option<usize>],
        is_read: &dyn Fn(usize) -> bool,
    ) -> Vec<ArrayRef> {
        // The reader gives the columns in the file's order; the schema wants its own.
        let rank = |place: usize| places.iter().flatten().filter(|&&other| other < place).count();
        let columns = places.iter().zip(&self.scan.schema.columns).enumerate();
        let columns = columns.map(|(at, (place, column))| match place {
            Some(place) => in_known_type(batch.column(rank(*place)), column.kind),
            None if is_read(at) => nothing(column.kind, batch.num_rows()),
            None => Arc::new(NullArray::new(batch.num_rows())),
        });
        columns.collect()
    }

    fn damaged(&self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::new(Code::INPUT_DAMAGED, "cannot be decoded")
            .in_file(self.name())
            .in_row_group(self.group.number)
            .caused_by(cause)
            .hint("the file may be damaged; fetch or export it again")
    }

    /// Begins to read the columns at `places`, of all rows or of those `selected`.
    fn open(
        &self,
        metadata: &ArrowReaderMetadata,
        fetched: &[(u64, Bytes)],
        places: &[usize],
        selected: Option<&[usize]>,
    ) -> Result<ParquetRecordBatchReader> {
        // Each reader has a handle of its own: clones would share one position in the file.
        let handle = self.scan.sources[self.source].file.open()?.with(fetched);
        let mask = ProjectionMask::roots(metadata.parquet_schema(), places.iter().copied());
        let mut reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata.clone())
                .with_projection(mask)
                .with_row_groups(vec![self.group.number])
                .with_batch_size(BATCH_ROWS);
        if let Some(selected) = selected {
            let ranges = selected.iter().map(|&row| row..row + 1);
            let rows = usize::try_from(self.group.rows()).map_err(|e| self.damaged(e))?;
            let selection = RowSelection::from_consecutive_ranges(ranges, rows);
            reader = reader.with_row_selection(selection);
        }
        guarded(|| reader.build()).map_err(|e| self.damaged(e))
    }

    /// The next batch; a decoder that panics at damage has met a fault of the file.
    fn next(&self, reader: &mut ParquetRecordBatchReader) -> Result<Option<RecordBatch>> {
        guarded(|| reader.next().transpose()).map_err(|e| self.damaged(e))
    }
}
