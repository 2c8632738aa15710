//! Every row of a log as batches, in parallel: row groups of Parquet, blocks of text.

use std::collections::BTreeSet;

use arrow_array::ArrayRef;
use rayon::prelude::*;

use super::open::Layout;
use super::parquet::read::{Group, group_bytes, group_rows, group_span, read_group};
use super::text::blocks::Blocks;
use super::text::csv::CsvRows;
use super::text::ndjson::rows::NdjsonRows;
use super::text::typed_columns::Asked;
use super::wanted_rows::Wanted;
use super::{ColumnKind, Source, Table, value_text};
use crate::base::calendar::Instant;
use crate::base::error::Result;
use crate::base::rejects::Reject;

/// Rows of one file, as the table's columns.
pub struct Batch {
    /// The file, as an index into the sources.
    pub source: usize,
    /// The rows' numbers.
    pub rows: Rows,
    /// The columns in the table's order: Parquet's own types, or text.
    pub columns: Vec<ArrayRef>,
    /// Rows that could not even be taken apart; they are not among the columns.
    pub faults: Vec<Fault>,
    /// The number of rows in the columns.
    pub len: usize,
}

/// The numbers of a batch's rows in their file, from 1.
pub enum Rows {
    /// One after the other.
    From(u64),
    /// One by one.
    List(Vec<u64>),
}

impl Rows {
    /// The number of the row at `at`.
    pub fn number(&self, at: usize) -> u64 {
        match self {
            Rows::From(first) => first + at as u64,
            Rows::List(numbers) => numbers[at],
        }
    }
}

/// A row that could not be taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The row's number, from 1.
    pub row: u64,
    /// The column's name in the file, or empty.
    pub column: String,
    /// What was read.
    pub value: String,
    /// Why it cannot be read, and what was expected.
    pub reason: String,
}

impl Batch {
    /// The reject of a cell.
    pub fn reject(&self, table: &Table, column: usize, at: usize, reason: String) -> Unplaced {
        Unplaced {
            source: self.source,
            row: self.rows.number(at),
            column: table.columns[column].in_file.clone(),
            value: value_text(&self.columns[column], at),
            reason,
        }
    }

    /// The rejects of the rows that could not be taken apart.
    pub fn take_faults(&mut self) -> impl Iterator<Item = Unplaced> + use<> {
        let source = self.source;
        std::mem::take(&mut self.faults).into_iter().map(move |fault| Unplaced {
            source,
            row: fault.row,
            column: fault.column,
            value: fault.value,
            reason: fault.reason,
        })
    }
}

/// A reject that knows its file by number only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unplaced {
    source: usize,
    row: u64,
    column: String,
    value: String,
    reason: String,
}

impl Unplaced {
    /// Takes what was expected off the reason.
    pub fn split_reason(mut self) -> (Self, String) {
        let expected = match self.reason.split_once("; expected ") {
            Some((reason, expected)) => {
                let parts = (reason.to_owned(), expected.to_owned());
                self.reason = parts.0;
                parts.1
            }
            None => String::new(),
        };
        (self, expected)
    }

    /// The reject with its file's name.
    pub fn place(self, sources: &[Source]) -> Reject {
        let Unplaced { source, row, column, value, reason } = self;
        Reject { file: sources[source].file.name.clone(), row, column, value, reason }
    }
}

/// What a scan finds.
pub enum Piece {
    /// Rows.
    Batch(Batch),
    /// A row group that was passed over: the instants it spans, and its number of rows.
    Unread((Instant, Instant), u64),
    /// A row group that was passed over since it has no row of the accounts asked for: its
    /// number of rows.
    OtherAccounts(u64),
}

/// A reading of all rows, or of some accounts' rows.
pub struct Scan<'a> {
    /// The files.
    pub sources: &'a [Source],
    /// Which of the files are wanted.
    pub wanted_sources: fn(&Source) -> bool,
    /// The columns wanted.
    pub table: &'a Table,
    /// Says whether a row group that spans these instants can be passed over.
    pub pass_over: &'a (dyn Fn((Instant, Instant)) -> bool + Sync),
    /// The accounts whose rows are wanted; all rows where none are named. A row that cannot be
    /// taken apart, or that names no account, is then nobody's, and not handed out.
    pub accounts: Option<&'a BTreeSet<String>>,
    /// The positions of the columns wanted; all where none are named. The others hold nothing.
    pub only_columns: Option<&'a [usize]>,
    /// Is told how many bytes of a file have been gone through.
    pub passed: &'a (dyn Fn(u64) + Sync),
    /// Whether Parquet's ids are handed out as keys of a dictionary, where a row group has them
    /// so.
    pub keyed_ids: bool,
}

impl<'a> Scan<'a> {
    /// A reading of all rows and columns.
    pub fn whole(sources: &'a [Source], table: &'a Table) -> Self {
        Scan {
            sources,
            wanted_sources: |_| true,
            table,
            pass_over: &|_| false,
            accounts: None,
            only_columns: None,
            passed: &|_| {},
            keyed_ids: false,
        }
    }
}

/// Hands every piece to `visit`, on the threads of the current pool, in no given order.
///
/// # Errors
/// The first fault of a file, or of `visit`.
pub fn scan(what: &Scan<'_>, visit: &(dyn Fn(Piece) -> Result<()> + Sync)) -> Result<()> {
    let wanted = Wanted::of(what.accounts, what.table);
    let visit_text = |batch: Batch| match batch.len + batch.faults.len() {
        0 => Ok(()),
        _ => visit(Piece::Batch(batch)),
    };
    let wanted_sources = what.sources.par_iter().enumerate();
    let wanted_sources = wanted_sources.filter(|(_, source)| (what.wanted_sources)(source));
    wanted_sources.try_for_each(|(source, opened)| match &opened.layout {
        Layout::Parquet { metadata, .. } => {
            let groups = metadata.metadata().num_row_groups();
            (0..groups).into_par_iter().try_for_each(|group| {
                scan_group(what, wanted, (source, group), visit)?;
                (what.passed)(group_bytes(metadata, group));
                Ok(())
            })
        }
        Layout::Csv { places, width } => {
            let mut blocks = Blocks::open(&opened.file, true)?;
            blocks.take_header()?;
            let asked = Asked::of(what, wanted, source);
            let rows = CsvRows { asked, file: &opened.file, places, width: *width };
            on_all_threads(&|| {
                let mut bounds = Vec::new();
                blocks.each(|block| {
                    visit_text(rows.read(&block, &mut bounds)?)?;
                    (what.passed)(blocks.take_passed());
                    Ok(())
                })
            })
        }
        Layout::Ndjson => {
            let blocks = Blocks::open(&opened.file, false)?;
            on_all_threads(&|| {
                let mut rows = NdjsonRows::new(Asked::of(what, wanted, source));
                blocks.each(|block| {
                    visit_text(rows.read(&block)?)?;
                    (what.passed)(blocks.take_passed());
                    Ok(())
                })
            })
        }
    })
}

/// Does `work` on every thread that is free meanwhile.
fn on_all_threads(work: &(dyn Fn() -> Result<()> + Sync)) -> Result<()> {
    let threads = 0..rayon::current_num_threads();
    threads.into_par_iter().with_max_len(1).try_for_each(|_| work())
}

fn scan_group(
    what: &Scan<'_>,
    wanted: Wanted<'_>,
    (source, group): (usize, usize),
    visit: &(dyn Fn(Piece) -> Result<()> + Sync),
) -> Result<()> {
    let opened = &what.sources[source];
    let Layout::Parquet { metadata, keyed, places } = &opened.layout else {
        return Ok(());
    };
    let at = what.table.columns.iter().position(|column| column.kind == ColumnKind::Instant);
    let span = at.and_then(|at| group_span(metadata, places[at]?, group));
    if let Some(span) = span.filter(|span| (what.pass_over)(*span)) {
        return visit(Piece::Unread(span, group_rows(metadata, group).1));
    }
    let account = places.get(wanted.column).copied().flatten();
    let excluded = |place: usize| wanted.excludes(metadata, place, group);
    if !wanted.all() && account.is_none_or(excluded) {
        return visit(Piece::OtherAccounts(group_rows(metadata, group).1));
    }
    let group = Group { file: &opened.file, metadata, keyed, group };
    read_group(&group, (what, places), wanted, source, &mut |batch| visit(Piece::Batch(batch)))
}
