//! `ARCHIVED` of a month: that it was archived, where to, and what it was.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::month_totals::MonthTotals;
use super::super::places::ARCHIVED;
use super::super::seal::is_sealed;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;

/// What `ARCHIVED` says. It is sealed, as `run.json` is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveRecord {
    /// The version of the program that archived the month.
    pub version: String,
    /// The month.
    pub month: Month,
    /// When it was archived, in UTC.
    pub archived_at: String,
    /// The month's folder in the archive: an absolute path, or an address.
    pub folder: String,
    /// The revision in force.
    pub in_force: String,
    /// All revisions, in order.
    pub revisions: Vec<ArchivedRevision>,
    /// Usage events that the revision in force billed.
    pub events: u64,
    /// What the revision in force comes to.
    pub totals: MonthTotals,
    /// The seal, once it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
}

/// A revision of an archived month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedRevision {
    /// Its name.
    pub revision: String,
    /// The SHA-256 of its `manifest.json`, which has those of its tables.
    pub manifest_sha256: String,
}

impl ArchiveRecord {
    /// Reads that of a month's folder; `None` where the month is not archived.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it is there, and not as it was written.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(ARCHIVED);
        let damaged = |message: &str| {
            Error::new(Code::ARCHIVE_RECORD, message).in_file(&path).changed_by_hand()
        };
        let text = match storage::read_to_string(&path) {
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            text => text.map_err(|e| {
                damaged("does not tell where the month went").caused_by(e).or_unread()
            })?,
        };
        if !is_sealed(&text) {
            return Err(damaged("is not as it was written"));
        }
        let record = serde_json::from_str(&text);
        record.map(Some).map_err(|e| damaged("is not understood").caused_by(e))
    }

    /// The month's folder in an archive that was named, where it is there; else where it was moved to.
    pub fn folder_in(&self, archive: Option<&Path>) -> PathBuf {
        let recorded = PathBuf::from(&self.folder);
        match archive.map(|archive| archive.join(self.month.to_string())) {
            Some(named) if !storage::is_gone(&named) || storage::is_gone(&recorded) => named,
            _ => recorded,
        }
    }

    /// The digest of a revision's manifest.
    pub fn manifest_of(&self, revision: &str) -> Option<&str> {
        let mut revisions = self.revisions.iter();
        revisions.find(|one| one.revision == revision).map(|one| one.manifest_sha256.as_str())
    }
}
