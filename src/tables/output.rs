//! All tables of a revision, each as Parquet and as CSV: a few pieces are made while those before
//! are written, and all of it in parallel.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::carried_over::CarriedOver;
use super::csv;
use super::definitions::{Table, arrow_schema};
use super::groups::{RevisionTables, TableGroup};
use super::parquet::ParquetTable;
use super::splice;
use crate::base::digest::Hashing;
use crate::base::error::{Error, Result};

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

/// Writes every table into `folder`, and begins to flush it to the disk.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the disk is full, or the folder cannot be written.
pub fn write_all(mut revision: RevisionTables<'_>, folder: &Path) -> Result<Outputs> {
    let mut tables = Vec::new();
    if let Some(before) = &revision.carried_over {
        // Rejects are of files, not of accounts.
        let of_accounts = revision.groups.extract_if(.., |group| group.tables != [Table::Rejects]);
        let of_accounts: Vec<TableGroup<'_>> = of_accounts.collect();
        tables = carry_over(&revision, &of_accounts, before, folder)?;
    }
    for group in &revision.groups {
        tables.extend(write_group(&revision, group, folder)?.into_iter().map(Written::flush));
    }
    let place = |table: &Flushing| Table::ALL.iter().position(|known| known.name() == table.name);
    tables.sort_by_key(place);
    Ok(Outputs(tables))
}

/// A revision's tables, written and on their way to the disk: threads of their own wait for it,
/// while what was written can be read already.
pub struct Outputs(Vec<Flushing>);

impl Outputs {
    /// The files, in the order in which people read the tables.
    pub fn files(&self) -> Vec<Output> {
        self.0.iter().flat_map(|table| table.outputs.clone()).collect()
    }

    /// Waits until all files are on the disk.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk is full, or fails.
    pub fn flushed(self) -> Result<()> {
        self.0.into_iter().try_for_each(|table| table.flushed().map(drop))
    }
}

/// What the footer of a table says.
fn notes<'a>(revision: &RevisionTables<'a>, table: Table) -> [(&'static str, &'a str); 4] {
    [
        ("monthend.month", revision.month),
        ("monthend.revision", revision.revision),
        ("monthend.version", env!("CARGO_PKG_VERSION")),
        ("monthend.table", table.name()),
    ]
}

/// Writes tables with the rows that are carried over. The new rows are few.
fn carry_over(
    revision: &RevisionTables<'_>,
    groups: &[TableGroup<'_>],
    before: &CarriedOver<'_>,
    folder: &Path,
) -> Result<Vec<Flushing>> {
    let mut own: Vec<(Table, Vec<RecordBatch>)> = Vec::new();
    for group in groups {
        let made = (0..group.pieces).map(&group.make).collect::<Result<Vec<_>>>()?;
        let of_table = |at: usize| made.iter().map(|batches| batches[at].clone()).collect();
        own.extend(group.tables.iter().enumerate().map(|(at, &table)| (table, of_table(at))));
    }
    let write = |(table, own): &(Table, Vec<RecordBatch>)| {
        let (schema, notes) = (arrow_schema(*table, revision.currency), notes(revision, *table));
        let to = Target { folder, name: table.name(), schema: &schema, notes: &notes };
        splice::write(&to, *table, before, own).map(Written::flush)
    };
    own.par_iter().map(write).collect()
}

fn write_group(
    revision: &RevisionTables<'_>,
    group: &TableGroup<'_>,
    folder: &Path,
) -> Result<Vec<Written>> {
    let schema = |&table: &Table| arrow_schema(table, revision.currency);
    let schemas: Vec<SchemaRef> = group.tables.iter().map(schema).collect();
    let notes: Vec<_> = group.tables.iter().map(|&table| notes(revision, table)).collect();
    let targets = group.tables.iter().zip(&schemas).zip(&notes);
    let targets: Vec<Target<'_>> = targets
        .map(|((table, schema), notes)| Target { folder, name: table.name(), schema, notes })
        .collect();
    write(&targets, group.pieces, &group.make)
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
    /// Writes a table as Parquet and as CSV, flushed to the disk; `make` makes one of its pieces.
    pub fn write(
        &self,
        pieces: usize,
        make: impl Fn(usize) -> Result<RecordBatch> + Sync,
    ) -> Result<Vec<Output>> {
        let make = |piece| Ok(vec![make(piece)?]);
        let tables = write(std::slice::from_ref(self), pieces, &make)?;
        let flushing: Vec<Flushing> = tables.into_iter().map(Written::flush).collect();
        Ok(flushing.into_iter().map(Flushing::flushed).collect::<Result<Vec<_>>>()?.concat())
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.name))
    }
}

/// At most so many pieces are made at once, whatever the number of threads: they take memory.
const MOST_AT_ONCE: usize = 8;

/// Makes the batches of a piece, one for each table.
type Make<'a> = dyn Fn(usize) -> Result<Vec<RecordBatch>> + Sync + 'a;

/// Writes tables that are made together.
fn write(targets: &[Target<'_>], pieces: usize, make: &Make<'_>) -> Result<Vec<Written>> {
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

/// A piece of a table, ready to be written.
struct Piece {
    batch: RecordBatch,
    lines: Vec<u8>,
    apostrophes: u64,
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

/// A table's files in the making.
pub(super) struct TableFiles<'a> {
    target: &'a Target<'a>,
    pub parquet: ParquetTable<Sink>,
    pub csv: Sink,
    pub rows: u64,
    pub apostrophes: u64,
}

impl<'a> TableFiles<'a> {
    /// The files of a table, the CSV file with its title.
    pub fn titled(target: &'a Target<'a>) -> Result<Self> {
        let mut files = TableFiles::create(target)?;
        let names = target.schema.fields().iter().map(|field| field.name().as_str());
        let titled = files.csv.write_all(&csv::title(names)).map_err(unwritable);
        titled.map_err(|e| files.in_file(e, "csv"))?;
        Ok(files)
    }

    /// The files of a table, empty.
    pub fn create(target: &'a Target<'a>) -> Result<Self> {
        let path = target.path("parquet");
        let parquet = Sink::create(&path)
            .and_then(|sink| ParquetTable::new(sink, target.schema, target.notes))
            .map_err(|e| in_file(e, &path))?;
        let path = target.path("csv");
        let csv = Sink::create(&path).map_err(|e| in_file(e, &path))?;
        Ok(TableFiles { target, parquet, csv, rows: 0, apostrophes: 0 })
    }

    fn write(&mut self, pieces: Vec<Piece>) -> Result<()> {
        let mut batches = Vec::with_capacity(pieces.len());
        let mut lines = Vec::with_capacity(pieces.len());
        for piece in pieces {
            self.rows += piece.batch.num_rows() as u64;
            self.apostrophes += piece.apostrophes;
            batches.push(piece.batch);
            lines.push(piece.lines);
        }
        let (parquet, csv) = (&mut self.parquet, &mut self.csv);
        let (one, other) = rayon::join(
            || parquet.write(&batches),
            || lines.iter().try_for_each(|lines| csv.write_all(lines)).map_err(unwritable),
        );
        one.map_err(|e| in_file(e, &self.target.path("parquet")))?;
        other.map_err(|e| in_file(e, &self.target.path("csv")))
    }

    /// A failure in one of the files.
    pub fn in_file(&self, error: Error, ending: &str) -> Error {
        in_file(error, &self.target.path(ending))
    }

    pub fn finish(self) -> Result<Written> {
        let TableFiles { target, parquet, csv, rows, apostrophes } = self;
        let parquet = parquet.finish().map_err(|e| in_file(e, &target.path("parquet")))?;
        let output = |ending: &str, sink: Sink, apostrophes: Option<u64>| {
            let (file, bytes, sha256) = sink.0.finish();
            let (path, name) = (target.path(ending), format!("{}.{ending}", target.name));
            (Output { file: name, rows, bytes, sha256, apostrophes }, file, path)
        };
        let files = [output("parquet", parquet, None), output("csv", csv, Some(apostrophes))];
        Ok(Written { name: target.name.to_owned(), files })
    }
}

fn in_file(error: Error, path: &Path) -> Error {
    error.in_file(path).hint("check the disk's free space and that this user may write there")
}

pub(super) fn unwritable(cause: std::io::Error) -> Error {
    Error::book("cannot be written").caused_by(cause)
}

/// A file that is hashed while it is written, in pieces that are large already.
pub(super) struct Sink(pub Hashing<File>);

impl Sink {
    fn create(path: &Path) -> Result<Self> {
        File::create(path).map(|file| Sink(Hashing::new(file))).map_err(unwritable)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// A table's files, written and not yet flushed to the disk.
pub(super) struct Written {
    name: String,
    files: [(Output, File, PathBuf); 2],
}

impl Written {
    /// Begins to flush the files, each by a thread that waits for the disk and for nothing else.
    pub fn flush(self) -> Flushing {
        let (mut outputs, mut threads) = (Vec::new(), Vec::new());
        for (output, file, path) in self.files {
            outputs.push(output);
            threads.push(std::thread::spawn(move || {
                file.sync_all().map_err(|e| in_file(unwritable(e), &path))
            }));
        }
        Flushing { name: self.name, outputs, threads }
    }
}

/// A table's files, on their way to the disk.
pub(super) struct Flushing {
    name: String,
    outputs: Vec<Output>,
    threads: Vec<JoinHandle<Result<()>>>,
}

impl Flushing {
    pub fn flushed(self) -> Result<Vec<Output>> {
        let gone = |_| Err(Error::book("the tables could not be flushed to the disk"));
        self.threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(gone))?;
        Ok(self.outputs)
    }
}
