//! An account's month, as a person would explain it: how it began, what was drawn on which pool, what
//! was charged and why, how it ended. Nothing is taken from the published tables on trust: the
//! month is followed anew, event by event, from the inputs that the revision records, and what
//! differs is said. Where the inputs are not there, what the tables hold is told, and that it is that.

mod changes;
mod evidence;
mod explanation;
mod inputs;
mod listed_events;
mod months;
mod not_followed;
mod pool_draws;
mod proof;
mod published;
mod request;
mod result;
mod seen;
mod segments;
mod text;
pub mod waive;
mod words;

use crate::base::answer::Answer;
use crate::base::error::{Code, Error, Kind, Result};
use crate::tables::StatementRow;
use evidence::Evidence;
use explanation::Explanation;
use pool_draws::MonthDraws;
use proof::Difference;
use published::Published;
use request::Asked;
use result::ExplainResult;

pub use request::{Question, Request};
pub use seen::{Seen, seen};

/// Answers what people ask: of an account or a document, of a month or of several.
///
/// # Errors
/// As [`run`]; [`Kind::Usage`] where several months are asked about what is of one.
pub fn answer(question: &Question) -> Result<Answer> {
    match question.resolve()? {
        Asked::Month(request) => run(&request),
        Asked::Months { account, document } => {
            months::answer(question, &account, document.as_ref())
        }
    }
}

/// Answers of an account's month. The exit code is 4 where the inputs do not come to what was
/// published, 3 where they are not there and what is told is what the tables hold.
///
/// # Errors
/// [`Kind::Usage`] where the month or the revision is not in the book, [`Kind::Book`] where it
/// cannot be read, [`Kind::Input`] where an input cannot be read or the account is not in the month.
pub fn run(request: &Request) -> Result<Answer> {
    let published = Published::read(request)?;
    let Some(statement) = &published.statement else {
        return not_followed::no_statement(request, &published);
    };
    let missing = inputs::missing(&published.billed, &request.whereabouts);
    if !missing.is_empty() {
        return not_followed::from_tables(request, &published, statement, &missing);
    }
    let (evidence, draws, differences) = followed(request, &published, statement)?;
    let stale = match published.superseded_by {
        // That a month before is damaged is no matter of this account: `status` and `verify` say it.
        None => request.book.stale(request.month).ok().flatten(),
        Some(_) => None,
    };
    let explanation = Explanation {
        request,
        published: &published,
        statement,
        evidence: &evidence,
        draws: &draws,
        events: listed_events::listed(&evidence, &draws),
        differences: &differences,
        stale,
    };
    let exit_code = if differences.is_empty() { 0 } else { Kind::Conservation.exit_code() };
    let result = ExplainResult::of(&explanation, exit_code);
    Ok(Answer::new(text::text(&explanation), &result, exit_code))
}

/// The month followed anew, and what of it is not as it was published.
fn followed(
    request: &Request,
    published: &Published,
    statement: &StatementRow,
) -> Result<(Evidence, MonthDraws, Vec<Difference>)> {
    let mut evidence = Evidence::gather(request, published)?;
    let mut draws = follow(request, &evidence)?;
    let mut differences = proof::compare(&evidence, &draws, published, statement)?;
    if !differences.is_empty() {
        // The account's events may share their ids with another's, which were not looked at.
        evidence.look_wider()?;
        draws = follow(request, &evidence)?;
        differences = proof::compare(&evidence, &draws, published, statement)?;
    }
    Ok((evidence, draws, differences))
}

fn follow(request: &Request, evidence: &Evidence) -> Result<MonthDraws> {
    let (month, segments) = (evidence.month(), evidence.segments());
    pool_draws::follow(month, segments, &evidence.used(), &evidence.catalog).map_err(|_| {
        let (account, month) = (&request.account, request.month);
        Error::new(
            Code::FIGURE_TOO_LARGE,
            format!("account `{account}`: its credits of {month} exceed DECIMAL(18,6)"),
        )
    })
}
