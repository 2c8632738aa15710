//! The journal in object storage: an object for every revision that was ever published, named by what it says.

use std::io;
use std::path::{Path, PathBuf};

use super::super::super::journal_entry::JournalEntry;
use super::super::seam::Journaling;
use crate::base::storage;

/// The entries of the journal at an address, by month and revision, and the names that are none.
///
/// # Errors
/// It cannot be listed.
pub fn entries(journal: &Path) -> io::Result<(Vec<JournalEntry>, Vec<String>)> {
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

/// The journal's text at an address: a line for each of its objects.
///
/// # Errors
/// It cannot be listed.
pub fn text(journal: &Path) -> io::Result<Vec<u8>> {
    let (entries, others) = entries(journal)?;
    let lines = entries.iter().map(JournalEntry::to_string).chain(others);
    Ok(lines.map(|line| line + "\n").collect::<String>().into_bytes())
}

/// The journal at an address, to be added to.
#[derive(Debug)]
pub struct JournalOfObjects(PathBuf);

impl JournalOfObjects {
    /// That at an address.
    pub fn at(journal: PathBuf) -> Self {
        JournalOfObjects(journal)
    }
}

impl Journaling for JournalOfObjects {
    /// That it is noted already is no failure.
    fn note(&mut self, entry: &JournalEntry) -> io::Result<()> {
        storage::create(&self.0.join(name(entry)), format!("{entry}\n")).map(drop)
    }
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
