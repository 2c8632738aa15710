//! What is in a folder of the book, by name.

use std::fs;
use std::path::Path;

use super::finding::{Audit, FindingCode, Place};
use crate::base::storage;
pub(super) use crate::base::storage::EntryKind;

fn in_words(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "a file",
        EntryKind::Folder => "a folder",
        EntryKind::Other => "a link or a device",
    }
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name; what is not UTF-8 of it is replaced, and so it is no name that a book knows.
    pub name: String,
    /// What it is; links are not followed, and none of what a book has.
    pub kind: EntryKind,
}

/// The entries of a folder, by name.
pub(super) fn list(folder: &Path) -> std::io::Result<Vec<Entry>> {
    let of_file = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry?;
        let about = entry.file_type()?;
        let kind = match () {
            () if about.is_file() => EntryKind::File,
            () if about.is_dir() => EntryKind::Folder,
            () => EntryKind::Other,
        };
        Ok(Entry { name: entry.file_name().to_string_lossy().into_owned(), kind })
    };
    let of_object = |entry: storage::Entry| {
        let kind = entry.kind.unwrap_or(EntryKind::Other);
        Ok(Entry { name: entry.name.to_string_lossy().into_owned(), kind })
    };
    let entries: std::io::Result<Vec<Entry>> = match storage::is_address(folder) {
        true => storage::entries_of(folder)?.into_iter().map(of_object).collect(),
        false => fs::read_dir(folder)?.map(of_file).collect(),
    };
    let mut entries = entries?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Notes an entry of another kind than it should be; says whether it is as it should.
pub(super) fn is(entry: &Entry, kind: EntryKind, place: Place, audit: &mut Audit) -> bool {
    if entry.kind != kind {
        let what = format!("is {}", in_words(entry.kind));
        audit.add_expected(FindingCode::WrongKind, place, what, in_words(kind));
    }
    entry.kind == kind
}
