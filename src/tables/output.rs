//! All tables of a revision, written in parallel, each as Parquet and as CSV.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::csv::CsvTable;
use super::parquet::ParquetTable;
use super::rows::MonthResult;
use super::schema::Table;
use crate::digest::Hashing;
use crate::error::{Error, Result};

/// A file of a revision, as its manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The file's name within the revision.
    pub file: String,
    /// The table's rows.
    pub rows: u64,
    /// The file's size.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// CSV: cells that were given an apostrophe, so that no spreadsheet takes them for formulas.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub apostrophes: Option<u64>,
}

/// Writes every table into `folder` and flushes it to the disk.
///
/// # Errors
/// [`crate::error::Kind::Book`]: the disk is full, or the folder cannot be written.
pub fn write_all(result: &MonthResult<'_>, folder: &Path) -> Result<Vec<Output>> {
    let written: Result<Vec<Vec<Output>>> =
        Table::ALL.par_iter().map(|&table| write(result, table, folder)).collect();
    Ok(written?.concat())
}

fn write(result: &MonthResult<'_>, table: Table, folder: &Path) -> Result<Vec<Output>> {
    let month = result.timeline.month.to_string();
    let notes = [
        ("monthend.month", month.as_str()),
        ("monthend.revision", result.revision),
        ("monthend.version", env!("CARGO_PKG_VERSION")),
        ("monthend.table", table.name()),
    ];
    let to = Target { folder, name: table.name(), schema: &result.schema(table), notes: &notes };
    to.write(result.batches(table)?)
}

/// Where a table goes, and what its footer says.
pub(super) struct Target<'a> {
    pub folder: &'a Path,
    /// The files' name without the ending.
    pub name: &'a str,
    pub schema: &'a SchemaRef,
    /// Notes for the Parquet footer.
    pub notes: &'a [(&'a str, &'a str)],
}

impl Target<'_> {
    /// Writes a table as Parquet and as CSV, flushed to the disk.
    pub fn write(&self, batches: impl Iterator<Item = Result<RecordBatch>>) -> Result<Vec<Output>> {
        let in_file = |error: Error, ending: &str| {
            error
                .in_file(self.folder.join(format!("{}.{ending}", self.name)))
                .hint("check the disk's free space and that this user may write there")
        };
        let sink = |ending: &str| {
            Sink::create(self.folder, self.name, ending).map_err(|e| in_file(e, ending))
        };
        let mut parquet = ParquetTable::new(sink("parquet")?, self.schema, self.notes)?;
        let mut csv = CsvTable::new(sink("csv")?, self.schema)?;
        let mut rows = 0;
        for batch in batches {
            let batch = batch?;
            rows += batch.num_rows() as u64;
            let (one, other) = rayon::join(|| parquet.write(&batch), || csv.write(&batch));
            one.map_err(|e| in_file(e, "parquet"))?;
            other.map_err(|e| in_file(e, "csv"))?;
        }
        let sink = parquet.finish().map_err(|e| in_file(e, "parquet"))?;
        let parquet = sink.finish(rows, None).map_err(|e| in_file(e, "parquet"))?;
        let (sink, apostrophes) = csv.finish().map_err(|e| in_file(e, "csv"))?;
        let csv = sink.finish(rows, Some(apostrophes)).map_err(|e| in_file(e, "csv"))?;
        Ok(vec![parquet, csv])
    }
}

/// A file that is hashed while it is written.
struct Sink {
    file: Hashing<BufWriter<File>>,
    name: String,
}

impl Sink {
    fn create(folder: &Path, name: &str, ending: &str) -> Result<Self> {
        let name = format!("{name}.{ending}");
        let file = File::create(folder.join(&name)).map_err(unwritable)?;
        let file = Hashing::new(BufWriter::with_capacity(1 << 18, file));
        Ok(Sink { file, name })
    }

    fn finish(self, rows: u64, apostrophes: Option<u64>) -> Result<Output> {
        let (file, bytes, sha256) = self.file.finish();
        let file = file.into_inner().map_err(|e| unwritable(e.into_error()))?;
        file.sync_all().map_err(unwritable)?;
        Ok(Output { file: self.name, rows, bytes, sha256, apostrophes })
    }
}

fn unwritable(cause: std::io::Error) -> Error {
    Error::book("cannot be written").caused_by(cause)
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
