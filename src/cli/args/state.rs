//! What `state import` and `state show` take.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{BookArgs, OutputOptions};

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
    /// The month, such as 2026-04
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
