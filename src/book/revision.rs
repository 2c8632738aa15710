//! A published revision.

use std::path::PathBuf;

use super::manifest::Manifest;
use crate::base::error::{Error, Result};
use crate::catalog::Catalog;

/// The name of a month's first revision.
pub const FIRST_REVISION: &str = "r001";

/// A published revision.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Its name, such as `r001`.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

impl Revision {
    /// The catalogue that billed it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the manifest holds none; it was changed.
    pub fn catalog(&self) -> Result<Catalog> {
        self.manifest.catalog(&self.folder)
    }

    /// The number of the one that follows it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: its own is no revision's.
    pub fn next_number(&self) -> Result<u32> {
        let next = revision_number(&self.name).and_then(|number| number.checked_add(1));
        next.ok_or_else(|| {
            Error::book("is not named as a revision that another can follow")
                .in_file(&self.folder)
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
