//! A line of the journal.

use std::fmt;

use super::revision::revision_number;
use crate::base::calendar::Month;
use crate::base::digest;

/// A publication.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalEntry {
    /// The month.
    pub month: Month,
    /// The revision's name.
    pub revision: String,
    /// The SHA-256 of its `manifest.json`.
    pub manifest_sha256: String,
}

impl JournalEntry {
    /// The entry of a line `2026-04 r001 SHA-256`.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let month = Month::parse(words.next()?)?;
        let revision = words.next().filter(|name| revision_number(name).is_some())?.to_owned();
        let manifest_sha256 = words.next().filter(|text| digest::is_sha256(text))?.to_owned();
        words.next().is_none().then_some(JournalEntry { month, revision, manifest_sha256 })
    }
}

impl fmt::Display for JournalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.month, self.revision, self.manifest_sha256)
    }
}
