//! A scan for some accounts finds exactly their rows, whatever the format, the order of the rows and what the
//! statistics of row groups say or leave out.

use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow_array::{
    ArrayRef, BinaryArray, DictionaryArray, Int64Array, LargeStringArray, RecordBatch, StringArray,
    TimestampMicrosecondArray, types::Int32Type,
};
use monthend::base::calendar::Instant;
use monthend::base::ids::AccountId;
use monthend::base::scope::Scope;
use monthend::input::logs::{self, Batch, IdColumn, LogFile, LogSchema, Mapping, Scan, Scanned};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

type Outcome<T = ()> = Result<T, TestCaseError>;

/// Ids that begin alike, so that cut statistics blur them; capitals, other letters, a formula.
const ACCOUNTS: [&str; 9] =
    ["", "=b", "B", "customer", "customer-1", "customer-12", "customer-2", "é", "\u{10FFFF}z"];

/// A row: account (null where there is none), event, minute and credits.
type Event = (Option<&'static str>, String, i64, i64);

/// How a file is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Csv,
    Ndjson,
    Parquet { text: Text, group: usize, cut: Option<usize>, statistics: bool },
}

/// What a Parquet file's column of accounts is.
#[derive(Debug, Clone, Copy)]
enum Text {
    Utf8,
    LargeUtf8,
    Dictionary,
    /// Bytes that nobody says are text.
    Binary,
}

fn form() -> impl Strategy<Value = Form> {
    let text = select(vec![Text::Utf8, Text::LargeUtf8, Text::Dictionary, Text::Binary]);
    let cut = select(vec![None, Some(1), Some(3), Some(8)]);
    let parquet = (text, 1_usize..6, cut, prop::bool::weighted(0.9));
    prop_oneof![
        1 => Just(Form::Csv),
        1 => Just(Form::Ndjson),
        8 => parquet.prop_map(|(text, group, cut, statistics)| {
            Form::Parquet { text, group, cut, statistics }
        }),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let account = option::weighted(0.95, select(&ACCOUNTS[1..]));
    let rows = vec((account, 0..60_i64, 0..9_i64), 0..40);
    (rows, any::<bool>()).prop_map(|(mut rows, sorted)| {
        if sorted {
            rows.sort();
        }
        let rows = rows.into_iter().enumerate();
        rows.map(|(at, (account, minute, credits))| (account, format!("e{at}"), minute, credits))
            .collect()
    })
}

fn write(path: &Path, form: Form, events: &[Event]) -> Outcome<()> {
    let instant = |minute: &i64| format!("2026-04-02T10:{minute:02}:00Z");
    match form {
        Form::Csv => {
            let mut writer = csv::Writer::from_path(path)?;
            writer.write_record(["credits", "account_id", "event_id", "at"])?;
            for (account, event, minute, credits) in events {
                let account = account.unwrap_or_default();
                writer.write_record([&credits.to_string(), account, event, &instant(minute)])?;
            }
            writer.flush()?;
        }
        Form::Ndjson => {
            let rows = events.iter().map(|(account, event, minute, credits)| {
                let at = instant(minute);
                serde_json::json!({"account_id": account, "event_id": event, "at": at, "credits": credits})
            });
            fs::write(path, rows.map(|row| format!("{row}\n")).collect::<String>())?;
        }
        Form::Parquet { text, group, cut, statistics } => {
            parquet(path, (text, group, cut, statistics), events)?;
        }
    }
    Ok(())
}

fn parquet(
    path: &Path,
    (text, group, cut, statistics): (Text, usize, Option<usize>, bool),
    events: &[Event],
) -> Outcome<()> {
    let accounts = events.iter().map(|event| event.0);
    let accounts: ArrayRef = match text {
        Text::Utf8 => Arc::new(accounts.collect::<StringArray>()),
        Text::LargeUtf8 => Arc::new(accounts.collect::<LargeStringArray>()),
        Text::Dictionary => Arc::new(accounts.collect::<DictionaryArray<Int32Type>>()),
        Text::Binary => Arc::new(accounts.map(|a| a.map(str::as_bytes)).collect::<BinaryArray>()),
    };
    let start = Instant::parse("2026-04-02T10:00:00Z").map_err(|e| fail(&e))?.micros();
    let at = events.iter().map(|event| start + event.2 * 60_000_000);
    let at = TimestampMicrosecondArray::from_iter_values(at).with_timezone("UTC");
    let ids = StringArray::from_iter_values(events.iter().map(|event| event.1.as_str()));
    let credits = Int64Array::from_iter_values(events.iter().map(|event| event.3));
    let batch = RecordBatch::try_from_iter([
        ("credits", Arc::new(credits) as ArrayRef),
        ("account_id", accounts),
        ("event_id", Arc::new(ids)),
        ("at", Arc::new(at)),
    ])?;
    let kind = if statistics { EnabledStatistics::Page } else { EnabledStatistics::None };
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_statistics_truncate_length(cut)
        .set_statistics_enabled(kind);
    let mut writer =
        ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties.build()))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

fn fail(reason: &dyn std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(reason.to_string())
}

/// A row as a scan hands it out: its number, and what it holds.
type Read = (u64, String, String, Instant, i64);

/// A row of a batch, if all its cells can be read.
fn row(batch: &Batch, at: usize) -> Option<Read> {
    let (mut one, mut other) = ([0; 36], [0; 36]);
    let (account, event) = (IdColumn::of(&batch.columns[0]), IdColumn::of(&batch.columns[3]));
    let account = account.raw(at, &mut one).unwrap_or_default().to_owned();
    let event = event.raw(at, &mut other).ok()?.to_owned();
    let instant = batch.instants(1).get(at).ok()?;
    let credits = batch.credits(2).get(at).ok()?.credits;
    Some((batch.rows.number(at), account, event, instant, credits.micros() / 1_000_000))
}

/// The rows that a scan finds, by number, and how many lay in row groups that it passed over.
fn read(path: &Path, scope: &Scope) -> Outcome<(Vec<Read>, u64)> {
    let table = LogSchema::usage(&Mapping::new(), true)?;
    let file = LogFile::of(path).ok_or_else(|| fail(&"a log"))?;
    let sources = logs::open(vec![file], &table)?;
    let scan = Scan { scope, ..Scan::whole(&sources, &table) };
    let found = Mutex::new((Vec::new(), 0));
    logs::scan(&scan, &|piece| {
        let mut found = found.lock().unwrap_or_else(|e| e.into_inner());
        match piece {
            Scanned::Batch(batch) => {
                found.0.extend(batch.faults.iter().map(|_| None));
                found.0.extend((0..batch.len).map(|at| row(&batch, at)));
            }
            Scanned::SkippedByAccount { rows } => found.1 += rows,
            Scanned::SkippedByInstant { .. } => found.0.push(None),
        }
        Ok(())
    })?;
    let (rows, passed) = found.into_inner().unwrap_or_else(|e| e.into_inner());
    let rows: Option<Vec<Read>> = rows.into_iter().collect();
    let mut rows = rows.ok_or_else(|| fail(&"a row that cannot be read, or is passed over"))?;
    rows.sort();
    Ok((rows, passed))
}

fn file_name(form: Form) -> &'static str {
    match form {
        Form::Csv => "usage.csv",
        Form::Ndjson => "usage.ndjson",
        Form::Parquet { .. } => "usage.parquet",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_filtered_scan_is_the_full_one_filtered(
        events in events(),
        form in form(),
        accounts in btree_set(select(&ACCOUNTS[..]), 0..4),
    ) {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(file_name(form));
        write(&path, form, &events)?;
        let scope = Scope::Accounts(accounts.into_iter().map(AccountId::from).collect());
        let (all, passed) = read(&path, &Scope::All)?;
        prop_assert_eq!((all.len(), passed), (events.len(), 0));
        let of_accounts =
            all.into_iter().filter(|row| !row.1.is_empty() && scope.includes(&row.1));
        let (found, _) = read(&path, &scope)?;
        prop_assert_eq!(found, of_accounts.collect::<Vec<_>>());
    }
}

#[test]
fn sorted_row_groups_of_others_are_not_read() -> Outcome {
    let mut events: Vec<Event> = Vec::new();
    for account in &ACCOUNTS[1..] {
        events.extend((0..6).map(|at| (Some(*account), format!("{account}/{at}"), at, 1)));
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("usage.parquet");
    for (text, cut) in [(Text::Utf8, None), (Text::Binary, None), (Text::Dictionary, Some(8))] {
        parquet(&path, (text, 3, cut, true), &events)?;
        let wanted = Scope::Accounts(["B".into()].into());
        let (found, passed) = read(&path, &wanted)?;
        assert_eq!((found.len(), passed), (6, events.len() as u64 - 6), "{text:?}");
        let nobody = Scope::Accounts(["customer-11".into()].into());
        let (found, passed) = read(&path, &nobody)?;
        let blurred = if cut.is_some() { 18 } else { 0 };
        assert!(found.is_empty() && passed >= events.len() as u64 - blurred, "{passed}");
    }
    parquet(&path, (Text::Utf8, 3, None, false), &events)?;
    let (found, passed) = read(&path, &Scope::Accounts(["B".into()].into()))?;
    assert_eq!((found.len(), passed), (6, 0), "without statistics everything is read");
    Ok(())
}
