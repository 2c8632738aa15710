//! A month as journal entries, for the ledger of a company: a table, and files that hledger, ledger,
//! beancount, QuickBooks Online and Xero read.
//!
//! What a month's first revision published is revenue of the month and then receivable; what later
//! revisions issued corrects it, each in entries of its own. So a revision's entries never change, and
//! those of all revisions of a month come to its statements. docs/JOURNAL.md says what is posted.

mod accounts;
mod answer;
mod book;
mod columns;
mod documents;
mod entry;
mod faces;
mod grants;
mod imports;
mod page;
mod plain_text;
mod request;

use crate::base::answer::Answer;
use crate::base::error::Result;
use accounts::AccountNames;
use entry::Journal;

pub use request::{Detail, Face, Request};

/// Writes the entries, and says what is in them.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the month or revision is not in the book or the names of
/// accounts are not understood, [`crate::base::error::Kind::Book`] where the book cannot be read,
/// [`crate::base::error::Kind::Conservation`] where documents, lines and statements do not agree or an
/// entry does not balance, [`crate::base::error::Kind::System`] where a file cannot be written.
pub fn run(request: &Request) -> Result<Answer> {
    let names = AccountNames::read(request.account_names.as_deref(), &request.faces)?;
    let journal = book::gather(request)?;
    let Journal { entries, currency, .. } = &journal;
    let currency = *currency;
    entry::balanced(entries, currency)?;
    let table = columns::write(entries, &names, currency, request)?;
    let page = page::Page { month: request.month, currency, entries, names: &names };
    let written = request.faces.iter().map(|face| faces::write(*face, &page, &request.out));
    let files = written.collect::<Result<Vec<_>>>()?.concat();
    Ok(answer::answer(request, &journal, &table, &files))
}

/// Writes the entries of several months, each as [`run`] does.
///
/// # Errors
/// As [`run`], at the first month that cannot be written.
pub fn run_all(requests: &[Request]) -> Result<Answer> {
    let answers = requests.iter().map(run).collect::<Result<Vec<_>>>()?;
    let text: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
    let months: Vec<_> = answers.iter().map(|answer| &answer.result).collect();
    Ok(Answer::new(text.join("\n"), &serde_json::json!({ "months": months }), 0))
}
