//! An account that has no statement in the month.

use serde_json::json;

use super::published::Published;
use super::text::{self, Text};
use super::{Request, json, proof, proof_text, rows};
use crate::base::answer::Answer;
use crate::base::error::{Error, Kind, Result};
use crate::tables::similar_accounts;

/// The documents of an account that an earlier revision billed, and a later one does not know.
///
/// # Errors
/// [`crate::base::error::Kind::Input`] where the account has no document either.
pub fn answer(request: &Request, published: &Published) -> Result<Answer> {
    if published.documents.is_empty() {
        return Err(unknown(request, published));
    }
    let manifest = published.revision.folder.join(crate::book::Manifest::FILE);
    let catalogue = &published.revision.manifest.catalogue;
    let currency = Catalog::from_json(catalogue, &manifest.display().to_string())?.currency;
    let differences = proof::documents(published, currency.decimals());
    let mut text = Text::default();
    let (account, month) = (&request.account, request.month.in_words());
    text.lines.push(format!(
        "{account}, {month} ({}): not in the month any more; an earlier revision billed it",
        published.place()
    ));
    text.lines.extend(text::about_revision(published));
    text.section("Documents", text::documents(published, currency));
    text.section("Exceptions", text::exceptions(&published.exceptions, request.month));
    text.section(
        "Check",
        match differences.is_empty() {
            true => vec!["the documents come to nothing, as they must".to_owned()],
            false => proof_text::table(&differences),
        },
    );
    let exit_code = if differences.is_empty() { 0 } else { Kind::Conservation.exit_code() };
    let mut result = json::about(request, published);
    result.insert("statement".to_owned(), serde_json::Value::Null);
    result.insert("documents".to_owned(), rows::documents(published, currency));
    result.insert("exceptions".to_owned(), rows::exceptions(published, currency));
    result.insert("check".to_owned(), json::check(&differences));
    result.insert("exit_code".to_owned(), json!(exit_code));
    Ok(Answer { text: text.finish(), result: result.into(), exit_code })
}

fn unknown(request: &Request, published: &Published) -> Error {
    let (account, month) = (&request.account, request.month);
    let message = format!("account `{account}` is not in {month}: it has no statement");
    let error = Error::input(message).in_file(&published.revision.folder);
    let told = text::exceptions(&published.exceptions, month);
    if !told.is_empty() {
        return error.hint(format!("rows that name it were set aside: {}", told.join("; ")));
    }
    let error = error.expected("an account that had signed up by the end of the month");
    let folder = &published.revision.folder;
    match similar_accounts(folder, account).unwrap_or_default().as_slice() {
        [] => error.hint("ids compare byte by byte; statements.csv lists all accounts"),
        ids => error.hint(format!("did you mean {}?", ids.join(" or "))),
    }
}
