//! A document by which an account is asked for.

use crate::base::calendar::Month;

/// A document that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedDocument {
    /// Its id.
    pub id: String,
    /// Its month.
    pub month: Month,
}
