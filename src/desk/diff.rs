//! What differs between two revisions of a month that are in the book, and why.

use std::path::PathBuf;

use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::book::differences::{Side, compare};
use crate::book::{Book, Revision};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// The two revisions; the one in force and the one before it where none are named.
    pub revisions: Option<(String, String)>,
    /// Where the tables of differences are written.
    pub out: Option<PathBuf>,
}

/// Compares two revisions of a month that are in the book.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the month has not two revisions, or none of the names
/// given; else as [`compare`] and [`crate::book::differences::Differences::write`].
pub fn run(request: &Request) -> Result<Answer> {
    let Request { book, month, .. } = request;
    let (before, after) = match &request.revisions {
        Some((from, to)) => (book.revision(*month, from)?, book.revision(*month, to)?),
        None => last_two(book, *month)?,
    };
    let found = compare(&Side::published(book, &before)?, &Side::published(book, &after)?)?;
    let mut text = found.summary(MOST_TOLD);
    let mut result = found.to_json();
    if let Some(folder) = &request.out {
        let written = found.write(folder)?;
        let files = written.iter().map(|output| output.file.as_str());
        text.push_str(&format!("  written to {}\n", folder.display()));
        result["folder"] = folder.display().to_string().into();
        result["files"] = files.collect();
    }
    Ok(Answer::new(text, &result, 0))
}

/// The largest differences that a summary tells one by one.
const MOST_TOLD: usize = 10;

/// The revision in force, and the one before it.
fn last_two(book: &Book, month: Month) -> Result<(Revision, Revision)> {
    let after = book.current(month)?.ok_or_else(|| {
        Error::new(
            Code::MONTH_NOT_IN_BOOK,
            format!("{month} is not published in {}", book.folder().display()),
        )
        .hint("`monthend status` shows the months of a book")
    })?;
    let earlier: Vec<String> = book.revisions(month)?;
    let earlier = earlier.iter().take_while(|name| **name != after.name).last();
    let before = earlier.ok_or_else(|| {
        Error::new(
            Code::NOTHING_TO_COMPARE,
            format!("{month} has one revision, {}: nothing to compare it with", after.name),
        )
        .hint(
            "`monthend rerun --dry-run` shows what a rerun would change, `monthend diff \
                 --what-if --catalog PATH` what another catalogue would",
        )
    })?;
    Ok((book.revision(month, before)?, after))
}
