//! A published revision.

use std::path::{Path, PathBuf};

use super::archive::Archived;
use super::manifest::Manifest;
use super::run_record::{RUN_FILE, RunRecord};
use crate::base::calendar::Instant;
use crate::base::error::{Code, Error, Result};
use crate::catalog::Catalog;

/// The name of a month's first revision.
pub const FIRST_REVISION: &str = "r001";

/// A published revision.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Its name, such as `r001`.
    pub name: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its folder in the book.
    pub(super) in_book: PathBuf,
    /// Where its tables went, if its month is archived.
    pub(super) archived: Option<Archived>,
}

impl Revision {
    /// Its folder: of an archived month that in the archive, where it is at hand. It has the
    /// manifest and `run.json`; for the tables, and for what was given by hand, ask
    /// [`Revision::tables`].
    pub fn folder(&self) -> &Path {
        self.tables().unwrap_or(&self.in_book)
    }

    /// The folder with all its tables.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: its month is archived, and the archive is not at hand.
    pub fn tables(&self) -> Result<&Path> {
        match &self.archived {
            None => Ok(&self.in_book),
            Some(archived) => archived.tables(),
        }
    }

    /// Its folder in the book, which has what the month after it begins with, though the month be
    /// archived.
    pub fn in_book(&self) -> &Path {
        &self.in_book
    }

    /// The catalogue that billed it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the manifest holds none; it was changed.
    pub fn catalog(&self) -> Result<Catalog> {
        self.manifest.catalog(self.folder())
    }

    /// When it was made.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where its record of the run cannot be read.
    pub fn made(&self) -> Result<Instant> {
        let run = RunRecord::read(self.folder())?;
        Instant::parse(&run.started_at).map_err(|fault| {
            Error::new(Code::REVISION_DAMAGED, format!("`{}` {fault}", run.started_at))
                .in_file(self.folder().join(RUN_FILE))
                .changed_by_hand()
        })
    }

    /// The number of the one that follows it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: its own is no revision's.
    pub fn next_number(&self) -> Result<u32> {
        let next = revision_number(&self.name).and_then(|number| number.checked_add(1));
        next.ok_or_else(|| {
            Error::new(Code::REVISION_DAMAGED, "is not named as a revision that another can follow")
                .in_file(&self.in_book)
                .expected("r001, r002 and so on")
        })
    }
}

/// The name of a month's `number`th revision.
pub fn revision_name(number: u32) -> String {
    format!("r{number:03}")
}

/// The number of a revision's name: 2 for `r002`; `None` where it is no such name.
pub fn revision_number(name: &str) -> Option<u32> {
    let number: u32 = name.strip_prefix('r')?.parse().ok()?;
    (number > 0 && revision_name(number) == name).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_numbered_from_one() {
        for (name, number) in [
            ("r001", Some(1)),
            ("r1000", Some(1000)),
            ("r01", None),
            ("r0001", None),
            ("r000", None),
        ] {
            assert_eq!(revision_number(name), number, "{name}");
        }
    }
}
