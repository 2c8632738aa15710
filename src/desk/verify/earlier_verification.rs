//! The book held against what an earlier verification saw of it: revisions may be added, and none
//! may be gone or another. What lies in the book cannot show that its newest part was taken away;
//! what an auditor kept of it can.

use std::path::Path;

use serde_json::Value;

use super::finding::{Code, Found, Place};
use super::revision::Facts;
use crate::base::error::{Error, Result};

/// A revision that an earlier verification saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    month: String,
    revision: String,
    manifest_sha256: String,
}

/// Reads what `verify --json` printed into a file.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is not that.
pub(super) fn read(path: &Path) -> Result<Vec<Seen>> {
    let wrong = || {
        Error::usage("is not what an earlier verification printed")
            .in_file(path)
            .expected("the output of monthend verify --json")
    };
    let text = std::fs::read_to_string(path).map_err(|e| wrong().caused_by(e))?;
    let result: Value = serde_json::from_str(&text).map_err(|e| wrong().caused_by(e))?;
    let months = result["months"].as_array().ok_or_else(wrong)?;
    let mut all = Vec::new();
    for month in months {
        for revision in month["revisions"].as_array().ok_or_else(wrong)? {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            // A manifest that could not be read then has no digest, and nothing is held against it.
            let Some(manifest_sha256) = text(&revision["manifest_sha256"]) else { continue };
            let month = text(&month["month"]).ok_or_else(wrong)?;
            let revision = text(&revision["revision"]).ok_or_else(wrong)?;
            all.push(Seen { month, revision, manifest_sha256 });
        }
    }
    Ok(all)
}

/// Checks that all of it is still there, and the same.
pub(super) fn check(seen: &[Seen], now: &[Facts], found: &mut Found) {
    for Seen { month, revision, manifest_sha256 } in seen {
        let place = Place::month(month).revision(revision);
        let same = |facts: &&Facts| facts.name == *revision && facts.month.to_string() == *month;
        match now.iter().find(same).map(|facts| facts.manifest_sha256.as_ref()) {
            None => {
                let what = "was there at the earlier verification, and is there no more";
                found.add(Code::Since, place, what);
            }
            Some(Some(is)) if is == manifest_sha256 => {}
            Some(is) => {
                let what = "is not the revision that the earlier verification saw: the sha256 of \
                    its manifest is "
                    .to_owned()
                    + is.map_or("not known", String::as_str);
                found.add_expected(Code::Since, place, what, manifest_sha256);
            }
        }
    }
}
