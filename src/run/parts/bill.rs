//! One part of a month: billed, checked, and left as tables.

use std::path::Path;

use serde::Serialize;

use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::part::Part;
use crate::base::scope::Scope;
use crate::book::Options;
use crate::catalog::RecordedCatalog;
use crate::run::documents::RevisionDocuments;
use crate::run::draft::{BilledAccounts, Draft};
use crate::run::facts::MonthFacts;
use crate::run::manifest::options;
use crate::run::part_facts::{OfFiles, PartFacts};
use crate::run::prepare::prepare;
use crate::run::request::Request;
use crate::run::stages::Stages;
use crate::tables::{Form, RowsDigest};

/// Bills a part of a month that has no revision yet, and writes its tables into a folder.
///
/// # Errors
/// As a run's; nothing of the part counts then.
pub(super) fn bill(
    request: &Request,
    part: Part,
    folder: &Path,
    stages: &mut Stages<'_>,
) -> Result<PartFacts> {
    let settings = settings(request)?;
    let request = &Request { scope: Scope::Part(part), ..request.clone() };
    let prepared = prepare(request, stages)?;
    let (facts, months) = (&prepared.facts, &prepared.months);
    let replays = &months.replay(&request.catalog.catalog);
    let draft = Draft::of(request, facts, BilledAccounts::Here { months, replays })?;
    let documents = RevisionDocuments::issue(&draft)?;
    stages.end("documents");
    let outputs = draft.write_tables(documents.rows(), folder, Form::Part)?;
    stages.end("tables");
    let totals = draft.check(folder)?;
    outputs.flushed()?;
    let rows = RowsDigest::of_all(folder)?;
    stages.end("check");
    let MonthFacts { opening_record, inputs, kept_inputs, usage, changes, adjustments, .. } = facts;
    if !kept_inputs.is_empty() {
        return Err(Error::new(Code::IMPOSSIBLE, "a first publication keeps no inputs"));
    }
    let of_files = OfFiles {
        opening_record: opening_record.clone(),
        inputs: inputs.clone(),
        rejects: facts.rejects,
        times_of_change: facts.times_of_change.clone(),
        passed_over: facts.passed_over.clone(),
    };
    Ok(PartFacts {
        month: request.month,
        part,
        settings,
        basis: prepared.basis.clone(),
        rows,
        totals,
        accounts: months.timeline.accounts.len() as u64,
        documents: documents.count(),
        amounts: documents.amounts(),
        usage: usage.clone(),
        whole_usage: prepared.whole_usage.clone(),
        changes: *changes,
        adjustments: adjustments.clone(),
        sharing_ids: facts.sharing_ids.clone(),
        rolled_up_by: facts.rolled_up_by.clone(),
        spilled: facts.spilled,
        kept: facts.kept,
        of_files: part.is_first().then_some(of_files),
    })
}

/// What a month is billed by, digested: the program, the catalogue, the options.
pub(super) fn settings(request: &Request) -> Result<String> {
    #[derive(Serialize)]
    struct Settings<'a> {
        version: &'a str,
        month: Month,
        catalogue: RecordedCatalog,
        options: Options,
        issued_on: Option<String>,
    }
    let settings = Settings {
        version: env!("CARGO_PKG_VERSION"),
        month: request.month,
        catalogue: RecordedCatalog::from(&request.catalog.catalog),
        options: options(request),
        issued_on: request.correction.invoices_on.map(|day| day.to_string()),
    };
    Ok(digest::of_bytes(&serde_json::to_vec(&settings).map_err(|e| {
        Error::new(Code::IMPOSSIBLE, "what a part is billed by cannot be written").caused_by(e)
    })?))
}
