//! Revisions copied from one book to another: each is published there as a run publishes it, so that the copy is a
//! sound book at every point.

use std::path::Path;

use super::archive::{RevisionFile, flush_folders, of_revision};
use super::imported::Imported;
use super::journal::Journal;
use super::journal_entry::JournalEntry;
use super::manifest::Manifest;
use super::months::Book;
use super::run_record::{RUN_FILE, RunRecord};
use super::seal::is_sealed;
use super::staging::Staging;
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::file_digest::Algorithm;
use crate::base::storage;
use crate::base::undivided::undivided;
use crate::tables::Output;

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Files.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
}

impl Copied {
    fn of(files: &[RevisionFile]) -> Self {
        Copied { files: files.len(), bytes: files.iter().map(|file| file.bytes).sum() }
    }
}

impl Book {
    /// The revisions of a month that a copy lacks, in order.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the copy has one that this book has not, or another of that name.
    pub fn lacking_in(&self, copy: &Book, month: Month) -> Result<Vec<String>> {
        let (own, there) = (self.revisions(month)?, copy.revisions(month)?);
        for name in &there {
            let own = own.contains(name).then(|| self.manifest_sha256(month, name)).transpose()?;
            let is = copy.manifest_sha256(month, name)?;
            if own.as_ref() != Some(&is) {
                let home = self.folder().display();
                return Err(Error::new(Code::ANOTHER_BOOK, format!("is no revision of {home}"))
                    .in_file(copy.revision_folder(month, name)?)
                    .with_value(format!("a manifest of sha256 {is}"))
                    .expected(match own {
                        Some(own) => format!("sha256 {own}"),
                        None => format!("no {month} {name}"),
                    })
                    .hint("copy to a place that is empty, or that holds an earlier copy of the same book"));
            }
        }
        Ok(own.into_iter().skip(there.len()).collect())
    }

    /// Copies a revision to another book, where it is the month's next; the caller holds that month's lock. All files
    /// are what the manifest says before the revision is in force there.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Conservation`] where a file is not as it was published,
    /// [`crate::base::error::Kind::Book`] where something cannot be read or written.
    pub fn copy_revision(
        &self,
        month: Month,
        name: &str,
        to: &Book,
        journal: &mut Journal,
    ) -> Result<Copied> {
        let revision = self.revision(month, name)?;
        let from = revision.tables()?;
        let manifest_sha256 = sealed_manifest(from)?;
        let files = of_revision(from)?;
        let mut staging = Staging::begin(to, month, name)?;
        let aside = staging.revision();
        files.iter().try_for_each(|file| file.copy(from, &aside))?;
        flush_folders(&aside, &files)?;
        if let Some(place) = staging.upload()? {
            files.iter().try_for_each(|file| file.check_in(&place))?;
        }
        let _undivided = undivided();
        if let Some(unflushed) = staging.publish()? {
            return Err(unflushed);
        }
        journal.note(JournalEntry { month, revision: name.to_owned(), manifest_sha256 })?;
        Ok(Copied::of(&files))
    }

    /// Copies an imported opening to another book, in the place of an earlier one; the caller holds the month's lock.
    ///
    /// # Errors
    /// As [`Book::copy_revision`].
    pub fn copy_import(&self, imported: &Imported, to: &Book) -> Result<Copied> {
        let Imported { folder, record } = imported;
        let staging = to.begin_import(record.month)?;
        let file = |output: &Output| RevisionFile {
            path: output.file.clone().into(),
            bytes: output.bytes,
            digest: Algorithm::Sha256.written(output.sha256.clone()),
            stays: true,
        };
        let files: Vec<RevisionFile> = record.outputs.iter().map(file).collect();
        files.iter().try_for_each(|file| file.copy(folder, &staging.folder()))?;
        staging.finish(record)?;
        Ok(Copied::of(&files))
    }
}

/// The digest of a revision's manifest, which must be the one that was sealed.
fn sealed_manifest(revision: &Path) -> Result<String> {
    let unread = |e: std::io::Error| {
        Error::new(Code::BOOK_UNREADABLE, "cannot be read").in_file(revision).caused_by(e)
    };
    let run = storage::read_to_string(&revision.join(RUN_FILE)).map_err(unread)?;
    let (_, is) = digest::of_file(&revision.join(Manifest::FILE)).map_err(unread)?;
    let record = RunRecord::read(revision)?;
    match record.manifest_sha256 {
        Some(sealed) if is_sealed(&run) && sealed == is => Ok(is),
        None => Ok(is), // the first version sealed nothing
        Some(_) => Err(Error::new(Code::REVISION_CHANGED, "is not as it was sealed")
            .in_file(revision)
            .hint_of_damage("see what monthend verify says of this book, and restore it first")),
    }
}
