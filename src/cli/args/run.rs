//! What `run` and `check` take.

use std::path::PathBuf;

use clap::Args;

use super::rerun::CorrectionArgs;
use super::shared::{MachineArgs, OutputOptions};

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  The first month, from nothing; every later one starts from the book:
    monthend run --month 2026-04 --opening genesis --catalog catalogs \\
        --changes changes.csv --usage usage/2026-04 --book book
    monthend run --month 2026-05 --catalog catalogs \\
        --changes changes.csv --usage 'usage/2026-05-*.parquet' --book book

  From a scheduler, on the first of each month:
    monthend run --job month.toml --month previous --log-format json --json

  A log whose columns have other names:
    monthend run … --map-usage at=timestamp,credits=cost

Job file (TOML; keys are the options with underscores, paths are relative to the file):
    catalog = \"catalogs\"
    changes = [\"changes.csv\"]
    usage = [\"usage/{month}-*\"]        # {month} is 2026-04, {year} is 2026
    book = \"book\"
    map_usage = { at = \"timestamp\" }

",
    exit_codes!()
);

/// What `run` takes.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The inputs.
    #[command(flatten)]
    pub input: InputArgs,
    /// Later revisions.
    #[command(flatten)]
    pub correction: CorrectionArgs,
    /// Do all the work and say what would be published or change, but publish nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What goes in, shared by `run` and `check`.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// The month, such as 2026-04, or `previous` for the one before today's (UTC)
    #[arg(long, value_name = "MONTH")]
    pub month: Option<String>,
    /// The catalogue: a TOML file, or a folder of dated ones
    #[arg(long, value_name = "PATH")]
    pub catalog: Option<PathBuf>,
    /// The change log: files, folders or globs (Parquet, CSV, NDJSON; text also .gz, .zst)
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub changes: Vec<PathBuf>,
    /// The usage log: files, folders or globs (Parquet, CSV, NDJSON; text also .gz, .zst)
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub usage: Vec<PathBuf>,
    /// The book: the folder that months are published in
    #[arg(long, value_name = "DIR")]
    pub book: Option<PathBuf>,
    /// What the month starts from: `book` (the closing state of the month before, or else an
    /// imported state), `genesis` (no history), a state file, or `stale-ok` (the book's, though a
    /// later revision of an earlier month has changed what it rests on) [default: book]
    #[arg(long, value_name = "book|genesis|stale-ok|PATH")]
    pub opening: Option<String>,
    /// A TOML job file with the inputs, the book and how to read them; the command line wins over
    /// it
    #[arg(long, value_name = "FILE")]
    pub job: Option<PathBuf>,
    /// Names of the usage log's columns, where they differ: event_id, account_id, at, credits
    #[arg(long, value_name = "OURS=THEIRS", value_delimiter = ',')]
    pub map_usage: Vec<String>,
    /// Names of the change log's columns: change_id, account_id, at, change, plan
    #[arg(long, value_name = "OURS=THEIRS", value_delimiter = ',')]
    pub map_changes: Vec<String>,
    /// The usage log has no event ids: look for no duplicates
    #[arg(long)]
    pub no_event_ids: bool,
    /// The largest share of rows that may be unreadable, from 0 to 1 [default: 0.001]
    #[arg(long, value_name = "SHARE")]
    pub max_reject_share: Option<String>,
    /// Threads and memory.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
