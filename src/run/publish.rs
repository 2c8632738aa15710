//! Documents made, tables written aside and checked, the month published.

use super::documents::RevisionDocuments;
use super::draft::Draft;
use super::expectations;
use super::manifest::manifest;
use super::prepare::Prepared;
use super::report::Report;
use super::request::{Purpose, Request};
use super::run_json::run_json;
use super::stages::Stages;
use super::status::{Status, stale_after, status};
use crate::base::digest;
use crate::base::error::{Error, Result};
use crate::base::undivided::undivided;
use crate::billing::replay::AccountReplays;
use crate::book::{Book, JournalEntry, Manifest, RUN_FILE, Staging};

/// Writes a revision of a month that comes to `replays` aside, checks it, and publishes it where
/// that is the purpose.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where sums do not agree,
/// [`crate::base::error::Kind::Expectation`] where the month is not what is expected of it (L4),
/// [`crate::base::error::Kind::Book`] where the book cannot be written, or holds another result for
/// the month and the request does not say why there should be a further revision.
pub fn publish(
    request: &Request,
    prepared: &Prepared,
    replays: &dyn AccountReplays,
    stages: &mut Stages<'_>,
) -> Result<Report> {
    let draft = Draft::of(request, prepared, replays)?;
    // A dry run's and a check's tables are kept by nobody.
    let scratch = match request.purpose {
        Purpose::Publish => None,
        Purpose::DryRun | Purpose::Check => Some(temporary_folder()?),
    };
    let mut staging = match (&scratch, &request.book) {
        (Some(scratch), _) => Staging::aside(scratch.path(), request.month, &draft.name)?,
        (None, Some(book)) => Staging::begin(book, request.month, &draft.name)?,
        (None, None) => return Err(Error::usage("there is no book to publish in")),
    };
    let folder = staging.revision();
    let documents = RevisionDocuments::issue(&draft)?;
    stages.end("documents");
    let outputs = draft.write_tables(documents.rows(), &folder)?;
    stages.end("tables");
    draft.check(&folder)?;
    stages.end("check");

    let mut manifest =
        manifest(request, prepared, outputs.files(), &draft.name, draft.before.as_ref())?;
    let changed = draft.changed_tables(&manifest, &folder)?;
    let differences = draft.differences(&manifest, &folder, &changed)?;
    let status = status(&draft, &manifest, &changed, differences.as_ref())?;
    let verdict = expectations::judge(&draft, &folder, &status)?;
    manifest.accepted = verdict.accepted.clone();
    let exceptions = draft.exceptions(&folder)?;
    let mut report = Report::of(&draft, &documents, &manifest, exceptions, status)?;
    report.differences = differences;
    report.take_verdict(verdict);
    // From the publication on, nothing fails: what goes wrong is a warning.
    let mut warnings = Vec::new();
    if matches!(report.status, Status::Published { .. }) {
        for kept in &prepared.kept_inputs {
            staging.write(&kept.place, &kept.bytes)?;
        }
        let text = manifest.to_text()?;
        staging.write(Manifest::FILE, text.as_bytes())?;
        outputs.flushed()?;
        stages.end("manifest");
        let manifest_sha256 = digest::of_bytes(text.as_bytes());
        let facts = run_json(request, prepared, stages.done(), &manifest_sha256)?;
        staging.write(RUN_FILE, facts.as_bytes())?;
        let mut journal = request.book.as_ref().map(Book::open_journal).transpose()?;
        let _undivided = undivided();
        warnings.extend(staging.publish()?);
        stages.tell_published(request.month, draft.number);
        let entry = JournalEntry { month: request.month, revision: draft.name, manifest_sha256 };
        warnings.extend(journal.as_mut().and_then(|journal| journal.note(entry).err()));
    }
    match stale_after(request, &report.status) {
        Ok(months) => report.stale_after = months,
        Err(error) => warnings.push(
            Error::book("the later months could not be looked at for stale ones").caused_by(error),
        ),
    }
    report.warnings = warnings.iter().map(Error::in_one_line).collect();
    stages.end("publish");
    report.stages = stages.done().to_vec();
    Ok(report)
}

fn temporary_folder() -> Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("monthend-").tempdir().map_err(|e| {
        Error::book("no temporary folder can be made")
            .caused_by(e)
            .hint("set TMPDIR to a folder with free space")
    })
}
