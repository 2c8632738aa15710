//! The yardstick of speed: the four columns of usage logs decoded on all cores, and nothing done with them.
//!
//! `cargo run --release --example bare_scan -- LOGS/usage-*.parquet [--threads N] [--batch ROWS] [--text view|utf8]`
//!
//! Row groups are read in parallel, each by a reader of its own. What is not given is set to what was found to be the
//! fastest. It prints the rows and the seconds as JSON.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use rayon::prelude::*;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const COLUMNS: [&str; 4] = ["event_id", "account_id", "at", "credits"];

/// What is read, and how.
struct Settings {
    paths: Vec<PathBuf>,
    threads: usize,
    batch_rows: usize,
    /// Text as views, or copied into one buffer.
    views: bool,
}

/// A file whose footer was read.
struct Opened {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

fn main() -> Outcome<()> {
    let settings = settings()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.threads).build()?;
    let began = clock();
    let opened: Vec<Opened> =
        settings.paths.iter().map(|path| open(path, settings.views)).collect::<Outcome<_>>()?;
    let groups: Vec<(&Opened, usize)> = opened.iter().flat_map(groups_of).collect();
    let rows: usize = pool.install(|| {
        let counts = groups.into_par_iter().map(|(file, group)| decode(file, group, &settings));
        counts.try_reduce(|| 0, |a, b| Ok(a + b))
    })?;
    let (seconds, threads) = (began.elapsed().as_millis(), pool.current_num_threads());
    println!(
        "{{\"rows\": {rows}, \"seconds\": {}.{:03}, \"threads\": {threads}}}",
        seconds / 1000,
        seconds % 1000
    );
    Ok(())
}

fn open(path: &Path, views: bool) -> Outcome<Opened> {
    let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let plain = ArrowReaderMetadata::load(&file, options.clone())?;
    let as_view = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 if views => {
            Arc::new(Field::new(field.name(), DataType::Utf8View, field.is_nullable()))
        }
        _ => Arc::clone(field),
    };
    let fields: Vec<_> = plain.schema().fields().iter().map(as_view).collect();
    let options = options.with_schema(Arc::new(Schema::new(fields)));
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options)?;
    Ok(Opened { path: path.to_owned(), metadata })
}

fn groups_of(file: &Opened) -> impl Iterator<Item = (&Opened, usize)> {
    (0..file.metadata.metadata().num_row_groups()).map(move |group| (file, group))
}

fn decode(file: &Opened, group: usize, settings: &Settings) -> Outcome<usize> {
    let mask = ProjectionMask::columns(file.metadata.parquet_schema(), COLUMNS);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(
        File::open(&file.path)?,
        file.metadata.clone(),
    );
    let reader = reader
        .with_projection(mask)
        .with_row_groups(vec![group])
        .with_batch_size(settings.batch_rows)
        .build()?;
    let mut rows = 0;
    for batch in reader {
        rows += black_box(batch?).num_rows();
    }
    Ok(rows)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program of its own, with a command line of its own"
)]
fn settings() -> Outcome<Settings> {
    let mut settings = Settings { paths: Vec::new(), threads: 0, batch_rows: 4096, views: true };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--threads" => settings.threads = value()?.parse()?,
            "--batch" => settings.batch_rows = value()?.parse()?,
            "--text" => settings.views = value()? == "view",
            _ => settings.paths.push(PathBuf::from(word)),
        }
    }
    if settings.paths.is_empty() {
        return Err("name the Parquet files".into());
    }
    Ok(settings)
}

#[expect(clippy::disallowed_methods, reason = "to measure the time is what it is for")]
fn clock() -> Instant {
    Instant::now()
}
