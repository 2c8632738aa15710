//! The book: months of immutable revisions, published by one atomic rename.
//!
//! ```text
//! book/
//!   2026-04/r001/ …     a revision, complete in itself
//!   2026-04/CURRENT     the name of the one in force
//!   .staging/2026-04/   where the next one is written first
//!   .lock/2026-04       held by the run that writes it
//! ```

mod lock;
mod manifest;
mod staging;

use std::path::{Path, PathBuf};

use crate::calendar::Month;
use crate::error::{Error, Result};

pub use lock::{Holder, Lock};
pub use manifest::{InputFile, Manifest, OpeningRecord};
pub use staging::{Staging, write_flushed};

/// The name of a month's first revision.
pub const FIRST_REVISION: &str = "r001";

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

impl Book {
    /// The book in `folder`, which need not exist yet.
    pub fn at(folder: &Path) -> Self {
        Book { folder: folder.to_owned() }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn month_folder(&self, month: Month) -> PathBuf {
        self.folder.join(month.to_string())
    }

    /// The revision of a month that is in force; `None` where the month is not published.
    ///
    /// # Errors
    /// [`crate::error::Kind::Book`]: the month's folder is there, but cannot be understood.
    pub fn current(&self, month: Month) -> Result<Option<Revision>> {
        let folder = self.month_folder(month);
        if !folder.exists() {
            return Ok(None);
        }
        let pointer = folder.join("CURRENT");
        let damaged = |message: &str| {
            Error::book(message)
                .in_file(&pointer)
                .expected("the name of a revision beside it, such as r001")
                .hint("the book may have been changed by hand; restore it from a copy")
        };
        let text = std::fs::read_to_string(&pointer)
            .map_err(|e| damaged("does not tell which revision is in force").caused_by(e))?;
        let name = text.trim().to_owned();
        let revision = folder.join(&name);
        if !is_revision_name(&name) || !revision.is_dir() {
            return Err(damaged("names no revision").with_value(name));
        }
        let manifest = Manifest::read(&revision)?;
        Ok(Some(Revision { name, folder: revision, manifest }))
    }

    /// Whether any month is published.
    pub fn is_empty(&self) -> bool {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        !entries
            .filter_map(|e| e.file_name().into_string().ok())
            .any(|n| Month::parse(&n).is_some())
    }
}

fn is_revision_name(name: &str) -> bool {
    let digits = name.strip_prefix('r').unwrap_or_default();
    digits.len() >= 3 && digits.bytes().all(|b| b.is_ascii_digit())
}
