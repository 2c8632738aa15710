//! A folder in which a population is written out, run through the library, and its tables are read back.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use monthend::base::calendar::Month;
use monthend::base::path_names::PathNames;
use monthend::base::scope::Scope;
use monthend::book::{Book, Expectations, Holder};
use monthend::catalog;
use monthend::run::request::{
    Correction, Corrections, DroppedEvents, Inputs, Log, Machine, OpeningChoice, Process, Purpose,
    RECENT_HOURS, Request,
};
use monthend::run::{self, Report};
use tempfile::TempDir;

use crate::months::files::{self, Format, PLAIN};
use crate::months::holding::Outcome;
use crate::months::holding::scratch;
use crate::months::population::{Adjustment, Change, Event, Population};
use crate::months::revision::Revision;

/// The folder of adjustments, beside those of usage and changes.
const ADJUSTMENTS: &str = "adjustments";

/// Where a population is written and run.
pub struct Bench {
    folder: TempDir,
    month: Month,
    /// Of the currency.
    decimals: u32,
    opening: OpeningChoice,
}

impl Bench {
    /// A folder with the population's catalogue and opening.
    pub fn new(population: &Population) -> Outcome<Self> {
        let folder = scratch()?;
        let terms = &population.terms;
        fs::write(folder.path().join("catalog.toml"), terms.toml()?)?;
        let opening = match &population.states {
            None => OpeningChoice::Genesis,
            Some(states) => {
                let path = folder.path().join("state.csv");
                files::states(&path, states, terms)?;
                if states.iter().any(|state| !state.grants.is_empty()) {
                    // Grants lie beside their state.
                    files::open_grants(&path.with_file_name("grants.csv"), states, terms)?;
                }
                OpeningChoice::File(path)
            }
        };
        Ok(Bench { folder, month: population.month, decimals: terms.decimals, opening })
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a log as files of the given formats, each with its rows.
    pub fn write_usage(&self, name: &str, files: &[(Format, Vec<Event>)]) -> Outcome<()> {
        fs::create_dir_all(self.path(name).join("usage"))?;
        for (index, (format, events)) in files.iter().enumerate() {
            format.usage(&self.path(name).join("usage"), &format!("u{index}"), events)?;
        }
        Ok(())
    }

    /// Writes a change log as files of the given formats, each with its rows.
    pub fn write_changes(&self, name: &str, files: &[(Format, Vec<Change>)]) -> Outcome<()> {
        fs::create_dir_all(self.path(name).join("changes"))?;
        for (index, (format, changes)) in files.iter().enumerate() {
            format.changes(&self.path(name).join("changes"), &format!("c{index}"), changes)?;
        }
        Ok(())
    }

    /// Writes adjustments as files of the given formats, each with its rows; nothing where there is none.
    pub fn write_adjustments(
        &self,
        name: &str,
        files: &[(Format, Vec<Adjustment>)],
    ) -> Outcome<()> {
        let folder = self.path(name).join(ADJUSTMENTS);
        for (index, (format, adjustments)) in files.iter().enumerate() {
            if !adjustments.is_empty() {
                fs::create_dir_all(&folder)?;
                format.adjustments(&folder, &format!("a{index}"), adjustments, self.decimals)?;
            }
        }
        Ok(())
    }

    /// Writes all logs of a population plainly.
    pub fn write(&self, name: &str, population: &Population) -> Outcome<()> {
        self.write_changes(name, &[(PLAIN, population.changes.clone())])?;
        self.write_adjustments(name, &[(PLAIN, population.adjustments.clone())])?;
        self.write_usage(name, &[(PLAIN, population.usage.clone())])
    }

    /// A process of so many threads, and as good as no memory.
    pub fn process(&self, threads: usize) -> Process {
        Process {
            machine: Machine {
                threads,
                memory: 0,
                memory_of_accounts: 0,
                scratch: self.path("scratch"),
            },
            holder: Holder { host: "bench".to_owned(), pid: 1, since: String::new() },
            began: self.month.end(),
            stopwatch: stopwatch(),
            findings_exit_code: 3,
        }
    }

    /// The request that bills the logs `name` into a book of the same name.
    pub fn job(&self, name: &str) -> Outcome<Request> {
        let adjustments = Some(self.path(name).join(ADJUSTMENTS)).filter(|folder| folder.exists());
        Ok(Request {
            purpose: Purpose::Publish,
            month: self.month,
            book: Some(Book::at(&self.path(name).join("book"))),
            names: PathNames::from(self.folder.path(), self.folder.path(), []),
            catalog: catalog::load(&self.path("catalog.toml"), self.month)?,
            inputs: Inputs {
                usage: Log { given: vec![self.path(name).join("usage")], ..Log::default() },
                changes: Log { given: vec![self.path(name).join("changes")], ..Log::default() },
                adjustments: Log { given: Vec::from_iter(adjustments), ..Log::default() },
                dropped: DroppedEvents::default(),
                event_ids: true,
                max_reject_share: 0.into(),
                recent_hours: RECENT_HOURS,
                passed_over: Vec::new(),
            },
            payment_term: None,
            opening: self.opening.clone(),
            rollup: None,
            puts_together: false,
            repeated_changes: Arc::default(),
            stale_ok: false,
            scope: Scope::All,
            expect: Expectations::default(),
            // Random months may be without usage.
            correction: Correction {
                accept: Some("a random month".to_owned()),
                ..Correction::default()
            },
            based_on: None,
            corrections: Corrections::default(),
            plan: None,
            expected: None,
            process: self.process(2),
        })
    }

    /// Writes a population plainly and publishes its month.
    pub fn publish(&self, name: &str, population: &Population) -> Outcome<Revision> {
        self.write(name, population)?;
        let job = self.job(name)?;
        run(&job)?;
        Ok(Revision::of(&job))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the bench stands where the job starts the stopwatch"
)]
fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}

/// Runs a job.
pub fn run(job: &Request) -> Outcome<Report> {
    Ok(run::run(job, &|_| {})?)
}
