//! Damaged Parquet files: the reader panics on some of them, and here that is a fault of the file
//! like any other. Footers that contradict themselves are found before anything is read by them.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::ChunkReader;

/// What is wrong with a file.
pub(crate) type Fault = Box<dyn Error + Send + Sync>;

thread_local! {
    static READING: Cell<bool> = const { Cell::new(false) };
}

/// Reads, and gives a fault where the reader panics. What the reader has left behind then is not
/// to be used again.
pub(crate) fn guarded<T, E: Into<Box<dyn Error + Send + Sync>>>(
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, Fault> {
    be_quiet();
    let before = READING.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(read));
    READING.set(before);
    match outcome {
        Ok(read) => read.map_err(Into::into),
        Err(_) => Err("the file is damaged: its reader gave up".into()),
    }
}

/// A panic of the reader is told as a fault, and not by the process as well.
fn be_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !READING.get() {
                usual(panic);
            }
        }));
    });
}

/// The footer of a Parquet file, to be read within [`guarded`].
pub(crate) fn footer(
    file: &impl ChunkReader,
    options: ArrowReaderOptions,
) -> Result<ArrowReaderMetadata, Fault> {
    let read = ArrowReaderMetadata::load(file, options)?;
    match contradiction(read.metadata(), file.len()) {
        Some(fault) => Err(fault.into()),
        None => Ok(read),
    }
}

/// In what a footer contradicts itself, or the size of its file.
#[derive(Debug)]
pub(crate) struct Contradiction {
    what: String,
    /// The row group in which it does so.
    pub row_group: Option<usize>,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Contradiction {}

/// What a footer contradicts: at some of it the decoder would panic, by other rows would be lost,
/// or read from where others are.
fn contradiction(metadata: &ParquetMetaData, file_bytes: u64) -> Option<Contradiction> {
    let groups = metadata.row_groups();
    let of_group = |row_group: usize, what: &str| {
        Some(Contradiction { what: what.to_owned(), row_group: Some(row_group) })
    };
    if let Some(group) = groups.iter().position(has_negative) {
        return of_group(group, "a number of rows, or where a column lies, is negative");
    }
    let all = metadata.file_metadata().num_rows();
    let rows: i128 = groups.iter().map(|group| i128::from(group.num_rows())).sum();
    if i128::from(all) != rows {
        let what = format!("it says {all} rows, and its row groups have {rows}");
        return Some(Contradiction { what, row_group: None });
    }
    let is_late = |chunk: &ColumnChunkMetaData| {
        chunk.num_values() > 0 && start(chunk) > chunk.data_page_offset()
    };
    if let Some(group) = groups.iter().position(|group| group.columns().iter().any(is_late)) {
        return of_group(group, "a column's dictionary lies behind its rows");
    }
    let chunks = groups.iter().zip(0..).flat_map(|(group, number)| {
        group.columns().iter().map(range).map(move |(start, end)| (start, end, number))
    });
    let mut chunks: Vec<(u64, u64, usize)> = chunks.filter(|(start, end, _)| start < end).collect();
    chunks.sort_unstable();
    if let Some((_, _, group)) = chunks.last().filter(|(_, end, _)| *end > file_bytes) {
        return of_group(*group, "a column lies beyond the end of the file");
    }
    let overlap = chunks.windows(2).find(|pair| pair[0].1 > pair[1].0)?;
    of_group(overlap[1].2, "two columns lie in the same place")
}

/// From where to where a column lies, once it is known that it does so nowhere below zero.
fn range(chunk: &ColumnChunkMetaData) -> (u64, u64) {
    let start = start(chunk).unsigned_abs();
    (start, start.saturating_add(chunk.compressed_size().unsigned_abs()))
}

fn start(chunk: &ColumnChunkMetaData) -> i64 {
    chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset())
}

fn has_negative(group: &RowGroupMetaData) -> bool {
    let is_negative = |chunk: &ColumnChunkMetaData| start(chunk) < 0 || chunk.compressed_size() < 0;
    group.num_rows() < 0 || group.columns().iter().any(is_negative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_panics_tells_of_a_damaged_file() {
        let fine = guarded(|| Ok::<_, String>(1));
        assert_eq!(fine.unwrap(), 1);
        let wrong = guarded(|| Err::<(), _>("short"));
        assert_eq!(wrong.unwrap_err().to_string(), "short");
        let damaged = guarded(|| -> Result<(), String> { panic!("Decoder should have been set") });
        assert!(damaged.unwrap_err().to_string().contains("damaged"));
        assert!(!READING.get());
    }
}
