//! What `explain` is asked.

use crate::base::calendar::Month;
use crate::base::ids::AccountId;
use crate::book::{Book, Whereabouts};

/// What is asked.
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
