//! What `status` is asked.

use std::path::PathBuf;

use crate::base::calendar::Month;
use crate::book::{Book, Whereabouts};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// How wide its text may be.
    pub width: usize,
    /// Whether recorded inputs are digested again.
    pub inputs: bool,
    /// Where they are now.
    pub whereabouts: Whereabouts,
    /// The folder that the paths of commands lead from.
    pub working_folder: PathBuf,
    /// The last month that is over.
    pub due: Month,
}
