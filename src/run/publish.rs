//! Documents made, tables written aside and checked, the month published: where only what was approved may be, that
//! alone.

use std::path::Path;

use super::documents::RevisionDocuments;
use super::draft::{BilledAccounts, Draft};
use super::expectations;
use super::facts::MonthFacts;
use super::manifest::{manifest, run_json};
use super::report::Report;
use super::request::{Purpose, Request};
use super::stages::Stages;
use super::status::{Status, status};
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::undivided::undivided;
use crate::book::{Book, JournalEntry, Manifest, RUN_FILE, Staging, result_digest};
use crate::tables::{Form, Outputs};

/// Writes a revision of a month aside, checks it, and publishes it where that is the purpose.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where sums do not agree,
/// [`crate::base::error::Kind::Expectation`] where the month is not what is expected of it (L4),
/// [`crate::base::error::Kind::Book`] where the book cannot be written, or holds another result for
/// the month and the request does not say why there should be a further revision.
pub fn publish(
    request: &Request,
    facts: &MonthFacts,
    accounts: BilledAccounts<'_>,
    stages: &mut Stages<'_>,
) -> Result<Report> {
    let draft = Draft::of(request, facts, accounts)?;
    let mut staging = match (&request.plan, &request.book) {
        (Some(plan), _) => Staging::aside(plan, request.month, &draft.name)?,
        (None, Some(book)) if request.purpose == Purpose::Publish => {
            Staging::begin(book, request.month, &draft.name)?
        }
        (None, _) => return Err(Error::new(Code::NO_BOOK, "there is no book to publish in")),
    };
    let folder = staging.revision();
    let documents = RevisionDocuments::issue(&draft)?;
    stages.end("documents");
    let outputs = draft.write_tables(documents.rows(), &folder, Form::ToRead)?;
    stages.end("tables");
    draft.check(&folder)?;
    stages.end("check");

    let mut manifest =
        manifest(request, facts, outputs.files(), &draft.name, draft.before.as_ref())?;
    let changed = draft.changed_tables(&manifest, &folder)?;
    let differences = draft.differences(&manifest, &folder, &changed)?;
    let status = status(&draft, &manifest, &changed, differences.as_ref())?;
    let verdict = expectations::judge(&draft, &folder, &status, &changed)?;
    manifest.accepted = verdict.accepted.clone();
    let exceptions = draft.exceptions(&folder)?;
    let mut report =
        Report::of(&draft, &documents, &manifest, exceptions, status, &staging.place())?;
    report.differences = differences;
    report.take_verdict(verdict);
    check_approved(&draft, &report.status, &manifest, &folder)?;
    let mut warnings = Vec::new();
    if let (Status::Published { .. }, None) = (&report.status, &request.plan) {
        warnings = put_in_force(&draft, &manifest, outputs, staging, stages)?;
        warnings.extend(request.book.as_ref().and_then(|book| book.renew_current_tables().err()));
    } else if request.plan.is_some() {
        describe(&draft, &manifest, &mut staging, stages)?;
        staging.keep(!matches!(report.status, Status::Unchanged { .. }))?;
    }
    report.warnings = warnings.iter().map(Error::in_one_line).collect();
    stages.end("publish");
    report.stages = stages.done().to_vec();
    Ok(report)
}

/// Writes what a revision says of itself, and what is kept with it; gives the manifest's digest.
fn describe(
    draft: &Draft<'_>,
    manifest: &Manifest,
    staging: &mut Staging,
    stages: &mut Stages<'_>,
) -> Result<String> {
    let Draft { request, facts, .. } = draft;
    for kept in &facts.kept_inputs {
        staging.write(&kept.place, &kept.bytes)?;
    }
    let text = manifest.to_text()?;
    staging.write(Manifest::FILE, text.as_bytes())?;
    stages.end("manifest");
    let manifest_sha256 = digest::of_bytes(text.as_bytes());
    let run = run_json(request, facts, stages.done(), &manifest_sha256)?;
    staging.write(RUN_FILE, run.as_bytes())?;
    Ok(manifest_sha256)
}

/// Puts a revision in force. From then on nothing fails: gives what goes wrong.
fn put_in_force(
    draft: &Draft<'_>,
    manifest: &Manifest,
    outputs: Outputs,
    mut staging: Staging,
    stages: &mut Stages<'_>,
) -> Result<Vec<Error>> {
    let request = draft.request;
    outputs.flushed()?;
    let manifest_sha256 = describe(draft, manifest, &mut staging, stages)?;
    staging.upload()?;
    let mut journal = request.book.as_ref().map(Book::open_journal).transpose()?;
    let _undivided = undivided();
    let mut warnings = Vec::from_iter(staging.publish()?);
    stages.tell_published(request.month, draft.number);
    let revision = draft.name.clone();
    let entry = JournalEntry { month: request.month, revision, manifest_sha256 };
    warnings.extend(journal.as_mut().and_then(|journal| journal.note(entry).err()));
    Ok(warnings)
}

/// Makes sure that a month, as it stands then, comes to what was approved, where nothing else may be
/// published.
///
/// # Errors
/// [`crate::base::error::Kind::Approval`]: it does not.
fn check_approved(
    draft: &Draft<'_>,
    status: &Status,
    manifest: &Manifest,
    folder: &Path,
) -> Result<()> {
    let Some(expected) = &draft.request.expected else { return Ok(()) };
    let (folder, manifest) = match (status, &draft.before) {
        (Status::Unchanged { .. }, Some(before)) => (before.tables()?, &before.manifest),
        _ => (folder, manifest),
    };
    let found = result_digest(folder, manifest, draft.request.correction.invoices_on)?;
    if found == *expected { Ok(()) } else { Err(not_approved(expected, &found)) }
}

/// That a result is not the one that was approved.
pub(super) fn not_approved(approved: &str, found: &str) -> Error {
    Error::new(Code::NOT_APPROVED, "the result is not the one that was approved")
        .with_value(found)
        .expected(format!("--only-if {approved}"))
        .hint("see what it is by now: --dry-run instead of --only-if, and all else as it is here")
}
