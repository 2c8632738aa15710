//! The book: months of immutable revisions, published by one atomic rename.
//!
//! ```text
//! book/
//!   2026-04/r001/ …     a revision, complete in itself
//!   2026-04/r002/ …     a later one; the earlier stay as they are
//!   2026-04/CURRENT     the name of the one in force
//!   openings/2026-04/   a state that was imported, to open the month with
//!   .journal            a line for every revision that was published
//!   .staging/2026-04/   where the next one is written first
//!   .lock/2026-04       held by the run that writes it
//! ```

mod chain;
pub mod differences;
mod imported;
mod journal;
mod lock;
mod manifest;
mod recorded;
mod recover;
mod seal;
mod staging;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::catalog::Catalog;

pub use chain::{Link, Stale};
pub use imported::{ImportRecord, ImportSource, ImportStaging, Imported};
pub use journal::{Entry, JOURNAL};
pub use lock::{Holder, Lock};
pub use manifest::{
    ControlTotals, InputFile, Manifest, OpeningOption, OpeningRecord, Options, Previous, Role,
    Stated,
};
pub use recorded::{Relocation, locate};
pub use seal::{seal, sealed};
pub use staging::{Staging, clear_staging};

/// The name of a month's first revision.
pub const FIRST_REVISION: &str = "r001";

/// The file of a month that names the revision in force.
pub const CURRENT: &str = "CURRENT";

/// The file of a revision with the facts that depend on the clock and the machine. It holds the
/// digest of the manifest, and is sealed: see [`sealed`].
pub const RUN_FILE: &str = "run.json";

/// When the inputs of the revision in `folder` had been changed last, as `run.json` notes it for
/// each file; nothing where it does not.
pub fn times_of_change(folder: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder.join(RUN_FILE)).unwrap_or_default();
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    serde_json::from_value(facts["inputs_modified"].clone()).unwrap_or_default()
}

/// A folder of published months.
#[derive(Debug, Clone)]
pub struct Book {
    folder: PathBuf,
}

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
}

impl Book {
    /// The book in `folder`, which need not exist yet.
    pub fn at(folder: &Path) -> Self {
        Book { folder: folder.to_owned() }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of a month, which need not exist.
    pub fn month_folder(&self, month: Month) -> PathBuf {
        self.folder.join(month.to_string())
    }

    /// The revision of a month that is in force; `None` where the month is not published.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the month's folder is there, but cannot be understood.
    pub fn current(&self, month: Month) -> Result<Option<Revision>> {
        let folder = self.month_folder(month);
        if !folder.exists() {
            return Ok(None);
        }
        let pointer = folder.join(CURRENT);
        let damaged = |message: &str| {
            Error::book(message)
                .in_file(&pointer)
                .expected("the name of a revision beside it, such as r001")
                .hint("the book may have been changed by hand; restore it from a copy")
        };
        let text = std::fs::read_to_string(&pointer)
            .map_err(|e| damaged("does not tell which revision is in force").caused_by(e))?;
        let name = text.trim().to_owned();
        if revision_number(&name).is_none() || !folder.join(&name).is_dir() {
            return Err(damaged("names no revision").with_value(name));
        }
        self.open(month, name).map(Some)
    }

    /// A revision by its name.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`] where the month has none of that name,
    /// [`crate::base::error::Kind::Book`] where its manifest cannot be read.
    pub fn revision(&self, month: Month, name: &str) -> Result<Revision> {
        let known = self.revisions(month)?;
        if !known.iter().any(|known| known == name) {
            let message = format!("{month} has no revision `{name}`");
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(
                Error::usage(message).expected(format!("one of those in the book: {known}"))
            );
        }
        self.open(month, name.to_owned())
    }

    fn open(&self, month: Month, name: String) -> Result<Revision> {
        let folder = self.month_folder(month).join(&name);
        let manifest = Manifest::read(&folder)?;
        Ok(Revision { name, folder, manifest })
    }

    /// The names of a month's revisions, in order, whatever `CURRENT` says; none where the month
    /// is not published.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the month's folder cannot be read.
    pub fn revisions(&self, month: Month) -> Result<Vec<String>> {
        let folder = self.month_folder(month);
        let mut names = if folder.exists() { entries(&folder)? } else { Vec::new() };
        names.retain(|name| revision_number(name).is_some() && folder.join(name).is_dir());
        names.sort_by_key(|name| revision_number(name));
        Ok(names)
    }

    /// The months that are published, in order.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book's folder cannot be read.
    pub fn months(&self) -> Result<Vec<Month>> {
        let names = if self.folder.exists() { entries(&self.folder)? } else { Vec::new() };
        let mut months: Vec<Month> = names.iter().filter_map(|name| Month::parse(name)).collect();
        months.sort();
        Ok(months)
    }

    /// Whether any month is published.
    pub fn is_empty(&self) -> bool {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        !entries
            .filter_map(|e| e.file_name().into_string().ok())
            .any(|n| Month::parse(&n).is_some())
    }
}

/// The names in a folder.
fn entries(folder: &Path) -> Result<Vec<String>> {
    let entries: std::io::Result<Vec<_>> = std::fs::read_dir(folder).and_then(Iterator::collect);
    let entries = entries.map_err(|e| {
        Error::book("cannot be listed")
            .in_file(folder)
            .caused_by(e)
            .hint("check that it is a folder, and that this user may read it")
    })?;
    Ok(entries.into_iter().filter_map(|e| e.file_name().into_string().ok()).collect())
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
