//! The journal in object storage: an object for every revision that was ever published, named by what it says.

use std::path::{Path, PathBuf};

use super::super::journal_entry::JournalEntry;
use crate::base::storage;

/// The entries of the journal at an address, by month and revision, and the names that are none.
///
/// # Errors
/// It cannot be listed.
pub fn entries(journal: &Path) -> std::io::Result<(Vec<JournalEntry>, Vec<String>)> {
    let (mut entries, mut others) = (Vec::new(), Vec::new());
    for object in storage::below(journal)? {
        match parse(&object.name) {
            Some(entry) => entries.push(entry),
            None => others.push(object.name),
        }
    }
    entries.sort();
    Ok((entries, others))
}

/// Notes a publication; that it is noted already is no failure.
///
/// # Errors
/// It cannot be written.
pub fn note(journal: &Path, entry: &JournalEntry) -> std::io::Result<()> {
    storage::create(&journal.join(name(entry)), format!("{entry}\n")).map(drop)
}

fn parse(name: &str) -> Option<JournalEntry> {
    let (month, revision) = name.split_once('/')?;
    let (revision, manifest_sha256) = revision.split_once('-')?;
    JournalEntry::parse(&format!("{month} {revision} {manifest_sha256}"))
}

/// The name of an entry's object: `2026-04/r002-SHA256`.
fn name(entry: &JournalEntry) -> PathBuf {
    let JournalEntry { month, revision, manifest_sha256 } = entry;
    PathBuf::from(month.to_string()).join(format!("{revision}-{manifest_sha256}"))
}
