//! What `export focus` is asked, and what kind of service FOCUS takes the product for.

use std::path::PathBuf;

use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
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
    /// What kind of service it is: see [`service_category`].
    pub service_category: &'static str,
}

/// The categories of FOCUS 1.2. Each has a subcategory `Other (…)`.
const CATEGORIES: &str = "AI and Machine Learning, Analytics, Business Applications, Compute, Databases, \
    Developer Tools, Multicloud, Identity, Integration, Internet of Things, Management and Governance, Media, \
    Migration, Mobile, Networking, Security, Storage, Web, Other";

/// The category of a name, whatever its case.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where FOCUS has no such category.
pub fn service_category(name: &str) -> Result<&'static str> {
    CATEGORIES.split(", ").find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| {
        Error::new(
            Code::OPTION_VALUE,
            format!("--service-category {name} is no category of FOCUS 1.2"),
        )
        .expected(format!("one of {CATEGORIES}"))
    })
}
