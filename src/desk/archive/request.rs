//! What is asked of archives.

use std::path::PathBuf;

use crate::base::calendar::Month;
use crate::book::{Book, Holder, Whereabouts};

/// What `archive` is asked.
#[derive(Debug, Clone)]
pub struct ArchiveRequest {
    /// The book.
    pub book: Book,
    /// The first month that stays.
    pub before: Month,
    /// The folder of the archive.
    pub to: PathBuf,
    /// Where recorded inputs are now.
    pub whereabouts: Whereabouts,
    /// Who moves the months, for the locks, and when.
    pub holder: Holder,
}

/// What `unarchive` is asked.
#[derive(Debug, Clone)]
pub struct PutBackRequest {
    /// The book, which knows where its archive is now.
    pub book: Book,
    /// The month; all archived ones where none is named.
    pub month: Option<Month>,
    /// Who moves the months, for the locks.
    pub holder: Holder,
}
