//! Documents made, tables written aside and checked, the month published.

use std::path::Path;

use super::report::{Report, Status};
use super::{Prepared, Stages, totals};
use crate::book::{FIRST_REVISION, Manifest, RUN_FILE, Staging, write_flushed};
use crate::check::{self, Inputs};
use crate::digest;
use crate::documents::{self, Document};
use crate::error::{Error, Result};
use crate::job::{Job, OpeningChoice, Purpose};
use crate::tables::{self, MonthResult, Output};

/// Writes a revision aside, checks it, and publishes it where that is the job's purpose.
///
/// # Errors
/// [`crate::error::Kind::Conservation`] where sums do not agree, [`crate::error::Kind::Book`]
/// where the book cannot be written or holds another result for the month.
pub fn publish(job: &Job, prepared: &Prepared, stages: &mut Stages) -> Result<Report> {
    let published = match &job.book {
        Some(book) => book.current(job.month)?,
        None => None,
    };
    let scratch = Scratch::new(job)?;
    let staging = match (&job.book, job.purpose, &scratch) {
        (Some(book), Purpose::Publish, _) => Staging::begin(book, job.month)?,
        (_, _, Some(scratch)) => Staging::aside(scratch.folder(), job.month)?,
        (_, _, None) => return Err(Error::usage("there is no book to publish in")),
    };
    let folder = staging.revision();
    let documents = documents::invoices(&prepared.outcomes, job.month);
    stages.end("documents");
    let outputs = tables::write_all(&month_result(job, prepared, &documents), &folder)?;
    stages.end("tables");
    check::check(&inputs(job, prepared), &folder)?;
    stages.end("check");

    let manifest = manifest(job, prepared, outputs);
    let changed = published.as_ref().map(|revision| manifest.changed_tables(&revision.manifest));
    let status = match (&published, &changed, job.purpose) {
        (Some(revision), Some(changed), _) if changed.is_empty() => {
            Status::Unchanged { revision: revision.name.clone() }
        }
        (Some(revision), Some(changed), Purpose::Publish) => {
            return Err(refusal(job, &revision.name, changed));
        }
        (Some(revision), Some(changed), _) => Status::WouldDiffer {
            revision: revision.name.clone(),
            tables: changed.iter().map(|&table| table.to_owned()).collect(),
        },
        (_, _, Purpose::Publish) => Status::Published { revision: FIRST_REVISION.to_owned() },
        (_, _, Purpose::DryRun) => Status::WouldPublish { revision: FIRST_REVISION.to_owned() },
        (_, _, Purpose::Check) => Status::Checked,
    };
    let mut report = Report::new(job, prepared, &documents, &manifest.outputs, status);
    if matches!(report.status, Status::Published { .. }) {
        let text = manifest.to_text();
        write_flushed(&folder.join(Manifest::FILE), text.as_bytes())?;
        stages.end("manifest");
        report.stages = stages.done().to_vec();
        let facts = report.run_facts(job, &digest::of_bytes(text.as_bytes()));
        write_flushed(&folder.join(RUN_FILE), facts.as_bytes())?;
        staging.publish()?;
    }
    stages.end("publish");
    report.stages = stages.done().to_vec();
    Ok(report)
}

fn month_result<'a>(
    job: &'a Job,
    prepared: &'a Prepared,
    documents: &'a [Document<'a>],
) -> MonthResult<'a> {
    MonthResult {
        catalog: &job.catalog.catalog,
        timeline: &prepared.timeline,
        outcomes: &prepared.outcomes,
        documents,
        exceptions: &prepared.exceptions,
        rejects: &prepared.rejects,
        revision: FIRST_REVISION,
    }
}

fn inputs<'a>(job: &'a Job, prepared: &'a Prepared) -> Inputs<'a> {
    Inputs {
        month: job.month,
        catalog: &job.catalog.catalog,
        opening: &prepared.opening,
        accounts: &prepared.timeline.accounts,
        usage: &prepared.usage,
        changes: prepared.changes,
    }
}

fn refusal(job: &Job, revision: &str, changed: &[&str]) -> Error {
    Error::book(format!(
        "{} is published as {revision}, and this run comes to another result in {}; it was left \
         alone",
        job.month,
        changed.join(", ")
    ))
    .hint(
        "to see what differs, publish the month into another --book and compare the two; this \
         version publishes no second revision",
    )
}

fn manifest(job: &Job, prepared: &Prepared, outputs: Vec<Output>) -> Manifest {
    Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        month: job.month.to_string(),
        revision: FIRST_REVISION.to_owned(),
        reason: None,
        previous: None,
        catalogue: job.catalog.catalog.to_json(),
        opening: prepared.opening_record.clone(),
        options: serde_json::json!({
            "opening": match &job.opening {
                OpeningChoice::Book => "book".to_owned(),
                OpeningChoice::Genesis => "genesis".to_owned(),
                OpeningChoice::File(path) => path.display().to_string(),
            },
            "event_ids": job.event_ids,
            "map_usage": job.map_usage,
            "map_changes": job.map_changes,
            "max_reject_share": job.max_reject_share.normalize().to_string(),
        }),
        inputs: prepared.inputs.clone(),
        control_totals: totals::to_json(&prepared.usage, prepared.changes),
        outputs,
        csv: Manifest::CSV_NOTE.to_owned(),
    }
}

/// A folder for tables that nobody keeps: a dry run's and a check's.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new(job: &Job) -> Result<Option<Self>> {
        if job.purpose == Purpose::Publish {
            return Ok(None);
        }
        let folder = tempfile::Builder::new().prefix("monthend-").tempdir().map_err(|e| {
            Error::book("no temporary folder can be made")
                .caused_by(e)
                .hint("set TMPDIR to a folder with free space")
        })?;
        Ok(Some(Scratch(folder)))
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }
}
