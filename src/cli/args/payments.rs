//! What commands take that hold payments against documents.

use std::path::PathBuf;

use clap::Args;

/// Where payments are, and how they are read. The table `[payments]` of a job file says the same.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Payments")]
pub struct PaymentArgs {
    /// The payments: files, folders or globs (Parquet, CSV, NDJSON; text also .gz, .zst, .br)
    /// [default: those of the job file]
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub payments: Vec<PathBuf>,
    /// Names of the columns, where they differ: payment_id, account_id, document_id, at, amount,
    /// currency, kind (what a row is: a charge, a payout), status (what became of it),
    /// refunded_amount (what was given back of it since), payout_id (the payout that it is part
    /// of), fee (what was kept of it); OURS= reads none
    #[arg(long, value_name = "OURS=THEIRS", value_delimiter = ',')]
    pub map: Vec<String>,
    /// What stands between the cells of CSV: ';', '|', tab [default: ,]
    #[arg(long, value_name = "CHAR")]
    pub csv_delimiter: Option<String>,
    /// What stands before the decimals of amounts in CSV: a point or a comma [default: .]
    #[arg(long, value_name = "CHAR")]
    pub csv_decimal: Option<String>,
    /// More kinds or statuses of rows that count as they are signed, beside those that are known
    /// (of Stripe, PayPal, Adyen, Paddle, GoCardless, Braintree)
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    pub kinds: Vec<String>,
    /// More kinds of rows that went back to the customer: negative, whatever their sign
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    pub refund_kinds: Vec<String>,
    /// More kinds or statuses of rows that no customer paid: set aside and counted
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    pub other_kinds: Vec<String>,
    /// More kinds of rows that are payouts of the provider: set aside, and held against the rows
    /// that are part of them
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    pub payout_kinds: Vec<String>,
    /// Amounts are in the currency's minor unit: 2000 for 20.00
    #[arg(long)]
    pub minor_units: bool,
    /// Differences up to this amount are no breaks [default: 0]
    #[arg(long, value_name = "AMOUNT")]
    pub tolerance: Option<String>,
    /// The day by whose end something was paid or is open, such as 2026-05-31; payments after it do
    /// not count [default: that of the last payment, or the last day of the last month if that is
    /// later]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
}
