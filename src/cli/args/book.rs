//! What the commands take that treat a book as a whole, or move old months to an archive and back.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{BookArgs, OutputOptions};

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  A nightly copy from the disk to a bucket, of what is new:
    monthend book copy book s3://billing-backup/book

  Back to a disk:
    monthend book copy s3://billing-backup/book restored
    monthend verify --book restored

",
    exit_codes!()
);

/// What can be done with a book as a whole.
#[derive(Debug, Subcommand)]
pub enum BookCommand {
    /// Copy a book to another place, or what is new of it
    ///
    /// From a disk or object storage to a disk or object storage: imported openings, then months and
    /// revisions in order. Each is in force in the copy once all its files are there and are what the
    /// manifest says, so that the copy is a sound book at every point. The same command once more copies
    /// what has been published since; a place that holds another book is refused. Archived months are
    /// copied whole, from their archive.
    #[command(after_long_help = EXAMPLES)]
    Copy(CopyArgs),
}

/// What `book copy` takes.
#[derive(Debug, Args)]
pub struct CopyArgs {
    /// The book: a folder, or an address such as s3://bucket/book
    pub from: PathBuf,
    /// Where the copy goes: a folder or an address, that holds nothing or an earlier copy
    pub to: PathBuf,
    /// Where archived months are now [default: where they were moved to]
    #[arg(long, value_name = "DIR")]
    pub archive: Option<PathBuf>,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

pub(super) const ARCHIVE_EXAMPLES: &str = concat!(
    "\
Examples:
  Two years stay in the book:
    monthend archive --before 2025-01 --to /archive/billing --book book
    monthend verify --book book

  A month is put back, to be billed again:
    monthend unarchive --month 2024-12 --book book

",
    exit_codes!()
);

/// What `archive` takes.
#[derive(Debug, Args)]
pub struct ArchiveArgs {
    /// The first month that stays, such as 2025-01: all published months before it are moved
    #[arg(long, value_name = "MONTH")]
    pub before: String,
    /// The folder, or the address in object storage, that the months are moved to, each into a folder of its name
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Where recorded inputs are now: those whose path begins with OLD are read below NEW
    #[arg(long, value_name = "OLD=NEW")]
    pub moved: Vec<String>,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `unarchive` takes.
#[derive(Debug, Args)]
pub struct UnarchiveArgs {
    /// The month that is put back, such as 2024-12
    #[arg(long, value_name = "MONTH", required_unless_present = "all")]
    pub month: Option<String>,
    /// Put all archived months back
    #[arg(long, conflicts_with = "month")]
    pub all: bool,
    /// Where the archived months are now [default: where they were moved to]
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
