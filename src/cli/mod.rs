//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The end of every help text; a macro, since `concat!` takes no constants.
macro_rules! exit_codes {
    () => {
        "\
Exit codes:
  0   published, or nothing to change
  1   failed, nothing published
  2   wrong command line, job file or catalogue
  3   published, with rejects or exceptions that someone should look at; a book that deserves a look
  4   the conservation check, a verification or a reconciliation failed
  75  another run holds the month's lock: try later
  An unknown code is a failure."
    };
}

mod ask;
mod money;
mod rerun;
mod run;

pub use ask::{
    DiffArgs, ExplainArgs, StateCommand, StateImportArgs, StateShowArgs, StatusArgs, VerifyArgs,
};
pub use money::{ExportCommand, FocusArgs, ReconcileArgs};
pub use rerun::{CorrectionArgs, RerunArgs};
pub use run::{InputArgs, RunArgs};

/// Bill a month of credit-based subscriptions.
///
/// Reads a month of usage and plan changes, replays each account's month through the billing
/// rules, and publishes invoices, overage charges and expired credits as Parquet and CSV into a
/// book of immutable revisions.
#[derive(Debug, Parser)]
#[command(version, after_help = exit_codes!(), after_long_help = exit_codes!())]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bill a month and publish it in the book
    ///
    /// A month that is published already is left alone: the same result says so and exits with
    /// 0, another result is refused with 1.
    #[command(after_long_help = run::RUN_EXAMPLES)]
    Run(RunArgs),
    /// Read and check everything, publish nothing
    ///
    /// Does all the work of `run` with the same inputs, the conservation check included. The
    /// book is only read: for the opening state, and to compare with a month that is published.
    #[command(after_long_help = exit_codes!())]
    Check(InputArgs),
    /// Bill a published month again, from what its manifest records
    #[command(after_long_help = rerun::EXAMPLES)]
    Rerun(RerunArgs),
    /// Show what differs between two revisions of a month, and why
    #[command(after_long_help = exit_codes!())]
    Diff(DiffArgs),
    /// Tell an account's month as a person would
    #[command(after_long_help = exit_codes!())]
    Explain(ExplainArgs),
    /// Show the months of a book: revisions, totals, what is stale or missing
    #[command(after_long_help = ask::STATUS_EXITS)]
    Status(StatusArgs),
    /// Check everything in a book, as an auditor would
    #[command(after_long_help = exit_codes!())]
    Verify(VerifyArgs),
    /// Match payments with the documents in force
    #[command(after_long_help = money::RECONCILE_EXAMPLES)]
    Reconcile(ReconcileArgs),
    /// Export a month in another form
    #[command(subcommand)]
    Export(ExportCommand),
    /// Show an account's state, or import the state of accounts billed elsewhere until now
    #[command(subcommand)]
    State(StateCommand),
    /// Show or check a catalogue
    #[command(subcommand)]
    Catalog(CatalogCommand),
}

/// Where the book is.
#[derive(Debug, Args)]
pub struct BookArgs {
    /// The book: the folder that months are published in
    #[arg(long, value_name = "DIR")]
    pub book: Option<PathBuf>,
    /// A TOML job file that names the book; the command line wins over it
    #[arg(long, value_name = "FILE")]
    pub job: Option<PathBuf>,
}

/// What a run may use of the machine. It changes no result.
#[derive(Debug, Clone, Default, Args)]
pub struct MachineArgs {
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory for event ids, such as 4GiB; beyond it they go to the disk meanwhile [default: half
    /// of what the machine or the container has]
    #[arg(long, value_name = "SIZE")]
    pub memory_budget: Option<String>,
}

/// How a command speaks.
#[derive(Debug, Args)]
pub struct SpeakArgs {
    /// Print the result as one JSON object on standard output
    #[arg(long)]
    pub json: bool,
    /// The form of the log on standard error [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Say more
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say nothing but warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What can be done with a catalogue alone.
#[derive(Debug, Subcommand)]
pub enum CatalogCommand {
    /// Print the plans of a catalogue, or of every version in a folder
    Show {
        /// A TOML file, or a folder of dated ones
        path: PathBuf,
    },
    /// Refuse a catalogue with the line and the reason, or say nothing and exit with 0
    Check {
        /// A TOML file, or a folder of dated ones
        path: PathBuf,
    },
}
