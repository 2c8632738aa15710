//! The whole flow: from logs to a published month.

mod cascade;
mod inputs;
mod manifest;
mod month_tables;
mod opening;
mod partial;
mod prepare;
mod publish;
pub mod recorded_run;
mod replayed;
mod report;
pub mod request;

use std::time::Duration;

use crate::base::answer::Answer;
use crate::base::error::{Error, Result};
use crate::base::progress::{Progress, Step};
use request::Request;

pub use cascade::run_all;
pub use month_tables::{Documents, MonthResult};
pub use prepare::{Prepared, prepare};
use publish::MOST_TOLD;
pub use publish::{publish, publish_outcomes};
pub use replayed::Replayed;
pub use report::{Report, Status, exit_code, to_json};

/// The stages in their order.
const STAGES: [&str; 9] =
    ["open", "timeline", "rollup", "replay", "documents", "tables", "check", "manifest", "publish"];

/// Wall-clock time by stage, for the report and `run.json`.
pub struct Stages<'a> {
    stopwatch: std::time::Instant,
    last: Duration,
    done: Vec<(&'static str, Duration)>,
    progress: Progress<'a>,
}

impl<'a> Stages<'a> {
    /// Starts the first stage, by the stopwatch of the process.
    pub fn start(request: &Request, progress: Progress<'a>) -> Self {
        let (stopwatch, last) = (request.process.stopwatch, request.process.stopwatch.elapsed());
        Stages { stopwatch, last, done: Vec::new(), progress }
    }

    /// A stage has ended, and the next begins.
    pub fn end(&mut self, stage: &'static str) {
        let now = self.stopwatch.elapsed();
        let took = now - self.last;
        tracing::debug!(stage, ?took, "stage done");
        self.done.push((stage, took));
        self.last = now;
        if let Some(next) = STAGES.iter().skip_while(|other| **other != stage).nth(1) {
            (self.progress)(Step::Stage(next));
        }
    }

    /// The stages and the time that each took, in order.
    pub fn done(&self) -> &[(&'static str, Duration)] {
        &self.done
    }
}

/// Bills a month.
///
/// # Errors
/// Whatever stops it; nothing is published then.
pub fn run(request: &Request, progress: Progress<'_>) -> Result<Report> {
    let _locks = cascade::locked(request, &[])?;
    run_locked(request, progress)
}

/// Rates a published month on other terms, and says what would differ; publishes nothing.
///
/// # Errors
/// Whatever stops it.
pub fn what_if(request: &Request) -> Result<Answer> {
    let report = run(request, &|_| {})?;
    let (text, result) = match &report.differences {
        Some(found) => (found.summary(MOST_TOLD), found.to_json()),
        None => (
            format!("{} comes to the same: nothing would differ\n", request.month),
            serde_json::json!({ "month": request.month.to_string(), "differs": false }),
        ),
    };
    Ok(Answer { text, result, exit_code: 0 })
}

/// Bills a month that is locked, where it publishes.
fn run_locked(request: &Request, progress: Progress<'_>) -> Result<Report> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.process.machine.threads).build();
    let pool = pool.map_err(|e| Error::usage("the threads cannot be started").caused_by(e))?;
    pool.install(|| {
        let mut stages = Stages::start(request, progress);
        let prepared = prepare(request, &mut stages)?;
        publish(request, &prepared, &mut stages)
    })
}
