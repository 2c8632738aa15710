//! What `export account` is asked.

use crate::base::ids::AccountId;
use crate::book::Book;

/// What `export account` is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The account.
    pub account: AccountId,
}
