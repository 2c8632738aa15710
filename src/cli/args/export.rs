//! What `export focus` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{BookArgs, OutputOptions};

/// Forms that a month is exported in.
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// Write the month as FOCUS 1.2 cost and usage rows
    ///
    /// The rows are the month as it was first published, and what later revisions of this and of
    /// earlier months corrected on a date in this month. docs/FOCUS.md describes every column.
    #[command(after_long_help = exit_codes!())]
    Focus(FocusArgs),
}

/// What `export focus` takes.
#[derive(Debug, Args)]
pub struct FocusArgs {
    /// The month, such as 2026-04
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// The folder that focus.parquet and focus.csv are written into
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Who sells the service: ProviderName, PublisherName and InvoiceIssuerName [default: the
    /// catalogue's name]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// What kind of service it is: one of FOCUS's ServiceCategory values
    #[arg(long, value_name = "NAME", default_value = "Other")]
    pub service_category: String,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
