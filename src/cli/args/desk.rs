//! What the commands take that ask something of a book.

use std::path::PathBuf;

use clap::Args;

use super::shared::{BookArgs, OutputOptions};

pub(super) const STATUS_EXITS: &str = concat!(
    "\
Exits with 3 where something in the book deserves a look: a stale opening, a month that is missing
in between or damaged, a publication that was cut short, recorded inputs that have changed or are
gone. A month's own exceptions and rejects are no reason, nor is a log that has only grown.

",
    exit_codes!()
);

/// What `diff` takes.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The month, such as 2026-04
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
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `explain` takes.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The account's id
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The month, such as 2026-04
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// The revision [default: the one in force]
    #[arg(long, value_name = "NAME")]
    pub revision: Option<String>,
    /// List every usage event, and where its credits went
    #[arg(long)]
    pub events: bool,
    /// Where recorded inputs are now: those whose path begins with OLD are read below NEW
    #[arg(long, value_name = "OLD=NEW")]
    pub moved: Vec<String>,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `status` takes.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Digest the recorded inputs again, and say which months' inputs have changed since
    #[arg(long)]
    pub inputs: bool,
    /// With --inputs: where recorded inputs are now, those whose path begins with OLD below NEW
    #[arg(long, value_name = "OLD=NEW", requires = "inputs")]
    pub moved: Vec<String>,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
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
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
