//! The whole flow: from logs to a published month.

mod prepare;
mod publish;
mod report;
mod totals;

use std::time::Instant as Clock;

use crate::book::Lock;
use crate::error::{Error, Result};
use crate::job::{Job, Purpose};

pub use prepare::{Prepared, prepare};
pub use publish::publish;
pub use report::{Report, Status};

/// Wall-clock time by stage, for the report and `run.json`.
#[derive(Debug)]
pub struct Stages {
    last: Clock,
    done: Vec<(&'static str, f64)>,
}

/// Is told of rows read.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

impl Stages {
    /// Starts the first stage.
    pub fn start() -> Self {
        Stages {
            last: Clock::now(),
            done: Vec::new(),
        }
    }

    /// A stage has ended, and the next begins.
    pub fn end(&mut self, stage: &'static str) {
        let now = Clock::now();
        let seconds = (now - self.last).as_secs_f64();
        tracing::debug!(stage, seconds, "stage done");
        self.done.push((stage, seconds));
        self.last = now;
    }

    /// The stages and their seconds, in order.
    pub fn done(&self) -> &[(&'static str, f64)] {
        &self.done
    }
}

/// Runs a job.
///
/// # Errors
/// Whatever stops it; nothing is published then.
pub fn run(job: &Job, progress: Progress<'_>) -> Result<Report> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(job.threads)
        .build();
    let pool = pool.map_err(|e| Error::usage("the threads cannot be started").caused_by(e))?;
    // Taken before the long work: a book that cannot be written is found out at once.
    let _lock = match (&job.book, job.purpose) {
        (Some(book), Purpose::Publish) => Some(Lock::take(book, job.month, &job.holder)?),
        _ => None,
    };
    pool.install(|| {
        let mut stages = Stages::start();
        let prepared = prepare(job, progress, &mut stages)?;
        publish(job, &prepared, &mut stages)
    })
}
