//! Documents made, tables written aside and checked, the month published.

use std::collections::BTreeMap;
use std::path::Path;

use super::cascade::chain;
use super::manifest::manifest;
use super::month_tables::{Documents, MonthResult};
use super::report::{Report, Status};
use super::request::{Purpose, Request};
use super::{Prepared, Replayed, Stages};
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Error, Result};
use crate::base::exceptions::ExceptionKind;
use crate::billing::documents::Invoices;
use crate::billing::notes::{self, Earlier, Issued, Terms};
use crate::billing::replay::AccountReplays;
use crate::book::differences::{self, Differences, Side};
use crate::book::{
    Entry, FIRST_REVISION, Manifest, RUN_FILE, Revision, Role, Staging, revision_name,
    revision_number,
};
use crate::check::{self, Inputs};
use crate::tables::{CarriedOver, Table, batches, column};

/// Writes a revision aside, checks it, and publishes it where that is the purpose.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where sums do not agree, [`crate::base::error::Kind::Book`]
/// where the book cannot be written, or holds another result for the month and the request does not
/// say why there should be a further revision.
pub fn publish(request: &Request, prepared: &Prepared, stages: &mut Stages) -> Result<Report> {
    publish_outcomes(request, prepared, &prepared.replay(&request.catalog.catalog), stages)
}

/// Publishes a month that comes to these outcomes, as [`publish`] does.
///
/// # Errors
/// As [`publish`].
pub fn publish_outcomes(
    request: &Request,
    prepared: &Prepared,
    outcomes: &dyn AccountReplays,
    stages: &mut Stages,
) -> Result<Report> {
    let before = match &request.book {
        Some(book) => book.current(request.month)?,
        None => None,
    };
    let name = next_name(before.as_ref());
    let scratch = Scratch::new(request)?;
    let mut staging = match (&request.book, request.purpose, &scratch) {
        (Some(book), Purpose::Publish, _) => Staging::begin(book, request.month, &name)?,
        (_, _, Some(scratch)) => Staging::aside(scratch.folder(), request.month, &name)?,
        (_, _, None) => return Err(Error::usage("there is no book to publish in")),
    };
    let folder = staging.revision();
    let issued = Made::make(request, (prepared, outcomes), before.as_ref(), &name)?;
    stages.end("documents");
    let month = request.month.to_string();
    let revision = (month.as_str(), name.as_str(), before.as_ref());
    let result = month_result(request, (prepared, outcomes), &issued, revision);
    let outputs = result.write(&folder)?;
    stages.end("tables");
    check::check(&inputs(request, prepared, (&name, before.as_ref())), &folder)?;
    stages.end("check");

    let manifest = manifest(request, prepared, outputs.files(), &name, before.as_ref())?;
    let found = differences(request, before.as_ref(), (&manifest, &folder))?;
    let status = status(request, before.as_ref(), &manifest, found.as_ref())?;
    let mut report = Report::new(
        request,
        prepared,
        &issued,
        exceptions(request, prepared, &folder)?,
        &manifest.outputs,
        status,
    );
    report.differences = found;
    if matches!(report.status, Status::Published { .. }) {
        let text = manifest.to_text()?;
        staging.write(Manifest::FILE, text.as_bytes())?;
        outputs.flushed()?;
        stages.end("manifest");
        report.stages = stages.done().to_vec();
        let manifest_sha256 = digest::of_bytes(text.as_bytes());
        let facts = report.run_facts(request, prepared, &manifest_sha256);
        staging.write(RUN_FILE, facts.as_bytes())?;
        staging.publish()?;
        if let Some(book) = &request.book {
            book.note(&Entry { month: request.month, revision: name.clone(), manifest_sha256 })?;
        }
    }
    report.stale_after = stale_after(request, &report)?;
    stages.end("publish");
    report.stages = stages.done().to_vec();
    Ok(report)
}

/// The groups of exceptions by kind, those included that were carried over.
fn exceptions(
    request: &Request,
    prepared: &Prepared,
    folder: &Path,
) -> Result<BTreeMap<ExceptionKind, u64>> {
    let mut groups = BTreeMap::new();
    let mut add = |kind| *groups.entry(kind).or_insert(0) += 1;
    if request.accounts.is_none() {
        prepared.exceptions.iter().for_each(|exception| add(exception.kind));
        return Ok(groups);
    }
    for batch in batches(folder, Table::Exceptions, &[column::exceptions::kind.name])? {
        let batch = batch?;
        let kinds = (0..batch.len()).map(batch.column(column::exceptions::kind)?);
        kinds.filter_map(|kind| kind.known()).for_each(&mut add);
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
    request: &Request,
    before: Option<&Revision>,
    manifest: &Manifest,
    found: Option<&Differences>,
) -> Result<Status> {
    let revision = manifest.revision.clone();
    let Some(before) = before else {
        return Ok(match request.purpose {
            Purpose::Publish => Status::Published { revision },
            Purpose::DryRun => Status::WouldPublish { revision },
            Purpose::Check => Status::Checked,
        });
    };
    let changed = manifest.changed_tables(&before.manifest);
    if changed.is_empty() && !begins_anew(request, before, manifest)? {
        return Ok(Status::Unchanged { revision: before.name.clone() });
    }
    warn_of_lists(request, before);
    match (request.purpose, &request.correction.reason) {
        (Purpose::Publish, Some(_)) => Ok(Status::Published { revision }),
        (Purpose::Publish, None) => Err(refusal(request, &before.name, &changed, found)),
        (Purpose::DryRun | Purpose::Check, _) => Ok(Status::WouldDiffer {
            revision: before.name.clone(),
            tables: changed.iter().map(|&table| table.to_owned()).collect(),
        }),
    }
}

/// Warns where a run from scratch would bill events that the revision before leaves out.
fn warn_of_lists(request: &Request, before: &Revision) {
    if request.based_on.is_some() {
        return;
    }
    for list in before.manifest.inputs_of(Role::DropEvents) {
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
fn begins_anew(request: &Request, before: &Revision, manifest: &Manifest) -> Result<bool> {
    let Some(book) = request.book.as_ref().filter(|_| request.purpose == Purpose::Publish) else {
        return Ok(false);
    };
    let overtaken =
        book.stale(request.month)?.is_some_and(|stale| stale.month == request.month.previous());
    let moves_on = manifest.opening != before.manifest.opening;
    Ok(overtaken && moves_on && request.correction.reason.is_some())
}

/// What differs from the revision before, and why; `None` where there is none, or its tables are
/// the same. Written out where the request asks for it.
fn differences(
    request: &Request,
    before: Option<&Revision>,
    (manifest, folder): (&Manifest, &Path),
) -> Result<Option<Differences>> {
    let Some((book, before)) = request.book.as_ref().zip(before) else {
        return Ok(None);
    };
    if manifest.changed_tables(&before.manifest).is_empty() {
        return Ok(None);
    }
    let openings = differences::openings(book, manifest);
    let after = Side { name: &manifest.revision, folder, manifest, openings };
    let found = differences::compare(&Side::published(book, before), &after)?;
    if let Some(folder) = &request.correction.differences {
        found.write(folder)?;
    }
    Ok(Some(found))
}

/// The later months whose opening state changes, or would change, with this one's closing state;
/// those that a cascade is about to bill again are not told.
fn stale_after(request: &Request, report: &Report) -> Result<Vec<Month>> {
    let are_next = request.correction.cascade && request.purpose == Purpose::Publish;
    let Some(book) = request.book.as_ref().filter(|_| !are_next) else {
        return Ok(Vec::new());
    };
    let months = match &report.status {
        Status::Published { .. } | Status::Unchanged { .. } => chain(book, request.month)?,
        Status::WouldDiffer { tables, .. } if tables.iter().any(|table| table == "state") => {
            return chain(book, request.month);
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

fn refusal(
    request: &Request,
    revision: &str,
    changed: &[&str],
    found: Option<&Differences>,
) -> Error {
    let told = found.map(|found| found.summary(MOST_TOLD)).unwrap_or_default();
    Error::book(format!(
        "{} is published as {revision}, and this run comes to another result in {}; it was left \
         alone.\n{}",
        request.month,
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
        request: &Request,
        (prepared, outcomes): (&Prepared, &dyn AccountReplays),
        before: Option<&Revision>,
        name: &str,
    ) -> Result<Self> {
        let correction = &request.correction;
        let invoices_on =
            correction.invoices_on.unwrap_or_else(|| request.month.next().first_day());
        let Some(before) = before else {
            let Replayed { with_lines, amounts, .. } = &prepared.replayed;
            let invoices = Invoices::of(with_lines.clone(), request.month, invoices_on);
            return Ok(Made::First(invoices, *amounts));
        };
        let terms = Terms {
            month: request.month,
            catalog: &request.catalog.catalog,
            revision: name,
            reason: correction.reason.as_deref().unwrap_or_default(),
            notes_on: correction.notes_on,
            invoices_on,
        };
        let only = request.accounts.as_ref();
        let earlier = Earlier::read(&before.folder, request.month, only)?;
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
                    let sums = sums.iter_mut().zip(amounts);
                    sums.for_each(|(sum, amount)| *sum += i128::from(amount));
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
    request: &'a Request,
    (prepared, outcomes): (&'a Prepared, &'a dyn AccountReplays),
    made: &'a Made,
    (month, revision, before): (&'a str, &'a str, Option<&'a Revision>),
) -> MonthResult<'a> {
    MonthResult {
        month,
        catalog: &request.catalog.catalog,
        timeline: &prepared.timeline,
        outcomes,
        documents: made.documents(),
        exceptions: &prepared.exceptions,
        rejects: &prepared.rejects,
        revision,
        carried_over: before.zip(request.accounts.as_ref()).map(|(before, anew)| CarriedOver {
            folder: &before.folder,
            outputs: &before.manifest.outputs,
            anew,
        }),
    }
}

fn inputs<'a>(
    request: &'a Request,
    prepared: &'a Prepared,
    (revision, before): (&'a str, Option<&'a Revision>),
) -> Inputs<'a> {
    Inputs {
        month: request.month,
        revision,
        catalog: &request.catalog.catalog,
        opening: &prepared.opening,
        accounts: &prepared.timeline.accounts,
        usage: &prepared.usage,
        changes: prepared.changes,
        before: before.map(|revision| revision.folder.as_path()),
        only: request.accounts.as_ref(),
    }
}

/// A folder for tables that nobody keeps: a dry run's and a check's.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new(request: &Request) -> Result<Option<Self>> {
        if request.purpose == Purpose::Publish {
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
