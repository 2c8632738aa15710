//! What a process has seen of a book in object storage.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::pointer::Pointer;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;

type Pointers = BTreeMap<Month, Option<Arc<Pointer>>>;

/// What each month's `CURRENT` said when it was looked at first: all that is read of a month is of one moment, and a
/// revision follows the one that its run has seen.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<Mutex<Pointers>>);

impl Seen {
    fn seen(&self) -> MutexGuard<'_, Pointers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a month's `CURRENT` says; `None` where the month is not published.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: no run has written what it says;
    /// [`crate::base::error::Kind::Unavailable`]: the storage does not answer.
    pub fn pointer(&self, month: Month, current: &Path) -> Result<Option<Arc<Pointer>>> {
        if let Some(pointer) = self.seen().get(&month) {
            return Ok(pointer.clone());
        }
        let pointer = read(current)?.map(Arc::new);
        Ok(self.seen().entry(month).or_insert(pointer).clone())
    }

    /// Notes what it says by now.
    pub fn set(&self, month: Month, pointer: Pointer) {
        self.seen().insert(month, Some(Arc::new(pointer)));
    }

    /// Forgets what was seen.
    pub fn forget(&self) {
        self.seen().clear();
    }
}

/// What `CURRENT` says now; `None` where there is none.
pub(super) fn read(current: &Path) -> Result<Option<Pointer>> {
    let damaged = |message: &str| {
        Error::new(Code::POINTER_DAMAGED, message)
            .in_file(current)
            .expected("a line for each revision, the latest first: its name, its prefix, its manifest's SHA-256")
            .changed_by_hand()
    };
    let now = storage::now(current).map_err(|e: io::Error| {
        damaged("does not tell which revision is in force").caused_by(e).or_unread()
    })?;
    let Some(now) = now else { return Ok(None) };
    let text = std::str::from_utf8(&now.bytes).unwrap_or_default();
    match Pointer::parse(text, now.version) {
        Some(pointer) => Ok(Some(pointer)),
        None => Err(damaged("names no revision").with_value(text)),
    }
}
