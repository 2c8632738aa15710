//! What `verify` is asked.

use std::path::PathBuf;

use crate::base::calendar::Month;
use crate::book::{Book, Whereabouts};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// Where recorded inputs are now.
    pub whereabouts: Whereabouts,
    /// What an earlier verification printed with `--json`.
    pub since: Option<PathBuf>,
    /// Only months before this one are verified, and of archived ones only what the book has.
    pub before: Option<Month>,
}
