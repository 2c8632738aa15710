//! The first rows of a log of which nothing is known yet: its columns' names, and cells as text.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::DataType;

use super::columns::value_text;
use super::content::check_file;
use super::dialect::{Dialect, Mapping};
use super::log_file::{Format, LogFile};
use super::open::open;
use super::parquet::footer::column_types;
use super::scan::{Scan, Scanned};
use super::scanning::scan;
use super::schema::{Column, ColumnKind, LogSchema};
use super::text::blocks::Blocks;
use super::text::csv::header_names;
use super::text::pieces::unpacked;
use crate::base::error::{Code, Error, Result};

/// Rows that are looked at.
const ROWS: usize = 100_000;
/// Bytes of text that are looked at.
const BYTES: u64 = 64 << 20;
/// What may stand between the cells of CSV.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The first rows of a log.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The file.
    pub file: String,
    /// Its format.
    pub format: Format,
    /// What stands between the cells of CSV.
    pub delimiter: Option<u8>,
    /// The names of its columns.
    pub names: Vec<String>,
    /// The rows, each with a cell for every name; empty where there is no value.
    pub rows: Vec<Vec<String>>,
}

impl Sample {
    /// The first rows of a file.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`]: it cannot be read, or has no columns.
    pub fn of(file: &LogFile) -> Result<Self> {
        check_file(file)?;
        match file.format {
            Format::Parquet => of_parquet(file),
            Format::Csv => of_csv(file),
            Format::Ndjson => of_ndjson(file),
        }
    }

    /// The cells of a column.
    pub fn cells(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row[column].as_str())
    }

    fn new(file: &LogFile, names: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        let (file, format) = (file.name.clone(), file.format);
        Sample { file, format, delimiter: None, names, rows }
    }
}

/// The beginning of a text file, as far as whole lines go.
fn beginning(file: &LogFile) -> Result<Vec<u8>> {
    drop(Blocks::open(file, None)?); // what is no text at all is told
    let mut bytes = Vec::new();
    unpacked(file, &Arc::default())?.take(BYTES).read_to_end(&mut bytes).map_err(|e| {
        Error::new(Code::INPUT_UNREADABLE, "cannot be read").in_file(&file.name).caused_by(e)
    })?;
    if bytes.len() as u64 == BYTES {
        let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(end);
    }
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    Ok(bytes.split_off(mark))
}

fn of_csv(file: &LogFile) -> Result<Sample> {
    let bytes = beginning(file)?;
    let rows_by = |delimiter: u8| {
        let mut reader = ::csv::ReaderBuilder::new();
        let reader = reader.has_headers(false).flexible(true).delimiter(delimiter);
        let records = reader.from_reader(bytes.as_slice()).into_byte_records();
        let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
        let rows = records.map_while(std::result::Result::ok).take(ROWS + 1);
        rows.map(|row| row.iter().map(text).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    // The delimiter under which the most rows have as many cells as the header, and it has several.
    let whole = |rows: &[Vec<String>]| {
        let width = rows.first().map_or(0, Vec::len);
        let alike = rows.iter().filter(|row| row.len() == width).count();
        if width > 1 { (alike, width) } else { (0, width) }
    };
    let mut best: Option<(u8, Vec<Vec<String>>)> = None;
    for delimiter in DELIMITERS {
        let rows = rows_by(delimiter);
        if best.as_ref().is_none_or(|(_, best)| whole(&rows) > whole(best)) {
            best = Some((delimiter, rows));
        }
    }
    let (delimiter, rows) = best.unwrap_or((b',', Vec::new()));
    let header = Blocks::header(file, delimiter)?.ok_or_else(|| {
        Error::new(Code::HEADER, "is empty: there is not even a header row").in_file(&file.name)
    })?;
    let names: Vec<String> = header_names(&header, delimiter, file)?;
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    let whole = rows.into_iter().skip(1).filter(|row| row.len() == names.len()).collect();
    Ok(Sample { delimiter: Some(delimiter), ..Sample::new(file, names, whole) })
}

type Object = serde_json::Map<String, serde_json::Value>;

fn of_ndjson(file: &LogFile) -> Result<Sample> {
    let bytes = beginning(file)?;
    let objects = serde_json::Deserializer::from_slice(&bytes).into_iter::<Object>();
    let objects = objects.map_while(std::result::Result::ok).take(ROWS);
    let (mut names, mut found): (Vec<String>, Vec<BTreeMap<String, String>>) = Default::default();
    for object in objects {
        let mut cells = BTreeMap::new();
        flatten("", object, &mut |name, cell| {
            if !names.contains(&name) {
                names.push(name.clone());
            }
            cells.insert(name, cell);
        });
        found.push(cells);
    }
    if names.is_empty() {
        return Err(Error::new(Code::INPUT_DAMAGED, "holds no JSON object that can be read")
            .in_file(&file.name));
    }
    let row = |mut cells: BTreeMap<String, String>| {
        names.iter().map(|name| cells.remove(name).unwrap_or_default()).collect()
    };
    let rows = found.into_iter().map(row).collect();
    Ok(Sample::new(file, names.clone(), rows))
}

/// Hands out the values of an object, those of objects within it under names such as `customer.id`.
fn flatten(before: &str, object: Object, take: &mut dyn FnMut(String, String)) {
    use serde_json::Value;
    for (key, value) in object {
        let name = format!("{before}{key}");
        match value {
            Value::Object(inner) => flatten(&format!("{name}."), inner, take),
            Value::String(text) => take(name, text),
            Value::Null => take(name, String::new()),
            other => take(name, other.to_string()),
        }
    }
}

fn of_parquet(file: &LogFile) -> Result<Sample> {
    let columns: Vec<Column> = column_types(file)?
        .into_iter()
        .filter_map(|(in_file, data_type)| {
            let kind = kind_of(&data_type)?;
            Some(Column { name: "column", in_file, kind, optional: true, words: Mapping::new() })
        })
        .collect();
    let names = columns.iter().map(|column| column.in_file.clone()).collect();
    let (name, dialect) = ("log", Dialect::default());
    let schema = LogSchema { name, map_option: "", columns, values_only: false, dialect };
    let sources = open(vec![file.clone()], &schema)?;
    let found = Mutex::new(Vec::new());
    scan(&Scan::whole(&sources, &schema), &|scanned| {
        if let Scanned::Batch(batch) = scanned {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            for row in 0..batch.len.min(ROWS.saturating_sub(found.len())) {
                let cells = batch.columns.iter().map(|column| value_text(column, row)).collect();
                found.push((batch.rows.number(row), cells));
            }
        }
        Ok(())
    })?;
    let mut rows: Vec<(u64, Vec<String>)> =
        found.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.sort();
    Ok(Sample::new(file, names, rows.into_iter().map(|(_, cells)| cells).collect()))
}

/// What a column of Parquet may be read as, so that its values can be shown.
fn kind_of(data_type: &DataType) -> Option<ColumnKind> {
    Some(match data_type {
        DataType::Utf8 | DataType::Binary => ColumnKind::Id,
        DataType::FixedSizeBinary(16) => ColumnKind::EventId,
        DataType::Timestamp(..) => ColumnKind::Instant,
        DataType::Boolean => ColumnKind::Flag,
        DataType::Date32 => ColumnKind::Moment,
        whole if whole.is_integer() => ColumnKind::Id,
        DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(_, 0..)
        | DataType::Decimal256(_, 0..) => ColumnKind::Credits,
        _ => return None,
    })
}
