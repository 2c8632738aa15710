//! Who sells, as a TOML file says it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::base::error::{Code, Error, Result};
use crate::base::{storage, toml_fault};

/// Who sells. What the file does not say is not on the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seller {
    /// The catalogue's name where none is given.
    pub name: Option<String>,
    /// In lines.
    #[serde(default)]
    pub address: Vec<String>,
    pub tax_number: Option<String>,
    pub email: Option<String>,
    pub payment_terms: Option<String>,
    /// A picture within the file, since a page loads nothing: `data:image/png;base64,…`.
    pub logo: Option<String>,
}

/// What a logo begins with.
const PICTURES: [&str; 5] = [
    "data:image/png;",
    "data:image/jpeg;",
    "data:image/gif;",
    "data:image/webp;",
    "data:image/svg+xml;",
];

impl Seller {
    /// Reads a file.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: it cannot be read, or is not understood.
    pub fn read(file: &Path) -> Result<Self> {
        let text = storage::read_to_string(file).map_err(|e| {
            Error::new(Code::SELLER_FILE, "the seller's file cannot be read")
                .in_file(file)
                .caused_by(e)
                .expected("a TOML file with `name`, `address` and the like")
        })?;
        let seller: Seller = toml::from_str(&text)
            .map_err(|e| toml_fault::error(Code::SELLER_FILE, &text, file, &e))?;
        let fault = |key: &str, message: &str, expected: &str| {
            let error = Error::new(Code::SELLER_FILE, format!("`{key}` {message}"));
            let error = error.in_file(file).expected(expected);
            match toml_fault::line_of_key(&text, key) {
                Some(line) => error.at_line(line),
                None => error,
            }
        };
        if seller.name.as_ref().is_none_or(|name| name.trim().is_empty()) {
            return Err(fault("name", "is missing or empty", "name = \"Acme Inc.\""));
        }
        if seller.logo.as_ref().is_some_and(|logo| !PICTURES.iter().any(|p| logo.starts_with(p))) {
            let expected =
                "data:image/png;base64,… (or jpeg, gif, webp, svg+xml): a page loads nothing";
            return Err(fault("logo", "is no picture within the file", expected));
        }
        Ok(seller)
    }
}
