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

mod book;
mod command;
mod desk;
mod export;
mod generated;
mod giving;
mod init;
mod rerun;
mod run;
mod shared;

pub use book::{ArchiveArgs, BookCommand, CopyArgs, UnarchiveArgs};
pub use command::{CatalogCommand, Cli, Command};
pub use desk::{
    DiffArgs, ExplainArgs, PaymentArgs, ReconcileArgs, ReportArgs, StateCommand, StateImportArgs,
    StateShowArgs, StatusArgs, VerifyArgs,
};
pub use export::{
    AccountArgs, ExportCommand, FocusArgs, InvoiceArgs, JournalArgs, JournalDetail, LedgerFormat,
};
pub use giving::{AdjustArgs, GivingArgs, GrantArgs, WaiveArgs};
pub use init::InitArgs;
pub use rerun::{CorrectionArgs, PlanArgs, RerunArgs};
pub use run::{InputArgs, PublishArgs, RollupCommand, RollupRequestArgs, RunArgs};
pub use shared::{BookArgs, JobArgs, LogFormat, MonitoringArgs, OutputOptions, ReadArgs};
