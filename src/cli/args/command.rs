//! The commands.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::book::{self, ArchiveArgs, BookCommand, UnarchiveArgs};
use super::desk::{
    self, DiffArgs, ExplainArgs, ReconcileArgs, ReportArgs, StateCommand, StatusArgs, VerifyArgs,
};
use super::export::ExportCommand;
use super::generated::{self, CompletionsArgs, ManArgs};
use super::giving::{self, AdjustArgs, GrantArgs, WaiveArgs};
use super::init::{self, InitArgs};
use super::rerun::{self, RerunArgs};
use super::run::{self, InputArgs, PublishArgs, RollupCommand, RunArgs};
use super::shared::{BookArgs, JobArgs, MonitoringArgs, OutputOptions};
use crate::cli::version;

/// Bill a month of credit-based subscriptions.
///
/// Reads a month of usage and plan changes, replays each account's month through the billing
/// rules, and publishes invoices, overage charges and expired credits as Parquet and CSV into a
/// book of immutable revisions.
#[derive(Debug, Parser)]
#[command(version, long_version = version::LONG.as_str(), after_help = exit_codes!(), after_long_help = exit_codes!())]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a job file, a catalogue and .gitignore for months of your own
    ///
    /// Looks at samples of the logs, and writes what reads them: the names of columns, the delimiter,
    /// what instants are, words of the change log. Each conclusion is told with its evidence. On a
    /// terminal, what cannot be told is asked.
    #[command(after_long_help = init::EXAMPLES)]
    Init(InitArgs),
    /// Bill a month and publish it in the book
    ///
    /// A month that is published already is left alone: the same result says so, with the exit
    /// code of its findings, another result is refused with 1.
    #[command(after_long_help = run::EXAMPLES)]
    Run(RunArgs),
    /// Put the parts of a month together that `run --part` has billed, and publish it
    ///
    /// Numbers the documents, checks the whole month, and publishes what one run would have. Parts that
    /// are missing are named, with exit code 75.
    #[command(after_long_help = run::PUBLISH_EXAMPLES)]
    Publish(PublishArgs),
    /// Read and check everything, publish nothing
    ///
    /// Does all the work of `run` with the same inputs, the conservation check included. The
    /// book is only read: for the opening state, and to compare with a month that is published.
    #[command(after_long_help = exit_codes!())]
    Check(InputArgs),
    /// Bill a published month again, from what its manifest records
    #[command(after_long_help = rerun::EXAMPLES)]
    Rerun(RerunArgs),
    /// Give an account of a published month money back, or charge it more
    ///
    /// One adjustment, and one further revision of the month, as `rerun --add-adjustments` makes it
    /// of a file. Prints the documents that the customer sees then. The same command once more gives
    /// nothing more.
    #[command(after_long_help = giving::ADJUST_EXAMPLES)]
    Adjust(AdjustArgs),
    /// Give accounts the overage of an incident back
    ///
    /// An adjustment for each account, and one further revision of the month: what it was charged for
    /// the overage between two instants, worked out event by event. Prints the documents that the
    /// customers see then. What was given back already is not given again.
    #[command(after_long_help = giving::WAIVE_EXAMPLES)]
    Waive(WaiveArgs),
    /// Give an account credits, from now on
    ///
    /// Writes a change `grant` into a file of its own, where the job's next run reads it. The account
    /// must be in the newest month of the book, the kind in the catalogue, and the month not
    /// published yet. The same command once more writes nothing more.
    #[command(after_long_help = giving::GRANT_EXAMPLES)]
    Grant(GrantArgs),
    /// Show what differs between two revisions of a month, and why
    #[command(after_long_help = exit_codes!())]
    Diff(DiffArgs),
    /// Tell an account's month as a person would
    #[command(after_long_help = exit_codes!())]
    Explain(ExplainArgs),
    /// Show the months of a book: revisions, totals, what is stale or missing
    #[command(after_long_help = desk::STATUS_EXITS)]
    Status(StatusArgs),
    /// Check everything in a book, as an auditor would
    #[command(after_long_help = exit_codes!())]
    Verify(VerifyArgs),
    /// Move old months out of the book, which keeps what it rests on
    ///
    /// The months are verified, copied, and verified again before they leave. The book keeps their
    /// manifests, totals and closing states; what asks for their tables reads them in the archive
    /// while it is there.
    #[command(after_long_help = book::ARCHIVE_EXAMPLES)]
    Archive(ArchiveArgs),
    /// Put archived months back into the book
    #[command(after_long_help = exit_codes!())]
    Unarchive(UnarchiveArgs),
    /// Have a month's usage added up by an engine that runs where the logs lie
    #[command(subcommand)]
    Rollup(RollupCommand),
    /// Copy a book as a whole
    #[command(subcommand)]
    Book(BookCommand),
    /// Match payments with the documents in force
    #[command(after_long_help = desk::RECONCILE_EXAMPLES)]
    Reconcile(ReconcileArgs),
    /// Put a month's figures together, beside the twelve months before it
    ///
    /// Headline figures, revenue by plan and kind, movements of recurring revenue, plans, credits, overage,
    /// notes, what bought grants still owe: as a page with pictures, as JSON, as Parquet. Each table is the
    /// answer to a question that is in jobs/sql as SQL. docs/REPORT.md describes them.
    #[command(after_long_help = desk::REPORT_EXAMPLES)]
    Report(ReportArgs),
    /// Export a month in another form, journal entries, invoices to send, or all of an account
    #[command(subcommand)]
    Export(ExportCommand),
    /// Show an account's state, or import the state of accounts billed elsewhere until now
    #[command(subcommand)]
    State(StateCommand),
    /// Tell what an error's code, or a finding's word, stands for, and what to do about it
    Errors {
        /// A code such as ME0313, or a word such as late-usage [default: list all]
        code: Option<String>,
        /// How it answers.
        #[command(flatten)]
        output: OutputOptions,
    },
    /// Show or check a catalogue
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Print the completions of a shell
    #[command(after_long_help = generated::COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Write the manual pages, one for each command
    #[command(after_long_help = generated::MAN_EXAMPLES)]
    Man(ManArgs),
}

/// A command of which files beside the book tell how it went.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    /// Its name; a dry run is no run.
    pub name: &'static str,
    /// What was typed of the files.
    pub files: &'a MonitoringArgs,
    /// The book that was typed.
    pub book: Option<&'a PathBuf>,
    /// The job file.
    pub job: &'a JobArgs,
    /// Whether it bills months.
    pub bills: bool,
}

impl Command {
    /// What is told of it beside the book, where anything is.
    pub fn watched(&self) -> Option<Watched<'_>> {
        let (name, files, book, job) = match self {
            // The month is told of when its parts are put together.
            Command::Run(RunArgs { part: Some(_), .. }) => return None,
            Command::Run(RunArgs { input, plan, .. }) => {
                let name = if plan.dry_run { "dry-run" } else { "run" };
                (name, &input.process.monitoring, &input.book, &input.job)
            }
            Command::Publish(PublishArgs { input, .. }) => {
                ("publish", &input.process.monitoring, &input.book, &input.job)
            }
            Command::Check(args) => ("check", &args.process.monitoring, &args.book, &args.job),
            Command::Rerun(RerunArgs { book, plan, process, .. }) => {
                let name = if plan.dry_run { "dry-run" } else { "rerun" };
                (name, &process.monitoring, &book.book, &book.job)
            }
            Command::Adjust(AdjustArgs { giving, .. })
            | Command::Waive(WaiveArgs { giving, .. }) => {
                let name = match self {
                    _ if giving.plan.dry_run => "dry-run",
                    Command::Waive(_) => "waive",
                    _ => "adjust",
                };
                (name, &giving.process.monitoring, &giving.book.book, &giving.book.job)
            }
            Command::Verify(args) => {
                ("verify", &args.monitoring, &args.book.at.book, &args.book.at.job)
            }
            Command::Reconcile(args) => {
                ("reconcile", &args.monitoring, &args.book.at.book, &args.book.at.job)
            }
            _ => return None,
        };
        let bills = !matches!(self, Command::Verify(_) | Command::Reconcile(_));
        Some(Watched { name, files, book: book.as_ref(), job, bills })
    }

    /// Whether it leaves something where it was not, of which its answer tells.
    pub fn writes(&self) -> bool {
        match self {
            Command::State(StateCommand::Import(_)) => true,
            Command::Archive(_) | Command::Unarchive(_) | Command::Book(_) => true,
            Command::Grant(args) => !args.dry_run,
            _ => false,
        }
    }

    /// How it answers.
    pub fn output(&self) -> OutputOptions {
        match self {
            Command::Init(args) => args.output,
            Command::Run(args) => args.input.process.output,
            Command::Publish(args) => args.input.process.output,
            Command::Check(args) => args.process.output,
            Command::Rerun(args) => args.process.output,
            Command::Adjust(args) => args.giving.process.output,
            Command::Waive(args) => args.giving.process.output,
            Command::Grant(args) => args.output,
            Command::Diff(args) => args.ask.output,
            Command::Explain(args) => args.ask.output,
            Command::Status(args) => args.ask.output,
            Command::Verify(args) => args.output,
            Command::Archive(args) => args.output,
            Command::Unarchive(args) => args.output,
            Command::Book(BookCommand::Copy(args)) => args.output,
            Command::Rollup(RollupCommand::Request(args)) => args.input.process.output,
            Command::Reconcile(args) => args.output,
            Command::Report(args) => args.ask.output,
            Command::Export(ExportCommand::Focus(args)) => args.ask.output,
            Command::Export(ExportCommand::Account(args)) => args.ask.output,
            Command::Export(ExportCommand::Invoice(args)) => args.ask.output,
            Command::Export(ExportCommand::Journal(args)) => args.ask.output,
            Command::State(StateCommand::Import(args)) => args.output,
            Command::State(StateCommand::Show(args)) => args.ask.output,
            Command::Errors { output, .. } => *output,
            Command::Catalog(_) | Command::Completions(_) | Command::Man(_) => {
                OutputOptions::default()
            }
        }
    }
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
    ///
    /// With --book or --job, also a catalogue that lacks a plan which accounts are on: by the newest
    /// state in the book, for the version that bills the month after it and for all later ones.
    Check {
        /// A TOML file, or a folder of dated ones
        path: PathBuf,
        /// Where the book is.
        #[command(flatten)]
        book: BookArgs,
    },
}
