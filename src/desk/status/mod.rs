//! The months of a book at a glance.

mod findings;
mod inputs;
mod month;
mod request;
mod text;

use std::io::ErrorKind;

use serde::Serialize;

use crate::base::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;
use findings::Finding;
use month::BookMonth;

pub use findings::FindingCode;
pub use request::Request;

/// The exit code where something in the book deserves a look.
const DESERVES_A_LOOK: u8 = 3;

/// The answer for machines.
#[derive(Serialize)]
struct StatusResult<'a> {
    status: &'static str,
    exit_code: u8,
    book: String,
    months: &'a [BookMonth],
    findings: &'a [Finding],
}

/// Shows the months of a book, and what deserves a look. A month that cannot be understood is
/// shown as damaged, beside the others.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where there is no book.
pub fn run(request: &Request) -> Result<Answer> {
    let folder = request.book.folder();
    let about = match storage::about(folder) {
        Err(e) if !matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(Error::new(Code::BOOK_UNREADABLE, "cannot be looked at")
                .in_file(folder)
                .caused_by(e)
                .hint("check that this user may read the book"));
        }
        about => about,
    };
    if !about.is_ok_and(|about| about.is_folder()) {
        return Err(Error::new(Code::NO_BOOK, "there is no book")
            .in_file(folder)
            .expected("a folder that months are published in")
            .hint("check --book; the first monthend run makes it"));
    }
    let mut months = month::read(&request.book)?;
    if request.inputs {
        inputs::digest_again(&mut months, &request.whereabouts);
    }
    let findings = findings::of(request, &months)?;
    let look = findings.iter().any(|finding| finding.deserves_a_look);
    let exit_code = if look { DESERVES_A_LOOK } else { 0 };
    let result = StatusResult {
        status: if look { "look" } else { "well" },
        exit_code,
        book: folder.display().to_string(),
        months: &months,
        findings: &findings,
    };
    Ok(Answer::new(
        text::text(&request.book, &months, &findings, request.width),
        &result,
        exit_code,
    ))
}
