//! A revision in the making: written aside, and published by one step.

use std::fs;
use std::path::{Path, PathBuf};

use super::months::Book;
use super::places::CURRENT;
use super::store::{Made, Way};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};

/// A revision in the making; removed again unless it is published.
#[derive(Debug)]
pub struct Staging {
    made: Made,
    /// Its way into a book, if it is to be published.
    way: Option<Box<dyn Way>>,
    is_kept: bool,
}

impl Staging {
    /// Begins a revision of a month. What a crashed run left behind is cleared: the caller holds
    /// the month's lock.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn begin(book: &Book, month: Month, name: &str) -> Result<Self> {
        let (made, way) = book.store().begin(month, name)?;
        Ok(Staging { made, way: Some(way), is_kept: false })
    }

    /// Begins a revision that will not be published, outside any book.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be written.
    pub fn aside(scratch: &Path, month: Month, name: &str) -> Result<Self> {
        let made = Made::begin(scratch.join(month.to_string()), name)?;
        Ok(Staging { made, way: None, is_kept: false })
    }

    /// The folder of the revision.
    pub fn revision(&self) -> PathBuf {
        self.made.revision()
    }

    /// The folder that the revision will have once it is published.
    pub fn place(&self) -> PathBuf {
        self.way.as_ref().map_or_else(|| self.made.revision(), |way| way.place())
    }

    /// Writes a file of the revision; it is flushed to the disk when the revision is published.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where that fails.
    pub fn write(&mut self, file: &str, bytes: &[u8]) -> Result<()> {
        self.made.write(file, bytes)
    }

    /// Takes all that is written to where it will be published, where that takes long; gives where that is.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it cannot be written, [`crate::base::error::Kind::Unavailable`] where
    /// the storage does not answer.
    pub fn upload(&mut self) -> Result<Option<PathBuf>> {
        let revision = self.revision();
        self.way.as_mut().map_or(Ok(None), |way| way.upload(&revision))
    }

    /// Publishes the revision, by one step. Gives what went wrong once it was in force.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]; what was in force before is then still in force. Where a
    /// later revision lies beside the others by then, the message says so.
    pub fn publish(mut self) -> Result<Option<Error>> {
        let way = self.way.take().ok_or_else(|| {
            Error::new(Code::IMPOSSIBLE, "a revision is to be published that was begun aside")
        })?;
        way.publish(&mut self.made)
    }

    /// Keeps a revision that was begun outside any book; where it is `planned`, it is in force for a
    /// book with that plan.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be written.
    pub fn keep(mut self, planned: bool) -> Result<()> {
        if planned {
            let current = self.made.folder.join(CURRENT);
            self.made.write_at(current, format!("{}\n", self.made.name).as_bytes())?;
        }
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After a later revision's publication it is empty. What cannot be removed now is cleared
        // by the next run of the month.
        let folder = &self.made.folder;
        if !self.is_kept
            && folder.exists()
            && let Err(error) = fs::remove_dir_all(folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "could not be cleared");
        }
    }
}
