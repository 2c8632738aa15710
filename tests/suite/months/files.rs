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
use super::population::{Adjustment, Change, Event, State};
use super::terms::{Terms, decimal};

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
            let at = events.iter().map(|event| Some(event.at));
            let credits: Vec<_> = events.iter().map(|event| Some(event.credits)).collect();
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

    /// Writes a change log; without the columns of grants and limits where it has none.
    pub fn changes(self, folder: &Path, name: &str, changes: &[Change]) -> Outcome<()> {
        let path = self.path(folder, name);
        let has_grants = changes.iter().any(|c| !c.grant.is_empty() || c.credits.is_some());
        let Format::Text(_, way) = self else {
            let of = |text: fn(&Change) -> &str| changes.iter().map(text);
            let named = |text: fn(&Change) -> &str| {
                of(text).map(|own| Some(own).filter(|own| !own.is_empty()))
            };
            let mut columns = vec![
                ("change_id", self.long(of(|change| &change.id))),
                ("account_id", self.short(of(|change| &change.account))),
                ("at", self.instants(changes.iter().map(|change| Some(change.at)))),
                ("change", self.short(of(|change| change.change))),
                ("plan", Arc::new(named(|change| &change.plan).collect::<StringArray>())),
            ];
            if has_grants {
                let credits: Vec<Option<i64>> =
                    changes.iter().map(|change| change.credits).collect();
                let ends = changes.iter().map(|change| change.expires_at);
                let grants = named(|change| &change.grant).collect::<StringArray>();
                columns.push(("expires_at", self.instants(ends)));
                columns.push(("grant", Arc::new(grants)));
                columns.push(("credits", self.credits(&credits)?));
            }
            return parquet(&path, columns);
        };
        let rows = changes.iter().map(|change| {
            let Change { id, account, plan, grant, .. } = change.clone();
            let mut row =
                vec![plan, account, id, change.change.to_owned(), instant(change.at, way)];
            if has_grants {
                let end = change.expires_at.map(|end| instant(end, way));
                let credits = change.credits.map(|own| credits(own, way));
                row.extend([grant, credits.unwrap_or_default(), end.unwrap_or_default()]);
            }
            row
        });
        let columns =
            ["plan", "account_id", "change_id", "change", "at", "grant", "credits", "expires_at"];
        text(&path, &columns[..if has_grants { 8 } else { 5 }], rows.collect())
    }

    /// Writes adjustments, whose amounts have so many decimals.
    pub fn adjustments(
        self,
        folder: &Path,
        name: &str,
        adjustments: &[Adjustment],
        decimals: u32,
    ) -> Outcome<()> {
        let path = self.path(folder, name);
        let amounts = adjustments.iter().map(|adjustment| i128::from(adjustment.amount));
        let Format::Text(_, way) = self else {
            let of = |text: fn(&Adjustment) -> &str| adjustments.iter().map(text);
            let instants = adjustments.iter().map(|adjustment| Some(adjustment.at));
            let amounts: ArrayRef = match self {
                Format::ParquetOfOthers => Arc::new(LargeStringArray::from_iter_values(
                    amounts.map(|own| decimal(own, decimals)),
                )),
                _ => {
                    let amounts = Decimal128Array::from_iter_values(amounts);
                    Arc::new(amounts.with_precision_and_scale(18, i8::try_from(decimals)?)?)
                }
            };
            return parquet(
                &path,
                vec![
                    ("adjustment_id", self.long(of(|own| &own.id))),
                    ("account_id", self.short(of(|own| &own.account))),
                    ("at", self.instants(instants)),
                    ("amount", amounts),
                    ("description", self.short(of(|own| &own.description))),
                ],
            );
        };
        let rows = adjustments.iter().zip(amounts).map(|(adjustment, amount)| {
            let Adjustment { id, account, description, .. } = adjustment.clone();
            let at = instant(adjustment.at, way);
            vec![description, id, decimal(amount, decimals), account, at]
        });
        let columns = ["description", "adjustment_id", "amount", "account_id", "at"];
        text(&path, &columns, rows.collect())
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

    fn instants(self, values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
        match self {
            Format::ParquetOfOthers => {
                let nanos = values.map(|at| at.map(|at| at * 1_000));
                Arc::new(TimestampNanosecondArray::from_iter(nanos))
            }
            _ => Arc::new(TimestampMicrosecondArray::from_iter(values).with_timezone("UTC")),
        }
    }

    fn credits(self, values: &[Option<i64>]) -> Outcome<ArrayRef> {
        if self == Format::ParquetOfOthers {
            let mut numbers = Float64Builder::new();
            for value in values {
                let number = value.map(|value| decimal(value.into(), 6).parse()).transpose()?;
                numbers.append_option(number);
            }
            return Ok(Arc::new(numbers.finish()));
        }
        let values = Decimal128Array::from_iter(values.iter().map(|value| value.map(i128::from)));
        Ok(Arc::new(values.with_precision_and_scale(18, 6)?))
    }
}

/// Writes an opening state.
pub fn states(path: &Path, states: &[State], terms: &Terms) -> Outcome<()> {
    let at = |at: i64| instant(at, 0);
    let rows = states.iter().map(|state| {
        vec![
            state.account.clone(),
            terms.plans[state.plan].id.clone(),
            state.overage_on.to_string(),
            at(state.signed_up_at),
            state.first_paid_at.map(at).unwrap_or_default(),
            state.trial.map(|(end, _)| at(end)).unwrap_or_default(),
            decimal(state.trial.map_or(0, |(_, left)| left.into()), 6),
            state.overage_limit.map(|limit| decimal(limit.into(), 6)).unwrap_or_default(),
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
        "overage_limit",
    ];
    text(path, &columns, rows.collect())
}

/// Writes the grants of an opening state.
pub fn open_grants(path: &Path, states: &[State], terms: &Terms) -> Outcome<()> {
    let of_account = states.iter().flat_map(|state| {
        state.grants.iter().map(|grant| {
            vec![
                state.account.clone(),
                grant.id.clone(),
                terms.grants[grant.kind].id.to_owned(),
                decimal(grant.granted.into(), 6),
                decimal(grant.left.into(), 6),
                instant(grant.granted_at, 0),
                grant.expires_at.map(|end| instant(end, 0)).unwrap_or_default(),
                decimal(grant.price.into(), terms.decimals),
            ]
        })
    });
    let columns =
        ["account_id", "grant_id", "grant", "granted", "left", "granted_at", "expires_at", "price"];
    text(path, &columns, of_account.collect())
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

/// Credits and amounts are bare numbers in NDJSON, empty cells are null.
fn ndjson(columns: &[&str], rows: &[Vec<String>]) -> Outcome<Vec<u8>> {
    let mut body = Vec::new();
    for row in rows {
        let mut cells = Vec::new();
        for (column, cell) in columns.iter().zip(row) {
            let value = match *column {
                _ if cell.is_empty() => "null".to_owned(),
                "credits" | "amount" => cell.clone(),
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
