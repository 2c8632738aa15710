//! `run.json`: the facts of a run that depend on the clock and the machine.

use std::time::Duration;

use super::facts::MonthFacts;
use super::request::Request;
use super::stages::{StageTime, seconds};
use crate::base::error::{Code, Error, Result};
use crate::base::process_memory;
use crate::book::{RunRecord, StageRecord, seal};

/// The file's text, with the seal on the manifest and on itself.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where a fact cannot be written as JSON.
pub(super) fn run_json(
    request: &Request,
    facts: &MonthFacts,
    stages: &[StageTime],
    manifest_sha256: &str,
) -> Result<String> {
    let process = &request.process;
    let seconds = |took| {
        seconds(took)
            .map_err(|e| Error::new(Code::IMPOSSIBLE, "run.json cannot be written").caused_by(e))
    };
    let stage = |time: &StageTime| {
        Ok(StageRecord { stage: time.stage.to_owned(), seconds: seconds(time.took)? })
    };
    let run = RunRecord {
        started_at: process.holder.since.clone(),
        seconds: seconds(stages.iter().map(|time| time.took).sum())?,
        stages: stages.iter().map(stage).collect::<Result<_>>()?,
        host: process.holder.host.clone(),
        pid: process.holder.pid,
        threads: process.machine.threads,
        usage_rows_per_second: rows_per_second(facts, stages),
        rows_passed_over: facts.usage.passed_over,
        peak_memory_bytes: process_memory::peak(),
        memory_budget_bytes: Some(process.machine.memory),
        spilled_bytes: facts.spilled,
        kept_bytes: facts.kept,
        inputs_folder: Some(request.names.folder().display().to_string()),
        inputs_modified: facts.times_of_change.clone(),
        manifest_sha256: Some(manifest_sha256.to_owned()),
        seal: None,
    };
    seal(&run)
}

/// Rows of usage for each second of the rollup, both passes together.
fn rows_per_second(facts: &MonthFacts, stages: &[StageTime]) -> Option<u64> {
    let rollup = stages.iter().find(|time| time.stage == "rollup")?;
    let micros = Some(rollup.took).map(|took: Duration| took.as_micros()).filter(|m| *m > 0)?;
    let rows = u128::from(facts.usage.read.rows);
    u64::try_from(rows * 1_000_000 / micros).ok()
}
