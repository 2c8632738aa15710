//! What a revision says of itself, put together.

use serde_json::Map;

use super::facts::MonthFacts;
use super::request::{OpeningChoice, Request};
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::book::{
    AdjustmentTotals, ControlTotals, Manifest, OpeningOption, Options, Previous, Revision, Role,
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
