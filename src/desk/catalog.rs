//! `catalog check`: whether a catalogue can be understood, and whether it has every plan that
//! accounts of a book are on (V3).

use std::path::PathBuf;

use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;
use crate::base::storage;
use crate::book::{Book, StateInBook};
use crate::catalog::{self, Version};
use crate::tables::opening::{self, Blame};

/// What `catalog check` is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The catalogue: a file, or a folder of dated ones.
    pub path: PathBuf,
    /// The book whose newest state it is held against, if any.
    pub book: Option<Book>,
    /// Whether someone asked for that, and did not only come upon the book in a job file.
    pub is_asked: bool,
}

/// Checks a catalogue: every version that is there, and of these with a book all that may bill a
/// month after its newest state.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where a version is refused, or lacks a plan that accounts
/// are on; [`crate::base::error::Kind::Book`] where the state cannot be read.
pub fn check(request: &Request) -> Result<()> {
    let versions = catalog::load_versions(&request.path)?;
    let Some(book) = &request.book else { return Ok(()) };
    let found = newest_state(book)?;
    if found.is_none() && !request.is_asked {
        return Ok(());
    }
    let (month, state) = found.ok_or_else(|| {
        Error::new(Code::NO_BOOK, "the book holds no state that accounts go on in")
            .in_file(book.folder())
            .expected("a published month, or an imported state")
            .hint("correct --book, or leave it out")
    })?;
    let of_the_month = match storage::is_folder(&request.path) {
        true => Some(catalog::load(&request.path, month)?.file),
        false => None,
    };
    let is_to_come = |version: &&Version| {
        let comes_later = version.catalog.in_force_from > month.first_day();
        comes_later || of_the_month.as_ref().is_none_or(|file| *file == version.file)
    };
    for version in versions.iter().filter(is_to_come) {
        let blame = Blame::Catalogue(&version.file);
        opening::read(state.files()?, &version.catalog, month, &Scope::All, blame)?;
    }
    Ok(())
}

/// The state that opens the latest month, and that month.
fn newest_state(book: &Book) -> Result<Option<(Month, StateInBook)>> {
    let closed = book.months()?.into_iter().map(Month::next);
    let mut opened: Vec<Month> = closed.chain(book.imports()?).collect();
    opened.sort();
    opened.dedup();
    for month in opened.into_iter().rev() {
        if let Some(state) = book.opening_now(month)? {
            return Ok(Some((month, state)));
        }
    }
    Ok(None)
}
