//! `run.json`: the facts of a run that depend on the clock and the machine.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::prepare::Prepared;
use super::request::Process;
use super::stages::{Seconds, StageTime};
use crate::base::error::{Error, Result};
use crate::book::seal;

#[derive(Serialize)]
struct RunJson<'a> {
    started_at: &'a str,
    seconds: Seconds,
    stages: Vec<Stage>,
    host: &'a str,
    pid: u32,
    threads: usize,
    /// Rows of usage for each second of the rollup, both passes together.
    usage_rows_per_second: Option<u128>,
    /// The process's peak memory, where the system tells.
    peak_memory_bytes: Option<u64>,
    memory_budget_bytes: u64,
    spilled_bytes: u64,
    kept_bytes: u64,
    inputs_modified: &'a BTreeMap<String, String>,
    manifest_sha256: &'a str,
}

#[derive(Serialize)]
struct Stage {
    stage: &'static str,
    seconds: Seconds,
}

/// The file's text, with the seal on the manifest and on itself.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where a fact cannot be written as JSON.
pub(super) fn run_json(
    process: &Process,
    prepared: &Prepared,
    stages: &[StageTime],
    manifest_sha256: &str,
) -> Result<String> {
    let facts = RunJson {
        started_at: &process.holder.since,
        seconds: Seconds(stages.iter().map(|time| time.took).sum()),
        stages: stages.iter().map(|t| Stage { stage: t.stage, seconds: Seconds(t.took) }).collect(),
        host: &process.holder.host,
        pid: process.holder.pid,
        threads: process.machine.threads,
        usage_rows_per_second: rows_per_second(prepared, stages),
        peak_memory_bytes: peak_memory(),
        memory_budget_bytes: process.machine.memory,
        spilled_bytes: prepared.spilled,
        kept_bytes: prepared.kept,
        inputs_modified: &prepared.times_of_change,
        manifest_sha256,
    };
    let facts = serde_json::to_value(facts).and_then(serde_json::from_value);
    let facts = facts.map_err(|e| Error::book("run.json cannot be written").caused_by(e))?;
    Ok(seal(facts))
}

fn rows_per_second(prepared: &Prepared, stages: &[StageTime]) -> Option<u128> {
    let rollup = stages.iter().find(|time| time.stage == "rollup")?;
    let micros = Some(rollup.took).map(|took: Duration| took.as_micros()).filter(|m| *m > 0)?;
    let unread: u64 = prepared.usage.outside.values().map(|month| month.unread_rows).sum();
    Some(u128::from(prepared.usage.read.rows + unread) * 1_000_000 / micros)
}

fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}
