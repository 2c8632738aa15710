//! Catalogues read from TOML, or refused with the line and the reason; and of dated ones, the newest version in force
//! at the month's start.

use std::path::{Path, PathBuf};

use super::check::check;
use super::plans::Catalog;
use super::refusal::Refusal;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::file_digest::FileDigest;
use crate::base::path_names::PathNames;
use crate::base::storage;

/// Reads a catalogue from TOML text; `file` is for messages.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] with the line and the reason, for every fault that the rules
/// page lists.
pub fn parse(text: &str, file: &str) -> Result<Catalog> {
    let refusal = Refusal { file, text: Some(text) };
    check(toml::from_str(text).map_err(|e| refusal.of_toml(text, &e))?, &refusal)
}

/// A catalogue for unit tests: `free`, `pro` at 20.00 with 1,000 credits and overage at 0.04, `power` at 200.00.
#[cfg(test)]
pub(crate) const SAMPLE: &str = r#"
name = "Two plans"
in_force_from = 2025-11-15
currency = "USD"
rounding = "half-up"
proration = "days-after"
[trial]
credits = 500
days = 30
[[plan]]
id = "free"
price = "0.00"
credits = 50
[[plan]]
id = "pro"
price = "20.00"
credits = 1000
overage_rate = "0.04"
[[plan]]
id = "power"
price = "200.00"
credits = 10000
overage_rate = "0.04"
"#;

/// A catalogue and the file that it came from.
#[derive(Debug, Clone)]
pub struct Version {
    /// The file as the job names it.
    pub file: String,
    /// What the file holds.
    pub content: Content,
    /// What it says.
    pub catalog: Catalog,
}

/// What a catalogue's file holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// The text that bills the month: the file may change after it was read.
    Read(String),
    /// What a manifest records of it.
    Recorded {
        /// The file's size.
        bytes: u64,
        /// The digest of its bytes.
        digest: FileDigest,
    },
}

impl Version {
    /// The same under the name that a manifest gives its file.
    pub fn named(self, names: &PathNames) -> Self {
        Version { file: names.name(Path::new(&self.file)), ..self }
    }
}

/// Reads every version at `path`: a file, or a folder of `.toml` files in name order.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where nothing is there or a version is refused.
pub fn load_versions(path: &Path) -> Result<Vec<Version>> {
    let unreadable = |e: std::io::Error| {
        Error::new(Code::CATALOGUE_UNREADABLE, "the catalogue cannot be read")
            .in_file(path)
            .caused_by(e)
            .hint("give --catalog a TOML file or a folder of them")
    };
    if !storage::is_folder(path) {
        let text = storage::read(path).map_err(unreadable)?;
        return Ok(vec![version(path, text)?]);
    }
    let entries = storage::entries_of(path).map_err(unreadable)?;
    let mut files: Vec<_> = entries.iter().map(|entry| path.join(&entry.name)).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "toml"));
    files.sort();
    if files.is_empty() {
        let error =
            Error::new(Code::CATALOGUE_FOLDER, "the folder holds no catalogue").in_file(path);
        return Err(error.expected("one or more .toml files"));
    }
    let read = |file: &PathBuf| {
        let bytes = storage::read(file);
        let failed = |e| {
            Error::new(Code::CATALOGUE_UNREADABLE, "the catalogue cannot be read")
                .in_file(file)
                .caused_by(e)
        };
        version(file, bytes.map_err(failed)?)
    };
    files.iter().map(read).collect()
}

fn version(path: &Path, bytes: Vec<u8>) -> Result<Version> {
    let text = String::from_utf8(bytes).map_err(|_| {
        Error::new(Code::CATALOGUE_UNREADABLE, "the catalogue is not UTF-8 text").in_file(path)
    })?;
    let file = path.display().to_string();
    let catalog = parse(&text, &file)?;
    Ok(Version { file, content: Content::Read(text), catalog })
}

/// The version that bills a month: the newest one in force at its first instant.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where none is in force yet, or two come into force on one day.
pub fn load(path: &Path, month: Month) -> Result<Version> {
    let mut versions = load_versions(path)?;
    versions.sort_by_key(|v| v.catalog.in_force_from);
    for pair in versions.windows(2) {
        if pair[0].catalog.in_force_from == pair[1].catalog.in_force_from {
            let message = format!("comes into force on the same day as {}", pair[0].file);
            return Err(Error::new(Code::CATALOGUES_OF_ONE_DAY, message)
                .in_file(&pair[1].file)
                .hint("keep one of the two"));
        }
    }
    let first = versions.first().map(|v| v.catalog.in_force_from);
    let in_force = versions.into_iter().rfind(|v| v.catalog.in_force_from <= month.first_day());
    in_force.ok_or_else(|| {
        let from = first.map(|d| d.to_string()).unwrap_or_default();
        Error::new(
            Code::CATALOGUE_NOT_IN_FORCE,
            format!("no catalogue is in force on {}", month.first_day()),
        )
        .in_file(path)
        .expected(format!("in_force_from on or before that day; the earliest is {from}"))
        .hint("add the version that was in force then, or correct --month")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Rounding;
    use crate::catalog::Proration;

    const GOOD: &str = r#"
in_force_from = 2025-11-15
currency = "USD"
[[plan]]
id = "free"
price = "0.00"
credits = 50
[[plan]]
id = "pro"
price = "20.00"
credits = 1000
overage_rate = "0.04"
"#;

    #[test]
    fn defaults_are_half_up_and_days_after() {
        let catalog = parse(GOOD, "good.toml").unwrap();
        assert_eq!(catalog.rounding, Rounding::HalfUp);
        assert_eq!(catalog.proration, Proration::DaysAfter);
        assert_eq!((catalog.trial, catalog.plans().len()), (None, 2));
        assert!(catalog.offers_overage(catalog.rank("pro").unwrap()));
    }

    #[test]
    fn a_refusal_names_the_line() {
        let text = GOOD.replace("\"20.00\"", "\"20.005\"");
        let error = parse(&text, "c.toml").unwrap_err();
        assert_eq!(
            error.to_string(),
            "c.toml:10: price `20.005` of plan `pro` has more than 2 decimals"
        );
        assert_eq!(error.kind().exit_code(), 2);
    }
}
