//! What `run`, `publish`, `check` and `rollup request` take.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::rerun::{CorrectionArgs, PlanArgs};
use super::shared::{JobArgs, ProcessArgs};
use crate::base::part::Part;

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  The first month, from nothing; every later one starts from the book:
    monthend run --month 2026-04 --opening genesis --catalog catalogs \\
        --changes changes.csv --usage usage/2026-04 --book book
    monthend run --month 2026-05 --catalog catalogs \\
        --changes changes.csv --usage 'usage/2026-05-*.parquet' --book book

  From a scheduler, on the first of each month, and after an outage all that are due by then:
    monthend run --job month.toml --through previous --log-format json --json

  A log whose columns have other names:
    monthend run … --map-usage at=timestamp,credits=cost

  … whose changes and plans have other names:
    monthend run … --change-values subscribe=signup,switch=plan --plan-values 'Pro Monthly=pro'

  … whose times are milliseconds since 1970; and a change log from a spreadsheet:
    monthend run … --instants usage=epoch-ms --csv-delimiter 'changes=;' --assume-utc=changes

Job file (TOML; keys are the options with underscores, paths are relative to the file):
    catalog = \"catalogs\"
    changes = [\"changes.csv\"]
    usage = [\"usage/{month}-*\"]        # {month} is 2026-04, {year} is 2026
    book = \"book\"
    map_usage = { at = \"timestamp\" }
    change_values = { subscribe = \"signup\" }
    assume_utc = true                  # for one log: { usage = true }
    instants = { usage = \"epoch-ms\" }
    csv = { delimiter = \";\", decimal = \",\" }
    [expect]                           # a month that is otherwise is not published
    complete_until = \"6h\"              # the last event lies within 6 hours before its end
    events = { change = 0.5 }          # half as many more or less than the month before

",
    exit_codes!()
);

/// What `run` takes.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The inputs.
    #[command(flatten)]
    pub input: InputArgs,
    /// Bill every month that is due up to this one, or `previous`, in order: from the one after the
    /// last in the book, or from --month, which may also be said as --month 2026-04..2026-06. The
    /// first that cannot be published ends the run. --opening is the first one's
    #[arg(long, value_name = "MONTH")]
    pub through: Option<String>,
    /// Bill the K-th of N parts of the accounts, and leave it in the book: `publish` puts all parts
    /// together. For months whose accounts are too many for one run; parts are billed side by side
    #[arg(
        long,
        value_name = "K/N",
        conflicts_with_all = ["through", "dry_run", "only_if", "reason", "cascade", "differences"]
    )]
    pub part: Option<Part>,
    /// Later revisions.
    #[command(flatten)]
    pub correction: CorrectionArgs,
    /// Looking before publishing.
    #[command(flatten)]
    pub plan: PlanArgs,
}

pub(super) const PUBLISH_EXAMPLES: &str = concat!(
    "\
Examples:
  A month in eight parts, each by a process of its own, on whatever machine, in any order:
    monthend run --job job.toml --month 2026-04 --part 1/8
    …
    monthend run --job job.toml --month 2026-04 --part 8/8
    monthend publish --job job.toml --month 2026-04

",
    exit_codes!()
);

/// What `publish` takes.
#[derive(Debug, Args)]
pub struct PublishArgs {
    /// The inputs, as the parts had them.
    #[command(flatten)]
    pub input: InputArgs,
    /// Publish a month that does not meet what is expected of it, and why: the manifest keeps the
    /// text and what was not met
    #[arg(long, value_name = "TEXT")]
    pub accept: Option<String>,
    /// The date of the documents, as the parts had it [default: the first of the next month]
    #[arg(long, value_name = "DATE")]
    pub issued_on: Option<String>,
}

/// What goes in, shared by `run` and `check`.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// The month, such as 2026-04, or `previous` for the one before today's (UTC)
    #[arg(long, value_name = "MONTH")]
    pub month: Option<String>,
    /// The catalogue: a TOML file, or a folder of dated ones
    #[arg(long, value_name = "PATH")]
    pub catalog: Option<PathBuf>,
    /// The change log: files, folders or globs, here or in object storage (Parquet, CSV,
    /// NDJSON; text also .gz, .zst, .br)
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub changes: Vec<PathBuf>,
    /// The usage log: files, folders or globs, here or in object storage (Parquet, CSV,
    /// NDJSON; text also .gz, .zst, .br)
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub usage: Vec<PathBuf>,
    /// Adjustments of the month: amounts that are added to invoices as they are (Parquet, CSV, NDJSON
    /// with the columns adjustment_id, account_id, at, amount, description)
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub adjustments: Vec<PathBuf>,
    /// The book: the folder that months are published in, or an address such as s3://bucket/book
    #[arg(long, value_name = "DIR")]
    pub book: Option<PathBuf>,
    /// Bill by a rollup made elsewhere, which lies in this folder or below this address (docs/ROLLUP.md)
    #[arg(long, value_name = "DIR")]
    pub rollup: Option<PathBuf>,
    /// What the month starts from: `book` (the closing state of the month before, or else an
    /// imported state), `genesis` (no history), a state file, or `stale-ok` (the book's, though a
    /// later revision of an earlier month has changed what it rests on) [default: book]
    #[arg(long, value_name = "book|genesis|stale-ok|PATH")]
    pub opening: Option<String>,
    /// The job file.
    #[command(flatten)]
    pub job: JobArgs,
    /// Names of the usage log's columns, where they differ: event_id, account_id, at, credits
    #[arg(long, value_name = "OURS=THEIRS", value_delimiter = ',')]
    pub map_usage: Vec<String>,
    /// Names of the change log's columns: change_id, account_id, at, change, plan,
    /// grant, credits, expires_at
    #[arg(long, value_name = "OURS=THEIRS", value_delimiter = ',')]
    pub map_changes: Vec<String>,
    /// What words of the change log mean where it has its own: signup, plan, overage_on, overage_off,
    /// overage_limit, grant, grant_void
    #[arg(long, value_name = "THEIRS=OURS", value_delimiter = ',')]
    pub change_values: Vec<String>,
    /// Which plans of the catalogue the change log's names of plans mean; THEIRS= means none
    #[arg(long, value_name = "THEIRS=OURS", value_delimiter = ',')]
    pub plan_values: Vec<String>,
    /// The usage log has no event ids: look for no duplicates
    #[arg(long)]
    pub no_event_ids: bool,
    /// Times without an offset are in UTC: of both logs, or of one. They are unreadable otherwise
    #[arg(
        long,
        value_name = "usage|changes",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "all"
    )]
    pub assume_utc: Vec<String>,
    /// Numbers are instants of this unit since 1970: epoch-s, epoch-ms, epoch-us or epoch-ns; for one
    /// log usage=UNIT or changes=UNIT. They are unreadable otherwise
    #[arg(long, value_name = "UNIT", value_delimiter = ',')]
    pub instants: Vec<String>,
    /// What stands between the cells of CSV: ';', '|', tab; for one log usage=';' [default: ,]
    #[arg(long, value_name = "CHAR")]
    pub csv_delimiter: Vec<String>,
    /// What stands before the decimals of credits in CSV: a point or a comma; for one log
    /// usage=',' [default: .]
    #[arg(long, value_name = "CHAR")]
    pub csv_decimal: Vec<String>,
    /// The largest share of rows that may be unreadable, from 0 to 1 [default: 0.001]
    #[arg(long, value_name = "SHARE")]
    pub max_reject_share: Option<String>,
    /// Keep the ids of the usage billed in the month's last N hours, by which the next month knows a
    /// retry; 0 keeps none [default: 24]
    #[arg(long, value_name = "N")]
    pub recent_hours: Option<u32>,
    /// Documents are to be paid so many days after their issue, from 0 to 365, as their column `due_on`
    /// says [default: it is empty]
    #[arg(long, value_name = "DAYS")]
    pub payment_term_days: Option<u32>,
    /// Its process.
    #[command(flatten)]
    pub process: ProcessArgs,
}

pub(super) const ROLLUP_EXAMPLES: &str = concat!(
    "\
Examples:
  A month rolled up by Spark:
    monthend rollup request --job job.toml --month 2026-04 --out s3://bucket/rollup/2026-04
    spark-submit jobs/spark/rollup.py --request s3://bucket/rollup/2026-04/request.json
    monthend run --job job.toml --month 2026-04 --rollup s3://bucket/rollup/2026-04

",
    exit_codes!()
);

/// What is done about rollups made elsewhere.
#[derive(Debug, Subcommand)]
pub enum RollupCommand {
    /// Write what an engine is to roll up for a month
    ///
    /// Into a folder, or below an address: the boundaries of all accounts' segments, and request.json,
    /// which names the usage log's files with their rows and types. An engine that keeps to docs/ROLLUP.md
    /// writes its sums beside it, and `run --rollup` proves and bills them. Nothing is published.
    #[command(after_long_help = ROLLUP_EXAMPLES)]
    Request(RollupRequestArgs),
}

/// What `rollup request` takes.
#[derive(Debug, Args)]
pub struct RollupRequestArgs {
    /// The inputs.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where the request goes: a folder, or an address such as s3://bucket/rollup/2026-04
    /// [default: `rollup` of the job file]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
