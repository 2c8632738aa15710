//! What `init` takes.

use std::path::PathBuf;

use clap::Args;

use super::shared::OutputOptions;

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  A first month from two files, in four commands:
    monthend init --usage usage.csv --changes changes.csv
    monthend check --month 2026-04 --opening genesis
    monthend run --month 2026-04 --opening genesis
    monthend status

  With plans of one's own:
    monthend init --currency EUR --plan free:0:50 --plan basic:9.90:500 --plan pro:29:2000:0.02

Exits with 3 where something is left open: it stands in the job file as a comment.

",
    exit_codes!()
);

/// What `init` takes.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder that the files are written into
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// Files, folders or globs of the usage log, which are looked at
    #[arg(long, value_name = "SAMPLE", num_args = 1..)]
    pub usage: Vec<PathBuf>,
    /// Files, folders or globs of the change log, which are looked at
    #[arg(long, value_name = "SAMPLE", num_args = 1..)]
    pub changes: Vec<PathBuf>,
    /// The currency of the catalogue
    #[arg(long, value_name = "CODE", default_value = "USD", conflicts_with = "catalog")]
    pub currency: String,
    /// A plan of the catalogue, lowest first, the first one free of charge; several by several
    /// --plan [default: a starter's plans, with prices that are made up]
    #[arg(long, value_name = "ID:PRICE:CREDITS[:OVERAGE_RATE]", conflicts_with = "catalog")]
    pub plan: Vec<String>,
    /// A catalogue to copy
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// Write files anew that are there already, but for .gitignore
    #[arg(long)]
    pub force: bool,
    /// Ask nothing, even on a terminal
    #[arg(long)]
    pub no_input: bool,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
