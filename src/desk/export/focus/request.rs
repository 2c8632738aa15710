//! What `export focus` is asked.

use std::path::PathBuf;

use crate::base::calendar::Month;
use crate::book::Book;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// Where the export is written.
    pub out: PathBuf,
    /// Who sells the service; the catalogue's name where `None`.
    pub provider: Option<String>,
    /// What kind of service it is: see [`super::service_category`].
    pub service_category: &'static str,
}
