//! `current/`: every month's tables as the revision in force has them, for readers of all months: links, or copies.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::calendar::Month;
use crate::base::error::{Code, Error};

/// The forms of a table, by their files' ending.
pub const FORMS: [&str; 2] = ["parquet", "csv"];

/// Where a link in a table's folder leads to a file of the book.
pub fn link_to(in_book: &Path) -> PathBuf {
    Path::new("../..").join(in_book)
}

/// The month and the form of a file in a table's folder: of `2026-04.csv` April and `csv`.
pub fn month_and_form(name: &str) -> Option<(Month, &str)> {
    let (month, form) = name.split_once('.')?;
    Month::parse(month).zip(FORMS.contains(&form).then_some(form))
}

/// That a part of it could not be made.
pub fn failed(path: &Path, cause: io::Error) -> Error {
    Error::new(
        Code::CURRENT_TABLES,
        "could not be renewed, and may show earlier revisions than those in force",
    )
    .in_file(path)
    .caused_by(cause)
    .hint("check that this user may write there; any later run makes `current` anew")
}
