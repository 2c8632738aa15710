//! Tables written piece by piece: a few pieces are made while those before are written, and all of it
//! in parallel.

use arrow_array::RecordBatch;
use rayon::prelude::*;

use super::batch_builder::{BATCH_ROWS, BatchBuilder};
use super::csv;
use super::table_files::{Flushing, Output, Piece, TableFiles, Target, Written};
use crate::base::error::Result;

/// Writes a table as Parquet and as CSV, flushed to the disk; `make` makes one of its pieces.
pub(super) fn write_table(
    target: &Target<'_>,
    pieces: usize,
    make: impl Fn(usize) -> Result<RecordBatch> + Sync,
) -> Result<Vec<Output>> {
    let make = |piece| Ok(vec![make(piece)?]);
    let tables = write(std::slice::from_ref(target), pieces, &make)?;
    let flushing: Vec<Flushing> = tables.into_iter().map(Written::flush).collect();
    Ok(flushing.into_iter().map(Flushing::flushed).collect::<Result<Vec<_>>>()?.concat())
}

/// Writes a table with a row of each item, flushed to the disk; `fill` adds the row of one.
pub(super) fn write_rows<'t, T: Sync>(
    target: &Target<'_>,
    items: &'t [T],
    fill: impl Fn(&'t T, &mut BatchBuilder) -> Result<()> + Sync,
) -> Result<Vec<Output>> {
    let chunks: Vec<&'t [T]> = items.chunks(BATCH_ROWS).collect();
    write_table(target, chunks.len(), |piece| {
        let mut batch = BatchBuilder::new(target.schema, chunks[piece].len());
        chunks[piece].iter().try_for_each(|item| fill(item, &mut batch))?;
        batch.finish()
    })
}

/// At most so many pieces are made at once, whatever the number of threads: they take memory.
const MOST_AT_ONCE: usize = 8;

/// Makes the batches of a piece, one for each table.
pub(super) type Make<'a> = dyn Fn(usize) -> Result<Vec<RecordBatch>> + Sync + 'a;

/// Writes tables that are made together.
pub(super) fn write(
    targets: &[Target<'_>],
    pieces: usize,
    make: &Make<'_>,
) -> Result<Vec<Written>> {
    let mut tables = targets.iter().map(TableFiles::titled).collect::<Result<Vec<_>>>()?;
    let at_once = rayon::current_num_threads().min(MOST_AT_ONCE);
    let made = |from: usize| {
        let some = from..pieces.min(from + at_once);
        let batches = some.into_par_iter().map(|piece| make(piece).map(rendered));
        batches.collect::<Result<Vec<Vec<Piece>>>>()
    };
    for from in (0..pieces).step_by(at_once) {
        let by_table = transposed(made(from)?, tables.len());
        let each = tables.par_iter_mut().zip(by_table);
        each.try_for_each(|(table, pieces)| table.write(pieces))?;
    }
    tables.into_par_iter().map(TableFiles::finish).collect()
}

fn rendered(batches: Vec<RecordBatch>) -> Vec<Piece> {
    let piece = |batch: RecordBatch| {
        let (lines, apostrophes) = csv::lines(&batch);
        Piece { batch, lines, apostrophes }
    };
    batches.into_par_iter().map(piece).collect()
}

/// The pieces of each table.
fn transposed(pieces: Vec<Vec<Piece>>, tables: usize) -> Vec<Vec<Piece>> {
    let mut by_table: Vec<Vec<Piece>> = (0..tables).map(|_| Vec::new()).collect();
    for piece in pieces {
        by_table.iter_mut().zip(piece).for_each(|(own, piece)| own.push(piece));
    }
    by_table
}
