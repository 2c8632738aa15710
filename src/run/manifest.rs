//! What a revision says of itself, put together.

use super::request::{OpeningChoice, Request};
use super::{Prepared, totals};
use crate::base::digest;
use crate::base::error::{Error, Result};
use crate::book::{Manifest, Previous, Revision};
use crate::tables::Output;

/// The manifest of the revision `name`, which follows `before`.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the manifest before cannot be read.
pub(super) fn manifest(
    request: &Request,
    prepared: &Prepared,
    outputs: Vec<Output>,
    name: &str,
    before: Option<&Revision>,
) -> Result<Manifest> {
    Ok(Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        month: request.month.to_string(),
        revision: name.to_owned(),
        reason: before.and_then(|_| request.correction.reason.clone()),
        previous: before.map(previous).transpose()?,
        catalogue: request.catalog.catalog.to_json(),
        opening: prepared.opening_record.clone(),
        options: options(request),
        inputs: prepared.inputs.clone(),
        control_totals: totals::to_json(
            &prepared.usage,
            prepared.changes,
            request.accounts.is_some(),
        ),
        accounts_sharing_ids: prepared.sharing_ids.clone(),
        outputs,
        csv: Manifest::CSV_NOTE.to_owned(),
    })
}

fn previous(revision: &Revision) -> Result<Previous> {
    let path = revision.folder.join(Manifest::FILE);
    let (_, manifest_sha256) = digest::of_file(&path).map_err(|e| {
        Error::book("cannot be read")
            .in_file(&path)
            .caused_by(e)
            .hint("restore the revision from a copy of the book")
    })?;
    Ok(Previous { revision: revision.name.clone(), manifest_sha256 })
}

fn options(request: &Request) -> serde_json::Value {
    let mut options = serde_json::json!({
        "opening": match &request.opening {
            OpeningChoice::Book | OpeningChoice::Revision(_) | OpeningChoice::Imported(_) => {
                "book".to_owned()
            }
            OpeningChoice::Genesis => "genesis".to_owned(),
            OpeningChoice::File(path) => path.display().to_string(),
            OpeningChoice::Recorded(file) => file.name.clone(),
        },
        "event_ids": request.inputs.event_ids,
        "map_usage": request.inputs.usage.columns,
        "map_changes": request.inputs.changes.columns,
        "max_reject_share": request.inputs.max_reject_share.normalize().to_string(),
    });
    if let Some(accounts) = &request.accounts {
        options["accounts"] = serde_json::json!(accounts);
    }
    options
}
