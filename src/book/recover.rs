//! A publication that a crash cut short is completed.
//!
//! A later revision is moved into its month's folder, and then `CURRENT` is made to name it. A
//! crash in between leaves a whole revision that is not in force. The next run of the month puts
//! it in force: a revision that is in the book is never removed.

use std::path::Path;

use super::manifest::Manifest;
use super::months::Book;
use super::revision::{Revision, revision_number};
use super::run_record::{RUN_FILE, RunRecord};
use super::seal::is_sealed;
use super::staging::replace_current;
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Error, Result};

impl Book {
    /// Puts a month's newest revision in force, if it is not; the caller holds the month's lock.
    /// Gives its name where there was something to do.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the newest revision is damaged, or `CURRENT` is.
    pub fn recover(&self, month: Month) -> Result<Option<String>> {
        let Some(current) = self.current(month)? else {
            return Ok(None);
        };
        let newest = self
            .revisions(month)?
            .pop()
            .filter(|name| revision_number(name) > revision_number(&current.name));
        let Some(newest) = newest else {
            return Ok(None);
        };
        let revision = self.revision(month, &newest)?;
        if !follows(&revision, &current) {
            return Err(Error::book("is not in force, and not whole")
                .in_file(&revision.folder)
                .expected(format!("{} to be the month's newest revision", current.name))
                .changed_by_hand());
        }
        replace_current(&self.month_folder(month), &newest)?;
        tracing::warn!(%month, revision = newest, "put in force what a crashed run had published");
        Ok(Some(newest))
    }
}

/// Whether a revision is as it was sealed, and follows the one in force.
fn follows(revision: &Revision, current: &Revision) -> bool {
    let read = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let digest = |text: &String| digest::of_bytes(text.as_bytes());
    let before = read(&current.folder, Manifest::FILE);
    let manifest = read(&revision.folder, Manifest::FILE);
    let (Some(run), Some(before), Some(manifest)) =
        (read(&revision.folder, RUN_FILE), before, manifest)
    else {
        return false;
    };
    let sealed = serde_json::from_str(&run).ok().and_then(|run: RunRecord| run.manifest_sha256);
    let previous = revision.manifest.previous.as_ref().map(|p| &p.manifest_sha256);
    is_sealed(&run) && sealed == Some(digest(&manifest)) && previous == Some(&digest(&before))
}
