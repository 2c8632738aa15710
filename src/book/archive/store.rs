//! A month moves to an archive: copied and verified there, then gone from the book by one rename.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::month_totals::MonthTotals;
use super::super::months::{Book, is_there};
use super::super::places::staging_root;
use super::super::seal::seal;
use super::super::staging::write_flushed;
use super::files::{self, MonthFile, flush_folders, unflushed};
use super::record::{ARCHIVED, ArchiveRecord, ArchivedRevision};
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{flush_folder, make_folder, remove_file};
use crate::base::scope::Scope;
use crate::book::manifest::Manifest;
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
    pub(super) fn of(folder: &Path, revisions: usize, files: &[MonthFile]) -> Self {
        let bytes = files.iter().map(|file| file.bytes).sum();
        Moved { folder: folder.to_owned(), revisions, files: files.len(), bytes }
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
        let (home, revisions) = (self.month_folder(month), self.revisions(month)?);
        let files = files::of_month(&home, &revisions)?;
        let place = match self.archived(month)? {
            Some(record) => {
                let place = self.archive_of(&record);
                if !all_stay(&home, &files)? {
                    check_same(month, &place, &files)?;
                }
                place
            }
            None => {
                let place = archive.join(month.to_string());
                if is_there(&place)? {
                    check_same(month, &place, &files)?;
                } else {
                    copy(&home, &place, &files)?;
                }
                let record = self.record(month, &place, &revisions, at)?;
                self.set_archived(month, &record)?;
                place
            }
        };
        self.try_to_renew_current_tables();
        remove_moved(&home, &files)?;
        Ok(Moved::of(&place, revisions.len(), &files))
    }

    /// What is recorded of a month that went to a place.
    fn record(
        &self,
        month: Month,
        place: &Path,
        revisions: &[String],
        at: &str,
    ) -> Result<ArchiveRecord> {
        let gone = || {
            Error::new(Code::NOT_PUBLISHED, format!("{month} is not in the book"))
                .in_file(self.folder())
        };
        let in_force = self.current(month)?.ok_or_else(gone)?;
        let revision = |name: &String| {
            let path = self.month_folder(month).join(name).join(Manifest::FILE);
            let (_, manifest_sha256) = digest::of_file(&path).map_err(|e| {
                Error::new(Code::MANIFEST_UNREADABLE, "cannot be read").in_file(path).caused_by(e)
            })?;
            Ok(ArchivedRevision { revision: name.clone(), manifest_sha256 })
        };
        Ok(ArchiveRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            month,
            archived_at: at.to_owned(),
            folder: place.display().to_string(),
            in_force: in_force.name.clone(),
            revisions: revisions.iter().map(revision).collect::<Result<_>>()?,
            events: events(in_force.tables()?)?,
            totals: MonthTotals::of(&in_force)?,
            seal: None,
        })
    }

    /// Makes a month an archived one, by one rename.
    fn set_archived(&self, month: Month, record: &ArchiveRecord) -> Result<()> {
        let (home, staging) = (self.month_folder(month), staging_root(self.folder()));
        let aside = staging.join(format!("{month}.{ARCHIVED}"));
        let failed = |e: std::io::Error| {
            Error::new(Code::BOOK_UNWRITABLE, "cannot be written").in_file(home.join(ARCHIVED)).caused_by(e).hint(
                "check the disk's free space and that this user may write to the book; the month \
                 is still whole in it",
            )
        };
        make_folder(&staging).and_then(|()| remove_file(&aside)).map_err(failed)?;
        write_flushed(&aside, seal(record)?.as_bytes())?;
        fs::rename(&aside, home.join(ARCHIVED)).map_err(failed)?;
        flush_folder(&home).map_err(|e| unflushed(&home, e))
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
fn all_stay(home: &Path, files: &[MonthFile]) -> Result<bool> {
    for file in files.iter().filter(|file| !file.stays) {
        if is_there(&home.join(&file.path))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Copies a month into the archive: it appears there whole, by one rename.
fn copy(home: &Path, place: &Path, files: &[MonthFile]) -> Result<()> {
    let (archive, name) = (place.parent().unwrap_or(place), place.file_name().unwrap_or_default());
    let part = archive.join(format!(".{}.part", name.to_string_lossy()));
    let failed = |e: std::io::Error| {
        Error::new(Code::BOOK_UNWRITABLE, "the archive cannot be written")
            .in_file(&part)
            .caused_by(e)
            .hint("check the disk's free space and that this user may write there")
    };
    if is_there(&part)? {
        fs::remove_dir_all(&part).map_err(failed)?; // of a run that was cut short
    }
    let copied = files
        .iter()
        .try_for_each(|file| file.copy(home, &part))
        .and_then(|()| flush_folders(&part, files))
        .and_then(|()| fs::rename(&part, place).map_err(failed));
    if copied.is_err()
        && let Err(error) = fs::remove_dir_all(&part)
    {
        tracing::warn!(folder = %part.display(), %error, "could not be cleared");
    }
    copied?;
    flush_folder(archive).map_err(|e| unflushed(archive, e))
}

/// Makes sure that the archive holds the month as the book records it, and nothing else.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where it holds something else,
/// [`crate::base::error::Kind::Book`] where it cannot be read.
pub(super) fn check_same(month: Month, place: &Path, files: &[MonthFile]) -> Result<()> {
    if !is_there(place)? {
        return Err(Error::new(Code::ARCHIVE_MISSING, format!("{month} is not in the archive"))
            .in_file(place)
            .hint("say where the archive is now: --from DIR"));
    }
    let hint = || {
        format!("name the archive that {month} was moved to, or another folder that has none yet")
    };
    files.iter().try_for_each(|file| file.check_in(place)).map_err(|e| e.hint_of_damage(hint()))?;
    match files::others_in(place, files)?.first() {
        None => Ok(()),
        Some(other) => Err(Error::new(Code::ARCHIVE_DIFFERS, format!("is no file of {month}"))
            .in_file(place.join(other))
            .hint(hint())),
    }
}

/// Removes from the book what is in the archive.
fn remove_moved(home: &Path, files: &[MonthFile]) -> Result<()> {
    let failed = |path: &Path, e: std::io::Error| {
        Error::new(Code::BOOK_UNWRITABLE, "is in the archive, and cannot be removed from the book")
            .in_file(path)
            .caused_by(e)
            .hint("run the same command again: it removes what is left")
    };
    for file in files.iter().filter(|file| !file.stays) {
        let path = home.join(&file.path);
        remove_file(&path).map_err(|e| failed(&path, e))?;
        // A folder within the revision's goes with its last file.
        if let Some(folder) = path.parent().filter(|_| file.path.components().count() > 2) {
            let _ = fs::remove_dir(folder);
        }
    }
    flush_folders(home, files)
}
