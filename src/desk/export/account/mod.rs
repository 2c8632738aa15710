//! All that a book holds of one account, for whoever asks for their data: its rows of every
//! revision, those in force and all earlier ones, of imported openings and of the corrections that
//! revisions keep, and where manifests name it.
//!
//! Only rows of accounts are looked through. A row that could not be read (the table `rejects`) is nobody's.

mod kept_inputs;
mod rows;

use serde::Serialize;

use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::printable;
use crate::book::Book;
use crate::desk::months::look_for;
use rows::{OfOpening, OfRevision};

/// What `export account` is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The account.
    pub account: AccountId,
}

/// The exit code where the tables of archived months could not be looked at.
const INCOMPLETE: u8 = 3;

/// The account, for machines.
#[derive(Debug, Serialize)]
struct AccountResult<'a> {
    account_id: &'a str,
    revisions: Vec<OfRevision>,
    openings: Vec<OfOpening>,
    /// Months whose tables are in an archive that is not at hand.
    archived: Vec<Month>,
    exit_code: u8,
}

/// Answers with all that the book holds of the account.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where a revision cannot be read,
/// [`crate::base::error::Kind::Input`] where the book holds nothing of the account.
pub fn run(request: &Request) -> Result<Answer> {
    let Request { book, account } = request;
    let (revisions, archived) = rows::of_revisions(book, account)?;
    let openings = rows::of_openings(book, account)?;
    if revisions.is_empty() && openings.is_empty() {
        return Err(unknown(request, &archived));
    }
    let exit_code = if archived.is_empty() { 0 } else { INCOMPLETE };
    let result = AccountResult { account_id: account, revisions, openings, archived, exit_code };
    let text = serde_json::to_string_pretty(&result).map_err(|e| {
        Error::new(Code::IMPOSSIBLE, "the account cannot be written as JSON").caused_by(e)
    })?;
    Ok(Answer::new(printable::in_json(&format!("{text}\n")).into_owned(), &result, exit_code))
}

fn unknown(Request { book, account }: &Request, archived: &[Month]) -> Error {
    let message = format!("the book holds nothing of an account `{account}`");
    let error = Error::new(Code::NOT_ASKED_ABOUT, message).in_file(book.folder());
    if let [first, ..] = archived {
        return error.hint(format!(
            "{first} is archived, and its archive is not at hand: say where it is, --archive DIR"
        ));
    }
    error.hint(look_for(book, account))
}
