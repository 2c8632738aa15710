//! What `report` takes.

use std::path::PathBuf;

use clap::Args;

use super::payments::PaymentArgs;
use super::shared::{OutputOptions, ReadArgs};

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  The newest month beside the twelve before it, as a page:
    monthend report --book book --out report.html

  The same for a spreadsheet:
    monthend report --book book --xlsx report.xlsx

  The figures of half a year for other programs:
    monthend report --book book --from 2026-01 --through 2026-06 --parquet figures

  With what is open, and for how long:
    monthend report --book book --out report.html --payments payments.csv

",
    exit_codes!()
);

/// What `report` takes.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The month, such as 2026-04, beside the twelve before it [default: the last one in the book]
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "through"])]
    pub month: Option<String>,
    /// The first month of a span; it is about the last one
    #[arg(long, value_name = "MONTH")]
    pub from: Option<String>,
    /// The last month of the span [default: the last one in the book]
    #[arg(long, value_name = "MONTH", requires = "from")]
    pub through: Option<String>,
    /// Write the report as a page: one HTML file that loads nothing; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write the report as a workbook: a sheet for each section, ids as text; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    pub xlsx: Option<PathBuf>,
    /// Write the figures into this folder as Parquet, a file for each section
    #[arg(long, value_name = "DIR")]
    pub parquet: Option<PathBuf>,
    /// The book that it reads.
    #[command(flatten)]
    pub book: ReadArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
    /// What was paid: with payments, the report tells what is open, too.
    #[command(flatten)]
    pub payments: PaymentArgs,
}
