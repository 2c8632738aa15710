//! The journal: a line for every revision that was ever published, in the order of publication.
//!
//! It stands beside the months, so that a revision that is gone, with `CURRENT` set back, is
//! missed. A line is written after the publication; what a crash kept from being written, the
//! month's next run adds.

use std::path::PathBuf;

use super::journal_entry::JournalEntry;
use super::months::Book;
use super::places::JOURNAL;
use super::store::Journaling;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;

impl Book {
    /// The journal's lines; none where there is no journal.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it cannot be read.
    pub fn journal(&self) -> Result<Vec<String>> {
        let path = self.journal_path();
        match self.journal_text().and_then(storage::as_text) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(Error::new(Code::BOOK_UNREADABLE, "the journal cannot be read")
                .in_file(path)
                .caused_by(e)
                .changed_by_hand()),
        }
    }

    /// The journal's text.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn journal_text(&self) -> std::io::Result<Vec<u8>> {
        self.store().journal_text()
    }

    /// Opens the journal to be added to, and makes it where there is none: whether it can be written
    /// is found out before there is anything to note.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it cannot be read or written.
    pub fn open_journal(&self) -> Result<Journal> {
        let noted = self.journal()?.iter().filter_map(|l| JournalEntry::parse(l)).collect();
        let path = self.journal_path();
        let open = self.store().open_journal().map_err(|e| {
            Error::new(Code::BOOK_UNWRITABLE, "the journal cannot be written")
                .in_file(&path)
                .caused_by(e)
                .hint("check that this user may write to the book")
        })?;
        Ok(Journal { open, path, noted })
    }

    /// Adds what the journal lacks of a month, and warns of what the month lacks; the caller holds
    /// the month's lock.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the journal cannot be read or written.
    pub fn complete_journal(&self, month: Month) -> Result<()> {
        let there = self.revisions(month)?;
        if there.is_empty() && self.journal()?.is_empty() {
            return Ok(());
        }
        let mut journal = self.open_journal()?;
        let noted = journal.noted.clone();
        let noted = || noted.iter().filter(|entry| entry.month == month);
        for gone in noted().filter(|entry| !there.contains(&entry.revision)) {
            let revision = &gone.revision;
            tracing::warn!(%month, revision, "was published, and is no longer in the book");
        }
        for revision in there {
            if noted().any(|entry| entry.revision == revision) {
                continue;
            }
            let manifest_sha256 = self.manifest_sha256(month, &revision)?;
            journal.note(JournalEntry { month, revision, manifest_sha256 })?;
        }
        Ok(())
    }

    fn journal_path(&self) -> PathBuf {
        self.folder().join(JOURNAL)
    }
}

/// The journal, open to be added to.
#[derive(Debug)]
pub struct Journal {
    open: Box<dyn Journaling>,
    path: PathBuf,
    noted: Vec<JournalEntry>,
}

impl Journal {
    /// Notes a publication, if it is not noted already; the caller holds the month's lock.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the journal cannot be written.
    pub fn note(&mut self, entry: JournalEntry) -> Result<()> {
        if self.noted.contains(&entry) {
            return Ok(());
        }
        self.open.note(&entry).map_err(|e| {
            Error::new(
                Code::BOOK_UNWRITABLE,
                "the journal cannot be written: the month's next run adds its line",
            )
            .in_file(&self.path)
            .caused_by(e)
            .hint("check the disk's free space and that this user may write to the book")
        })?;
        self.noted.push(entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest;
    use crate::book::Manifest;

    fn entry(revision: &str) -> JournalEntry {
        let month = Month::parse("2026-04").unwrap();
        JournalEntry {
            month,
            revision: revision.to_owned(),
            manifest_sha256: digest::of_bytes(b"x"),
        }
    }

    #[test]
    fn what_is_noted_reads_back_even_after_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::at(folder.path());
        assert!(book.journal().unwrap().is_empty());
        book.open_journal().unwrap().note(entry("r001")).unwrap();
        let path = folder.path().join(JOURNAL);
        let torn = std::fs::read_to_string(&path).unwrap() + "2026-04 r0";
        std::fs::write(&path, torn).unwrap();
        book.open_journal().unwrap().note(entry("r002")).unwrap();
        let read: Vec<_> =
            book.journal().unwrap().iter().map(|line| JournalEntry::parse(line)).collect();
        assert_eq!(read, [Some(entry("r001")), None, Some(entry("r002"))]);
    }

    #[test]
    fn every_revision_is_noted_once() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::at(folder.path());
        let revision = folder.path().join("2026-04/r001");
        std::fs::create_dir_all(&revision).unwrap();
        std::fs::write(revision.join(Manifest::FILE), b"x").unwrap();
        let month = entry("r001").month;
        book.complete_journal(month).unwrap();
        book.complete_journal(month).unwrap();
        assert_eq!(JournalEntry::parse(&book.journal().unwrap().join("|")), Some(entry("r001")));
        // It is no reason to stop a run: `verify` tells of it.
        book.open_journal().unwrap().note(entry("r002")).unwrap();
        book.complete_journal(month).unwrap();
        assert_eq!(book.journal().unwrap().len(), 2);
    }
}
