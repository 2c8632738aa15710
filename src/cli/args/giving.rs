//! What `adjust`, `waive` and `grant` take: money, or credits, for accounts.

use clap::Args;

use super::rerun::{CorrectionArgs, PlanArgs};
use super::shared::{BookArgs, OutputOptions, ProcessArgs};

pub(super) const ADJUST_EXAMPLES: &str = concat!(
    "\
Examples:
  What the customer would see, and then that and nothing else:
    monthend adjust ann --month 2026-05 --amount -5.00 --reason 'ticket 1042' --dry-run
    monthend adjust ann --month 2026-05 --amount -5.00 --reason 'ticket 1042' --only-if DIGEST

  The same amount a second time, on purpose:
    monthend adjust ann --month 2026-05 --amount -5.00 --reason 'ticket 1042' --id 1042-b

",
    exit_codes!()
);

pub(super) const WAIVE_EXAMPLES: &str = concat!(
    "\
Examples:
  A job of ours ran wild for two hours, and hit accounts that a file lists, one id a line:
    monthend waive @hit.txt --month 2026-05 --overage --from 2026-05-21T02:00:00Z \\
        --until 2026-05-21T04:00:00Z --reason 'incident 7'

  All overage of a month:
    monthend waive ann --month 2026-05 --overage --reason 'ticket 1042'

",
    exit_codes!()
);

/// What the two share: a month, and how its next revision is published.
#[derive(Debug, Args)]
pub struct GivingArgs {
    /// The month, such as 2026-04, or `latest` for the last one in the book
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// Where the book is.
    #[command(flatten)]
    pub book: BookArgs,
    /// Later revisions.
    #[command(flatten)]
    pub correction: CorrectionArgs,
    /// Where recorded inputs are now: those whose path begins with OLD are read below NEW
    #[arg(long, value_name = "OLD=NEW")]
    pub moved: Vec<String>,
    /// Looking before publishing.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// Its process.
    #[command(flatten)]
    pub process: ProcessArgs,
}

/// What `adjust` takes.
#[derive(Debug, Args)]
pub struct AdjustArgs {
    /// The account's id
    pub account: String,
    /// What is charged, in the currency of the month; less than 0 is given back
    #[arg(long, allow_hyphen_values = true)]
    pub amount: String,
    /// What the customer reads on the line, 1 to 200 characters [default: the reason]
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// When it falls due, within the month [default: the month's last instant]
    #[arg(long, value_name = "INSTANT")]
    pub at: Option<String>,
    /// The adjustment's id, which is given once [default: made of account, month, amount and
    /// description, so that the same command gives nothing twice]
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// The month, and how its next revision is published.
    #[command(flatten)]
    pub giving: GivingArgs,
}

/// What `waive` takes.
#[derive(Debug, Args)]
pub struct WaiveArgs {
    /// The accounts: ids, or @FILE with one id a line
    #[arg(value_name = "ID,...|@FILE", value_delimiter = ',', required = true)]
    pub accounts: Vec<String>,
    /// Waive overage: the only charge that can be waived
    #[arg(long, required = true)]
    pub overage: bool,
    /// The first instant whose overage is given back [default: the month's start]
    #[arg(long, value_name = "INSTANT")]
    pub from: Option<String>,
    /// The first instant after it [default: the month's end]
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<String>,
    /// What the customers read on the line, 1 to 200 characters [default: the window and its credits]
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// The month, and how its next revision is published.
    #[command(flatten)]
    pub giving: GivingArgs,
}

pub(super) const GRANT_EXAMPLES: &str = concat!(
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
