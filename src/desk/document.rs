//! Which account and month a document is of.

use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::book::Book;
use crate::tables::{DocumentNumbers, batches, view};

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
