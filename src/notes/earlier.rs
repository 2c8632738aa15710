//! The documents that stand already.

use std::path::Path;

use crate::calendar::Month;
use crate::documents::document_id;
use crate::error::{Error, Result};
use crate::tables::{DocumentRow, LineRow, records};

/// The documents of a published revision, by account and number, each account's lines beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Earlier {
    /// By account, then by number.
    pub documents: Vec<DocumentRow>,
    /// By account, then by document and line.
    pub lines: Vec<LineRow>,
}

impl Earlier {
    /// Reads the documents of the revision at `folder`.
    ///
    /// # Errors
    /// [`crate::error::Kind::Book`]: the revision is damaged.
    pub fn read(folder: &Path) -> Result<Self> {
        let documents: Vec<DocumentRow> = records(folder)?.collect::<Result<_>>()?;
        let lines: Vec<LineRow> = records(folder)?.collect::<Result<_>>()?;
        let sorted = documents.is_sorted_by_key(|row| (&row.account_id, &row.document_id))
            && lines.is_sorted_by_key(|row| (&row.account_id, &row.document_id, row.line_number));
        if !sorted {
            return Err(Error::book("its documents are not in the order of accounts and numbers")
                .in_file(folder)
                .hint("the book may have been changed by hand; restore it from a copy"));
        }
        Ok(Earlier { documents, lines })
    }

    /// The highest number given out so far.
    ///
    /// # Errors
    /// [`crate::error::Kind::Book`]: the numbers are not 1, 2, 3 and so on.
    pub fn last_number(&self, month: Month) -> Result<u64> {
        let mut ids: Vec<&str> =
            self.documents.iter().map(|row| row.document_id.as_str()).collect();
        ids.sort_unstable();
        for (id, number) in ids.iter().zip(1..) {
            if *id != document_id(month, number) {
                return Err(Error::book("the numbers of its documents are not without gaps")
                    .with_value(*id)
                    .expected(document_id(month, number))
                    .hint("the book may have been changed by hand; restore it from a copy"));
            }
        }
        Ok(ids.len() as u64)
    }
}
