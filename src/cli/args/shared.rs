//! What several commands take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where the book is.
#[derive(Debug, Args)]
pub struct BookArgs {
    /// The book: the folder that months are published in, or an address such as s3://bucket/book
    #[arg(long, value_name = "DIR")]
    pub book: Option<PathBuf>,
    /// The job file.
    #[command(flatten)]
    pub job: JobArgs,
}

/// Which job file there is.
#[derive(Debug, Clone, Default, Args)]
pub struct JobArgs {
    /// A TOML job file with the inputs, the book and how to read them; the command line wins over
    /// it, key by key [default: that of the variable MONTHEND_JOB, or else the first monthend.toml
    /// from the working folder upward]
    #[arg(long, value_name = "FILE")]
    pub job: Option<PathBuf>,
    /// Look for no job file
    #[arg(long, conflicts_with = "job")]
    pub no_job: bool,
}

/// The book that a command reads, archived months of it included.
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// Where the book is.
    #[command(flatten)]
    pub at: BookArgs,
    /// Where archived months are now [default: where they were moved to]
    #[arg(long, value_name = "DIR")]
    pub archive: Option<PathBuf>,
}

/// Files beside the book that say how a command went.
#[derive(Debug, Clone, Default, Args)]
pub struct MonitoringArgs {
    /// Write metrics into this file, for Prometheus by way of node_exporter: also where it fails
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<PathBuf>,
    /// Add to this file what was made of what, as run events of OpenLineage, one JSON object a line:
    /// also where it fails
    #[arg(long, value_name = "FILE")]
    pub lineage_file: Option<PathBuf>,
}

/// How a command answers; no part of what it does.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct OutputOptions {
    /// Print the result as one JSON object on standard output
    #[arg(long)]
    pub json: bool,
    /// The form of the log on standard error [default: text]
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, hide_default_value = true)]
    pub log_format: LogFormat,
    /// Say more
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say nothing but warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What a command that bills months is told of its process.
#[derive(Debug, Args)]
pub struct ProcessArgs {
    /// The exit code where rejects or exceptions deserve a look, 0 included [default: 3]
    #[arg(long, value_name = "N")]
    pub findings_exit_code: Option<u8>,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory for event ids, and for accounts, such as 4GiB; beyond it ids go to the disk meanwhile,
    /// and accounts are billed in parts [default: half of what the machine or the container has, for
    /// ids 1GiB at most]
    #[arg(long, value_name = "SIZE")]
    pub memory_budget: Option<String>,
    /// Files beside the book.
    #[command(flatten)]
    pub monitoring: MonitoringArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What a command takes that asks something of a book, and writes nothing beside it.
#[derive(Debug, Args)]
pub struct AskArgs {
    /// The book that it reads.
    #[command(flatten)]
    pub book: ReadArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
