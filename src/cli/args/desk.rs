//! What the commands take that ask something of a book.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{AskArgs, BookArgs, MonitoringArgs, OutputOptions, ReadArgs};

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
    pub ask: AskArgs,
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
    pub ask: AskArgs,
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
    pub ask: AskArgs,
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
    pub ask: AskArgs,
}

pub(super) const RECONCILE_EXAMPLES: &str = concat!(
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

pub(super) const REPORT_EXAMPLES: &str = concat!(
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
    pub ask: AskArgs,
    /// What was paid: with payments, the report tells what is open, too.
    #[command(flatten)]
    pub payments: PaymentArgs,
}

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
