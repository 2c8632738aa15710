//! Approval in between: only the result is published that was looked at before.

use std::path::Path;

use super::draft::Draft;
use super::status::Status;
use crate::base::error::{Code, Error, Result};
use crate::book::{Manifest, result_digest};

/// Makes sure that a month, as it stands then, comes to what was approved, where nothing else may be
/// published.
///
/// # Errors
/// [`crate::base::error::Kind::Approval`]: it does not.
pub(super) fn check(
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
