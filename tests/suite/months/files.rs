//! Logs written as files, in every format that is read and in several ways of writing.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::Float64Builder;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, LargeStringArray, RecordBatch, StringArray,
    TimestampMicrosecondArray, TimestampNanosecondArray,
};
use chrono::{DateTime, FixedOffset, SecondsFormat};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use proptest::sample::select;
use proptest::strategy::Strategy;

use super::holding::Outcome;
use super::population::{Change, Event, State};
use super::terms::decimal;

/// A format, and a way to write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text: its ending, and a number that chooses among ways to write instants and credits.
    Text(&'static str, usize),
    /// Parquet with the types of the tables.
    Parquet,
    /// Parquet with other types: a dictionary, large text, nanoseconds without a zone, DOUBLE.
    ParquetOfOthers,
}

/// The plainest format.
pub const PLAIN: Format = Format::Text("csv", 0);

/// Any format.
pub fn format() -> impl Strategy<Value = Format> {
    let endings = ["csv", "csv.gz", "csv.zst", "ndjson", "jsonl.gz", "ndjson.zst"];
    let texts = endings.into_iter().flat_map(|e| (0..3).map(move |way| Format::Text(e, way)));
    let mut formats: Vec<Format> = texts.collect();
    formats.extend([Format::Parquet, Format::ParquetOfOthers].repeat(4));
    select(formats)
}

impl Format {
    /// The file of a name.
    pub fn path(self, folder: &Path, name: &str) -> PathBuf {
        match self {
            Format::Text(ending, _) => folder.join(format!("{name}.{ending}")),
            Format::Parquet | Format::ParquetOfOthers => folder.join(format!("{name}.parquet")),
        }
    }

    /// Writes a usage log.
    pub fn usage(self, folder: &Path, name: &str, events: &[Event]) -> Outcome<()> {
        let path = self.path(folder, name);
        let Format::Text(_, way) = self else {
            let accounts = events.iter().map(|event| event.account.as_str());
            let ids = events.iter().map(|event| event.id.as_str());
            let at = events.iter().map(|event| event.at);
            let credits: Vec<i64> = events.iter().map(|event| event.credits).collect();
            return parquet(
                &path,
                vec![
                    ("credits", self.credits(&credits)?),
                    ("account_id", self.short(accounts)),
                    ("region", Arc::new(StringArray::from(vec!["north"; events.len()]))),
                    ("at", self.instants(at)),
                    ("event_id", self.long(ids)),
                ],
            );
        };
        let rows = events.iter().map(|event| {
            let (at, credits) = (instant(event.at, way), credits(event.credits, way));
            vec![event.account.clone(), credits, event.id.clone(), at]
        });
        text(&path, &["account_id", "credits", "event_id", "at"], rows.collect())
    }

    /// Writes a change log.
    pub fn changes(self, folder: &Path, name: &str, changes: &[Change]) -> Outcome<()> {
        let path = self.path(folder, name);
        let Format::Text(_, way) = self else {
            let plans = changes.iter().map(|c| Some(c.plan.as_str()).filter(|p| !p.is_empty()));
            let words = changes.iter().map(|change| change.change);
            return parquet(
                &path,
                vec![
                    ("change_id", self.long(changes.iter().map(|change| change.id.as_str()))),
                    ("account_id", self.short(changes.iter().map(|c| c.account.as_str()))),
                    ("at", self.instants(changes.iter().map(|change| change.at))),
                    ("change", self.short(words)),
                    ("plan", Arc::new(plans.collect::<StringArray>())),
                ],
            );
        };
        let rows = changes.iter().map(|change| {
            let Change { id, account, plan, .. } = change.clone();
            vec![plan, account, id, change.change.to_owned(), instant(change.at, way)]
        });
        text(&path, &["plan", "account_id", "change_id", "change", "at"], rows.collect())
    }

    fn short<'a>(self, values: impl Iterator<Item = &'a str>) -> ArrayRef {
        match self {
            Format::ParquetOfOthers => Arc::new(values.collect::<DictionaryArray<Int32Type>>()),
            _ => Arc::new(StringArray::from_iter_values(values)),
        }
    }

    fn long<'a>(self, values: impl Iterator<Item = &'a str>) -> ArrayRef {
        match self {
            Format::ParquetOfOthers => Arc::new(LargeStringArray::from_iter_values(values)),
            _ => Arc::new(StringArray::from_iter_values(values)),
        }
    }

    fn instants(self, values: impl Iterator<Item = i64>) -> ArrayRef {
        match self {
            Format::ParquetOfOthers => {
                Arc::new(TimestampNanosecondArray::from_iter_values(values.map(|at| at * 1_000)))
            }
            _ => Arc::new(TimestampMicrosecondArray::from_iter_values(values).with_timezone("UTC")),
        }
    }

    fn credits(self, values: &[i64]) -> Outcome<ArrayRef> {
        if self == Format::ParquetOfOthers {
            let mut numbers = Float64Builder::new();
            for &value in values {
                numbers.append_value(decimal(value.into(), 6).parse()?);
            }
            return Ok(Arc::new(numbers.finish()));
        }
        let values = Decimal128Array::from_iter_values(values.iter().map(|&value| value.into()));
        Ok(Arc::new(values.with_precision_and_scale(18, 6)?))
    }
}

/// Writes an opening state.
pub fn states(path: &Path, states: &[State], plan_id: impl Fn(usize) -> String) -> Outcome<()> {
    let at = |at: i64| instant(at, 0);
    let rows = states.iter().map(|state| {
        vec![
            state.account.clone(),
            plan_id(state.plan),
            state.overage_on.to_string(),
            at(state.signed_up_at),
            state.first_paid_at.map(at).unwrap_or_default(),
            state.trial.map(|(end, _)| at(end)).unwrap_or_default(),
            decimal(state.trial.map_or(0, |(_, left)| left.into()), 6),
        ]
    });
    let columns = [
        "account_id",
        "plan",
        "overage_on",
        "signed_up_at",
        "first_paid_at",
        "trial_ends_at",
        "trial_left",
    ];
    text(path, &columns, rows.collect())
}

/// An instant in one of the ways to write it.
fn instant(at: i64, way: usize) -> String {
    let hours = [0, 2, -9][way % 3];
    let utc = DateTime::from_timestamp_micros(at).unwrap_or_default();
    match FixedOffset::east_opt(hours * 3_600) {
        Some(zone) if hours != 0 => {
            utc.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Micros, false)
        }
        _ => utc.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    }
}

/// Credits in one of the ways to write them.
fn credits(micros: i64, way: usize) -> String {
    match way % 3 {
        0 => decimal(micros.into(), 6),
        1 => format!("{micros}e-6"),
        _ => decimal(micros.into(), 6).trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

fn text(path: &Path, columns: &[&str], rows: Vec<Vec<String>>) -> Outcome<()> {
    let name = path.to_string_lossy();
    let body = match name.contains(".csv") {
        true => csv(columns, &rows)?,
        false => ndjson(columns, &rows)?,
    };
    let file = File::create(path)?;
    if name.ends_with(".gz") {
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        encoder.write_all(&body)?;
        encoder.finish()?;
    } else if name.ends_with(".zst") {
        let mut encoder = zstd::Encoder::new(file, 1)?;
        encoder.write_all(&body)?;
        encoder.finish()?;
    } else {
        (&file).write_all(&body)?;
    }
    Ok(())
}

fn csv(columns: &[&str], rows: &[Vec<String>]) -> Outcome<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(writer.into_inner()?)
}

/// Credits are bare numbers in NDJSON, empty cells are null.
fn ndjson(columns: &[&str], rows: &[Vec<String>]) -> Outcome<Vec<u8>> {
    let mut body = Vec::new();
    for row in rows {
        let mut cells = Vec::new();
        for (column, cell) in columns.iter().zip(row) {
            let value = match *column {
                "credits" => cell.clone(),
                _ if cell.is_empty() => "null".to_owned(),
                _ => serde_json::to_string(cell)?,
            };
            cells.push(format!("\"{column}\": {value}"));
        }
        writeln!(body, "{{{}}}", cells.join(", "))?;
    }
    Ok(body)
}

/// Row groups of three rows, so that a file has several.
fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) -> Outcome<()> {
    let batch = RecordBatch::try_from_iter(columns)?;
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(3)).build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}
