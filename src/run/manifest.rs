//! What a revision says of itself, put together: its manifest, and `run.json` with the facts of its run that depend on
//! the clock and the machine.

use std::time::Duration;

use serde_json::Map;

use super::facts::MonthFacts;
use super::request::{OpeningChoice, Request};
use super::stages::{StageTime, seconds};
use crate::base::error::{Code, Error, Result};
use crate::base::{digest, process_memory};
use crate::book::{
    AdjustmentTotals, ControlTotals, Manifest, OpeningOption, Options, Previous, Revision, Role,
    RunRecord, StageRecord, seal,
};
use crate::catalog::RecordedCatalog;
use crate::tables::Output;

/// The manifest of the revision `name`, which follows `before`.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the manifest before cannot be read.
pub(super) fn manifest(
    request: &Request,
    facts: &MonthFacts,
    outputs: Vec<Output>,
    name: &str,
    before: Option<&Revision>,
) -> Result<Manifest> {
    let options = options(request);
    let has_adjustments = facts.inputs.iter().any(|input| input.role == Role::Adjustments);
    Ok(Manifest {
        format: Manifest::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        month: request.month,
        revision: name.to_owned(),
        reason: before.and_then(|_| request.correction.reason.clone()),
        accepted: None,
        previous: before.map(previous).transpose()?,
        catalogue: RecordedCatalog::from(&request.catalog.catalog),
        opening: facts.opening_record.clone(),
        control_totals: ControlTotals {
            adjustments: has_adjustments.then(|| AdjustmentTotals::of(&facts.adjustments)),
            ..ControlTotals::of(&facts.usage, facts.changes, &options.scope)
        },
        options,
        inputs: facts.inputs.clone(),
        rolled_up_by: facts.rolled_up_by.clone(),
        passed_over: facts.passed_over.clone(),
        accounts_sharing_ids: facts.sharing_ids.clone(),
        outputs,
        csv: Manifest::CSV_NOTE.to_owned(),
        others: Map::new(),
    })
}

fn previous(revision: &Revision) -> Result<Previous> {
    let path = revision.folder().join(Manifest::FILE);
    let (_, manifest_sha256) = digest::of_file(&path).map_err(|e| {
        Error::new(Code::MANIFEST_UNREADABLE, "cannot be read")
            .in_file(&path)
            .caused_by(e)
            .hint_of_damage("restore the revision from a copy of the book")
    })?;
    Ok(Previous { revision: revision.name.clone(), manifest_sha256 })
}

/// What the month is billed with.
pub(super) fn options(request: &Request) -> Options {
    Options {
        opening: match &request.opening {
            OpeningChoice::Book | OpeningChoice::Revision(_) | OpeningChoice::Imported(_) => {
                OpeningOption::Book
            }
            OpeningChoice::Genesis => OpeningOption::Genesis,
            OpeningChoice::File(path) => OpeningOption::File(request.names.name(path)),
            OpeningChoice::Recorded(files) => OpeningOption::File(files.state.input.file.clone()),
        },
        event_ids: request.inputs.event_ids,
        map_usage: request.inputs.usage.columns.clone(),
        map_changes: request.inputs.changes.columns.clone(),
        dialect_usage: request.inputs.usage.dialect,
        dialect_changes: request.inputs.changes.dialect,
        words: request.inputs.changes.words.clone(),
        max_reject_share: request.inputs.max_reject_share.normalize(),
        recent_hours: Some(request.inputs.recent_hours),
        payment_term: request.payment_term,
        scope: request.scope.clone(),
        expect: request.expect.clone(),
        others: Map::new(),
    }
}

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
