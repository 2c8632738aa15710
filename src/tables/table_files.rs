//! A table's two files in the making: written, hashed on the way, and flushed to the disk.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::batch_builder::{BATCH_ROWS, BatchBuilder};
use super::csv;
use super::parquet::{GROUP_ROWS, ParquetTable};
use crate::base::digest::Hashing;
use crate::base::error::{Code, Error, Result};

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
    /// Of a table that is not written as CSV: the SHA-256 of the CSV file that would hold its rows,
    /// which does not depend on the program's version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows_sha256: Option<String>,
}

impl Output {
    /// What the table's rows are; `None` of a Parquet file that has a CSV file beside it, which says
    /// so.
    pub fn content(&self) -> Option<Content<'_>> {
        let (table, ending) = self.file.rsplit_once('.')?;
        let sha256 = match (&self.rows_sha256, ending) {
            (Some(sha256), _) => sha256,
            (None, "csv") => &self.sha256,
            _ => return None,
        };
        let Output { rows, apostrophes, .. } = *self;
        Some(Content { table, rows, sha256, apostrophes })
    }
}

/// What the rows of a table are, whatever version of the program wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content<'a> {
    /// The table's name.
    pub table: &'a str,
    /// How many rows it has.
    pub rows: u64,
    /// The SHA-256 of the CSV file that has them, whether or not it is written.
    pub sha256: &'a str,
    /// Its cells that have an apostrophe.
    apostrophes: Option<u64>,
}

/// Where a table goes, and what its footer says.
pub(super) struct Target<'a> {
    pub folder: &'a Path,
    /// The files' name without the ending.
    pub name: &'a str,
    pub schema: SchemaRef,
    /// Notes for the Parquet footer.
    pub notes: Vec<(&'a str, &'a str)>,
    /// Whether it is written as CSV, too.
    pub has_csv: bool,
    /// What it is written for.
    pub form: Form,
}

/// What a table is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For readers: as Parquet and CSV, or with the digest of its lines.
    ToRead,
    /// As a part of a table, from which that is put together: as Parquet alone. Many parts are read side by
    /// side, so their row groups are small.
    Part,
}

impl Form {
    fn group_rows(self) -> usize {
        match self {
            Form::ToRead => GROUP_ROWS,
            Form::Part => BATCH_ROWS,
        }
    }
}

impl Target<'_> {
    pub fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.name))
    }
}

/// A piece of a table, ready to be written.
pub(super) struct Piece {
    pub batch: RecordBatch,
    pub lines: Vec<u8>,
    pub apostrophes: u64,
}

/// A table's files in the making.
pub(super) struct TableFiles<'a> {
    target: &'a Target<'a>,
    pub parquet: ParquetTable<Hashing<Place>>,
    pub csv: Hashing<Place>,
    /// Of a table that is not written as CSV, and whose rows are those of an earlier one: the digest of
    /// its lines, which need not be made to know it.
    pub known_lines: Option<String>,
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
        let parquet = create(Some(&path))
            .and_then(|file| {
                ParquetTable::new(file, &target.schema, &target.notes, target.form.group_rows())
            })
            .map_err(|e| in_file(e, &path))?;
        let path = target.path("csv");
        let has_csv = target.has_csv && target.form == Form::ToRead;
        let place = has_csv.then_some(&*path);
        let csv = create(place).map_err(|e| in_file(e, &path))?;
        Ok(TableFiles { target, parquet, csv, known_lines: None, rows: 0, apostrophes: 0 })
    }

    pub fn write(&mut self, pieces: Vec<Piece>) -> Result<()> {
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

    /// The files, written and on their way to the disk.
    pub fn finish(self) -> Result<Flushing> {
        let TableFiles { target, parquet, csv, known_lines, rows, apostrophes } = self;
        let parquet = parquet.finish().map_err(|e| in_file(e, &target.path("parquet")))?;
        let mut files = Vec::with_capacity(2);
        let mut add = |ending: &str, (to, bytes, sha256): (Place, u64, String)| {
            let file = format!("{}.{ending}", target.name);
            let output = Output { file, rows, bytes, sha256, apostrophes: None, rows_sha256: None };
            if let Place::File(file) = to {
                files.push((output, file, target.path(ending)));
            }
        };
        let lines = csv.finish();
        let digest = known_lines.unwrap_or_else(|| lines.2.clone());
        add("parquet", parquet.finish());
        add("csv", lines);
        match files.last_mut() {
            Some(_) if target.form == Form::Part => {}
            Some((csv, ..)) if target.has_csv => csv.apostrophes = Some(apostrophes),
            Some((parquet, ..)) => parquet.rows_sha256 = Some(digest),
            None => {}
        }
        Ok(Flushing::of(target.name, files))
    }
}

fn in_file(error: Error, path: &Path) -> Error {
    error.in_file(path).hint("check the disk's free space and that this user may write there")
}

pub(super) fn unwritable(cause: std::io::Error) -> Error {
    Error::new(Code::TABLE_UNWRITABLE, "cannot be written").caused_by(cause)
}

/// A file that is hashed while it is written, in pieces that are large already; or the digest alone
/// of what is not written.
fn create(path: Option<&Path>) -> Result<Hashing<Place>> {
    let file = path.map(File::create).transpose().map_err(unwritable)?;
    Ok(Hashing::new(file.map_or(Place::Nowhere, Place::File)))
}

/// Where bytes go.
pub(super) enum Place {
    File(File),
    Nowhere,
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Place::File(file) => file.write(bytes),
            Place::Nowhere => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Place::File(file) => file.flush(),
            Place::Nowhere => Ok(()),
        }
    }
}

/// A table's files, on their way to the disk.
pub(super) struct Flushing {
    pub name: String,
    pub outputs: Vec<Output>,
    threads: Vec<JoinHandle<Result<()>>>,
    /// What became of those for which there was no thread.
    at_once: Result<()>,
}

impl Flushing {
    /// Begins to flush files, each by a thread that waits for the disk and for nothing else; at once
    /// where there is no thread for it.
    fn of(name: &str, files: Vec<(Output, File, PathBuf)>) -> Self {
        let (mut outputs, mut threads, mut at_once) = (Vec::new(), Vec::new(), Ok(()));
        for (output, file, path) in files {
            outputs.push(output);
            let flush =
                move |file: &File| file.sync_all().map_err(|e| in_file(unwritable(e), &path));
            let file = Arc::new(file);
            let (aside, own) = (Arc::clone(&file), flush.clone());
            match thread::Builder::new().spawn(move || own(&aside)) {
                Ok(thread) => threads.push(thread),
                Err(_) => at_once = at_once.and_then(|()| flush(&file)),
            }
        }
        Flushing { name: name.to_owned(), outputs, threads, at_once }
    }

    pub fn flushed(self) -> Result<Vec<Output>> {
        let gone =
            |_| Err(Error::new(Code::NOT_FLUSHED, "the tables could not be flushed to the disk"));
        self.threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(gone))?;
        self.at_once?;
        Ok(self.outputs)
    }
}

/// Writes a table as Parquet and as CSV, flushed to the disk; `make` makes one of its pieces.
pub(super) fn write_table(
    target: &Target<'_>,
    pieces: usize,
    make: impl Fn(usize) -> Result<RecordBatch> + Sync,
) -> Result<Vec<Output>> {
    let make = |piece| Ok(vec![make(piece)?]);
    let tables = write(std::slice::from_ref(target), pieces, &make)?;
    Ok(tables.into_iter().map(Flushing::flushed).collect::<Result<Vec<_>>>()?.concat())
}

/// Writes a table with a row of each item, flushed to the disk; `fill` adds the row of one.
pub(super) fn write_rows<'t, T: Sync>(
    target: &Target<'_>,
    items: &'t [T],
    fill: impl Fn(&'t T, &mut BatchBuilder) -> Result<()> + Sync,
) -> Result<Vec<Output>> {
    let chunks: Vec<&'t [T]> = items.chunks(BATCH_ROWS).collect();
    write_table(target, chunks.len(), |piece| {
        let mut batch = BatchBuilder::new(&target.schema, chunks[piece].len());
        chunks[piece].iter().try_for_each(|item| fill(item, &mut batch))?;
        batch.finish()
    })
}

/// Writes a table whose rows are at hand.
pub(super) fn write_batches(target: &Target<'_>, batches: &[RecordBatch]) -> Result<Flushing> {
    let mut files = TableFiles::titled(target)?;
    let pieces = batches.par_iter().map(|batch| piece(target, batch.clone()));
    files.write(pieces.collect())?;
    files.finish()
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
) -> Result<Vec<Flushing>> {
    let at_once = rayon::current_num_threads().min(MOST_AT_ONCE);
    let mut from = 0;
    write_as_they_come(targets, || {
        let some = from..pieces.min(from + at_once);
        from = some.end;
        some.into_par_iter().map(make).collect()
    })
}

/// Writes tables whose batches come some at a time, one for each table, until none come.
pub(super) fn write_as_they_come(
    targets: &[Target<'_>],
    mut next: impl FnMut() -> Result<Vec<Vec<RecordBatch>>> + Send,
) -> Result<Vec<Flushing>> {
    let mut tables = targets.iter().map(TableFiles::titled).collect::<Result<Vec<_>>>()?;
    let mut some = || {
        let rendered = |batches: Vec<RecordBatch>| {
            let of_table = targets.par_iter().zip(batches);
            of_table.map(|(target, batch)| piece(target, batch)).collect::<Vec<Piece>>()
        };
        next().map(|made| made.into_par_iter().map(rendered).collect::<Vec<_>>())
    };
    // While some pieces are written, the next ones are made: neither keeps all threads busy to its end.
    let mut ready = some()?;
    while !ready.is_empty() {
        let by_table = transposed(std::mem::take(&mut ready), tables.len());
        let each = tables.par_iter_mut().zip(by_table);
        let write = || each.try_for_each(|(table, pieces)| table.write(pieces));
        let (written, made) = rayon::join(write, &mut some);
        written?;
        ready = made?;
    }
    tables.into_par_iter().map(TableFiles::finish).collect()
}

fn piece(target: &Target<'_>, batch: RecordBatch) -> Piece {
    let (lines, apostrophes) = match target.form {
        Form::ToRead => csv::lines(&batch),
        Form::Part => (Vec::new(), 0),
    };
    Piece { batch, lines, apostrophes }
}

/// The pieces of each table.
fn transposed(pieces: Vec<Vec<Piece>>, tables: usize) -> Vec<Vec<Piece>> {
    let mut by_table: Vec<Vec<Piece>> = (0..tables).map(|_| Vec::new()).collect();
    for piece in pieces {
        by_table.iter_mut().zip(piece).for_each(|(own, piece)| own.push(piece));
    }
    by_table
}
