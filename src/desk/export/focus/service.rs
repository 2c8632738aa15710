//! What kind of service FOCUS takes the product for.

use crate::base::error::{Code, Error, Result};

/// The categories of FOCUS 1.2. Each has a subcategory `Other (…)`.
const CATEGORIES: [&str; 19] = [
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Multicloud",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Networking",
    "Security",
    "Storage",
    "Web",
    "Other",
];

/// The category of a name, whatever its case.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where FOCUS has no such category.
pub fn service_category(name: &str) -> Result<&'static str> {
    CATEGORIES.into_iter().find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| {
        Error::new(
            Code::OPTION_VALUE,
            format!("--service-category {name} is no category of FOCUS 1.2"),
        )
        .expected(format!("one of {}", CATEGORIES.join(", ")))
    })
}
