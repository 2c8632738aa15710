//! What `rerun` takes, and what it shares with `run`.

use std::path::PathBuf;

use clap::Args;

use super::shared::{BookArgs, ProcessArgs};

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  A late file, and the months after it:
    monthend rerun --month 2026-04 --book book --add-usage late.csv \\
        --reason 'late file' --cascade

  What a corrected file would change, and then that and nothing else:
    monthend rerun --month 2026-05 --book book --replace-usage usage.csv=corrected.csv --dry-run
    monthend rerun --month 2026-05 --book book --replace-usage usage.csv=corrected.csv \\
        --reason 'corrected file' --only-if DIGEST

  A price that was wrong since April:
    monthend rerun --month 2026-04 --book book --catalog corrected.toml --through last \\
        --reason 'price of Pro'

  A dispute of one account:
    monthend rerun --month 2026-05 --book book --accounts ann --drop-events disputed.csv \\
        --reason 'ticket 1042'

Files given with --drop-events are CSV with the columns event_id and reason.

",
    exit_codes!()
);

/// What a later revision of a month takes, by `run` or by `rerun`.
#[derive(Debug, Clone, Default, Args)]
pub struct CorrectionArgs {
    /// Why there is another revision; without it a published month is left alone
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Publish a month that does not meet what is expected of it, and why: the manifest keeps the
    /// text and what was not met
    #[arg(long, value_name = "TEXT")]
    pub accept: Option<String>,
    /// The date of new documents [default: notes today (UTC), invoices the first of the next month]
    #[arg(long, value_name = "DATE")]
    pub issued_on: Option<String>,
    /// Bill the later months again that this touches: whose opening state changes with it, or which
    /// have rows in files that are added or replaced, or events that are left out
    #[arg(long)]
    pub cascade: bool,
    /// Write the tables of what differs, and why, into this folder
    #[arg(long, value_name = "DIR")]
    pub differences: Option<PathBuf>,
}

/// What lets people look before a month is published.
#[derive(Debug, Clone, Default, Args)]
pub struct PlanArgs {
    /// Do all the work and say what would be published or change, but publish nothing
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run: write the tables of every month into this folder, which must be new or empty
    #[arg(long, value_name = "DIR", requires = "dry_run")]
    pub out: Option<PathBuf>,
    /// Publish only the result of this digest, which --dry-run has told
    #[arg(long, value_name = "DIGEST", conflicts_with = "dry_run")]
    pub only_if: Option<String>,
}

/// What `rerun` takes.
#[derive(Debug, Args)]
pub struct RerunArgs {
    /// The month, such as 2026-04, or `latest` for the last one in the book
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// Later revisions.
    #[command(flatten)]
    pub correction: CorrectionArgs,
    /// Bill all published months up to this one again, with the same corrections; `last` is the last
    /// one of the book
    #[arg(long, value_name = "MONTH|last")]
    pub through: Option<String>,
    /// Usage files, folders or globs to add to those that the manifest records
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub add_usage: Vec<PathBuf>,
    /// Change logs to add
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub add_changes: Vec<PathBuf>,
    /// Adjustments to add, with the columns adjustment_id, account_id, at, amount, description
    #[arg(long, alias = "adjustments", value_name = "PATH", num_args = 1..)]
    pub add_adjustments: Vec<PathBuf>,
    /// Read a usage file instead of a recorded one; the same path twice takes the file as it is now
    #[arg(long, value_name = "OLD=NEW")]
    pub replace_usage: Vec<String>,
    /// Read a change log instead of a recorded one
    #[arg(long, value_name = "OLD=NEW")]
    pub replace_changes: Vec<String>,
    /// Leave out the events that a CSV file lists, with the columns event_id and reason
    #[arg(long, value_name = "FILE")]
    pub drop_events: Option<PathBuf>,
    /// Another catalogue than the recorded one, for this month and those up to --through: a TOML file,
    /// or a folder of dated ones
    #[arg(long, value_name = "PATH")]
    pub catalog: Option<PathBuf>,
    /// Bill only these accounts anew, and carry all others over as they are: ids, or @FILE with one
    /// id a line
    #[arg(long, value_name = "ID,...|@FILE", value_delimiter = ',')]
    pub accounts: Vec<String>,
    /// Another opening than the recorded one; `stale-ok` takes the recorded one though a later
    /// revision has changed it
    #[arg(long, value_name = "book|genesis|stale-ok|PATH")]
    pub opening: Option<String>,
    /// Bill by a rollup made elsewhere, which lies in this folder or below this address (docs/ROLLUP.md)
    #[arg(long, value_name = "DIR", conflicts_with = "accounts")]
    pub rollup: Option<PathBuf>,
    /// Bill nothing, but write into this folder or below this address what an engine is to roll up for
    /// this rerun; bill it then with the same options and --rollup
    #[arg(long, value_name = "DIR", conflicts_with_all = ["accounts", "rollup", "cascade", "through"])]
    pub request_rollup: Option<PathBuf>,
    /// Where recorded inputs are now: those whose path begins with OLD are read below NEW
    #[arg(long, value_name = "OLD=NEW")]
    pub moved: Vec<String>,
    /// The largest share of rows that may be unreadable, from 0 to 1 [default: as recorded]
    #[arg(long, value_name = "SHARE")]
    pub max_reject_share: Option<String>,
    /// Looking before publishing.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Its process.
    #[command(flatten)]
    pub process: ProcessArgs,
}
