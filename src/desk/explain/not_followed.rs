//! An account's month that cannot be followed: where its logs are not there any more, what the tables alone hold; and
//! where it has no statement, its documents.

use super::inputs::MissingInput;
use super::published::Published;
use super::request::Request;
use super::result::{FromTablesResult, NoStatementResult};
use super::text::{self, Sections, Told};
use super::words::{in_all, plan_name, state_in_words};
use super::{months, proof};
use crate::base::answer::Answer;
use crate::base::digits::quantity_of;
use crate::base::error::{Code, Error, Kind, Result};
use crate::book::{InputPlaces, OpeningSource};
use crate::desk::months::COMPARED;
use crate::tables::{StateRow, StatementRow, did_you_mean, records_of};

/// The exit code where what is told could not be followed: someone should look where the logs are.
const NOT_FOLLOWED: u8 = 3;

/// Inputs that are named; more are counted.
const NAMED: usize = 10;

/// Tells what the tables hold. The exit code is 3, or 4 where they contradict themselves.
///
/// # Errors
/// [`Kind::Book`] where the opening state in the book cannot be read.
pub fn from_tables(
    request: &Request,
    published: &Published,
    statement: &StatementRow,
    missing: &[MissingInput],
) -> Result<Answer> {
    let catalog = published.billed.catalog()?;
    let told = Told { request, published, statement, catalog: &catalog };
    let opening = opening_state(request, published)?;
    let differences = proof::documents(published, catalog.currency);
    let mut text = Sections::default();
    text.lines.extend(text::header(&told));
    text.lines.push(
        "told from the tables alone, not followed event by event: the logs are not there"
            .to_owned(),
    );
    text.section("Opening", vec![opening_in_words(&told, opening.as_ref())]);
    text.section("Credits", vec![in_all(statement)]);
    text.section("Documents", text::documents(&published.issued(), catalog.currency));
    text.section("Expired", text::expired(&told));
    text.section("Closing", text::closing(&told));
    text.section("Exceptions", text::exceptions(&published.exceptions, request.month));
    let mut check = match differences.is_empty() {
        true => vec![
            "documents and lines add up to the statement; whether the events come to it is not known"
                .to_owned(),
        ],
        false => text::differences(&differences),
    };
    check.extend(missing.iter().take(NAMED).map(|input| format!("not there: {}", input.path)));
    if let Some(more @ 1..) = missing.len().checked_sub(NAMED) {
        check.push(format!("not there: {more} more"));
    }
    check.push("if they went elsewhere, say where they are now: --moved OLD=NEW".to_owned());
    text.section("Check", check);
    let exit_code = match differences.is_empty() {
        true => NOT_FOLLOWED,
        false => Kind::Conservation.exit_code(),
    };
    let result = FromTablesResult::of(&told, opening.as_ref(), missing, &differences, exit_code);
    Ok(Answer::new(text.finish(), &result, exit_code))
}

/// The account's state at S, where the month opened with one that is in the book.
fn opening_state(request: &Request, published: &Published) -> Result<Option<StateRow>> {
    let billed = &published.billed;
    let places = InputPlaces::of(billed.folder(), &request.whereabouts);
    match request.book.opening_of(&billed.manifest, &places)? {
        OpeningSource::InBook(state) => {
            state.check()?;
            Ok(records_of::<StateRow>(&state.folder, &request.account)?.pop())
        }
        OpeningSource::Genesis | OpeningSource::File(_) => Ok(None),
    }
}

fn opening_in_words(told: &Told<'_>, opening: Option<&StateRow>) -> String {
    let from = text::opened_from(&told.published.billed.manifest.opening);
    let state = opening.and_then(|row| state_in_words(&row.cells(), told.catalog));
    match (state, &told.statement.opening_plan) {
        (Some(state), _) => format!("{from}: {state}"),
        (None, Some(plan)) => {
            let left = told.statement.trial_opening;
            let trial = match left.is_zero() {
                true => String::new(),
                false => format!(", {} left of a trial", quantity_of(left, "credit")),
            };
            format!("{from}: {}{trial}", plan_name(told.catalog, plan))
        }
        (None, None) => "none: the account signed up within the month (T3)".to_owned(),
    }
}

/// The documents of an account that an earlier revision billed, and a later one does not know.
///
/// # Errors
/// [`crate::base::error::Kind::Input`] where the account has no document either.
pub fn no_statement(request: &Request, published: &Published) -> Result<Answer> {
    if published.documents.is_empty() {
        return Err(unknown(request, published));
    }
    let currency = published.revision.catalog()?.currency;
    let differences = proof::documents(published, currency);
    let mut text = Sections::default();
    let (account, month) = (&request.account, request.month.in_words());
    text.lines.push(format!(
        "{account}, {month} ({}): not in the month any more; an earlier revision billed it",
        published.place()
    ));
    text.lines.extend(text::asked_for(request, published));
    text.lines.extend(published.about_revision());
    text.section("Documents", text::documents(&published.issued(), currency));
    text.section("Exceptions", text::exceptions(&published.exceptions, request.month));
    text.section(
        "Check",
        match differences.is_empty() {
            true => vec!["the documents come to nothing, as they must".to_owned()],
            false => text::differences(&differences),
        },
    );
    let exit_code = if differences.is_empty() { 0 } else { Kind::Conservation.exit_code() };
    let result = NoStatementResult::of(request, published, currency, &differences, exit_code);
    Ok(Answer::new(text.finish(), &result, exit_code))
}

fn unknown(request: &Request, published: &Published) -> Error {
    let (account, month) = (&request.account, request.month);
    let message = format!("account `{account}` is not in {month}: it has no statement");
    let error = Error::new(Code::NOT_ASKED_ABOUT, message).in_file(published.revision.folder());
    let error = error.expected("an account that had signed up by the end of the month");
    let set_aside = text::exceptions(&published.exceptions, month);
    let set_aside = (!set_aside.is_empty())
        .then(|| format!("rows that name it were set aside: {}", set_aside.join("; ")));
    // Only hints: the account is unknown, whether it can be looked up elsewhere or not.
    let elsewhere = months::elsewhere(&request.book, account);
    let similar = || did_you_mean(published.revision.folder(), account).ok().flatten();
    let hints: Vec<String> = set_aside.into_iter().chain(elsewhere.or_else(similar)).collect();
    error.hint(match hints.is_empty() {
        true => COMPARED.to_owned(),
        false => hints.join("; "),
    })
}
