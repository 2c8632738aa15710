//! An account's month, told as a person would: how it began, what was drawn on which pool, what
//! was charged and why, how it ended. Nothing is taken from the published tables on trust: the
//! month is followed anew, event by event, from the inputs that the revision records, and what
//! differs is said.

mod events;
mod evidence;
mod inputs;
mod json;
mod no_statement;
mod pool_draws;
mod proof;
mod proof_text;
mod published;
mod rows;
mod text;
mod words;

use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Error, Kind, Result};
use crate::book::{Book, Relocation, Stale};
use crate::tables::StatementRow;
use evidence::Evidence;
use pool_draws::Draws;
use proof::Difference;
use published::Published;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// The account's id.
    pub account: String,
    /// The revision; the one in force where none is named.
    pub revision: Option<String>,
    /// Whether every event is listed.
    pub events: bool,
    /// Where recorded inputs are now.
    pub moved: Vec<Relocation>,
}

/// All that is told of an account in the month.
struct Case<'a> {
    request: &'a Request,
    published: &'a Published,
    statement: &'a StatementRow,
    evidence: &'a Evidence,
    draws: &'a Draws,
    differences: &'a [Difference],
    /// Why the month's opening is stale, if it is.
    stale: Option<Stale>,
}

/// Answers. The exit code is 4 where the inputs do not come to what was published.
///
/// # Errors
/// [`Kind::Usage`] where the month or the revision is not in the book, [`Kind::Book`] where it
/// cannot be read, [`Kind::Input`] where an input is not there or the account is not in the month.
pub fn run(request: &Request) -> Result<Answer> {
    let published = Published::read(request)?;
    let Some(statement) = &published.statement else {
        return no_statement::answer(request, &published);
    };
    let mut evidence = Evidence::gather(request, &published)?;
    let mut draws = follow(request, &evidence)?;
    let mut differences = proof::compare(&evidence, &draws, &published, statement)?;
    if !differences.is_empty() {
        // The account's events may share their ids with another's, which were not looked at.
        evidence.look_wider()?;
        draws = follow(request, &evidence)?;
        differences = proof::compare(&evidence, &draws, &published, statement)?;
    }
    let stale = match published.overtaken {
        // A damaged month before is no matter of this account: `status` and `verify` tell of it.
        None => request.book.stale(request.month).unwrap_or_default(),
        Some(_) => None,
    };
    let case = Case {
        request,
        published: &published,
        statement,
        evidence: &evidence,
        draws: &draws,
        differences: &differences,
        stale,
    };
    let exit_code = if differences.is_empty() { 0 } else { Kind::Conservation.exit_code() };
    Ok(Answer { text: text::tell(&case), result: json::of(&case, exit_code), exit_code })
}

fn follow(request: &Request, evidence: &Evidence) -> Result<Draws> {
    let (month, segments) = (evidence.month(), evidence.segments());
    pool_draws::follow(month, segments, &evidence.used(), &evidence.catalog).ok_or_else(|| {
        let (account, month) = (&request.account, request.month);
        Error::input(format!("account `{account}`: its credits of {month} exceed DECIMAL(18,6)"))
    })
}
