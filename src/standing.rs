//! How accounts stand: shown, and imported from another billing system.

use std::path::PathBuf;

use crate::answer::Answer;
use crate::book::Book;
use crate::calendar::Month;
use crate::catalog::Catalog;
use crate::error::{Error, Result};

/// What `state import` is asked.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The book.
    pub book: Book,
    /// The month that the state opens.
    pub month: Month,
    /// The state file.
    pub path: PathBuf,
    /// The catalogue that bills the month.
    pub catalog: Catalog,
    /// Whether an earlier import for the month is replaced.
    pub replace: bool,
}

/// What `state show` is asked.
#[derive(Debug, Clone)]
pub struct ShowRequest {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// The account's id.
    pub account: String,
}

/// Imports a state.
///
/// # Errors
/// Whatever stops it.
pub fn import(_request: &ImportRequest) -> Result<Answer> {
    Err(Error::usage("is not built yet"))
}

/// Shows a state.
///
/// # Errors
/// Whatever stops it.
pub fn show(_request: &ShowRequest) -> Result<Answer> {
    Err(Error::usage("is not built yet"))
}
