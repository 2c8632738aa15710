//! What this process has published so far. Whatever ends it afterwards says so.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::base::calendar::Month;
use crate::book::{Book, revision_name};

/// A revision that this process has put in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Published {
    pub month: Month,
    pub revision: String,
    /// Where it lies.
    pub folder: String,
}

static SO_FAR: Mutex<Vec<Published>> = Mutex::new(Vec::new());

/// Notes that a revision is in force from now on.
pub(super) fn note(book: &Book, month: Month, revision: u32) {
    let revision = revision_name(revision);
    // It is in force, and so its folder is known.
    let folder = book.revision_folder(month, &revision);
    let folder = folder.unwrap_or_else(|_| book.month_folder(month).join(&revision));
    let folder = folder.display().to_string();
    let published = Published { month, revision, folder };
    SO_FAR.lock().unwrap_or_else(PoisonError::into_inner).push(published);
}

/// All of them, in order.
pub(super) fn so_far() -> Vec<Published> {
    SO_FAR.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl Published {
    /// In a line.
    pub fn in_words(&self) -> String {
        format!("{} published: {}", self.month, self.folder)
    }
}
