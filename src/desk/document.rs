//! Which account and month a document is of, and what is said where documents contradict themselves.

use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::book::Book;
use crate::tables::{DocumentNumbers, LineRow, batches, view};

view! {
    /// Whose a document is.
    struct Issued of Documents.documents { document_id, account_id }
}

/// The month and the account of a document; `None` where the book has none of that id.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the month's documents cannot be read.
pub fn find(book: &Book, id: &str) -> Result<Option<(Month, AccountId)>> {
    let is_of = |month: &Month| DocumentNumbers::of(*month).number(id).is_some();
    let Some(month) = book.months()?.into_iter().find(is_of) else { return Ok(None) };
    let Some(revision) = book.current(month)? else { return Ok(None) };
    for batch in batches(revision.tables()?, Issued::TABLE, Issued::COLUMNS, &Scope::All)? {
        let batch = batch?;
        let found = Issued::rows(&batch)?.find(|row| row.document_id == id);
        if let Some(row) = found {
            return Ok(Some((month, row.account_id.into())));
        }
    }
    Ok(None)
}

/// What verification is the next step of.
const VERIFY: &str = "see what `monthend verify` says of the book";

/// What is said where documents, their lines and statements do not agree.
pub fn disagree(message: String) -> Error {
    Error::new(Code::DOCUMENTS_DISAGREE, message).hint(VERIFY)
}

/// What is said of a line of a type that no run writes.
pub fn no_type_of_line(file: String, line: &LineRow) -> Error {
    Error::new(Code::REVISION_DAMAGED, "is no type of line")
        .in_file(file)
        .in_column("line_type")
        .with_value(line.line_type.name())
        .hint(VERIFY)
}
