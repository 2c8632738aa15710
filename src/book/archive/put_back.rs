//! An archived month comes back into the book: copied and verified there, then in the book by one step.

use super::super::manifest::Manifest;
use super::super::months::Book;
use super::super::places::ARCHIVED;
use super::files::flush_folders;
use super::moved::Moved;
use super::whole::{WholeMonth, WholeRevision};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};

impl Book {
    /// Puts an archived month back; the caller holds the month's lock. The archive keeps its copy.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`] where the month is not archived;
    /// [`crate::base::error::Kind::Conservation`] where the archive does not hold it as the book
    /// records it, [`crate::base::error::Kind::Book`] where something cannot be read or written.
    /// Until the last step, the month is still archived.
    pub fn put_back(&self, month: Month) -> Result<Moved> {
        let Some(record) = self.archived(month)? else {
            return Err(Error::new(Code::NOT_ARCHIVED, format!("{month} is not archived"))
                .in_file(self.month_folder(month))
                .hint("monthend status shows which months are"));
        };
        let whole = WholeMonth::of(self, month)?;
        for WholeRevision { name, home, .. } in &whole.revisions {
            let due = record.manifest_of(name);
            if due != Some(&self.manifest_sha256(month, name)?) {
                let message = format!("is not the manifest that {ARCHIVED} records");
                let error = Error::new(Code::ARCHIVE_RECORD, message)
                    .in_file(home.join(Manifest::FILE))
                    .expected(match due {
                        Some(due) => format!("sha256 {due}"),
                        None => format!("no {name}"),
                    });
                return Err(error.changed_by_hand());
            }
        }
        let place = self.archive_of(&record);
        whole.check_same(&place)?;
        for WholeRevision { name, home, files } in &whole.revisions {
            for file in files.iter().filter(|file| !file.is_in(home)) {
                file.copy(&place.join(name), home)?;
            }
            flush_folders(home, files)?;
        }
        self.store().set_whole(month)?;
        self.try_to_renew_current_tables();
        Ok(Moved::of(&place, &whole))
    }
}
