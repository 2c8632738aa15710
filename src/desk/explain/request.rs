//! What `explain` is asked: as people ask it, by account or by document, of a month or of several; and of an account's
//! month.

use crate::base::calendar::{Month, MonthRange};
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::book::{Book, Whereabouts};
use crate::desk::document;

/// What is asked of an account's month.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// The account's id.
    pub account: AccountId,
    /// The document that it was asked for by, if it was.
    pub document: Option<AskedDocument>,
    /// The revision; the one in force where none is named.
    pub revision: Option<String>,
    /// Whether every event is listed.
    pub events: bool,
    /// Where recorded inputs are now.
    pub whereabouts: Whereabouts,
}

/// A document that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedDocument {
    /// Its id.
    pub id: String,
    /// Its month.
    pub month: Month,
}

/// What is asked, as people ask it.
#[derive(Debug, Clone)]
pub struct Question {
    /// The book.
    pub book: Book,
    /// The id of an account, or of a document of one.
    pub id: String,
    /// The months; where none are named, that of the document, or all of the account's.
    pub months: Option<MonthRange>,
    /// The revision; the one in force where none is named.
    pub revision: Option<String>,
    /// Whether every event is listed.
    pub events: bool,
    /// Where recorded inputs are now.
    pub whereabouts: Whereabouts,
}

/// What a question comes to.
pub(super) enum Asked {
    /// An account's month.
    Month(Request),
    /// An account's months.
    Months {
        /// The account.
        account: String,
        /// The document that it was asked for by.
        document: Option<AskedDocument>,
    },
}

impl Question {
    /// What is asked for. An id of a document that the book has is the document's, any other an
    /// account's.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where a month's documents cannot be read,
    /// [`crate::base::error::Kind::Usage`] where several months are asked about what is of one.
    pub(super) fn resolve(&self) -> Result<Asked> {
        let (account, document) = match document::find(&self.book, &self.id)? {
            Some((month, account)) => {
                (account.as_str().to_owned(), Some(AskedDocument { id: self.id.clone(), month }))
            }
            None => (self.id.clone(), None),
        };
        let month = match self.months {
            Some(months) => months.only(),
            None => document.as_ref().map(|document| document.month),
        };
        if let Some(month) = month {
            return Ok(Asked::Month(Request {
                book: self.book.clone(),
                month,
                account: account.as_str().into(),
                document,
                revision: self.revision.clone(),
                events: self.events,
                whereabouts: self.whereabouts.clone(),
            }));
        }
        let of_one = [("--revision", self.revision.is_some()), ("--events", self.events)];
        match of_one.into_iter().find(|(_, is_said)| *is_said) {
            None => Ok(Asked::Months { account, document }),
            Some((option, _)) => Err(Error::new(
                Code::OPTIONS_TOGETHER,
                format!("{option} is of one month, and several are asked about"),
            )
            .expected("--month with a month such as 2026-04, or `latest`")),
        }
    }
}
