//! What `export invoice` is asked.

use std::path::PathBuf;

use crate::base::calendar::Month;
use crate::base::scope::Scope;
use crate::book::Book;

/// What `export invoice` is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The documents.
    pub asked: Asked,
    /// The folder that they are written into.
    pub out: PathBuf,
    /// Who sells: a TOML file.
    pub seller: Option<PathBuf>,
    /// Who buys: a log file with a row for each account.
    pub buyers: Option<PathBuf>,
    /// The template; the program's own where none is given.
    pub template: Option<PathBuf>,
    /// Whether a file that is there and says something else is replaced.
    pub replace: bool,
}

/// Which documents are asked for.
#[derive(Debug, Clone)]
pub enum Asked {
    /// One, by its id.
    Document(String),
    /// Those of a month that all accounts, or some, have.
    Month(Month, Scope),
}
