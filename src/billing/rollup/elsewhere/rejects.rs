//! Rows that an engine could not read: read here, so that what is said of them does not depend on the engine.

use std::collections::BTreeMap;

use super::control::{Control, Tally};
use super::finished::{Finished, disagrees};
use super::tables;
use crate::base::error::{Error, Result};
use crate::base::rejects::{Reject, RejectCollector, Rejects};
use crate::billing::rollup::UsageInput;
use crate::billing::rollup::row_by_row::{self, Classified};
use crate::input::logs::{self, Batch, Scan, Source};

/// Which rows of a file are rejects.
enum Wanted {
    /// Those of these numbers, from 1.
    Rows(Vec<u64>),
    /// The engine cannot tell.
    Unknown,
}

/// Reads the rejects of a rollup, which are as many of each file as `control` says.
///
/// # Errors
/// A file cannot be read, or its rejects are others.
pub(super) fn read(
    input: &UsageInput<'_>,
    rollup: &Finished,
    control: &Control,
) -> Result<Rejects> {
    let rejects = RejectCollector::new(input.spill);
    let mut wanted = wanted(rollup, input.sources.len())?;
    for (file, (source, of_file)) in input.sources.iter().zip(&control.files).enumerate() {
        let due: Tally = of_file.rejected.values().sum();
        let found = match wanted.remove(&file) {
            None => Tally::default(),
            Some(wanted) => read_file(input, source, &wanted, &rejects)?,
        };
        if found != due {
            let rows =
                |tally: &Tally| format!("{} rows, {} micro-credits", tally.rows, tally.credits);
            return Err(disagrees("has other rejects than the rollup says")
                .in_file(&source.file.name)
                .with_value(rows(&found))
                .expected(rows(&due)));
        }
    }
    rejects.finish(false)
}

fn wanted(rollup: &Finished, files: usize) -> Result<BTreeMap<usize, Wanted>> {
    const FILE: usize = 0;
    const ROW: usize = 1;
    let mut wanted = BTreeMap::new();
    tables::each_row(rollup, &tables::REJECTS, |row| {
        let file = row.place(FILE, files)?;
        match row.integer(ROW) {
            None => drop(wanted.insert(file, Wanted::Unknown)),
            Some(number) => {
                let number = u64::try_from(number).ok().filter(|number| *number > 0);
                let number = row.must(number, ROW)?;
                if let Wanted::Rows(rows) = wanted.entry(file).or_insert(Wanted::Rows(Vec::new())) {
                    rows.push(number);
                }
            }
        }
        Ok(())
    })?;
    for of_file in wanted.values_mut() {
        if let Wanted::Rows(rows) = of_file {
            rows.sort_unstable();
            rows.dedup();
        }
    }
    Ok(wanted)
}

/// Reads the rows of a file that are wanted, and collects the rejects.
fn read_file(
    input: &UsageInput<'_>,
    source: &Source,
    wanted: &Wanted,
    rejects: &RejectCollector,
) -> Result<Tally> {
    let sources = std::slice::from_ref(source);
    let only_rows = match wanted {
        Wanted::Rows(rows) => Some(rows.as_slice()),
        Wanted::Unknown => None,
    };
    let is_skipped = |span: &_| input.boundaries.is_other_month(span);
    let whole = Scan::whole(sources, input.table);
    let scan = Scan { is_skipped: &is_skipped, only_rows, ..whole };
    let found = logs::collect(&scan, &|batch| {
        let (tally, mut of_batch) = rejects_of(input, &batch, sources);
        let is_told = matches!(wanted, Wanted::Rows(_));
        if let Some(row) = readable(&batch, &of_batch).filter(|_| is_told) {
            return Err(contradicted(&source.file.name, row));
        }
        rejects.add(&mut of_batch).map(|()| vec![tally])
    })?;
    Ok(found.iter().sum())
}

/// The rejects of a batch; their credits, as far as they can be read.
fn rejects_of(input: &UsageInput<'_>, batch: &Batch, sources: &[Source]) -> (Tally, Vec<Reject>) {
    let (mut tally, mut rejects) = (Tally::default(), Vec::new());
    row_by_row::visit(batch, input.table, input.boundaries, 0..batch.len, |classified| {
        if let Classified::Unreadable { at_row, column, fault, credits } = classified {
            tally += Tally { rows: 1, credits: credits.micros().into(), check: 0 };
            let fault = batch.fault(input.table, column, at_row, fault.to_string());
            rejects.push(fault.into_reject(sources));
        }
    });
    (tally, rejects)
}

/// The first row of a batch that is no reject.
fn readable(batch: &Batch, rejects: &[Reject]) -> Option<u64> {
    let mut rows = (0..batch.len).map(|at_row| batch.rows.number(at_row));
    rows.find(|row| rejects.iter().all(|reject| reject.row != *row))
}

fn contradicted(file: &str, row: u64) -> Error {
    disagrees("has a row among the rejects of the rollup that can be read")
        .in_file(file)
        .at_row(row)
}
