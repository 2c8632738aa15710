//! What the commands take that ask something of a book.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{BookArgs, MonitoringArgs, OutputOptions, ReadArgs};

pub(super) const STATUS_EXITS: &str = concat!(
    "\
Exits with 3 where something in the book deserves a look: a stale opening, a month that is missing
in between or damaged, a publication that was cut short, recorded inputs that have changed or are
gone. A month's own exceptions and rejects are no reason, nor is a log that has only grown.

",
    exit_codes!()
);

const IMPORT_EXAMPLES: &str = concat!(
    "\
Examples:
  The accounts that another billing system billed until the end of March; then April:
    monthend state import legacy.csv --month 2026-04 --catalog catalogs --book book
    monthend run --month 2026-04 --catalog catalogs --changes changes.csv \\
        --usage usage/2026-04 --book book

",
    exit_codes!()
);

/// What `diff` takes.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The month, such as 2026-04, or `latest` for the last one in the book
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// The two revisions [default: the one in force and the one before it]
    #[arg(value_names = ["FROM", "TO"], num_args = 2)]
    pub revisions: Vec<String>,
    /// Rate the month anew under --catalog, and compare with the revision in force; publishes
    /// nothing
    #[arg(long, requires = "catalog", conflicts_with = "revisions")]
    pub what_if: bool,
    /// With --what-if: the other catalogue
    #[arg(long, value_name = "PATH", requires = "what_if")]
    pub catalog: Option<PathBuf>,
    /// With --what-if: where recorded inputs are now, those whose path begins with OLD below NEW
    #[arg(long, value_name = "OLD=NEW", requires = "what_if")]
    pub moved: Vec<String>,
    /// Write the differences as Parquet and CSV into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The book that it reads.
    #[command(flatten)]
    pub book: ReadArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `explain` takes.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The account's id, or that of a document of it, such as INV-2026-04-00000001
    #[arg(value_name = "ACCOUNT|DOCUMENT")]
    pub account: String,
    /// The month, such as 2026-04, or `latest` for the last one in the book; several, as a table:
    /// 2026-01..2026-06 [default: the document's month; of an account all, as a table]
    #[arg(long, value_name = "MONTH")]
    pub month: Option<String>,
    /// The revision [default: the one in force]
    #[arg(long, value_name = "NAME")]
    pub revision: Option<String>,
    /// List every usage event, and where its credits went
    #[arg(long)]
    pub events: bool,
    /// Where recorded inputs are now: those whose path begins with OLD are read below NEW
    #[arg(long, value_name = "OLD=NEW")]
    pub moved: Vec<String>,
    /// The book that it reads.
    #[command(flatten)]
    pub book: ReadArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `status` takes.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The day that is taken for today's: months are due that are over by then [default: today
    /// (UTC)]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Digest the recorded inputs again, and say which months' inputs have changed since
    #[arg(long)]
    pub inputs: bool,
    /// With --inputs: where recorded inputs are now, those whose path begins with OLD below NEW
    #[arg(long, value_name = "OLD=NEW", requires = "inputs")]
    pub moved: Vec<String>,
    /// The book that it reads.
    #[command(flatten)]
    pub book: ReadArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `verify` takes.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Hold the book against what an earlier `verify --json` printed into this file: nothing that
    /// it saw may be gone or another
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// Where recorded inputs are now: those whose path begins with OLD are read below NEW
    #[arg(long, value_name = "OLD=NEW")]
    pub moved: Vec<String>,
    /// The book that it reads.
    #[command(flatten)]
    pub book: ReadArgs,
    /// Files beside the book.
    #[command(flatten)]
    pub monitoring: MonitoringArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What can be done with the state of accounts.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Check a state file of another billing system, and make it the opening of a month
    #[command(after_long_help = IMPORT_EXAMPLES)]
    Import(StateImportArgs),
    /// Show how an account stands at the beginning and at the end of a month
    Show(StateShowArgs),
}

/// What `state import` takes.
#[derive(Debug, Args)]
pub struct StateImportArgs {
    /// The state file: Parquet, CSV or NDJSON with the columns of the table `state`
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// The month that it opens, such as 2026-04
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// The catalogue that bills the month: a TOML file, or a folder of dated ones
    #[arg(long, value_name = "PATH")]
    pub catalog: Option<PathBuf>,
    /// The ids of the events that were billed in the last hours before the month: Parquet, CSV or
    /// NDJSON with the columns of the table `recent_ids`. Usage that bears one is not billed again
    #[arg(long, value_name = "PATH")]
    pub recent_ids: Option<PathBuf>,
    /// The grants that go on, with what is left of them: Parquet, CSV or NDJSON with the columns of the
    /// table `grants`
    #[arg(long, value_name = "PATH")]
    pub grants: Option<PathBuf>,
    /// Replace the state that was imported for the month before
    #[arg(long)]
    pub replace: bool,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `state show` takes.
#[derive(Debug, Args)]
pub struct StateShowArgs {
    /// The account's id
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The month, such as 2026-04, or `latest` for the last one in the book
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// The book that it reads.
    #[command(flatten)]
    pub book: ReadArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
