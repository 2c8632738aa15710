//! The stages of a run, and how long each takes.

use std::time::{Duration, Instant};

use serde_json::Number;

use super::request::Process;
use crate::base::calendar::Month;
use crate::base::progress::{Progress, Step};

/// The stages in their order.
const STAGES: [&str; 9] =
    ["open", "timeline", "rollup", "replay", "documents", "tables", "check", "manifest", "publish"];

/// A stage that has ended.
#[derive(Debug, Clone, Copy)]
pub struct StageTime {
    /// The stage.
    pub stage: &'static str,
    /// Wall-clock time.
    pub took: Duration,
}

/// Wall-clock time by stage, for the report and `run.json`.
pub struct Stages<'a> {
    stopwatch: Instant,
    last: Duration,
    done: Vec<StageTime>,
    progress: Progress<'a>,
}

impl<'a> Stages<'a> {
    /// Starts the first stage, by the stopwatch of the process.
    pub fn start(process: &Process, progress: Progress<'a>) -> Self {
        let (stopwatch, last) = (process.stopwatch, process.stopwatch.elapsed());
        Stages { stopwatch, last, done: Vec::new(), progress }
    }

    /// A stage has ended, and the next begins.
    pub fn end(&mut self, stage: &'static str) {
        let now = self.stopwatch.elapsed();
        let took = now - self.last;
        tracing::debug!(stage, ?took, "stage done");
        self.note(StageTime { stage, took });
        self.last = now;
        if let Some(next) = STAGES.iter().skip_while(|other| **other != stage).nth(1) {
            (self.progress)(Step::Stage(next));
        }
    }

    /// Takes in the stages of one of several parts of a month, which were walked through meanwhile.
    pub(super) fn take(&mut self, part: Stages<'_>) {
        part.done.into_iter().for_each(|stage| self.note(stage));
        self.last = part.last;
    }

    /// Adds a stage's time: of a month in parts it is walked through again and again.
    fn note(&mut self, time: StageTime) {
        match self.done.iter_mut().find(|done| done.stage == time.stage) {
            Some(done) => done.took += time.took,
            None => self.done.push(time),
        }
    }

    /// A revision is in force from now on.
    pub(super) fn tell_published(&self, month: Month, revision: u32) {
        (self.progress)(Step::Published { month, revision });
    }

    /// The stages that have ended, in order.
    pub fn done(&self) -> &[StageTime] {
        &self.done
    }

    /// Whom to tell how far the run is.
    pub(super) fn progress(&self) -> Progress<'a> {
        self.progress
    }
}

/// Seconds to the millisecond, as results and `run.json` have them.
pub(super) fn seconds(took: Duration) -> serde_json::Result<Number> {
    format!("{}.{:03}", took.as_secs(), took.subsec_millis()).parse()
}
