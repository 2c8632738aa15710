//! A revision that is compared.

use std::path::{Path, PathBuf};

use crate::book::{Book, Manifest, OpeningRecord, Revision};
use crate::tables::Table;

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
    pub fn published(book: &Book, revision: &'a Revision) -> Self {
        let Revision { name, folder, manifest } = revision;
        Side { name, folder, manifest, openings: openings(book, manifest) }
    }
}

/// The folder with the state that opened a revision, where the book holds it. An import that was
/// replaced since is not that state.
pub fn openings(book: &Book, manifest: &Manifest) -> Option<PathBuf> {
    let file = format!("{}.parquet", Table::State.name());
    let folder = match &manifest.opening {
        OpeningRecord::Book { month, revision, .. } => book.month_folder(*month).join(revision),
        OpeningRecord::Imported { sha256 } => {
            let imported = book.imported(manifest.month).ok().flatten()?;
            let mut outputs = imported.record.outputs.iter();
            outputs.find(|output| output.file == file && output.sha256 == *sha256)?;
            imported.folder
        }
        OpeningRecord::Genesis | OpeningRecord::File { .. } => return None,
    };
    folder.join(file).is_file().then_some(folder)
}
