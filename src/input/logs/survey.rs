//! What of a log cannot be read, told together: every kind of fault, with its number of rows, the
//! first of them, and what to say so that it is read.

use std::collections::BTreeMap;

use super::batch::{Batch, CellError, RowFault};
use super::columns::{CellFault, CreditsColumn, IdColumn, InstantColumn};
use super::scan::Scan;
use super::scanning::collect;
use super::schema::{ColumnKind, LogSchema};
use super::source::Source;
use crate::base::calendar::{EpochUnit, Instant, InstantFault};
use crate::base::credits::CreditsFault;
use crate::base::error::{Code, Error, Result};
use crate::base::rejects::split_expected;

/// What is looked for in a log.
pub struct Survey<'a> {
    /// The log, as far as it is read.
    pub scan: Scan<'a>,
    /// Whether the row of an instant is read in full.
    pub concerns: &'a (dyn Fn(Instant) -> bool + Sync),
    /// Whether each cell is read by its column's kind.
    pub reads_cells: bool,
    /// What else is wrong with a row.
    pub check: &'a RowCheck<'a>,
}

/// What is wrong with a row of a batch, if anything.
pub type RowCheck<'a> = dyn Fn(&Batch, usize) -> Option<CellError> + Sync + 'a;

/// Kinds of faults that are told one by one.
const KINDS_TOLD: usize = 20;

/// What was found.
#[derive(Default)]
pub struct Surveyed {
    /// Rows that are read in full.
    pub rows: u64,
    /// Those of them that cannot be read.
    pub unreadable: u64,
    kinds: BTreeMap<(String, String), Kind>,
}

/// Faults of one kind, in cells of one column.
struct Kind {
    rows: u64,
    first: RowFault,
    cell: Option<CellFault>,
}

/// The cells of a column.
enum Cells<'a> {
    Ids(IdColumn<'a>),
    Instants(InstantColumn<'a>),
    Credits(CreditsColumn<'a>),
    Others,
}

impl Survey<'_> {
    /// Goes through the log.
    ///
    /// # Errors
    /// A file cannot be read to its end.
    pub fn run(&self) -> Result<Surveyed> {
        let mut found = Surveyed::default();
        let parts = collect(&self.scan, &|batch| Ok(vec![self.of_batch(batch)]))?;
        parts.into_iter().for_each(|part| found.merge(part));
        Ok(found)
    }

    fn of_batch(&self, mut batch: Batch) -> Surveyed {
        let mut found = Surveyed::default();
        for fault in std::mem::take(&mut batch.faults) {
            found.rows += 1;
            found.unreadable += 1;
            found.add(fault, None);
        }
        let schema = self.scan.schema;
        let columns = schema.columns.iter().zip(&batch.columns).enumerate();
        let columns = columns.map(|(at, (column, array))| match column.kind {
            _ if !self.reads_cells || column.optional => Cells::Others,
            ColumnKind::Id | ColumnKind::EventId => Cells::Ids(IdColumn::of(array)),
            ColumnKind::Instant => Cells::Instants(batch.instants(at)),
            ColumnKind::Credits => Cells::Credits(batch.credits(at)),
            _ => Cells::Others,
        });
        let columns: Vec<Cells<'_>> = columns.collect();
        let is_of_other_month = |row: usize| {
            columns.iter().any(|cells| match cells {
                Cells::Instants(at) => at.get(row).is_ok_and(|at| !(self.concerns)(at)),
                _ => false,
            })
        };
        for row in (0..batch.len).filter(|&row| !is_of_other_month(row)) {
            let mut faults = 0;
            for (at, cells) in columns.iter().enumerate() {
                if let Err(fault) = cells.read(row) {
                    let in_row = batch.fault(schema, at, row, fault.to_string());
                    found.add(in_row, Some(fault));
                    faults += 1;
                }
            }
            if let Some(error) = (self.check)(&batch, row) {
                found.add(batch.cell_fault(schema, row, error), None);
                faults += 1;
            }
            found.rows += 1;
            found.unreadable += u64::from(faults > 0);
        }
        found
    }
}

impl Cells<'_> {
    fn read(&self, row: usize) -> std::result::Result<(), CellFault> {
        match self {
            Cells::Ids(ids) => ids.get(row, &mut [0; 36]).map(drop),
            Cells::Instants(instants) => instants.get(row).map(drop),
            Cells::Credits(credits) => credits.get(row).map(drop),
            Cells::Others => Ok(()),
        }
    }
}

impl Surveyed {
    fn add(&mut self, fault: RowFault, cell: Option<CellFault>) {
        let kind = (fault.column.clone(), without_position(&fault.reason));
        self.add_kind(kind, Kind { rows: 1, first: fault, cell });
    }

    fn add_kind(&mut self, kind: (String, String), more: Kind) {
        let Some(known) = self.kinds.get_mut(&kind) else {
            self.kinds.insert(kind, more);
            return;
        };
        known.rows += more.rows;
        if more.first < known.first {
            known.first = more.first;
        }
    }

    fn merge(&mut self, other: Surveyed) {
        self.rows += other.rows;
        self.unreadable += other.unreadable;
        other.kinds.into_iter().for_each(|(kind, more)| self.add_kind(kind, more));
    }

    /// Whether credits are negative somewhere.
    pub fn has_negative_credits(&self) -> bool {
        let negative = Some(CellFault::Credits(CreditsFault::Negative));
        self.kinds.values().any(|kind| kind.cell == negative)
    }

    /// Each kind as a fault at its first row, those of most rows first.
    pub fn into_faults(self, sources: &[Source], schema: &LogSchema) -> Vec<Error> {
        let mut kinds: Vec<Kind> = self.kinds.into_values().collect();
        kinds.sort_by(|a, b| (b.rows, &a.first).cmp(&(a.rows, &b.first)));
        let more = kinds.len().saturating_sub(KINDS_TOLD);
        let told = kinds.into_iter().take(KINDS_TOLD);
        let mut faults: Vec<Error> = told.map(|kind| kind.into_fault(sources, schema)).collect();
        if more > 0 {
            faults.push(Error::new(
                Code::ROW_UNREADABLE,
                format!("and other faults, of {more} kinds"),
            ));
        }
        faults
    }
}

impl Kind {
    fn into_fault(self, sources: &[Source], schema: &LogSchema) -> Error {
        let Kind { rows, first, cell } = self;
        let remedy = match cell {
            Some(cell) => remedy(cell, &first.value, schema),
            None => remedy_of_word(&first, schema),
        };
        let (what, expected) = split_expected(&first.reason);
        let rows = if rows == 1 { "in this row".to_owned() } else { format!("in {rows} rows") };
        let (what, expected) = (format!("{what}, {rows}"), expected.to_owned());
        let error = RowFault { reason: what, ..first }.into_reject(sources).into_error();
        let error = if expected.is_empty() { error } else { error.expected(expected) };
        match remedy {
            Some(remedy) => error.hint(remedy),
            None => error,
        }
    }
}

/// What a parser says, without the place in the row.
fn without_position(reason: &str) -> String {
    match reason.split_once(" at position ") {
        None => reason.to_owned(),
        Some((what, behind)) => {
            format!("{what}{}", behind.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
    }
}

/// What to say so that such a cell is read, or what becomes of it.
fn remedy(fault: CellFault, value: &str, schema: &LogSchema) -> Option<String> {
    let unit = |known: Option<EpochUnit>| known.map_or("epoch-ms", EpochUnit::name);
    let likely = EpochUnit::likely(value);
    Some(match fault {
        CellFault::Instant(InstantFault::NoOffset) => {
            "if such times are in UTC, write `assume_utc = true` into the job file, or say \
             --assume-utc"
                .to_owned()
        }
        CellFault::Instant(InstantFault::Number) => format!(
            "write the unit of such numbers into the job file, `instants = \"{0}\"`, or say \
             --instants {0}",
            unit(likely)
        ),
        CellFault::Instant(InstantFault::OutOfRange)
            if likely.is_some() && likely != schema.dialect.instants =>
        {
            format!("such a number seems to be of another unit: {}", unit(likely))
        }
        CellFault::Instant(InstantFault::TooFine) => {
            "let the writer round instants to microseconds".to_owned()
        }
        CellFault::Credits(CreditsFault::NotANumber) if is_with_comma(value) => {
            "write `csv = { decimal = \",\" }` into the job file, or say --csv-decimal ,".to_owned()
        }
        CellFault::Credits(CreditsFault::Negative) => {
            "such a row takes usage back, and only whole events can be left out: take it out of the \
             log, and once the month is published, leave the event out that it takes back, by \
             `monthend rerun --drop-events`"
                .to_owned()
        }
        _ => return None,
    })
}

/// What to say of a word of the change log that is none of ours.
fn remedy_of_word(fault: &RowFault, schema: &LogSchema) -> Option<String> {
    let column = schema.columns.iter().find(|column| column.in_file == fault.column)?;
    let is_word = column.name == "change" && !fault.value.is_empty();
    is_word.then(|| {
        format!(
            "if the log has words of its own, say what each means in the job file, such as \
             `change_values = {{ {:?} = \"signup\" }}`, or by --change-values",
            fault.value
        )
    })
}

/// Whether a text is a number with a comma before its decimals.
fn is_with_comma(value: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    value.split_once(',').is_some_and(|(whole, decimals)| digits(whole) && digits(decimals))
}
