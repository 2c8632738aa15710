//! The book held against what an earlier verification saw of it: revisions may be added, and none
//! may be gone or another. What lies in the book cannot show that its newest part was taken away;
//! what an auditor kept of it can.

use std::path::Path;

use serde_json::Value;

use super::finding::{Audit, FindingCode, Place};
use super::report::MonthReport;
use super::revision::CheckedRevision;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;

/// Reads what `verify --json` printed into a file.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is not that.
pub(super) fn read(path: &Path) -> Result<Vec<MonthReport>> {
    let wrong = || {
        Error::new(Code::EARLIER_VERIFICATION, "is not what an earlier verification printed")
            .in_file(path)
            .expected("the output of monthend verify --json")
    };
    let text = storage::read_to_string(path).map_err(|e| wrong().caused_by(e).or_unread())?;
    let mut result: Value = serde_json::from_str(&text).map_err(|e| wrong().caused_by(e))?;
    let months = result.get_mut("months").map(Value::take).ok_or_else(wrong)?;
    serde_json::from_value(months).map_err(|_| wrong())
}

/// Checks that all of it is still there, and the same.
pub(super) fn check(earlier: &[MonthReport], now: &[CheckedRevision], audit: &mut Audit) {
    for MonthReport { month, revisions, .. } in earlier {
        for seen in revisions {
            // A manifest that could not be read then has no digest, and nothing is held against it.
            let Some(was) = &seen.manifest_sha256 else { continue };
            let place = Place::month(month).revision(&seen.revision);
            let mut of_month = now.iter().filter(|other| other.month.to_string() == *month);
            let same = of_month.find(|other| other.name == seen.revision);
            match same.map(|revision| revision.manifest_sha256.as_ref()) {
                None => {
                    let what = "was there at the earlier verification, and is there no more";
                    audit.add(FindingCode::Since, place, what);
                }
                Some(Some(is)) if is == was => {}
                Some(is) => {
                    let is = is.map_or("not known", String::as_str);
                    let what = format!(
                        "is not the revision that the earlier verification saw: the sha256 of its \
                         manifest is {is}"
                    );
                    audit.add_expected(FindingCode::Since, place, what, was);
                }
            }
        }
    }
}
