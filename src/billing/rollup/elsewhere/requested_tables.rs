//! The tables that an engine is given: boundaries, ids that were billed before, events that are left out.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray};
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
        let (id, segment) = (Cell::Text(Some(id)), Cell::Integer(Some(segment)));
        self.0.row(&[id, segment, Cell::At(from), Cell::At(until)])
    }

    pub fn finish(self) -> Result<RequestedTable> {
        self.0.finish()
    }
}

/// The ids that the month before has billed in its last hours.
pub(super) fn billed_before(of: BilledBefore<'_>, to: Option<&Path>) -> Result<RequestedTable> {
    let mut table = Writing::begin("billed-before", &["event_id"], to)?;
    of.each(|id| table.row(&[Cell::Text(Some(id))]))?;
    table.finish()
}

/// Which entry leaves out which event, by account.
pub(super) fn dropped(of: &DroppedEvents, to: Option<&Path>) -> Result<RequestedTable> {
    let mut table = Writing::begin("dropped", &["event_id", "account_id", "entry"], to)?;
    of.each_decision(|event, account, entry| {
        let entry = entry.map(number);
        table.row(&[Cell::Text(Some(event)), Cell::Text(account), Cell::Integer(entry)])
    })?;
    table.finish()
}

/// A cell of these tables.
#[derive(Clone, Copy)]
enum Cell<'a> {
    Text(Option<&'a str>),
    Integer(Option<u32>),
    At(Instant),
}

/// A column in the making.
enum Column {
    Text(Vec<Option<String>>),
    Integer(Vec<Option<i32>>),
    At(Vec<i64>),
}

/// A table in the making: its rows are digested, and written where there is a place for them.
struct Writing {
    folder: &'static str,
    names: Vec<&'static str>,
    columns: Vec<Column>,
    /// Rows that wait to be written.
    waiting: usize,
    rows: u64,
    digest: blake3::Hasher,
    file: Option<(ArrowWriter<File>, Place)>,
}

/// Where a file is written, and where it goes from there, if anywhere.
struct Place {
    folder: PathBuf,
    scratch: Option<tempfile::NamedTempFile>,
}

impl Writing {
    fn begin(folder: &'static str, names: &[&'static str], to: Option<&Path>) -> Result<Self> {
        let column = |name: &&str| match *name {
            "segment" | "entry" => Column::Integer(Vec::new()),
            "from_instant" | "until_instant" => Column::At(Vec::new()),
            _ => Column::Text(Vec::new()),
        };
        let columns: Vec<Column> = names.iter().map(column).collect();
        let schema = schema(names, &columns);
        let open = |to: &Path| -> Result<_> {
            let (file, place) = Place::open(&to.join(folder))?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .build();
            let writer = ArrowWriter::try_new(file, schema, Some(properties));
            Ok((writer.map_err(|e| unwritable(&place.folder, e.into()))?, place))
        };
        let file = to.map(open).transpose()?;
        let (names, digest) = (names.to_vec(), blake3::Hasher::new());
        Ok(Writing { folder, names, columns, waiting: 0, rows: 0, digest, file })
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        self.rows += 1;
        for cell in cells {
            match *cell {
                Cell::Text(None) | Cell::Integer(None) => drop(self.digest.update(&[0])),
                Cell::Text(Some(text)) => {
                    self.digest.update(&[1]).update(&(text.len() as u64).to_le_bytes());
                    self.digest.update(text.as_bytes());
                }
                Cell::Integer(Some(n)) => drop(self.digest.update(&[2]).update(&n.to_le_bytes())),
                Cell::At(at) => {
                    self.digest.update(&[3]).update(&at.micros().to_le_bytes());
                }
            }
        }
        if self.file.is_none() {
            return Ok(());
        }
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match (column, *cell) {
                (Column::Text(texts), Cell::Text(text)) => texts.push(text.map(str::to_owned)),
                (Column::Integer(numbers), Cell::Integer(n)) => {
                    numbers.push(n.map(u32::cast_signed));
                }
                (Column::At(instants), Cell::At(at)) => instants.push(at.micros()),
                _ => {
                    return Err(Error::new(Code::IMPOSSIBLE, "a cell is not of its column's kind"));
                }
            }
        }
        self.waiting += 1;
        if self.waiting == BATCH_ROWS { self.write() } else { Ok(()) }
    }

    /// Writes the rows that wait.
    fn write(&mut self) -> Result<()> {
        self.waiting = 0;
        let Some((writer, place)) = &mut self.file else { return Ok(()) };
        let schema = schema(&self.names, &self.columns);
        let columns = self.columns.iter_mut().map(Column::take).collect();
        let batch = RecordBatch::try_new(schema, columns).map_err(Into::into);
        let written = batch.and_then(|batch| writer.write(&batch));
        written.map_err(|e| unwritable(&place.folder, e.into()))
    }

    fn finish(mut self) -> Result<RequestedTable> {
        self.write()?;
        if let Some((writer, place)) = self.file.take() {
            let file = writer.into_inner().map_err(|e| unwritable(&place.folder, e.into()))?;
            place.hand_over(&file)?;
        }
        let digest = format!("blake3:{}", self.digest.finalize());
        Ok(RequestedTable { folder: self.folder.to_owned(), rows: self.rows, digest })
    }
}

impl Column {
    /// The cells so far, as Arrow has them; none are left.
    fn take(&mut self) -> ArrayRef {
        match self {
            Column::Text(texts) => Arc::new(StringArray::from(std::mem::take(texts))),
            Column::Integer(numbers) => Arc::new(Int32Array::from(std::mem::take(numbers))),
            Column::At(instants) => {
                let instants = TimestampMicrosecondArray::from(std::mem::take(instants));
                Arc::new(instants.with_timezone("UTC"))
            }
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Column::Text(_) => DataType::Utf8,
            Column::Integer(_) => DataType::Int32,
            Column::At(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

fn schema(names: &[&str], columns: &[Column]) -> SchemaRef {
    let fields = names.iter().zip(columns);
    let fields = fields.map(|(name, column)| Field::new(*name, column.data_type(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
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
