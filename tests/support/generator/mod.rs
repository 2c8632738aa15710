//! A month made up: a usage log of any size, the change log of its accounts and the catalogue, all from a seed.
//!
//! What a row holds follows from the seed and the row's number alone, so neither threads nor order nor format change
//! it, and nothing needs to be kept: memory grows with the accounts, not with the events.

mod draw;
mod events;
mod lives;
mod month;
mod order;
mod population;
mod write;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use events::Events;
use order::Sequence;
use population::Population;
use write::{Changes, Packing, Parquet, Shape, Text, Usage};

pub use month::Month;
pub use order::Order;
pub use write::{Compression, Encoding};

/// What generating comes to.
pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// The format of the usage files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Parquet,
    Csv,
    #[value(name = "csv.gz")]
    CsvGz,
    #[value(name = "csv.zst")]
    CsvZst,
    Ndjson,
    #[value(name = "ndjson.gz")]
    NdjsonGz,
    #[value(name = "ndjson.zst")]
    NdjsonZst,
}

impl Format {
    /// The ending of the files' names, and how text is written.
    fn parts(self) -> (&'static str, Option<Text>) {
        let text = |shape, packing| Some(Text { shape, packing });
        match self {
            Format::Parquet => ("parquet", None),
            Format::Csv => ("csv", text(Shape::Csv, Packing::Plain)),
            Format::CsvGz => ("csv.gz", text(Shape::Csv, Packing::Gzip)),
            Format::CsvZst => ("csv.zst", text(Shape::Csv, Packing::Zstd)),
            Format::Ndjson => ("ndjson", text(Shape::Ndjson, Packing::Plain)),
            Format::NdjsonGz => ("ndjson.gz", text(Shape::Ndjson, Packing::Gzip)),
            Format::NdjsonZst => ("ndjson.zst", text(Shape::Ndjson, Packing::Zstd)),
        }
    }
}

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The month.
    pub month: Month,
    /// What chance starts from.
    pub seed: u64,
    /// Rows of the usage log, copies included.
    pub events: u64,
    /// Accounts of the change log.
    pub accounts: u64,
    /// Of 1,000 rows, those that are copies of others.
    pub duplicates: u64,
    /// Of 1,000 copies, those with other credits than their original.
    pub conflicts: u64,
    /// The format of the usage files.
    pub format: Format,
    /// Number of usage files.
    pub files: u64,
    /// The order of the usage rows, through all files.
    pub order: Order,
    /// How ids are held in Parquet.
    pub encoding: Encoding,
    /// How Parquet's pages are compressed.
    pub compression: Compression,
    /// Rows of a row group.
    pub row_group: u64,
}

/// A file that was made.
#[derive(Debug)]
pub struct Written {
    pub path: PathBuf,
    pub rows: u64,
}

impl Settings {
    /// A month in one file of Parquet, as most programs write it, in the order of time; none where the month is none.
    pub fn usual(month: &str, events: u64, accounts: u64) -> Option<Self> {
        Some(Settings {
            month: Month::parse(month)?,
            seed: 1,
            events,
            accounts,
            duplicates: 2,
            conflicts: 0,
            format: Format::Parquet,
            files: 1,
            order: Order::Time,
            encoding: Encoding { binary_ids: false, dictionary: false },
            compression: Compression::Snappy,
            row_group: 100_000,
        })
    }

    /// Whether no product of these overflows, and a row group's ids fit into one text.
    fn check(&self) -> Outcome {
        let limits = [
            ("events", self.events, 0..=4_000_000_000),
            ("accounts", self.accounts, 1..=50_000_000),
            ("duplicates", self.duplicates, 0..=500),
            ("conflicts", self.conflicts, 0..=1000),
            ("files", self.files, 1..=999),
            ("rows of a row group", self.row_group, 1..=16_000_000),
        ];
        match limits.into_iter().find(|(_, number, range)| !range.contains(number)) {
            Some((what, number, range)) => {
                Err(format!("{what}: {number} is not within {range:?}").into())
            }
            None => Ok(()),
        }
    }
}

/// Makes the month in `folder`, which must be empty or not there yet; tells of the logs' files.
///
/// # Errors
/// A number is out of its range, or the folder holds something, or cannot be written.
pub fn generate(settings: &Settings, folder: &Path) -> Outcome<Vec<Written>> {
    settings.check()?;
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(format!("{} is not empty: name a new folder", folder.display()).into());
    }
    let Settings { month, seed, events, accounts, .. } = *settings;
    fs::write(folder.join("catalog.toml"), catalog(month)?)?;

    let population = Population::new(seed, month, accounts);
    let (ending, text) = settings.format.parts();
    let parquet = Parquet {
        encoding: settings.encoding,
        compression: settings.compression,
        row_group: settings.row_group,
    };
    let mut files = vec![write_changes(settings, &population, parquet, folder)?];
    let copies = (settings.duplicates, settings.conflicts);
    let events = Events::new(seed, month, &population, events, copies);
    let sequence = Sequence::new(seed, settings.order, &population, &events);
    let usage = Usage { sequence: &sequence, population: &population };
    let (steps, count) = (u128::from(sequence.steps()), u128::from(settings.files));
    let step = |file: u128| (steps * file / count) as u64;
    for file in 0..count {
        let path = folder.join(format!("usage-{:03}.{ending}", file + 1));
        let steps = step(file)..step(file + 1);
        let rows = match text {
            Some(text) => text.usage(&usage, steps, &path)?,
            None => parquet.usage(&usage, steps, &path)?,
        };
        files.push(Written { path, rows });
    }
    Ok(files)
}

fn write_changes(
    settings: &Settings,
    population: &Population,
    parquet: Parquet,
    folder: &Path,
) -> Outcome<Written> {
    let changes = lives::changes(settings.seed, settings.month, population);
    let changes = Changes::new(settings.seed, &changes, population);
    let path = match settings.format {
        Format::Parquet => folder.join("changes.parquet"),
        _ => folder.join("changes.csv"),
    };
    let rows = match settings.format {
        Format::Parquet => parquet.changes(&changes, &path)?,
        _ => Text::changes(&changes, &path)?,
    };
    Ok(Written { path, rows })
}

/// The catalogue of the fixtures, in force from the month.
fn catalog(month: Month) -> Outcome<String> {
    const DATED: &str = "in_force_from = 2025-11-15";
    let text = include_str!("../../../fixtures/catalogs/kiro-2025-11-15.toml");
    if !text.contains(DATED) {
        return Err("the fixtures' catalogue has another date".into());
    }
    Ok(text.replace(DATED, &format!("in_force_from = {month}-01")))
}
