//! A plan: months as they would be published, beside a book that stays as it is. A book with a plan
//! has the planned revisions in force, so that later months are billed on them, and all others from
//! where they are.

use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::months::Book;
use super::places::{CURRENT, is_there};
use super::revision::Revision;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;

impl Book {
    /// The same book, with what is planned in a folder in force.
    pub fn with_plan(&self, folder: &Path) -> Self {
        let mut book = self.clone();
        book.planned = Some(folder.to_owned());
        book
    }

    /// The revision that is planned for a month, if one is.
    pub(super) fn planned(&self, month: Month) -> Result<Option<Revision>> {
        let Some(plan) = &self.planned else { return Ok(None) };
        let month = plan.join(month.to_string());
        let pointer = month.join(CURRENT);
        if !is_there(&pointer)? {
            return Ok(None);
        }
        let text = storage::read_to_string(&pointer).map_err(|e| {
            Error::new(Code::BOOK_UNREADABLE, "the plan cannot be read")
                .in_file(&pointer)
                .caused_by(e)
        })?;
        let name = text.trim().to_owned();
        let in_book: PathBuf = month.join(&name);
        let manifest = Manifest::read(&in_book)?;
        Ok(Some(Revision { name, manifest, in_book, archived: None }))
    }
}
