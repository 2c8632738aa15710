//! An account that has no statement in the month.

use super::months;
use super::proof;
use super::published::Published;
use super::request::Request;
use super::result;
use super::text::{self, Sections, documents, exceptions};
use crate::base::answer::Answer;
use crate::base::error::{Code, Error, Kind, Result};
use crate::tables::did_you_mean;

/// The documents of an account that an earlier revision billed, and a later one does not know.
///
/// # Errors
/// [`crate::base::error::Kind::Input`] where the account has no document either.
pub fn answer(request: &Request, published: &Published) -> Result<Answer> {
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
    text.section("Documents", documents(&published.issued(), currency));
    text.section("Exceptions", exceptions(&published.exceptions, request.month));
    text.section(
        "Check",
        match differences.is_empty() {
            true => vec!["the documents come to nothing, as they must".to_owned()],
            false => text::differences(&differences),
        },
    );
    let exit_code = if differences.is_empty() { 0 } else { Kind::Conservation.exit_code() };
    let result = result::no_statement(request, published, currency, &differences, exit_code);
    Ok(Answer::new(text.finish(), &result, exit_code))
}

fn unknown(request: &Request, published: &Published) -> Error {
    let (account, month) = (&request.account, request.month);
    let message = format!("account `{account}` is not in {month}: it has no statement");
    let error = Error::new(Code::NOT_ASKED_ABOUT, message).in_file(published.revision.folder());
    let error = error.expected("an account that had signed up by the end of the month");
    let set_aside = exceptions(&published.exceptions, month);
    let set_aside = (!set_aside.is_empty())
        .then(|| format!("rows that name it were set aside: {}", set_aside.join("; ")));
    // Only hints: the account is unknown, whether it can be looked up elsewhere or not.
    let elsewhere = months::elsewhere(&request.book, account);
    let similar = || did_you_mean(published.revision.folder(), account).ok().flatten();
    let hints: Vec<String> = set_aside.into_iter().chain(elsewhere.or_else(similar)).collect();
    error.hint(match hints.is_empty() {
        true => "ids compare byte by byte; statements.csv lists all accounts".to_owned(),
        false => hints.join("; "),
    })
}
