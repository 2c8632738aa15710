//! One part of a month: billed, checked, and left as tables.

use std::path::Path;

use rayon::prelude::*;

use crate::base::error::{Code, Error, Result};
use crate::base::part::Part;
use crate::base::scope::Scope;
use crate::book::OpeningRecord;
use crate::run::documents::RevisionDocuments;
use crate::run::draft::{BilledAccounts, Draft};
use crate::run::facts::MonthFacts;
use crate::run::part_facts::{OfFiles, PartFacts};
use crate::run::prepare::prepare;
use crate::run::request::Request;
use crate::run::stages::Stages;
use crate::tables::{Form, RowsDigest, Table};

/// A part that was billed.
pub(super) struct BilledPart {
    pub facts: PartFacts,
    /// What the month started from.
    pub opening: OpeningRecord,
    /// The folder with the ids that the month before keeps, where they are known.
    pub billed_before: Option<std::path::PathBuf>,
}

/// Bills a part of a month that has no revision yet, and writes its tables into a folder.
///
/// # Errors
/// As a run's; nothing of the part counts then.
pub(super) fn bill(
    request: &Request,
    part: Part,
    folder: &Path,
    stages: &mut Stages<'_>,
) -> Result<BilledPart> {
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
    let is_there = |table: &Table| folder.join(format!("{}.parquet", table.name())).exists();
    let tables = Table::ALL.into_par_iter().filter(is_there);
    let digest = |table: Table| Ok((table.name().to_owned(), RowsDigest::of(folder, table)?));
    let rows = tables.map(digest).collect::<Result<_>>()?;
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
    let facts = PartFacts {
        month: request.month,
        part,
        settings: String::new(),
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
    };
    let (opening, billed_before) = (opening_record.clone(), months.billed_before.clone());
    Ok(BilledPart { facts, opening, billed_before })
}
