//! The readers, and what each promises.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use clap::Parser;
use monthend::base::answer::Answer;
use monthend::base::calendar::Instant;
use monthend::base::credits::Credits;
use monthend::base::error::{Error, Kind, Result};
use monthend::book::Manifest;
use monthend::catalog;
use monthend::cli::{Cli, Command, payment_requests, requests, run_requests};
use monthend::desk::{reconcile, verify};
use monthend::input::logs::{self, LogSchema, Mapping, Scan, Scanned};
use monthend::run;
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use super::bytes::Seed;
use super::hold::{Reader, work};
use super::tokens::{OF_CELLS, OF_JSON, OF_PARQUET, OF_TOML};
use crate::common::{self, Outcome, april, root};
use crate::months::holding;

pub const USAGE_CSV: Reader = Reader {
    name: "usage-csv",
    seeds: || {
        files(&[
            "fixtures/usage/2026-04-web.csv",
            "fixtures/usage/2026-05-web.csv.zst",
            "fixtures/bad/bad-ids.csv",
        ])
    },
    tokens: OF_CELLS,
    cases: 160,
    read: usage,
};

pub const USAGE_NDJSON: Reader = Reader {
    name: "usage-ndjson",
    seeds: || {
        let packed = "fixtures/usage/2026-04-api.ndjson.gz";
        let mut seeds = files(&[packed, "fixtures/bad/bad.ndjson"])?;
        seeds.push(Seed { ending: "ndjson", bytes: unpacked(packed)? });
        Ok(seeds)
    },
    tokens: OF_JSON,
    cases: 160,
    read: usage,
};

pub const USAGE_PARQUET: Reader = Reader {
    name: "usage-parquet",
    seeds: || {
        files(&[
            "fixtures/usage/2026-04-batch.parquet",
            "fixtures/usage/2026-05.parquet",
            "fixtures/bad/nan-credits.parquet",
        ])
    },
    tokens: OF_PARQUET,
    cases: 320,
    read: usage,
};

pub const CHANGES_CSV: Reader = Reader {
    name: "changes",
    seeds: || {
        let mut seeds = files(&["fixtures/changes/changes.csv", "fixtures/bad/good-changes.csv"])?;
        seeds.push(as_parquet(&seeds[0].bytes)?);
        Ok(seeds)
    },
    tokens: OF_CELLS,
    cases: 48,
    read: |file| {
        month(&["--opening", "genesis"], file, &root().join("fixtures/usage/2026-04-web.csv"), file)
    },
};

pub const OPENING_STATE: Reader = Reader {
    name: "opening-state",
    seeds: || {
        let mut seeds = files(&["fixtures/bad/good-state.csv"])?;
        seeds.push(as_parquet(&seeds[0].bytes)?);
        Ok(seeds)
    },
    tokens: OF_CELLS,
    cases: 48,
    read: |file| {
        let opening = file.to_string_lossy();
        let logs = ["fixtures/bad/good-changes.csv", "fixtures/bad/good-usage.csv"]
            .map(|log| root().join(log));
        month(&["--opening", &opening], &logs[0], &logs[1], file)
    },
};

pub const PAYMENTS: Reader = Reader {
    name: "payments",
    seeds: || {
        let mut seeds = files(&["tests/reconcile/stripe/charges.ndjson"])?;
        let rows = "payment_id,account_id,document_id,at,amount,currency,kind,refunded_amount\n\
            p1,ann,INV-2026-04-00000001,2026-05-01T00:00:00Z,20.00,USD,payment,\n\
            p2,pro-within-cap,,2026-05-02T00:00:00Z,\"20.00\",USD,payment,5.00\n\
            p3,,INV-2026-04-00000006,2026-05-03T00:00:00Z,-10.00,USD,refund,\n";
        seeds.push(Seed { ending: "csv", bytes: rows.as_bytes().to_vec() });
        seeds.push(as_parquet(rows.as_bytes())?);
        Ok(seeds)
    },
    tokens: OF_CELLS,
    cases: 128,
    read: payments,
};

pub const CATALOGUE: Reader = Reader {
    name: "catalogue",
    seeds: || files(&["fixtures/catalogs/kiro-2025-11-15.toml"]),
    tokens: OF_TOML,
    cases: 512,
    read: |file| refused_or(catalog::load_versions(file), &[Kind::Usage], file).map(drop),
};

pub const JOB_FILE: Reader = Reader {
    name: "job-file",
    seeds: || files(&["fixtures/job.toml"]),
    tokens: OF_TOML,
    cases: 512,
    read: job_file,
};

pub const MANIFEST: Reader = Reader {
    name: "manifest",
    seeds: || {
        let bytes = fs::read(book()?.join("2026-04/r001").join(Manifest::FILE))?;
        Ok(vec![Seed { ending: "json", bytes }])
    },
    tokens: OF_JSON,
    cases: 96,
    read: manifest,
};

fn files(paths: &[&'static str]) -> Outcome<Vec<Seed>> {
    let seed = |path: &&'static str| {
        let ending = path.split_once('.').map_or("", |(_, ending)| ending);
        Ok(Seed { ending, bytes: fs::read(root().join(path))? })
    };
    paths.iter().map(seed).collect()
}

/// The rows of a CSV file as Parquet, each column in its type.
fn as_parquet(csv: &[u8]) -> Outcome<Seed> {
    let mut reader = csv::Reader::from_reader(csv);
    let names = reader.headers()?.clone();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<std::result::Result<_, _>>()?;
    let column = |(at, name): (usize, &str)| {
        let cells = rows.iter().map(|row| row.get(at).filter(|cell| !cell.is_empty()));
        let micros = |cell| Some(Instant::parse(cell?).ok()?.micros());
        let units = |cell| {
            Some(i128::from(
                Credits::parse(str::trim_start_matches(cell?, '-')).ok()?.credits.micros(),
            ))
        };
        let column: ArrayRef = match name {
            "at" | "signed_up_at" | "first_paid_at" | "trial_ends_at" => {
                Arc::new(cells.map(micros).collect::<TimestampMicrosecondArray>())
            }
            "amount" | "trial_left" | "refunded_amount" => {
                let values = cells.map(units).collect::<Decimal128Array>();
                Arc::new(values.with_precision_and_scale(18, 6)?)
            }
            "overage_on" => Arc::new(cells.map(|c| Some(c? == "true")).collect::<BooleanArray>()),
            _ => Arc::new(cells.collect::<StringArray>()),
        };
        Ok((name.to_owned(), column))
    };
    let columns = names.iter().enumerate().map(column).collect::<Outcome<Vec<_>>>()?;
    let batch = RecordBatch::try_from_iter(columns)?;
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None)?;
    writer.write(&batch)?;
    Ok(Seed { ending: "parquet", bytes: writer.into_inner()? })
}

fn unpacked(path: &str) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(fs::File::open(root().join(path))?);
    std::io::copy(&mut reader, &mut bytes)?;
    Ok(bytes)
}

fn broken<T>(fault: impl std::fmt::Display) -> holding::Outcome<T> {
    Err(TestCaseError::fail(fault.to_string()))
}

/// What a reader came to; where it refused the file, nothing, if the refusal is of a kind that it may be and names the
/// file.
fn refused_or<T>(read: Result<T>, kinds: &[Kind], file: &Path) -> holding::Outcome<Option<T>> {
    let error: Error = match read {
        Ok(read) => return Ok(Some(read)),
        Err(error) => error,
    };
    if !kinds.contains(&error.kind()) {
        return broken(format!("is refused as {:?}: {error}", error.kind()));
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    if !error.to_string().contains(name.as_ref()) {
        return broken(format!("the refusal does not name the file: {error}"));
    }
    Ok(None)
}

/// A usage log: its rows as they are scanned; then, since that takes long, by some files a month that is billed.
fn usage(file: &Path) -> holding::Outcome<()> {
    let read = refused_or(scanned(file), &[Kind::Input], file)?;
    let is_billed = fs::metadata(file)?.len() % 4 == 0;
    if read.is_none() || !is_billed {
        return Ok(());
    }
    let changes = root().join("fixtures/changes");
    month(&["--opening", "genesis"], &changes, file, file)
}

/// Scans a usage log. Every row is handed out once, in a batch or as a fault. In NDJSON the rows of a line share its
/// number.
fn scanned(file: &Path) -> Result<()> {
    let table = LogSchema::usage(&Mapping::new(), true)?;
    let sources = logs::open(logs::find(&[file.to_owned()], "usage log")?.files, &table)?;
    let found = Mutex::new((BTreeSet::new(), 0));
    logs::scan(&Scan::whole(&sources, &table), &|piece| {
        let Scanned::Batch(batch) = piece else { return Ok(()) };
        assert!(batch.columns.iter().all(|column| column.len() == batch.len), "columns differ");
        let mut found = found.lock().unwrap_or_else(|e| e.into_inner());
        found.1 += batch.len + batch.faults.len();
        found.0.extend((0..batch.len).map(|at| batch.rows.number(at)));
        found.0.extend(batch.faults.iter().map(|fault| fault.row));
        Ok(())
    })?;
    let (numbers, rows) = found.into_inner().unwrap_or_else(|e| e.into_inner());
    let shares_numbers = file.extension().is_some_and(|ending| ending == "ndjson");
    assert!(
        numbers.len() == rows || shares_numbers && numbers.len() < rows,
        "a number comes twice"
    );
    if let Some(all) = sources[0].rows() {
        assert_eq!(rows as u64, all, "rows are missing");
    }
    Ok(())
}

/// April, billed with an input that is `file`. The program holds its own sums; here it is held to what it says of them:
/// every row that was read is used, or there is a reason.
fn month(options: &[&str], changes: &Path, usage: &Path, file: &Path) -> holding::Outcome<()> {
    let folder = holding::scratch()?;
    let paths = [changes, usage, &folder.path().join("book")]
        .map(|path| path.to_string_lossy().into_owned());
    let mut words =
        vec!["monthend", "run", "--dry-run", "--month", "2026-04", "--max-reject-share", "1"];
    words.extend(["--threads", "2", "--catalog", "fixtures/catalogs"]);
    words.extend(["--changes", &paths[0], "--usage", &paths[1], "--book", &paths[2]]);
    words.extend(options);
    let Command::Run(args) = parsed(&words)? else { return broken("no run") };
    let runs = run_requests::run(args).or_else(broken)?;
    let Some(request) = runs.requests().next() else { return broken("no month") };
    let report = request.and_then(|request| run::run(&request, &|_| {}));
    let Some(report) = refused_or(report, &[Kind::Input], file)? else { return Ok(()) };
    let report = serde_json::json!(report);
    let usage = &report["control_totals"]["usage"];
    let months = usage["outside"].as_object().into_iter().flat_map(|months| months.values());
    let outside: u64 = months.map(number).sum();
    let parts =
        ["used", "duplicates", "rejected", "excepted"].map(|part| number(&usage[part]["rows"]));
    prop_assert_eq!(
        number(&usage["read"]["rows"]),
        parts.iter().sum::<u64>() + outside,
        "{:#}",
        report
    );
    let changes = &report["control_totals"]["changes"];
    let parts = ["applied", "duplicates", "rejected", "excepted", "outside"]
        .map(|part| number(&changes[part]));
    prop_assert_eq!(number(&changes["read"]), parts.iter().sum::<u64>(), "{:#}", report);
    Ok(())
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn parsed(words: &[&str]) -> holding::Outcome<Command> {
    match Cli::try_parse_from(words) {
        Ok(cli) => Ok(cli.command),
        Err(fault) => broken(fault),
    }
}

/// Payments of April: each row is a payment, or is said to be none.
fn payments(file: &Path) -> holding::Outcome<()> {
    let book = book().map_err(|fault| TestCaseError::fail(fault.to_string()))?;
    let (book, path) = (book.to_string_lossy(), file.to_string_lossy());
    let mut words =
        vec!["monthend", "reconcile", "--month", "2026-04", "--book", &book, "--payments", &path];
    if file.extension().is_some_and(|ending| ending == "ndjson") {
        words.extend(["--minor-units", "--map", "payment_id=id,at=created,kind=status"]);
        words.extend(["--map", "refunded_amount=amount_refunded,document_id=metadata.document_id"]);
    }
    let Command::Reconcile(args) = parsed(&words)? else { return broken("no reconcile") };
    let answer = payment_requests::reconcile(args).and_then(|request| reconcile::run(&request));
    refused_or(answer, &[Kind::Input], file).map(drop)
}

/// A job file, resolved as far as a run does before it reads a log.
fn job_file(file: &Path) -> holding::Outcome<()> {
    let path = file.to_string_lossy();
    let words = ["monthend", "run", "--job", &path, "--month", "2026-04", "--opening", "genesis"];
    let Command::Run(args) = parsed(&words)? else { return broken("no run") };
    match run_requests::run(args) {
        Err(error) if error.kind() != Kind::Usage => broken(format!("{:?}: {error}", error.kind())),
        Err(error) if error.place().file.is_none() && !error.to_string().contains("--") => {
            broken(format!("says neither file nor option: {error}"))
        }
        _ => Ok(()),
    }
}

/// April of the fixtures, published once.
fn book() -> Outcome<PathBuf> {
    static BOOK: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let published = BOOK.get_or_init(|| publish("book").map_err(|fault| fault.to_string()));
    Ok(published.clone()?)
}

fn publish(name: &str) -> Outcome<PathBuf> {
    let book = work().join(name);
    if book.exists() {
        fs::remove_dir_all(&book)?;
    }
    common::run(april("run", &book).arg("--quiet"), 3)?;
    Ok(book)
}

/// A manifest: what is read of it is written as it was read; and `verify` takes a book with it for damaged or whole.
fn manifest(file: &Path) -> holding::Outcome<()> {
    static BOOK: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let book = BOOK.get_or_init(|| publish("book-of-manifests").map_err(|fault| fault.to_string()));
    let book = book.as_ref().map_err(|fault| TestCaseError::fail(fault.clone()))?;
    let revision = book.join("2026-04/r001");
    let path = revision.join(Manifest::FILE);
    fs::copy(file, &path)?;
    let Some(manifest) = refused_or(Manifest::read(&revision), &[Kind::Book], &path)? else {
        return verified(book);
    };
    let Ok(text) = manifest.to_text() else { return broken("cannot be written") };
    match Manifest::parse(text.as_bytes()) {
        Ok(again) => prop_assert_eq!(again.to_text().ok(), Some(text)),
        Err(fault) => return broken(format!("what was written cannot be read: {fault}\n{text}")),
    }
    refused_or(manifest.catalog(&revision), &[Kind::Book, Kind::Usage], &path)?;
    verified(book)
}

fn verified(book: &Path) -> holding::Outcome<()> {
    let path = book.to_string_lossy();
    let Command::Verify(args) = parsed(&["monthend", "verify", "--book", &path])? else {
        return broken("no verify");
    };
    let answer: Result<Answer> = requests::verify(args).and_then(|request| verify::run(&request));
    match answer {
        Ok(answer) => {
            prop_assert!(matches!(answer.exit_code, 0 | 3 | 4), "{}", answer.text);
            Ok(())
        }
        Err(error) => broken(format!("verify refuses a book with it: {error}")),
    }
}
