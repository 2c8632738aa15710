//! The journal on a disk: a file that is only added to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::super::super::journal_entry::JournalEntry;
use super::super::super::places::JOURNAL;
use super::super::seam::Journaling;
use crate::base::files::{flush_folder, open_unlinked};

/// The file, open to be added to.
#[derive(Debug)]
pub struct JournalFile(File);

impl JournalFile {
    /// Opens that of a book, and makes it where there is none.
    ///
    /// # Errors
    /// It cannot be opened, or made.
    pub fn open(book: &Path) -> io::Result<Self> {
        let path = book.join(JOURNAL);
        let is_new = !path.try_exists()?;
        let mut options = OpenOptions::new();
        let options = options.read(true).append(true).create(true);
        let file = open_unlinked(options, &path)?;
        if is_new {
            flush_folder(book)?;
        }
        Ok(JournalFile(file))
    }
}

impl Journaling for JournalFile {
    fn note(&mut self, entry: &JournalEntry) -> io::Result<()> {
        let JournalFile(file) = self;
        // A line that a crash has cut short is left alone.
        let mut last = [b'\n'];
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        let begin = if last == [b'\n'] { "" } else { "\n" };
        // One write, so that months published at once do not mix.
        file.write_all(format!("{begin}{entry}\n").as_bytes())?;
        file.sync_all()
    }
}
