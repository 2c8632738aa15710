//! A publication that a crash cut short is completed.
//!
//! A later revision is moved into its month's folder, and then `CURRENT` is made to name it. A
//! crash in between leaves a whole revision that is not in force. The next run of the month puts
//! it in force: a revision that is in the book is never removed.

use std::io::ErrorKind;
use std::path::Path;

use super::holder::Holder;
use super::manifest::Manifest;
use super::months::Book;
use super::revision::{Revision, revision_number};
use super::run_record::{RUN_FILE, RunRecord};
use super::seal::is_sealed;
use super::store::Lock;
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;

impl Book {
    /// Takes the lock of a month, and makes good what a crash left of it. Gives the revision that was put in force by
    /// that, if one was.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Locked`] where another run holds the lock, [`crate::base::error::Kind::Book`] where
    /// the month is archived, or the book cannot be written.
    pub fn lock(&self, month: Month, holder: &Holder) -> Result<(Lock, Option<u32>)> {
        let lock = self.lock_alone(month, holder)?;
        // What others have published until now counts.
        self.look_afresh();
        self.not_archived(month)?;
        let recovered = self.recover(month)?;
        self.complete_journal(month)?;
        self.store().clear(month)?;
        Ok((lock, recovered))
    }

    /// Puts a month's newest revision in force, if it is not; the caller holds the month's lock.
    /// Gives its number where there was something to do.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the newest revision is damaged, or `CURRENT` is.
    pub fn recover(&self, month: Month) -> Result<Option<u32>> {
        let Some(current) = self.current(month)? else {
            return Ok(None);
        };
        let Some(newest) = self.store().not_in_force(month)? else {
            return Ok(None);
        };
        let revision = self.revision(month, &newest)?;
        if !follows(&revision, &current)? {
            return Err(Error::new(Code::REVISION_NOT_WHOLE, "is not in force, and not whole")
                .in_file(revision.in_book())
                .expected(format!("{} to be the month's newest revision", current.name))
                .changed_by_hand());
        }
        if let Some(unflushed) = self.store().put_in_force(month, &newest)? {
            tracing::warn!("{}", unflushed.in_one_line());
        }
        tracing::warn!(%month, revision = newest, "put in force what a crashed run had published");
        Ok(revision_number(&newest))
    }
}

/// Whether a revision is as it was sealed, and follows the one in force.
fn follows(revision: &Revision, current: &Revision) -> Result<bool> {
    let read = |folder: &Path, name: &str| {
        let path = folder.join(name);
        match storage::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => Ok(None),
            Err(e) => {
                Err(Error::new(Code::BOOK_UNREADABLE, "cannot be read").in_file(path).caused_by(e))
            }
        }
    };
    let digest = |text: &String| digest::of_bytes(text.as_bytes());
    let before = read(current.in_book(), Manifest::FILE)?;
    let manifest = read(revision.in_book(), Manifest::FILE)?;
    let run = read(revision.in_book(), RUN_FILE)?;
    let (Some(run), Some(before), Some(manifest)) = (run, before, manifest) else {
        return Ok(false);
    };
    let sealed = serde_json::from_str(&run).ok().and_then(|run: RunRecord| run.manifest_sha256);
    let previous = revision.manifest.previous.as_ref().map(|p| &p.manifest_sha256);
    Ok(is_sealed(&run) && sealed == Some(digest(&manifest)) && previous == Some(&digest(&before)))
}
