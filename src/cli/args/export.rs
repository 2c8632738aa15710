//! What can be exported of a book.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{ArchiveOption, BookArgs, OutputOptions};

const ACCOUNT_EXITS: &str = concat!(
    "\
Exits with 3 where the tables of archived months could not be looked at, since their archive is not
at hand; the result names the months.

",
    exit_codes!()
);

/// What is exported, and in which form.
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// Write the month as FOCUS 1.2 cost and usage rows
    ///
    /// The rows are the month as it was first published, and what later revisions of this and of
    /// earlier months corrected on a date in this month. docs/FOCUS.md describes every column.
    #[command(after_long_help = exit_codes!())]
    Focus(FocusArgs),
    /// Print all that the book holds of one account, as JSON
    ///
    /// Its rows of every revision, those in force and all earlier ones, of imported states and of the
    /// corrections that revisions keep, and where manifests name it. What someone has a right to see of
    /// their own data is in there; docs/PRIVACY.md says what is not.
    #[command(after_long_help = ACCOUNT_EXITS)]
    Account(AccountArgs),
}

/// What `export account` takes.
#[derive(Debug, Args)]
pub struct AccountArgs {
    /// The account's id
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// Where archived months are.
    #[command(flatten)]
    pub archive: ArchiveOption,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `export focus` takes.
#[derive(Debug, Args)]
pub struct FocusArgs {
    /// The month, such as 2026-04, or `latest` for the last one in the book
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
    /// Where archived months are.
    #[command(flatten)]
    pub archive: ArchiveOption,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
