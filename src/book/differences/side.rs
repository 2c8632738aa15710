//! A revision that is compared.

use std::path::{Path, PathBuf};

use crate::base::error::Result;
use crate::base::storage;
use crate::book::manifest::Manifest;
use crate::book::months::Book;
use crate::book::opening::OpeningSource;
use crate::book::recorded_input::{InputPlaces, Whereabouts};
use crate::book::revision::Revision;

/// One of the two revisions; it need not be published yet.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// Its name, such as `r001`.
    pub name: &'a str,
    /// The folder with its tables.
    pub folder: &'a Path,
    /// What it says of itself.
    pub manifest: &'a Manifest,
    /// The revision of the month before whose state opened it, where that is in the book.
    pub openings: Option<PathBuf>,
}

impl<'a> Side<'a> {
    /// A published revision of a book.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it is archived, and the archive is not at hand.
    pub fn published(book: &Book, revision: &'a Revision) -> Result<Self> {
        let (name, folder, manifest) = (&revision.name, revision.tables()?, &revision.manifest);
        Ok(Side { name, folder, manifest, openings: openings(book, manifest, folder) })
    }
}

/// The folder with the state that opened the revision in a folder, where the book holds it. An import that was
/// replaced since is not that state.
pub fn openings(book: &Book, manifest: &Manifest, folder: &Path) -> Option<PathBuf> {
    let nothing_said = Whereabouts::default();
    match book.opening_of(manifest, &InputPlaces::of(folder, &nothing_said)) {
        Ok(OpeningSource::InBook(state)) => {
            (!storage::is_gone(&state.path())).then_some(state.folder)
        }
        _ => None,
    }
}
