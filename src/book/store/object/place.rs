//! Where a book lies in object storage, and what was seen of it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::super::places::CURRENT;
use super::pointer::Pointer;
use super::seen::Seen;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::storage::{self, Below};

/// A book at an address. Its copies have seen the same.
#[derive(Debug, Clone)]
pub struct InStorage {
    pub(super) folder: PathBuf,
    pub(super) seen: Seen,
}

impl InStorage {
    /// The one at an address.
    pub fn at(folder: &Path) -> Self {
        InStorage { folder: folder.to_owned(), seen: Seen::default() }
    }

    pub(super) fn month(&self, month: Month) -> PathBuf {
        self.folder.join(month.to_string())
    }

    /// A month's `CURRENT`.
    pub(super) fn current(&self, month: Month) -> PathBuf {
        self.month(month).join(CURRENT)
    }

    /// What it said when it was looked at first; `None` where there is none.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it cannot be understood; [`crate::base::error::Kind::Unavailable`]: the
    /// storage does not answer.
    pub(super) fn pointer(&self, month: Month) -> Result<Option<Arc<Pointer>>> {
        self.seen.pointer(month, &self.current(month))
    }
}

/// Removes objects below a folder, as they were listed.
///
/// # Errors
/// One of them cannot be removed; those after it are there still.
pub(super) fn remove_all(folder: &Path, listed: &[Below]) -> io::Result<()> {
    let removed = |object: &Below| storage::remove(&folder.join(&object.name));
    listed.iter().try_for_each(removed)
}
