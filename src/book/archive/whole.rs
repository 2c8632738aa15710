//! All of a month: each revision's files, where the book has them and where an archive has.

use std::path::{Path, PathBuf};

use super::super::months::Book;
use super::super::places::{CURRENT, is_there};
use super::super::store;
use super::files::{RevisionFile, flush_folders, of_revision};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::file_digest::Algorithm;

/// A revision of a month.
pub(super) struct WholeRevision {
    pub name: String,
    /// Its folder in the book.
    pub home: PathBuf,
    pub files: Vec<RevisionFile>,
}

/// A month that goes to an archive, or comes back.
pub(super) struct WholeMonth {
    pub month: Month,
    /// In order; the last one is in force.
    pub revisions: Vec<WholeRevision>,
}

impl WholeMonth {
    /// A published month of a book, which may be archived.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be read.
    pub fn of(book: &Book, month: Month) -> Result<Self> {
        let revision = |name: String| {
            let home = book.revision_folder(month, &name)?;
            let files = of_revision(&home)?;
            Ok(WholeRevision { name, home, files })
        };
        let revisions = book.revisions(month)?.into_iter().map(revision).collect::<Result<_>>()?;
        Ok(WholeMonth { month, revisions })
    }

    /// Each file, with the folder of its revision in the book.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &RevisionFile)> {
        self.revisions.iter().flat_map(|one| one.files.iter().map(|file| (&*one.home, file)))
    }

    /// What `CURRENT` says of it in an archive.
    fn current(&self) -> String {
        self.revisions.last().map(|last| format!("{}\n", last.name)).unwrap_or_default()
    }

    /// Copies it to a place of an archive, where each file is read again.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where something cannot be read or written,
    /// [`crate::base::error::Kind::Conservation`] where a copy is not what the book records.
    pub fn copy(&self, place: &Path) -> Result<()> {
        let archive = store::at(place);
        let way = archive.on_the_way(place);
        let failed = |e: std::io::Error| {
            Error::new(Code::BOOK_UNWRITABLE, "the archive cannot be written")
                .in_file(&way)
                .caused_by(e)
                .hint("check the disk's free space and that this user may write there")
        };
        if way != place {
            archive.remove_folder(&way).map_err(failed)?; // of a run that was cut short
        }
        let copied = self.copy_files(&way).and_then(|()| archive.arrive(place).map_err(failed));
        if copied.is_err()
            && way != place
            && let Err(error) = archive.remove_folder(&way)
        {
            tracing::warn!(folder = %way.display(), %error, "could not be cleared");
        }
        copied
    }

    /// `CURRENT` comes last.
    fn copy_files(&self, to: &Path) -> Result<()> {
        for WholeRevision { name, home, files } in &self.revisions {
            let to = to.join(name);
            for file in files.iter().filter(|file| !file.is_in(&to)) {
                file.copy(home, &to)?;
            }
            flush_folders(&to, files)?;
        }
        let current = to.join(CURRENT);
        store::at(to).put_text(&self.current(), &current).map_err(|e| {
            Error::new(Code::BOOK_UNWRITABLE, "the archive cannot be written")
                .in_file(current)
                .caused_by(e)
        })
    }

    /// Whether a place of an archive has a month of this name.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where that cannot be told.
    pub fn has_arrived(place: &Path) -> Result<bool> {
        store::at(place).has_arrived(place, CURRENT)
    }

    /// Makes sure that the archive holds the month as the book records it, and nothing else.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Conservation`] where it holds something else,
    /// [`crate::base::error::Kind::Book`] where it cannot be read.
    pub fn check_same(&self, place: &Path) -> Result<()> {
        let month = self.month;
        if !is_there(place)? {
            return Err(Error::new(
                Code::ARCHIVE_MISSING,
                format!("{month} is not in the archive"),
            )
            .in_file(place)
            .hint("say where the archive is now: --from DIR"));
        }
        let hint = || {
            format!(
                "name the archive that {month} was moved to, or another folder that has none yet"
            )
        };
        let check = |file: &RevisionFile, folder: &Path| {
            file.check_in(folder).map_err(|e| e.hint_of_damage(hint()))
        };
        let current = self.current();
        let current = RevisionFile {
            path: CURRENT.into(),
            bytes: current.len() as u64,
            digest: Algorithm::Sha256.of_bytes(current.as_bytes()),
            stays: true,
        };
        check(&current, place)?;
        let mut known = vec![current.path];
        for WholeRevision { name, files, .. } in &self.revisions {
            files.iter().try_for_each(|file| check(file, &place.join(name)))?;
            known.extend(files.iter().map(|file| Path::new(name).join(&file.path)));
        }
        let there = store::at(place).files_below(place).map_err(|e| {
            Error::new(Code::BOOK_UNREADABLE, "cannot be listed")
                .in_file(place)
                .caused_by(e)
                .hint("check the folder's rights")
        })?;
        match there.iter().find(|path| !known.contains(path)) {
            None => Ok(()),
            Some(other) => Err(Error::new(Code::ARCHIVE_DIFFERS, format!("is no file of {month}"))
                .in_file(place.join(other))
                .hint(hint())),
        }
    }
}

/// Makes the folder of an archive, where there are folders.
///
/// # Errors
/// It cannot be made.
pub fn make_archive(folder: &Path) -> std::io::Result<()> {
    store::at(folder).make_folder(folder)
}
