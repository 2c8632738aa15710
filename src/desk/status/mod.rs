//! The months of a book at a glance.

mod findings;
mod inputs;
mod machine;
mod months;
mod request;
mod table;

use crate::base::answer::Answer;
use crate::base::error::{Error, Result};

pub use request::Request;

/// The exit code where something in the book deserves a look.
const DESERVES_A_LOOK: u8 = 3;

/// Shows the months of a book, and what deserves a look. A month that cannot be understood is
/// shown as damaged, beside the others.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where there is no book.
pub fn run(request: &Request) -> Result<Answer> {
    let folder = request.book.folder();
    if !folder.is_dir() {
        return Err(Error::book("there is no book")
            .in_file(folder)
            .expected("a folder that months are published in")
            .hint("check --book; the first monthend run makes it"));
    }
    let mut entries = months::read(&request.book)?;
    if request.inputs {
        inputs::digest_again(&mut entries, &request.moved);
    }
    let findings = findings::of(&request.book, &entries)?;
    let look = findings.iter().any(|finding| finding.look);
    let exit_code = if look { DESERVES_A_LOOK } else { 0 };
    Ok(Answer {
        text: table::text(&request.book, &entries, &findings),
        result: machine::to_json(&request.book, &entries, &findings, exit_code),
        exit_code,
    })
}
