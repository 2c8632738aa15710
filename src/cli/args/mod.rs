//! What can be typed: a struct for each command.

/// The end of every help text; a macro, since `concat!` takes no constants.
macro_rules! exit_codes {
    () => {
        "\
Exit codes:
  0   published, or nothing to change
  1   failed; nothing published but what the message says
  2   wrong command line, job file or catalogue
  3   published, now or before, with findings that someone should look at: rejects, exceptions;
      a book that deserves a look
  4   the month is not what is expected of it; the conservation check, a verification or a
      reconciliation failed
  75  another run holds the month's lock, or storage did not answer: try later
  130, 143  stopped by Ctrl-C or SIGTERM: the last line says what was published, if anything
  An unknown code is a failure."
    };
}

mod adjust;
mod archive;
mod book;
mod command;
mod desk;
mod export;
mod generated;
mod grant;
mod init;
mod payments;
mod reconcile;
mod report;
mod rerun;
mod rollup;
mod run;
mod shared;

pub use adjust::{AdjustArgs, GivingArgs, WaiveArgs};
pub use archive::{ArchiveArgs, UnarchiveArgs};
pub use book::{BookCommand, CopyArgs};
pub use command::{CatalogCommand, Cli, Command};
pub use desk::{
    DiffArgs, ExplainArgs, StateCommand, StateImportArgs, StateShowArgs, StatusArgs, VerifyArgs,
};
pub use export::{
    AccountArgs, ExportCommand, FocusArgs, InvoiceArgs, JournalArgs, JournalDetail, LedgerFormat,
};
pub use grant::GrantArgs;
pub use init::InitArgs;
pub use payments::PaymentArgs;
pub use reconcile::ReconcileArgs;
pub use report::ReportArgs;
pub use rerun::{CorrectionArgs, PlanArgs, RerunArgs};
pub use rollup::{RollupCommand, RollupRequestArgs};
pub use run::{InputArgs, PublishArgs, RunArgs};
pub use shared::{BookArgs, JobArgs, LogFormat, MonitoringArgs, OutputOptions, ReadArgs};
