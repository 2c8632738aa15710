//! What `grant` takes: credits for an account, between runs.

use clap::Args;

use super::shared::{BookArgs, OutputOptions};

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  What the customer would get, and then that:
    monthend grant ann --kind goodwill --credits 100 --reason 'ticket 1042' --dry-run
    monthend grant ann --kind goodwill --credits 100 --reason 'ticket 1042'

  Until the end of July:
    monthend grant ann --kind goodwill --credits 100 --expires 2026-08-01 --reason 'ticket 1042'

The job file says where grants are written, a folder that `changes` reads:
  changes = [\"changes\"]
  grants = \"changes/grants\"

",
    exit_codes!()
);

/// What `grant` takes.
#[derive(Debug, Args)]
pub struct GrantArgs {
    /// The account's id
    pub account: String,
    /// The kind of grant, as the catalogue has it
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// How many credits [default: those of the kind]
    #[arg(long, value_name = "NUMBER")]
    pub credits: Option<String>,
    /// When they expire: an instant, or a day for its first instant in UTC [default: as the kind says]
    #[arg(long, value_name = "INSTANT|DATE")]
    pub expires: Option<String>,
    /// When they are given, in a month that is not published: an instant, or a day for its first
    /// instant in UTC [default: now, to the second]
    #[arg(long, value_name = "INSTANT|DATE")]
    pub at: Option<String>,
    /// Why: the change log keeps it
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The id of the change, which is written once [default: made of account, kind, credits, end and
    /// reason, so that the same command gives nothing twice]
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Say what would be given, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// How it answers.
    #[command(flatten)]
    pub output: OutputOptions,
}
