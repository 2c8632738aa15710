//! What is seen of objects that change: a book's pointers, leases and listings.

use bytes::Bytes;
use chrono::{DateTime, Utc};

/// Which version of an object it was, as its storage names versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    pub(super) e_tag: Option<String>,
    pub(super) version: Option<String>,
}

impl Version {
    /// One that no object has, of the same form as this.
    pub fn another(&self) -> Self {
        let another = |version: &String| match version.trim_matches('"') {
            // Google's are numbers.
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => "1".to_owned(),
            _ => "\"00000000000000000000000000000000\"".to_owned(),
        };
        let [e_tag, version] = [&self.e_tag, &self.version].map(|of| of.as_ref().map(another));
        Version { e_tag, version }
    }
}

/// An object as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// All of it.
    pub bytes: Bytes,
    /// Which version that is.
    pub version: Version,
}

/// An object below a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Below {
    /// Its path from the folder on.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// When it was written, by the storage's clock.
    pub changed: DateTime<Utc>,
}
