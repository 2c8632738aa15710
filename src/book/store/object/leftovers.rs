//! What a run that was cut short left in object storage: below prefixes that no `CURRENT` names.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::seam::Leftover;
use super::place::{InStorage, remove_all};
use super::pointer::is_prefix;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage::{self, EntryKind};

/// What is younger may be of a run that is at it, in days.
const AT_IT: i64 = 7;

impl InStorage {
    /// The prefixes of a month that its `CURRENT` does not name.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the month cannot be looked at.
    pub(super) fn prefixes_of_nobody(&self, month: Month) -> Result<Vec<Leftover>> {
        let found = self.unnamed(month)?.into_iter().map(|prefix| {
            let folder = self.month(month).join(prefix);
            let below = storage::below(&folder).map_err(|e| unlisted(&folder, e))?;
            let bytes = below.iter().map(|object| object.bytes).sum();
            Ok(Leftover { folder: folder.display().to_string(), objects: below.len(), bytes })
        });
        found.collect()
    }

    /// Removes what is left of a month and older than a week, by the storage's clock: its `now`. That this user may not
    /// remove it stops nobody.
    ///
    /// # Errors
    /// As [`InStorage::prefixes_of_nobody`].
    pub(super) fn clear_leftovers(&self, month: Month, now: DateTime<Utc>) -> Result<()> {
        for prefix in self.unnamed(month)? {
            let folder = self.month(month).join(prefix);
            let below = storage::below(&folder).map_err(|e| unlisted(&folder, e))?;
            if below.iter().any(|object| now - object.changed < TimeDelta::days(AT_IT)) {
                continue;
            }
            tracing::warn!(folder = %folder.display(), "clearing what a run that was cut short left");
            if let Err(error) = remove_all(&folder, &below) {
                tracing::warn!(folder = %folder.display(), %error, "could not be removed");
            }
        }
        Ok(())
    }

    fn unnamed(&self, month: Month) -> Result<Vec<String>> {
        let folder = self.month(month);
        let pointer = self.pointer(month)?;
        let is_named = |prefix: &str| {
            pointer.iter().any(|p| p.revisions().iter().any(|named| named.prefix == prefix))
        };
        let entries = storage::entries_of(&folder).map_err(|e| unlisted(&folder, e))?;
        let folders = entries.into_iter().filter(|entry| entry.kind == Some(EntryKind::Folder));
        let names = folders.filter_map(|entry| entry.name.into_string().ok());
        Ok(names.filter(|name| is_prefix(name) && !is_named(name)).collect())
    }
}

fn unlisted(folder: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::BOOK_UNREADABLE, "cannot be listed").in_file(folder).caused_by(cause)
}
