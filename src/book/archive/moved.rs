//! A month moves to an archive: copied and verified there, then gone from the book by one step.

use std::path::{Path, PathBuf};

use super::super::month_totals::MonthTotals;
use super::super::months::Book;
use super::super::places::is_there;
use super::super::seal::seal;
use super::super::store;
use super::files::flush_folders;
use super::record::{ArchiveRecord, ArchivedRevision};
use super::whole::{WholeMonth, WholeRevision};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;
use crate::tables::{Table, batches, column};

/// What became of a month that was to be archived, or to be put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The month's folder in the archive.
    pub folder: PathBuf,
    /// Its revisions.
    pub revisions: usize,
    /// Its files.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
}

impl Moved {
    pub(super) fn of(folder: &Path, month: &WholeMonth) -> Self {
        let bytes = month.files().map(|(_, file)| file.bytes).sum();
        let files = month.files().count() + 1; // CURRENT
        Moved { folder: folder.to_owned(), revisions: month.revisions.len(), files, bytes }
    }
}

impl Book {
    /// Moves a published month into an archive; the caller holds the month's lock, and has verified
    /// the month. A month that is archived already stays where it is; what a crash kept from being
    /// removed from the book is removed then.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the archive holds another month of that name, or something cannot be
    /// read or written; [`crate::base::error::Kind::Conservation`] where a copy is not what the book records. Until the
    /// last step, the month is still whole in the book.
    pub fn archive_month(&self, month: Month, archive: &Path, at: &str) -> Result<Moved> {
        let whole = WholeMonth::of(self, month)?;
        let place = match self.archived(month)? {
            Some(record) => {
                let place = self.archive_of(&record);
                if !all_stay(&whole)? {
                    whole.check_same(&place)?;
                }
                place
            }
            None => {
                let place = archive.join(month.to_string());
                match WholeMonth::has_arrived(&place)? {
                    true => whole.check_same(&place)?,
                    false => whole.copy(&place)?,
                }
                let record = self.record(&whole, &place, at)?;
                self.store().set_archived(month, &seal(&record)?)?;
                place
            }
        };
        self.try_to_renew_current_tables();
        remove_moved(&whole)?;
        Ok(Moved::of(&place, &whole))
    }

    /// What is recorded of a month that went to a place.
    fn record(&self, whole: &WholeMonth, place: &Path, at: &str) -> Result<ArchiveRecord> {
        let month = whole.month;
        let gone = || {
            Error::new(Code::NOT_PUBLISHED, format!("{month} is not in the book"))
                .in_file(self.folder())
        };
        let in_force = self.current(month)?.ok_or_else(gone)?;
        let revision = |WholeRevision { name, .. }: &WholeRevision| {
            let manifest_sha256 = self.manifest_sha256(month, name)?;
            Ok(ArchivedRevision { revision: name.clone(), manifest_sha256 })
        };
        Ok(ArchiveRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            month,
            archived_at: at.to_owned(),
            folder: place.display().to_string(),
            in_force: in_force.name.clone(),
            revisions: whole.revisions.iter().map(revision).collect::<Result<_>>()?,
            events: events(in_force.tables()?)?,
            totals: MonthTotals::of(&in_force)?,
            seal: None,
        })
    }
}

/// How many usage events a revision billed.
fn events(revision: &Path) -> Result<u64> {
    let mut events = 0;
    for batch in
        batches(revision, Table::Statements, &[column::statements::events.name], &Scope::All)?
    {
        let batch = batch?;
        events += (0..batch.len()).map(batch.column(column::statements::events)?).sum::<u64>();
    }
    Ok(events)
}

/// Whether none of the files is in the book that should be gone from it.
fn all_stay(whole: &WholeMonth) -> Result<bool> {
    for (home, file) in whole.files().filter(|(_, file)| !file.stays) {
        if is_there(&home.join(&file.path))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes from the book what is in the archive.
fn remove_moved(whole: &WholeMonth) -> Result<()> {
    let failed = |path: &Path, e: std::io::Error| {
        Error::new(Code::BOOK_UNWRITABLE, "is in the archive, and cannot be removed from the book")
            .in_file(path)
            .caused_by(e)
            .hint("run the same command again: it removes what is left")
    };
    for (home, file) in whole.files().filter(|(_, file)| !file.stays) {
        let removed = store::at(home).remove_file(home, &file.path);
        removed.map_err(|e| failed(&home.join(&file.path), e))?;
    }
    whole.revisions.iter().try_for_each(|one| flush_folders(&one.home, &one.files))
}
