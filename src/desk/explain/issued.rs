//! What an account was sent for a month: its documents.

use crate::tables::{DocumentRow, LineRow, StatementRow};

/// Documents of an account, with their lines, and the statement that they must come to.
pub struct Issued<'a> {
    /// The documents, by number.
    pub documents: &'a [DocumentRow],
    /// Their lines.
    pub lines: &'a [LineRow],
    /// The statement, where the account is in the month.
    pub statement: Option<&'a StatementRow>,
}

impl Issued<'_> {
    /// The lines of a document.
    pub fn lines_of(&self, document: &DocumentRow) -> impl Iterator<Item = &LineRow> {
        let id = document.document_id.clone();
        self.lines.iter().filter(move |line| line.document_id == id)
    }
}
