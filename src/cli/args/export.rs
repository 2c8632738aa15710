//! What can be exported of a book.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::shared::AskArgs;

const INVOICE_EXAMPLES: &str = concat!(
    "\
Examples:
  A month's documents, with names and addresses:
    monthend export invoice --month 2026-04 --book book --out invoices \\
        --seller seller.toml --buyers buyers.csv

  One document:
    monthend export invoice INV-2026-04-00000001 --book book --out invoices

  The template, to begin one's own:
    monthend export invoice --print-template > invoice.html

Exits with 3 where a file is there already that says something else: it is left alone, and all
others are written.

",
    exit_codes!()
);

const JOURNAL_EXAMPLES: &str = concat!(
    "\
Examples:
  A month for hledger or ledger, one entry a kind and day:
    monthend export journal --month 2026-04 --book book --out journal-2026-04 --format ledger

  What a rerun corrected, after May was closed, for Xero with its account codes:
    monthend export journal --month 2026-04 --revision r002 --open-from 2026-06-01 \\
        --book book --out journal-2026-04-r002 --format xero --account-names accounts.toml

",
    exit_codes!()
);

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
    /// Write the month as journal entries for a company's ledger
    ///
    /// Revenue, receivables and what bought grants still owe, as a table and as files for hledger and
    /// ledger, beancount, QuickBooks Online and Xero. A later revision of the month has entries of its own,
    /// and entries keep their ids. docs/JOURNAL.md says what is posted and why.
    #[command(after_long_help = JOURNAL_EXAMPLES)]
    Journal(JournalArgs),
    /// Write documents as pages to send: HTML that any browser prints
    ///
    /// One page a document, with its lines and what they rest on, the credits used, and of a note what
    /// it relates to. A page loads nothing and fits A4 and Letter. docs/INVOICES.md describes the
    /// files of the seller and the buyers, and templates of your own.
    #[command(after_long_help = INVOICE_EXAMPLES)]
    Invoice(InvoiceArgs),
    /// Print all that the book holds of one account, as JSON
    ///
    /// Its rows of every revision, those in force and all earlier ones, of imported states and of the
    /// corrections that revisions keep, and where manifests name it. What someone has a right to see of
    /// their own data is in there; docs/PRIVACY.md says what is not.
    #[command(after_long_help = ACCOUNT_EXITS)]
    Account(AccountArgs),
}

/// What `export invoice` takes.
#[derive(Debug, Args)]
pub struct InvoiceArgs {
    /// The document's id, such as INV-2026-04-00000001
    #[arg(
        value_name = "DOCUMENT",
        required_unless_present_any = ["month", "print_template"],
        conflicts_with = "month"
    )]
    pub document: Option<String>,
    /// All documents of a month, such as 2026-04, or `latest` for the last one in the book
    #[arg(long, value_name = "MONTH")]
    pub month: Option<String>,
    /// Of the month only these accounts' documents: ids, or @FILE with one id a line
    #[arg(long, value_name = "ID,...|@FILE", value_delimiter = ',', requires = "month")]
    pub accounts: Vec<String>,
    /// The folder that a file is written into for each document, such as INV-2026-04-00000001.html
    #[arg(long, value_name = "DIR", required_unless_present = "print_template")]
    pub out: Option<PathBuf>,
    /// Who sells: a TOML file with `name`, `address`, `tax_number`, `email`, `payment_terms`, `logo`
    /// [default: the catalogue's name]
    #[arg(long, value_name = "FILE")]
    pub seller: Option<PathBuf>,
    /// Who buys: a file (CSV, Parquet, NDJSON) with `account_id`, `name`, `address`, `tax_number`,
    /// `email`; an account that it lacks is billed under its id
    #[arg(long, value_name = "FILE")]
    pub buyers: Option<PathBuf>,
    /// A template of your own
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Replace files that are there and say something else
    #[arg(long)]
    pub replace: bool,
    /// Print the program's template, to begin one of your own
    #[arg(long, exclusive = true)]
    pub print_template: bool,
    /// The book that it reads.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// What `export account` takes.
#[derive(Debug, Args)]
pub struct AccountArgs {
    /// The account's id
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The book that it reads.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// What `export journal` takes.
#[derive(Debug, Args)]
pub struct JournalArgs {
    /// The month, such as 2026-04, or `latest` for the last one in the book; or several as
    /// 2026-01..2026-06
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// The folder that the files are written into, of several months each in a folder of its own
    /// there; those of an earlier export are replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Only the entries of this revision, such as r002 [default: those of all, up to the one in force]
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// Beside journal.parquet and journal.csv, files for these programs [default: none]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub format: Vec<LedgerFormat>,
    /// One entry for each kind and day, or for each kind and document
    #[arg(long, value_name = "DETAIL", value_enum, default_value_t)]
    pub detail: JournalDetail,
    /// Names of accounts, where the program's do not fit: a TOML file with `receivable`, `unbilled`,
    /// `grants`, `subscription`, `overage`, `grants_drawn`, `breakage`, `adjustments`, `corrections`,
    /// `xero_tax_rate`
    #[arg(long, value_name = "FILE")]
    pub account_names: Option<PathBuf>,
    /// The first day that is open in the ledger: what later revisions corrected before it is dated
    /// this day
    #[arg(long, value_name = "DATE")]
    pub open_from: Option<String>,
    /// The book that it reads.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// A program that journal entries are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LedgerFormat {
    /// hledger and ledger: journal.ledger
    Ledger,
    /// beancount: accounts.beancount, journal.beancount
    Beancount,
    /// QuickBooks Online: quickbooks.csv
    Quickbooks,
    /// Xero: xero-001.csv and so on, of 300 lines at most
    Xero,
}

/// How fine journal entries are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum JournalDetail {
    /// One for each kind and day
    #[default]
    Summary,
    /// One for each kind and document
    Document,
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
    /// The book that it reads.
    #[command(flatten)]
    pub ask: AskArgs,
}
