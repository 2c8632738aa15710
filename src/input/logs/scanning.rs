//! Every row of a log as batches, in parallel: row groups of Parquet, blocks of text.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::batch::Batch;
use super::parquet::groups_ahead::GroupsAhead;
use super::parquet::row_group::RowGroup;
use super::parquet::rows::GroupReader;
use super::scan::{AccountFilter, Scan, Scanned, Visit};
use super::source::{Layout, Source};
use super::text::blocks::Blocks;
use super::text::csv::CsvRows;
use super::text::ndjson::rows::NdjsonRows;
use super::text::typed_columns::TextScan;
use crate::base::error::Result;

/// Hands every piece to `visit`, on the threads of the current pool, in no given order.
///
/// # Errors
/// The first fault of a file, or of `visit`.
pub fn scan(scan: &Scan<'_>, visit: &Visit<'_>) -> Result<()> {
    let filter = AccountFilter::of(scan.scope, scan.schema);
    let wanted = scan.sources.iter().enumerate();
    let wanted: Vec<(usize, &Source)> =
        wanted.filter(|(_, opened)| (scan.wanted_sources)(opened)).collect();
    let (groups, texts) = rayon::join(
        || scan_groups(scan, filter, &wanted, visit),
        || scan_texts(scan, filter, &wanted, visit),
    );
    groups.and(texts)
}

/// Hands out the row groups of Parquet, one after the other, to whichever thread is free.
fn scan_groups(
    scan: &Scan<'_>,
    filter: AccountFilter<'_>,
    wanted: &[(usize, &Source)],
    visit: &Visit<'_>,
) -> Result<()> {
    let groups = wanted.iter().filter_map(|(source, opened)| match &opened.layout {
        Layout::Parquet(layout) => Some((*source, layout)),
        _ => None,
    });
    let groups = groups.flat_map(|(source, layout)| {
        let metadata = &layout.metadata;
        let groups = 0..metadata.metadata().num_row_groups();
        groups.map(move |number| GroupReader {
            scan,
            filter,
            source,
            layout,
            group: RowGroup { metadata, number },
        })
    });
    let groups: Vec<GroupReader<'_>> = groups.collect();
    let ahead = GroupsAhead::of(&groups)?;
    let next = AtomicUsize::new(0);
    on_all_threads(&|| {
        while let number = next.fetch_add(1, Relaxed)
            && let Some(group) = groups.get(number)
        {
            // Who fails keeps the others from going on.
            let read = ahead.fetched(group, number).and_then(|fetched| group.read(fetched, visit));
            read.inspect_err(|_| next.store(groups.len(), Relaxed))?;
            (scan.on_bytes)(group.group.bytes());
        }
        Ok(())
    })
}

/// Hands out the rows of text files.
fn scan_texts(
    scan: &Scan<'_>,
    filter: AccountFilter<'_>,
    wanted: &[(usize, &Source)],
    visit: &Visit<'_>,
) -> Result<()> {
    let text = |source: usize, opened: &Source| {
        let forms = scan.schema.dialect.cells(opened.file.format);
        TextScan { scan, filter, source, forms }
    };
    wanted.par_iter().try_for_each(|&(source, opened)| match &opened.layout {
        Layout::Parquet(_) => Ok(()),
        Layout::Csv(layout) => {
            let blocks = Blocks::open(&opened.file, Some(layout.delimiter))?;
            let rows = CsvRows { of: text(source, opened), layout };
            on_all_threads(&|| {
                let mut bounds = Vec::new();
                blocks
                    .each(|block| visit_text(scan, &blocks, rows.read(&block, &mut bounds)?, visit))
            })
        }
        Layout::Ndjson => {
            let blocks = Blocks::open(&opened.file, None)?;
            on_all_threads(&|| {
                let mut rows = NdjsonRows::new(text(source, opened));
                blocks.each(|block| visit_text(scan, &blocks, rows.read(&block)?, visit))
            })
        }
    })
}

/// Hands all batches of rows to `take`, on the threads of the current pool, in no given order. A file
/// may come in a few large parts, or in one: whoever reads it leaves what was read to others, as long
/// as they keep up.
fn each_batch(scan: &Scan<'_>, take: &(dyn Fn(Batch) + Sync)) -> Result<()> {
    let (left, most) = (AtomicUsize::new(0), 2 * rayon::current_num_threads());
    rayon::in_place_scope(|others| {
        self::scan(scan, &|scanned| {
            let Scanned::Batch(batch) = scanned else {
                return Ok(());
            };
            if left.load(Relaxed) >= most {
                take(batch);
                return Ok(());
            }
            left.fetch_add(1, Relaxed);
            let left = &left;
            others.spawn(move |_| {
                take(batch);
                left.fetch_sub(1, Relaxed);
            });
            Ok(())
        })
    })
}

/// What `read` makes of all batches of rows, in the order of files and rows.
///
/// # Errors
/// A fault of a file, or the first one of `read`.
pub fn collect<T: Send>(
    scan: &Scan<'_>,
    read: &(dyn Fn(Batch) -> Result<Vec<T>> + Sync),
) -> Result<Vec<T>> {
    let found = Mutex::new(Vec::new());
    each_batch(scan, &|batch| {
        let place = (batch.source, (batch.len > 0).then(|| batch.rows.number(0)));
        let rows = read(batch);
        found.lock().unwrap_or_else(PoisonError::into_inner).push((place, rows));
    })?;
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(place, _)| *place);
    let found = found.into_iter().map(|(_, rows)| rows).collect::<Result<Vec<Vec<T>>>>()?;
    let mut all = Vec::with_capacity(found.iter().map(Vec::len).sum());
    found.into_iter().for_each(|rows| all.extend(rows));
    Ok(all)
}

/// Hands on what was read of a text file, if it is anything.
fn visit_text(scan: &Scan<'_>, blocks: &Blocks, batch: Batch, visit: &Visit<'_>) -> Result<()> {
    if batch.len + batch.faults.len() > 0 {
        visit(Scanned::Batch(batch))?;
    }
    (scan.on_bytes)(blocks.take_passed());
    Ok(())
}

/// Does `work` on every thread that is free meanwhile.
fn on_all_threads(work: &(dyn Fn() -> Result<()> + Sync)) -> Result<()> {
    let threads = 0..rayon::current_num_threads();
    threads.into_par_iter().with_max_len(1).try_for_each(|_| work())
}
