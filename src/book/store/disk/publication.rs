//! A revision's way into a book on a disk: by one rename.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::super::places::{CURRENT, is_there, staging_root, unwritable};
use super::super::super::revision::FIRST_REVISION;
use super::super::made::{Made, failed, write_flushed};
use super::super::seam::Way;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{flush_folder, remove_file};

/// Where `CURRENT` is written before it takes the place of the one before.
pub const NEXT_CURRENT: &str = ".CURRENT";

/// Where a month's revisions are made.
pub fn staging_folder(book: &Path, month: Month) -> PathBuf {
    staging_root(book).join(month.to_string())
}

/// A revision's way into its month's folder.
#[derive(Debug)]
pub struct Rename {
    /// The month's folder in the book.
    month: PathBuf,
    name: String,
}

impl Rename {
    /// That of a revision, which must not be there.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it is.
    pub fn into_month(month: PathBuf, name: &str) -> Result<Self> {
        let name = name.to_owned();
        match is_there(&month.join(&name))? {
            false => Ok(Rename { month, name }),
            true => {
                Err(Error::new(Code::REVISION_NOT_WHOLE, "is there already, but is not in force")
                    .in_file(month.join(name))
                    .changed_by_hand())
            }
        }
    }
}

impl Way for Rename {
    fn place(&self) -> PathBuf {
        self.month.join(&self.name)
    }

    fn upload(&mut self, _: &Path) -> Result<Option<PathBuf>> {
        Ok(None)
    }

    /// A month's first revision appears with its folder and `CURRENT`; a later one is moved beside the others, and is
    /// in force once `CURRENT` names it. Where that fails, the message says that it lies beside them.
    fn publish(self: Box<Self>, made: &mut Made) -> Result<Option<Error>> {
        if self.name != FIRST_REVISION {
            made.flush(&[&made.revision()])?;
            let pointer = Pointer::prepare(&self.month, &self.name)?;
            let place = self.place();
            if let Err(e) = fs::rename(made.revision(), &place) {
                pointer.give_up();
                return Err(failed(&made.folder, e));
            }
            flush_folder(&self.month).map_err(|e| not_in_force(&place, e))?;
            return pointer.switch();
        }
        made.write_at(made.folder.join(CURRENT), format!("{}\n", self.name).as_bytes())?;
        made.flush(&[&made.revision(), &made.folder])?;
        fs::rename(&made.folder, &self.month).map_err(|e| failed(&made.folder, e))?;
        Ok(flush_published(self.month.parent().unwrap_or(Path::new(""))))
    }
}

/// A `CURRENT` that names another revision, ready to take the place of the one before.
pub struct Pointer<'a> {
    month: &'a Path,
    name: &'a str,
}

impl<'a> Pointer<'a> {
    /// Writes it beside the one before. What a crashed run left there is cleared.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the month's folder cannot be written.
    pub fn prepare(month: &'a Path, name: &'a str) -> Result<Self> {
        let pointer = Pointer { month, name };
        clear_pointer(month)?;
        let written = write_flushed(&pointer.aside(), format!("{name}\n").as_bytes());
        written.inspect_err(|_| pointer.give_up())?;
        Ok(pointer)
    }

    fn aside(&self) -> PathBuf {
        self.month.join(NEXT_CURRENT)
    }

    /// Puts the revision in force, by one rename. Gives what went wrong after that.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the one before is still in force.
    pub fn switch(self) -> Result<Option<Error>> {
        fs::rename(self.aside(), self.month.join(CURRENT))
            .map_err(|e| not_in_force(&self.month.join(self.name), e))?;
        Ok(flush_published(self.month))
    }

    /// Leaves the one before. What cannot be removed now is cleared by the next run of the month.
    pub fn give_up(&self) {
        if let Err(error) = remove_file(&self.aside()) {
            tracing::warn!(file = %self.aside().display(), %error, "could not be removed");
        }
    }
}

/// Clears a `CURRENT` that a crashed run had prepared.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the month's folder cannot be written.
pub fn clear_pointer(month: &Path) -> Result<()> {
    let path = month.join(NEXT_CURRENT);
    remove_file(&path).map_err(|e| unwritable(&path, e))
}

/// A revision that lies in the book, and is not in force.
fn not_in_force(revision: &Path, cause: std::io::Error) -> Error {
    Error::new(
        Code::NOT_IN_FORCE,
        "lies in the book and is whole, but CURRENT could not be made to name it: the next run of \
         the month completes the publication",
    )
    .in_file(revision)
    .caused_by(cause)
    .hint("check that this user may write to the book, and run again")
}

fn flush_published(folder: &Path) -> Option<Error> {
    flush_folder(folder).err().map(|e| {
        Error::new(Code::NOT_FLUSHED, "published, but the folder could not be flushed to the disk")
            .in_file(folder)
            .caused_by(e)
            .hint("copy the book once the disk answers; a loss of power may undo the publication")
    })
}
