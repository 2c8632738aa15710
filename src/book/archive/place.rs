//! Where the tables of an archived revision are.

use std::path::{Path, PathBuf};

use super::super::manifest::Manifest;
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};

/// A revision of a month that went elsewhere.
#[derive(Debug, Clone)]
pub struct Archived {
    pub month: Month,
    /// The book's folder, for messages.
    pub book: PathBuf,
    /// Its folder in the archive.
    pub folder: PathBuf,
    /// The digest of its manifest.
    pub manifest_sha256: Option<String>,
}

impl Archived {
    /// The folder with its tables.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the archive is not at hand, or it is another month's or
    /// revision's.
    pub fn tables(&self) -> Result<&Path> {
        let manifest = digest::of_file(&self.folder.join(Manifest::FILE));
        let month = self.month;
        let error = match manifest {
            Ok((_, is)) if Some(&is) == self.manifest_sha256.as_ref() => return Ok(&self.folder),
            Ok(_) => Error::new(
                Code::ARCHIVE_MISSING,
                format!("{month} is archived, and this is another revision"),
            ),
            Err(e) => Error::new(
                Code::ARCHIVE_MISSING,
                format!("{month} is archived, and its archive is not there"),
            )
            .caused_by(e),
        };
        let book = self.book.display();
        Err(error.in_file(&self.folder).hint(format!(
            "say where the archive is now: --archive DIR; or put the month back: monthend unarchive \
             --month {month} --from DIR --book {book}"
        )))
    }
}
