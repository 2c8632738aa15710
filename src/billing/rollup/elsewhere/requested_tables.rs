//! The tables that an engine is given: boundaries, ids that were billed before, events that are left out.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

use crate::base::calendar::Instant;
use crate::base::error::{Code, Error, Result};
use crate::base::files::make_folder;
use crate::base::number::number;
use crate::base::storage::{self, is_address};
use crate::billing::rollup::billed_before::BilledBefore;
use crate::billing::rollup::boundaries::Boundaries;
use crate::input::dropped_events::DroppedEvents;
use crate::tables::{BatchBuilder, Cell};

/// A table of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RequestedTable {
    /// Its folder.
    folder: String,
    /// Its rows.
    rows: u64,
    /// The BLAKE3 digest of their cells.
    digest: String,
}

/// Rows that are written at once.
const BATCH_ROWS: usize = 64 << 10;
/// The one file of each table.
const FILE: &str = "part-00000.parquet";

/// Where the segments begin and end, by account and segment.
pub(super) fn boundaries(of: &Boundaries<'_>, to: Option<&Path>) -> Result<RequestedTable> {
    let mut table = BoundaryRows::begin(to)?;
    for account in 0..number(of.accounts.len()) {
        for (segment, span) in (0..).zip(of.segments_of(account)) {
            table.add(of.accounts.id(account), segment, span)?;
        }
    }
    table.finish()
}

/// The table of boundaries in the making.
pub(super) struct BoundaryRows(Writing);

impl BoundaryRows {
    const FOLDER: &str = "boundaries";

    /// Begins it; it is written where there is a place for it.
    pub fn begin(to: Option<&Path>) -> Result<Self> {
        const NAMES: [&str; 4] = ["account_id", "segment", "from_instant", "until_instant"];
        Writing::begin(Self::FOLDER, &NAMES, to).map(BoundaryRows)
    }

    /// The file that it is written into, given the request's folder.
    pub fn file(folder: &Path) -> PathBuf {
        folder.join(Self::FOLDER).join(FILE)
    }

    /// Adds an account's segment.
    pub fn add(&mut self, id: &str, segment: u32, (from, until): (Instant, Instant)) -> Result<()> {
        self.0.row(&[id.into(), u64::from(segment).into(), from.into(), until.into()])
    }

    pub fn finish(self) -> Result<RequestedTable> {
        self.0.finish()
    }
}

/// The ids that the month before has billed in its last hours.
pub(super) fn billed_before(of: BilledBefore<'_>, to: Option<&Path>) -> Result<RequestedTable> {
    let mut table = Writing::begin("billed-before", &["event_id"], to)?;
    of.each(|id| table.row(&[id.into()]))?;
    table.finish()
}

/// Which entry leaves out which event, by account.
pub(super) fn dropped(of: &DroppedEvents, to: Option<&Path>) -> Result<RequestedTable> {
    let mut table = Writing::begin("dropped", &["event_id", "account_id", "entry"], to)?;
    of.each_decision(|event, account, entry| {
        let entry = entry.map(|entry| entry as u64);
        table.row(&[event.into(), account.into(), entry.into()])
    })?;
    table.finish()
}

/// A table in the making: its rows are digested, and written where there is a place for them.
struct Writing {
    folder: &'static str,
    schema: SchemaRef,
    rows: u64,
    digest: blake3::Hasher,
    file: Option<OpenFile>,
}

/// A file in the making.
struct OpenFile {
    writer: ArrowWriter<File>,
    /// Rows that wait to be written.
    waiting: BatchBuilder,
    place: Place,
}

/// Where a file is written, and where it goes from there, if anywhere.
struct Place {
    folder: PathBuf,
    scratch: Option<tempfile::NamedTempFile>,
}

impl Writing {
    fn begin(folder: &'static str, names: &[&str], to: Option<&Path>) -> Result<Self> {
        let schema = schema(names);
        let open = |to: &Path| -> Result<_> {
            let (file, place) = Place::open(&to.join(folder))?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .build();
            let writer = ArrowWriter::try_new(file, SchemaRef::clone(&schema), Some(properties));
            let writer = writer.map_err(|e| unwritable(&place.folder, e.into()))?;
            Ok(OpenFile { writer, waiting: BatchBuilder::new(&schema, BATCH_ROWS), place })
        };
        let file = to.map(open).transpose()?;
        Ok(Writing { folder, schema, rows: 0, digest: blake3::Hasher::new(), file })
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        self.rows += 1;
        for cell in cells {
            match *cell {
                Cell::Text(text) => {
                    self.digest.update(&[1]).update(&(text.len() as u64).to_le_bytes());
                    self.digest.update(text.as_bytes());
                }
                Cell::Integer(n) => drop(self.digest.update(&[2]).update(&n.to_le_bytes()[..4])),
                Cell::Instant(at) => {
                    self.digest.update(&[3]).update(&at.micros().to_le_bytes());
                }
                Cell::Null => drop(self.digest.update(&[0])),
                _ => {
                    return Err(Error::new(Code::IMPOSSIBLE, "a cell is not of its column's kind"));
                }
            }
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut row = file.waiting.row();
        cells.iter().try_for_each(|cell| row.push(*cell))?;
        if self.rows.is_multiple_of(BATCH_ROWS as u64) { self.write() } else { Ok(()) }
    }

    /// Writes the rows that wait.
    fn write(&mut self) -> Result<()> {
        let Some(OpenFile { writer, waiting, place }) = &mut self.file else { return Ok(()) };
        let next = BatchBuilder::new(&self.schema, BATCH_ROWS);
        let batch = std::mem::replace(waiting, next).finish()?;
        writer.write(&batch).map_err(|e| unwritable(&place.folder, e.into()))
    }

    fn finish(mut self) -> Result<RequestedTable> {
        self.write()?;
        if let Some(OpenFile { writer, place, .. }) = self.file.take() {
            let file = writer.into_inner().map_err(|e| unwritable(&place.folder, e.into()))?;
            place.hand_over(&file)?;
        }
        let digest = format!("blake3:{}", self.digest.finalize());
        Ok(RequestedTable { folder: self.folder.to_owned(), rows: self.rows, digest })
    }
}

/// The schema of columns, by their names.
fn schema(names: &[&str]) -> SchemaRef {
    let field = |name: &&str| {
        let data_type = match *name {
            "segment" | "entry" => DataType::Int32,
            "from_instant" | "until_instant" => {
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            }
            _ => DataType::Utf8,
        };
        Field::new(*name, data_type, true)
    };
    Arc::new(Schema::new(names.iter().map(field).collect::<Vec<_>>()))
}

impl Place {
    /// A file in a folder, or for what is to lie below an address.
    fn open(folder: &Path) -> Result<(File, Self)> {
        let failed = |e| unwritable(folder, e);
        let of = |scratch| Place { folder: folder.to_owned(), scratch };
        if is_address(folder) {
            let scratch = tempfile::NamedTempFile::new().map_err(failed)?;
            let file = scratch.reopen().map_err(failed)?;
            return Ok((file, of(Some(scratch))));
        }
        make_folder(folder).map_err(failed)?;
        Ok((File::create(folder.join(FILE)).map_err(failed)?, of(None)))
    }

    /// Puts what was written where it belongs.
    fn hand_over(self, file: &File) -> Result<()> {
        let handed = match &self.scratch {
            None => file.sync_all(),
            Some(scratch) => {
                let to = self.folder.join(FILE);
                // Another request may lie there.
                storage::remove(&to).and_then(|()| storage::upload(scratch.path(), &to))
            }
        };
        handed.map_err(|e| unwritable(&self.folder, e))
    }
}

pub(super) fn unwritable(place: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::OUTPUT_UNWRITABLE, "the request cannot be written")
        .in_file(place)
        .caused_by(cause)
        .hint("check the free space and that this user may write there")
}
