//! One month's logs as Parquet in every type that a column may have: all come to the same tables. (Real writers' files
//! are in `tests/outside/writers.rs`.) What data frames write for no instant is a reject.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, Decimal256Array, Float32Array,
    Float64Array, Int16Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, UInt8Array, UInt64Array,
};
use arrow_buffer::i256;
use arrow_select::nullif::nullif;
use monthend::base::calendar::Instant;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::common::{Outcome, monthend, run, tables, words};

const ACCOUNTS: [i64; 3] = [7, 101, 255];
const START: i64 = 1_775_001_600_000_000; // 2026-04-01T00:00:00Z
const MINUTE: i64 = 60_000_000;

/// The columns of a log, each by its name.
type Columns = Vec<(&'static str, ArrayRef)>;

/// How a column is written instead.
type Retype = fn(&dyn Array) -> Outcome<ArrayRef>;

/// Usage and changes: ids in INT64, instants in TIMESTAMP(MICROS), credits in DECIMAL(18,6).
fn logs() -> Outcome<[Columns; 2]> {
    let rows = 0..90_i64;
    let account = |row: i64| ACCOUNTS[usize::try_from(row % 3).unwrap_or(0)];
    let at = rows.clone().map(|row| START + row * 400 * MINUTE);
    let credits =
        Decimal128Array::from_iter_values(rows.clone().map(|row| i128::from(row) * 670_000));
    let usage: Columns = vec![
        ("event_id", Arc::new(Int64Array::from_iter_values(rows.clone()))),
        ("account_id", Arc::new(Int64Array::from_iter_values(rows.map(account)))),
        ("at", Arc::new(TimestampMicrosecondArray::from_iter_values(at))),
        ("credits", Arc::new(credits.with_precision_and_scale(18, 6)?)),
    ];
    let signups = ACCOUNTS.map(|account| START - account * 60 * MINUTE);
    let changes: Columns = vec![
        ("change_id", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        ("account_id", Arc::new(Int64Array::from(ACCOUNTS.to_vec()))),
        ("at", Arc::new(TimestampMicrosecondArray::from(signups.to_vec()))),
        ("change", Arc::new(StringArray::from(vec!["signup"; 3]))),
        ("plan", Arc::new(StringArray::from(vec![Some("pro"), None, Some("power")]))),
    ];
    Ok([usage, changes])
}

fn write(path: &Path, columns: Columns, dictionary: bool) -> Outcome {
    let batch = RecordBatch::try_from_iter(columns)?;
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(dictionary)
        .set_max_row_group_row_count(Some(40))
        .build();
    let file = fs::File::create(path)?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

fn whole(column: &dyn Array) -> Outcome<Vec<i64>> {
    let column = column.as_any();
    if let Some(column) = column.downcast_ref::<Int64Array>() {
        return Ok(column.values().to_vec());
    }
    let micros = column.downcast_ref::<TimestampMicrosecondArray>().ok_or("no whole numbers")?;
    Ok(micros.values().to_vec())
}

fn units(column: &dyn Array) -> Outcome<Vec<i128>> {
    let credits = column.as_any().downcast_ref::<Decimal128Array>().ok_or("no credits")?;
    Ok(credits.values().to_vec())
}

fn texts(column: &dyn Array) -> Outcome<Vec<String>> {
    Ok(whole(column)?.iter().map(i64::to_string).collect())
}

fn instants(column: &dyn Array) -> Outcome<Vec<String>> {
    let text = |&micros: &i64| Instant::from_micros(micros).map(|at| at.to_string());
    whole(column)?.iter().map(|at| text(at).ok_or_else(|| "no instant".into())).collect()
}

/// Credits as text.
fn plain(column: &dyn Array) -> Outcome<Vec<String>> {
    let text = |unit: &i128| format!("{}.{:06}", unit / 1_000_000, unit % 1_000_000);
    Ok(units(column)?.iter().map(text).collect())
}

fn as_bytes(texts: &[String]) -> ArrayRef {
    Arc::new(BinaryArray::from_iter_values(texts))
}

fn as_text(texts: &[String]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(texts))
}

/// Each column in other types than those of [`logs`].
const TYPES: &[(&str, Retype)] = &[
    ("event_id", |ids| Ok(as_text(&texts(ids)?))),
    ("event_id", |ids| Ok(as_bytes(&texts(ids)?))),
    ("event_id", |ids| {
        Ok(Arc::new(
            whole(ids)?.into_iter().map(|id| i16::try_from(id).ok()).collect::<Int16Array>(),
        ))
    }),
    ("account_id", |ids| Ok(as_text(&texts(ids)?))),
    ("account_id", |ids| Ok(as_bytes(&texts(ids)?))),
    ("account_id", |ids| {
        Ok(Arc::new(
            whole(ids)?.into_iter().map(|id| u8::try_from(id).ok()).collect::<UInt8Array>(),
        ))
    }),
    ("account_id", |ids| {
        Ok(Arc::new(
            whole(ids)?.into_iter().map(|id| u64::try_from(id).ok()).collect::<UInt64Array>(),
        ))
    }),
    ("account_id", |ids| {
        let ids = whole(ids)?.into_iter().map(i128::from);
        Ok(Arc::new(Decimal128Array::from_iter_values(ids).with_precision_and_scale(20, 0)?))
    }),
    ("at", |at| {
        let millis = whole(at)?.into_iter().map(|at| at / 1_000);
        Ok(Arc::new(TimestampMillisecondArray::from_iter_values(millis).with_timezone("UTC")))
    }),
    ("at", |at| {
        let nanos = whole(at)?.into_iter().map(|at| at * 1_000);
        Ok(Arc::new(TimestampNanosecondArray::from_iter_values(nanos)))
    }),
    ("at", |at| Ok(as_text(&instants(at)?))),
    ("at", |at| Ok(as_bytes(&instants(at)?))),
    ("credits", |credits| {
        let unit = i256::from_i128(10).wrapping_pow(32);
        let wide = units(credits)?.into_iter().map(|value| i256::from_i128(value) * unit);
        Ok(Arc::new(Decimal256Array::from_iter_values(wide).with_precision_and_scale(76, 38)?))
    }),
    ("credits", |credits| {
        let fine = units(credits)?.into_iter().map(|value| value * 1_000);
        Ok(Arc::new(Decimal128Array::from_iter_values(fine).with_precision_and_scale(38, 9)?))
    }),
    ("credits", |credits| {
        Ok(Arc::new(plain(credits)?.iter().map(|text| text.parse().ok()).collect::<Float32Array>()))
    }),
    ("credits", |credits| {
        Ok(Arc::new(plain(credits)?.iter().map(|text| text.parse().ok()).collect::<Float64Array>()))
    }),
    ("credits", |credits| Ok(as_text(&plain(credits)?))),
    ("credits", |credits| Ok(as_bytes(&plain(credits)?))),
];

/// Logs with a column in another type; a change's id goes with an event's.
fn retyped(columns: Columns, named: &str, retype: Retype) -> Outcome<Columns> {
    let is_named = |name: &str| name == named || named == "event_id" && name == "change_id";
    let column = |(name, column): (&'static str, ArrayRef)| match is_named(name) {
        true => Ok((name, retype(&*column)?)),
        false => Ok((name, column)),
    };
    columns.into_iter().map(column).collect()
}

#[test]
fn every_type_of_a_column_comes_to_the_same_tables() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut first = None;
    let as_it_is: (&str, Retype) = ("none", |_| Err("no column is called so".into()));
    for (number, &(named, retype)) in std::iter::once(&as_it_is).chain(TYPES).enumerate() {
        for dictionary in [false, true] {
            let at = |name: &str| folder.path().join(format!("{number}-{dictionary}-{name}"));
            let paths = ["usage.parquet", "changes.parquet"].map(at);
            for (path, columns) in paths.iter().zip(logs()?) {
                write(path, retyped(columns, named, retype)?, dictionary)?;
            }
            let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
            command.args(["--catalog", "fixtures/catalogs", "--quiet", "--usage"]).arg(&paths[0]);
            command.arg("--changes").arg(&paths[1]).arg("--book").arg(at("book"));
            run(&mut command, 0).map_err(|e| format!("{number}, {named}: {e}"))?;
            let found = tables(&at("book").join("2026-04/r001"))?;
            let first = first.get_or_insert_with(|| found.clone());
            let same = first.iter().all(|(name, bytes)| found.get(name) == Some(bytes));
            assert!(same, "type {number}, of {named}, dictionary {dictionary}");
        }
    }
    Ok(())
}

/// A cell that is null is nobody's, whatever lies where its value would.
#[test]
fn cells_that_are_null_are_rejects_in_every_type() -> Outcome {
    let folder = tempfile::tempdir()?;
    let as_it_is: Retype = |column| Ok(column.slice(0, column.len()));
    let as_it_is = ["event_id", "account_id", "at", "credits"].map(|name| (name, as_it_is));
    let mut first = BTreeMap::new();
    for (number, &(named, retype)) in as_it_is.iter().chain(TYPES).enumerate() {
        for dictionary in [false, true] {
            let at = |name: &str| folder.path().join(format!("{number}-{dictionary}-{name}"));
            let [usage, changes] = logs()?;
            let mask: BooleanArray = (0..90).map(|row| Some(row % 7 == 2 || row == 41)).collect();
            let usage = retyped(usage, named, retype)?.into_iter().map(|(name, column)| {
                let nulled = if name == named { nullif(&column, &mask)? } else { column };
                Ok::<_, Box<dyn std::error::Error>>((name, nulled))
            });
            write(&at("usage.parquet"), usage.collect::<Result<_, _>>()?, dictionary)?;
            write(&at("changes.parquet"), changes, dictionary)?;
            let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
            command.args(["--catalog", "fixtures/catalogs", "--quiet", "--max-reject-share", "1"]);
            command.arg("--usage").arg(at("usage.parquet"));
            command.arg("--changes").arg(at("changes.parquet")).arg("--book").arg(at("book"));
            run(&mut command, 3).map_err(|e| format!("{number}, {named}: {e}"))?;
            let mut found = tables(&at("book").join("2026-04/r001"))?;
            // They name the file.
            found.retain(|file, _| !file.starts_with("rejects.parquet"));
            let rejects = found.remove(Path::new("rejects.csv")).ok_or("no rejects")?;
            let rejects = String::from_utf8(rejects)?.lines().count() - 1;
            assert_eq!(rejects, 14, "type {number}, of {named}, dictionary {dictionary}");
            let first = first.entry(named).or_insert_with(|| found.clone());
            assert!(*first == found, "type {number}, of {named}, dictionary {dictionary}");
        }
    }
    Ok(())
}

#[test]
fn no_time_is_a_reject_in_every_log() -> Outcome {
    let folder = tempfile::tempdir()?;
    let nanos: Retype = |at| {
        let mut nanos: Vec<i64> = whole(at)?.into_iter().map(|at| at * 1_000).collect();
        nanos[1] = i64::MIN;
        Ok(Arc::new(TimestampNanosecondArray::from(nanos)))
    };
    let paths = ["usage.parquet", "changes.parquet"].map(|name| folder.path().join(name));
    for (path, columns) in paths.iter().zip(logs()?) {
        write(path, retyped(columns, "at", nanos)?, true)?;
    }
    let book = folder.path().join("book");
    let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    command.args(["--catalog", "fixtures/catalogs", "--max-reject-share", "1", "--usage"]);
    command.arg(&paths[0]).arg("--changes").arg(&paths[1]).arg("--book").arg(&book);
    let output = run(&mut command, 3)?;
    let rejects = fs::read_to_string(book.join("2026-04/r001/rejects.csv"))?;
    let rejects: Vec<&str> = rejects.lines().skip(1).collect();
    assert_eq!(rejects.len(), 2, "{}", words(&output));
    assert!(rejects.iter().all(|row| row.contains(",2,at,NaT,")), "{rejects:?}");
    Ok(())
}
