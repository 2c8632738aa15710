//! Whether a month is archived, and where it went.

use std::path::PathBuf;

use super::super::months::Book;
use super::record::ArchiveRecord;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};

impl Book {
    /// What is recorded of an archived month; `None` where it is not archived.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the record is not as it was written.
    pub fn archived(&self, month: Month) -> Result<Option<ArchiveRecord>> {
        if !self.store().is_archived(month)? {
            return Ok(None);
        }
        ArchiveRecord::read(&self.month_folder(month))
    }

    /// The folder of an archived month: in the archive that was named, or where it was moved to.
    pub fn archive_of(&self, record: &ArchiveRecord) -> PathBuf {
        record.folder_in(self.archive())
    }

    /// Makes sure that a month is not archived, so that it can be billed.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it is.
    pub fn not_archived(&self, month: Month) -> Result<()> {
        let Some(record) = self.archived(month)? else { return Ok(()) };
        Err(Error::new(
            Code::MONTH_ARCHIVED,
            format!("{month} is archived, and an archived month is not billed"),
        )
        .in_file(record.folder)
        .hint(format!(
            "put it back first: monthend unarchive --month {month} --book {}",
            self.folder().display()
        )))
    }
}
