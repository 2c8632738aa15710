//! Documents made, tables written aside and checked, the month published.

use std::collections::BTreeMap;
use std::path::Path;

use super::cascade::chain;
use super::manifest::manifest;
use super::month_tables::{Documents, MonthResult};
use super::report::{Report, Status};
use super::{Prepared, Replayed, Stages};
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Error, Result};
use crate::base::exceptions::ExceptionKind;
use crate::billing::documents::Invoices;
use crate::billing::notes::{self, Earlier, Issued, Terms};
use crate::billing::replay::Outcomes;
use crate::book::differences::{self, Differences, Side};
use crate::book::{
    Entry, FIRST_REVISION, Manifest, RUN_FILE, Revision, Staging, revision_name, revision_number,
};
use crate::check::{self, Inputs};
use crate::job::{Job, Purpose};
use crate::tables::{CarriedOver, Table, finished};

/// Writes a revision aside, checks it, and publishes it where that is the job's purpose.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where sums do not agree, [`crate::base::error::Kind::Book`]
/// where the book cannot be written, or holds another result for the month and the job does not
/// say why there should be a further revision.
pub fn publish(job: &Job, prepared: &Prepared, stages: &mut Stages) -> Result<Report> {
    publish_outcomes(job, prepared, &prepared.replay(&job.catalog.catalog), stages)
}

/// Publishes a month that comes to these outcomes, as [`publish`] does.
///
/// # Errors
/// As [`publish`].
pub fn publish_outcomes(
    job: &Job,
    prepared: &Prepared,
    outcomes: &dyn Outcomes,
    stages: &mut Stages,
) -> Result<Report> {
    let before = match &job.book {
        Some(book) => book.current(job.month)?,
        None => None,
    };
    let name = next_name(before.as_ref());
    let scratch = Scratch::new(job)?;
    let mut staging = match (&job.book, job.purpose, &scratch) {
        (Some(book), Purpose::Publish, _) => Staging::begin(book, job.month, &name)?,
        (_, _, Some(scratch)) => Staging::aside(scratch.folder(), job.month, &name)?,
        (_, _, None) => return Err(Error::usage("there is no book to publish in")),
    };
    let folder = staging.revision();
    let issued = Made::make(job, (prepared, outcomes), before.as_ref(), &name)?;
    stages.end("documents");
    let month = job.month.to_string();
    let revision = (month.as_str(), name.as_str(), before.as_ref());
    let result = month_result(job, (prepared, outcomes), &issued, revision);
    let outputs = result.write(&folder)?;
    stages.end("tables");
    check::check(&inputs(job, prepared, (&name, before.as_ref())), &folder)?;
    stages.end("check");

    let manifest = manifest(job, prepared, outputs.files(), &name, before.as_ref())?;
    let found = differences(job, before.as_ref(), (&manifest, &folder))?;
    let status = status(job, before.as_ref(), &manifest, found.as_ref())?;
    let mut report = Report::new(
        job,
        prepared,
        &issued,
        exceptions(job, prepared, &folder)?,
        &manifest.outputs,
        status,
    );
    report.differences = found;
    if matches!(report.status, Status::Published { .. }) {
        let text = manifest.to_text();
        staging.write(Manifest::FILE, text.as_bytes())?;
        outputs.flushed()?;
        stages.end("manifest");
        report.stages = stages.done().to_vec();
        let manifest_sha256 = digest::of_bytes(text.as_bytes());
        let facts = report.run_facts(job, prepared, &manifest_sha256);
        staging.write(RUN_FILE, facts.as_bytes())?;
        staging.publish()?;
        if let Some(book) = &job.book {
            book.note(&Entry { month: job.month, revision: name.clone(), manifest_sha256 })?;
        }
    }
    report.stale_after = stale_after(job, &report)?;
    stages.end("publish");
    report.stages = stages.done().to_vec();
    Ok(report)
}

/// The groups of exceptions by kind, those included that were carried over.
fn exceptions(
    job: &Job,
    prepared: &Prepared,
    folder: &Path,
) -> Result<BTreeMap<ExceptionKind, u64>> {
    let mut groups = BTreeMap::new();
    let mut add = |kind| *groups.entry(kind).or_insert(0) += 1;
    if job.again.accounts.is_none() {
        prepared.exceptions.iter().for_each(|exception| add(exception.kind));
        return Ok(groups);
    }
    for batch in finished(folder, Table::Exceptions, &["kind"])? {
        let batch = batch?;
        let kinds = (0..batch.len()).map(batch.text("kind"));
        kinds.filter_map(ExceptionKind::parse).for_each(&mut add);
    }
    Ok(groups)
}

/// The name of the revision that follows `before`.
fn next_name(before: Option<&Revision>) -> String {
    let number = before.and_then(|revision| revision_number(&revision.name));
    number.map_or_else(|| FIRST_REVISION.to_owned(), |number| revision_name(number + 1))
}

/// What becomes of the result.
fn status(
    job: &Job,
    before: Option<&Revision>,
    manifest: &Manifest,
    found: Option<&Differences>,
) -> Result<Status> {
    let revision = manifest.revision.clone();
    let Some(before) = before else {
        return Ok(match job.purpose {
            Purpose::Publish => Status::Published { revision },
            Purpose::DryRun => Status::WouldPublish { revision },
            Purpose::Check => Status::Checked,
        });
    };
    let changed = manifest.changed_tables(&before.manifest);
    if changed.is_empty() && !begins_anew(job, before, manifest)? {
        return Ok(Status::Unchanged { revision: before.name.clone() });
    }
    warn_of_lists(job, before);
    match (job.purpose, &job.correction.reason) {
        (Purpose::Publish, Some(_)) => Ok(Status::Published { revision }),
        (Purpose::Publish, None) => Err(refusal(job, &before.name, &changed, found)),
        (Purpose::DryRun | Purpose::Check, _) => Ok(Status::WouldDiffer {
            revision: before.name.clone(),
            tables: changed.iter().map(|&table| table.to_owned()).collect(),
        }),
    }
}

/// Warns where a run from scratch would bill events that the revision before leaves out.
fn warn_of_lists(job: &Job, before: &Revision) {
    if job.again.based_on.is_some() {
        return;
    }
    for list in before.manifest.inputs.iter().filter(|input| input.role == "drop-events") {
        tracing::warn!(
            list = list.file,
            "events that {} leaves out are billed by this run; `monthend rerun` keeps to the list",
            before.name
        );
    }
}

/// Whether a month whose opening state has changed has come to the same tables with the new one.
/// It is published all the same, where there is a reason: or it would be stale for ever, and no
/// later month could rest on it.
fn begins_anew(job: &Job, before: &Revision, manifest: &Manifest) -> Result<bool> {
    let Some(book) = job.book.as_ref().filter(|_| job.purpose == Purpose::Publish) else {
        return Ok(false);
    };
    let overtaken = book.stale(job.month)?.is_some_and(|stale| stale.month == job.month.previous());
    let moves_on = manifest.opening != before.manifest.opening;
    Ok(overtaken && moves_on && job.correction.reason.is_some())
}

/// What differs from the revision before, and why; `None` where there is none, or its tables are
/// the same. Written out where the job asks for it.
fn differences(
    job: &Job,
    before: Option<&Revision>,
    (manifest, folder): (&Manifest, &Path),
) -> Result<Option<Differences>> {
    let Some((book, before)) = job.book.as_ref().zip(before) else {
        return Ok(None);
    };
    if manifest.changed_tables(&before.manifest).is_empty() {
        return Ok(None);
    }
    let openings = differences::openings(book, manifest);
    let after = Side { name: &manifest.revision, folder, manifest, openings };
    let found = differences::compare(&Side::published(book, before), &after)?;
    if let Some(folder) = &job.correction.differences {
        found.write(folder)?;
    }
    Ok(Some(found))
}

/// The later months whose opening state changes, or would change, with this one's closing state;
/// those that a cascade is about to bill again are not told.
fn stale_after(job: &Job, report: &Report) -> Result<Vec<Month>> {
    let are_next = job.correction.cascade && job.purpose == Purpose::Publish;
    let Some(book) = job.book.as_ref().filter(|_| !are_next) else {
        return Ok(Vec::new());
    };
    let months = match &report.status {
        Status::Published { .. } | Status::Unchanged { .. } => chain(book, job.month)?,
        Status::WouldDiffer { tables, .. } if tables.iter().any(|table| table == "state") => {
            return chain(book, job.month);
        }
        _ => return Ok(Vec::new()),
    };
    let mut stale = Vec::new();
    for month in months {
        if book.stale(month)?.is_some() {
            stale.push(month);
        }
    }
    Ok(stale)
}

/// Differences that a message tells one by one.
pub(super) const MOST_TOLD: usize = 5;

fn refusal(job: &Job, revision: &str, changed: &[&str], found: Option<&Differences>) -> Error {
    let told = found.map(|found| found.summary(MOST_TOLD)).unwrap_or_default();
    Error::book(format!(
        "{} is published as {revision}, and this run comes to another result in {}; it was left \
         alone.\n{}",
        job.month,
        changed.join(", "),
        told.trim_end()
    ))
    .hint(
        "say --reason TEXT to publish the difference as a further revision, with notes; \
         --differences DIR writes out all that would change",
    )
}

/// The documents of the revision.
pub(super) enum Made {
    /// A first revision's invoices, and their sums: fees, overage, both.
    First(Invoices, [i128; 3]),
    /// A later revision's: the earlier ones, and what it adds.
    Later(Issued),
}

impl Made {
    fn make(
        job: &Job,
        (prepared, outcomes): (&Prepared, &dyn Outcomes),
        before: Option<&Revision>,
        name: &str,
    ) -> Result<Self> {
        let correction = &job.correction;
        let invoices_on = correction.invoices_on.unwrap_or_else(|| job.month.next().first_day());
        let Some(before) = before else {
            let Replayed { with_lines, amounts, .. } = &prepared.replayed;
            let invoices = Invoices::of(with_lines.clone(), job.month, invoices_on);
            return Ok(Made::First(invoices, *amounts));
        };
        let terms = Terms {
            month: job.month,
            catalog: &job.catalog.catalog,
            revision: name,
            reason: correction.reason.as_deref().unwrap_or_default(),
            notes_on: correction.notes_on,
            invoices_on,
        };
        let only = job.again.accounts.as_ref();
        let earlier = Earlier::read(&before.folder, job.month, only)?;
        notes::issue(earlier, outcomes, &prepared.timeline, &terms).map(Made::Later)
    }

    /// How many documents there are, and their sums: fees, overage, both.
    pub fn totals(&self) -> (u64, [i128; 3]) {
        match self {
            Made::First(invoices, amounts) => (invoices.len() as u64, *amounts),
            Made::Later(Issued { documents, others, .. }) => {
                let mut sums = others.amounts;
                for d in documents {
                    let amounts = [d.subscription_amount, d.overage_amount, d.total_amount];
                    sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
                }
                (others.documents + documents.len() as u64, sums)
            }
        }
    }

    /// How many documents a later revision adds.
    pub fn new_notes(&self) -> Option<u64> {
        match self {
            Made::First(..) => None,
            Made::Later(issued) => Some(issued.new),
        }
    }

    fn documents(&self) -> Documents<'_> {
        match self {
            Made::First(invoices, _) => Documents::First(invoices),
            Made::Later(Issued { documents, lines, .. }) => Documents::Later { documents, lines },
        }
    }
}

fn month_result<'a>(
    job: &'a Job,
    (prepared, outcomes): (&'a Prepared, &'a dyn Outcomes),
    made: &'a Made,
    (month, revision, before): (&'a str, &'a str, Option<&'a Revision>),
) -> MonthResult<'a> {
    MonthResult {
        month,
        catalog: &job.catalog.catalog,
        timeline: &prepared.timeline,
        outcomes,
        documents: made.documents(),
        exceptions: &prepared.exceptions,
        rejects: &prepared.rejects,
        revision,
        carried_over: before.zip(job.again.accounts.as_ref()).map(|(before, anew)| CarriedOver {
            folder: &before.folder,
            outputs: &before.manifest.outputs,
            anew,
        }),
    }
}

fn inputs<'a>(
    job: &'a Job,
    prepared: &'a Prepared,
    (revision, before): (&'a str, Option<&'a Revision>),
) -> Inputs<'a> {
    Inputs {
        month: job.month,
        revision,
        catalog: &job.catalog.catalog,
        opening: &prepared.opening,
        accounts: &prepared.timeline.accounts,
        usage: &prepared.usage,
        changes: prepared.changes,
        before: before.map(|revision| revision.folder.as_path()),
        only: job.again.accounts.as_ref(),
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
