//! April of the fixtures, taken through the stages one by one.

use monthend::base::calendar::Month;
use monthend::base::exceptions::Exception;
use monthend::base::scope::Scope;
use monthend::billing::replay::{AccountReplay, AccountReplays, Replay};
use monthend::billing::rollup::{
    BilledBefore, Boundaries, Retries, Rollup, Selection, UsageInput, roll_up,
};
use monthend::billing::timeline::{self, Opening, Timeline};
use monthend::catalog::Catalog;
use monthend::input::changes;
use monthend::input::logs::{self, LogSchema};
use monthend::run;
use tempfile::TempDir;

use super::Outcome;
use crate::fixtures_job::job;

/// All that the stages come to.
pub struct April {
    pub month: Month,
    pub catalog: Catalog,
    pub timeline: Timeline,
    /// Changes that cannot be applied.
    pub refused: Vec<Exception>,
    pub rollup: Rollup,
    pub outcomes: Vec<AccountReplay>,
    /// Where the tables are.
    pub book: TempDir,
}

impl April {
    /// Goes through all stages.
    pub fn walk() -> Outcome<Self> {
        let book = tempfile::tempdir()?;
        let job = job("2026-04", book.path())?;
        let (month, catalog) = (job.month, job.catalog.catalog.clone());

        let table = LogSchema::changes(&job.inputs.changes.columns)?;
        let sources =
            logs::open(logs::find(&job.inputs.changes.given, "change log")?.files, &table)?;
        let mut log = changes::read(&sources, &table, &Scope::All, None)?;
        let mut timeline = timeline::build(&Opening::Genesis, &mut log, &catalog, month);
        let refused = std::mem::take(&mut timeline.exceptions).finish();

        let table = LogSchema::usage(&job.inputs.usage.columns, job.inputs.event_ids)?;
        let sources = logs::open(logs::find(&job.inputs.usage.given, "usage log")?.files, &table)?;
        let rollup = roll_up(&UsageInput {
            sources: &sources,
            table: &table,
            boundaries: &Boundaries::of(&timeline, true, Selection::default()),
            retries: Retries::of_last(24, month, BilledBefore::default()),
            memory: job.process.machine.memory,
            spill: job.spill_folder(),
            progress: &|_| {},
        })?;

        let numbers = 0..u32::try_from(timeline.accounts.len())?;
        let replay = Replay { timeline: &timeline, sums: &rollup.sums, catalog: &catalog };
        let outcomes = numbers.map(|number| replay.at(number));
        let outcomes = outcomes.collect::<Result<Vec<_>, _>>()?;
        run::run(&job, &|_| {})?;
        Ok(April { month, catalog, timeline, refused, rollup, outcomes, book })
    }
}
