//! What `reconcile` takes.

use std::path::PathBuf;

use clap::Args;

use super::shared::{BookArgs, OutputOptions};

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  monthend reconcile --month 2026-04 --payments payments.csv --book book --out reconciliation

  Stripe's payments, exported from its dashboard:
    monthend reconcile --month 2026-04 --payments payments.csv --book book \\
        --map 'payment_id=id,at=Created (UTC),amount=Amount,currency=Currency' \\
        --map 'kind=Status,refunded_amount=Amount Refunded' \\
        --map 'document_id=document_id (metadata)'

  Stripe's charges from its API, one JSON object a line, amounts in cents:
    monthend reconcile --month 2026-04 --payments charges.ndjson --book book --minor-units \\
        --map payment_id=id,at=created,kind=status,refunded_amount=amount_refunded \\
        --map document_id=metadata.document_id

",
    exit_codes!()
);

/// What `reconcile` takes.
#[derive(Debug, Args)]
pub struct ReconcileArgs {
    /// The month, such as 2026-04
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// The payments: files, folders or globs (Parquet, CSV, NDJSON; text also .gz, .zst)
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    pub payments: Vec<PathBuf>,
    /// Names of the columns, where they differ: payment_id, account_id, document_id, at, amount,
    /// currency, kind (what a row is: a charge, a payout), refunded_amount (what was given back of
    /// it since); OURS= reads none
    #[arg(long, value_name = "OURS=THEIRS", value_delimiter = ',')]
    pub map: Vec<String>,
    /// The kinds of rows that are payments and refunds; others are set aside and counted
    /// [default: those of Stripe's types, reporting categories and statuses]
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    pub kinds: Vec<String>,
    /// Amounts are in the currency's minor unit: 2000 for 20.00
    #[arg(long)]
    pub minor_units: bool,
    /// Differences up to this amount are no breaks [default: 0]
    #[arg(long, value_name = "AMOUNT")]
    pub tolerance: Option<String>,
    /// Write the matches and the breaks as Parquet and CSV into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
