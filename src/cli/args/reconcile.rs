//! What `reconcile` takes.

use std::path::PathBuf;

use clap::Args;

use super::payments::PaymentArgs;
use super::shared::{MonitoringArgs, OutputOptions, ReadArgs};

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  monthend reconcile --month 2026-04 --payments payments.csv --book book --out reconciliation

  Stripe's payments, exported from its dashboard:
    monthend reconcile --month 2026-04 --payments payments.csv --book book \\
        --map 'payment_id=id,at=Created (UTC),amount=Amount,currency=Currency' \\
        --map 'kind=Status,status=Captured,refunded_amount=Amount Refunded' \\
        --map 'document_id=document_id (metadata)'

  Stripe's charges from its API, one JSON object a line, amounts in cents:
    monthend reconcile --month 2026-04 --payments charges.ndjson --book book --minor-units \\
        --map payment_id=id,at=created,kind=status,status=captured \\
        --map amount=amount_captured,refunded_amount=amount_refunded \\
        --map document_id=metadata.document_id

",
    exit_codes!()
);

/// What `reconcile` takes.
#[derive(Debug, Args)]
pub struct ReconcileArgs {
    /// The month, such as 2026-04, or `latest` for the last one in the book
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "through"], required_unless_present = "from")]
    pub month: Option<String>,
    /// The first of several months, whose documents are matched together: a payment of May may be
    /// for April's invoice
    #[arg(long, value_name = "MONTH")]
    pub from: Option<String>,
    /// The last of them [default: the last one in the book]
    #[arg(long, value_name = "MONTH", requires = "from")]
    pub through: Option<String>,
    /// Write the matches, the breaks, what is open and payouts as Parquet and CSV into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The book that it reads.
    #[command(flatten)]
    pub book: ReadArgs,
    /// Files beside the book.
    #[command(flatten)]
    pub monitoring: MonitoringArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
    /// What is paid.
    #[command(flatten)]
    pub payments: PaymentArgs,
}
