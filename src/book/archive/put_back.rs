//! An archived month comes back into the book: copied and verified there, then in the book by one
//! removal.

use std::fs;
use std::path::Path;

use super::super::manifest::Manifest;
use super::super::months::Book;
use super::files::{self, flush_folders, unflushed};
use super::record::{ARCHIVED, ArchivedRevision};
use super::store::{Moved, check_same};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::file_digest::Algorithm;
use crate::base::files::flush_folder;

impl Book {
    /// Puts an archived month back; the caller holds the month's lock. The archive keeps its copy.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`] where the month is not archived;
    /// [`crate::base::error::Kind::Conservation`] where the archive does not hold it as the book
    /// records it, [`crate::base::error::Kind::Book`] where something cannot be read or written.
    /// Until the last step, the month is still archived.
    pub fn put_back(&self, month: Month) -> Result<Moved> {
        let Some(record) = self.archived(month)? else {
            return Err(Error::new(Code::NOT_ARCHIVED, format!("{month} is not archived"))
                .in_file(self.month_folder(month))
                .hint("monthend status shows which months are"));
        };
        let (home, revisions) = (self.month_folder(month), self.revisions(month)?);
        let files = files::of_month(&home, &revisions)?;
        for ArchivedRevision { revision, manifest_sha256 } in &record.revisions {
            let due = Algorithm::Sha256.written(manifest_sha256.clone());
            let manifest = Path::new(revision).join(Manifest::FILE);
            let mut is = files.iter().filter(|file| file.path == manifest);
            if is.next().is_none_or(|is| is.digest != due) {
                return Err(Error::new(
                    Code::ARCHIVE_RECORD,
                    format!("is not the manifest that {ARCHIVED} records"),
                )
                .in_file(home.join(manifest))
                .expected(due.to_string())
                .changed_by_hand());
            }
        }
        let place = self.archive_of(&record);
        check_same(month, &place, &files)?;
        for file in &files {
            if !file.is_in(&home) {
                file.copy(&place, &home)?;
            }
        }
        flush_folders(&home, &files)?;
        self.set_whole(&home)?;
        self.try_to_renew_current_tables();
        Ok(Moved::of(&place, revisions.len(), &files))
    }

    /// Makes a month that is whole again one of the book's, by removing its record.
    fn set_whole(&self, home: &Path) -> Result<()> {
        let record = home.join(ARCHIVED);
        fs::remove_file(&record).map_err(|e| {
            Error::new(Code::BOOK_UNWRITABLE, "cannot be removed: the month is still archived")
                .in_file(&record)
                .caused_by(e)
                .hint("check that this user may write to the book")
        })?;
        flush_folder(home).map_err(|e| unflushed(home, e))
    }
}
