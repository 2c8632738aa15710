//! A month made up for the benches, and read as far as a stage needs it.

use std::path::PathBuf;

use monthend::base::calendar;
use monthend::base::error::Result;
use monthend::base::scope::Scope;
use monthend::billing::rollup::{
    BilledBefore, Boundaries, Retries, Rollup, Selection, UsageInput, roll_up,
};
use monthend::billing::timeline::{self, Opening, Timeline};
use monthend::catalog::{self, Catalog};
use monthend::input::changes;
use monthend::input::logs::{self, LogSchema, Mapping, Source};
use monthend_tests::generator::{
    self, Compression, Encoding, Format, Order, Outcome, Settings, generate,
};
use tempfile::TempDir;

/// What a usage log looks like.
#[derive(Clone, Copy)]
pub struct Form {
    /// Its format.
    pub format: Format,
    /// The order of its rows.
    pub order: Order,
    /// How ids are held in Parquet.
    pub encoding: Encoding,
    /// Of 1,000 rows, those that repeat another.
    pub duplicates: u64,
}

/// Logs in a folder that goes when they go.
pub struct Logs {
    folder: TempDir,
    month: calendar::Month,
    changes: PathBuf,
    usage: PathBuf,
}

impl Logs {
    /// Makes the logs of a month.
    pub fn new(form: Form, events: u64, accounts: u64) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        const MONTH: &str = "2026-04";
        let month = calendar::Month::parse(MONTH).ok_or("no month")?;
        let settings = Settings {
            month: generator::Month::parse(MONTH).ok_or("no month")?,
            seed: 1,
            events,
            accounts,
            duplicates: form.duplicates,
            conflicts: 1,
            format: form.format,
            files: 1,
            order: form.order,
            encoding: form.encoding,
            compression: Compression::Snappy,
            row_group: events / 8, // so that there is some for every thread
        };
        let mut files = generate(&settings, folder.path())?.into_iter();
        let mut next = || files.next().filter(|file| file.rows > 0).ok_or("an empty log");
        let (changes, usage) = (next()?.path, next()?.path);
        Ok(Logs { folder, month, changes, usage })
    }

    /// The usage log, opened, with or without event ids.
    pub fn usage(&self, event_ids: bool) -> Result<(Vec<Source>, LogSchema)> {
        let table = LogSchema::usage(&Mapping::new(), event_ids)?;
        let files = logs::find(std::slice::from_ref(&self.usage), "usage log")?.files;
        Ok((logs::open(files, &table)?, table))
    }

    /// The change log, opened.
    pub fn changes(&self) -> Result<(Vec<Source>, LogSchema)> {
        let table = LogSchema::changes(&Mapping::new())?;
        let files = logs::find(std::slice::from_ref(&self.changes), "change log")?.files;
        Ok((logs::open(files, &table)?, table))
    }
}

/// A month before its usage is read.
pub struct Month {
    /// Which one.
    pub month: calendar::Month,
    /// What bills it.
    pub catalog: Catalog,
    /// What it starts from: nothing.
    pub opening: Opening,
    /// The accounts and their months.
    pub timeline: Timeline,
    spill: TempDir,
}

impl Month {
    /// Reads the change log.
    pub fn read(logs: &Logs) -> Outcome<Self> {
        let catalog = catalog::load(&logs.folder.path().join("catalog.toml"), logs.month)?.catalog;
        let (sources, table) = logs.changes()?;
        let opening = Opening::Genesis;
        let mut log = changes::read(&sources, &table, &Scope::All, None)?;
        let timeline = timeline::build(&opening, &mut log, &catalog, logs.month);
        let spill = tempfile::tempdir()?;
        Ok(Month { month: logs.month, catalog, opening, timeline, spill })
    }

    /// Rolls up the usage log within a memory budget; what exceeds it goes to the folder of the logs.
    pub fn rollup(&self, usage: &(Vec<Source>, LogSchema), memory: u64) -> Result<Rollup> {
        let boundaries = Boundaries::of(&self.timeline, true, Selection::default());
        let (sources, table) = usage;
        let (boundaries, spill) = (&boundaries, self.spill.path());
        let retries = Retries::of_last(24, self.month, BilledBefore::default());
        let progress = &|_| {};
        roll_up(&UsageInput { sources, table, boundaries, retries, memory, spill, progress })
    }
}
