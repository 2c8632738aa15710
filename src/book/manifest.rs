//! What a revision says of itself: what was run, on what, and what came out.
//!
//! Nothing in it depends on the clock, the machine or the number of threads.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::error::{Error, Result};
use crate::tables::Output;

/// A file that went in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InputFile {
    /// `usage`, `changes`, `catalogue`, `opening` or `drop-events`.
    pub role: String,
    /// The path as the job named it.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// What the month started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OpeningRecord {
    /// No history: the change log's.
    Genesis,
    /// The closing state of a revision.
    Book {
        /// The month before.
        month: String,
        /// Its revision.
        revision: String,
        /// The SHA-256 of its `state.parquet`.
        sha256: String,
    },
    /// A state that was imported into the book.
    Imported {
        /// The SHA-256 of the imported `state.parquet`.
        sha256: String,
    },
    /// A file; it is among the inputs.
    File {
        /// The path as the job named it.
        file: String,
        /// The SHA-256 of its bytes.
        sha256: String,
    },
}

/// The revision that a later one follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Its name.
    pub revision: String,
    /// The SHA-256 of its `manifest.json`.
    pub manifest_sha256: String,
}

/// `manifest.json` of a revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The program's version.
    pub version: String,
    /// The month.
    pub month: String,
    /// The revision's name.
    pub revision: String,
    /// Why there is this revision; empty for the first.
    pub reason: Option<String>,
    /// The revision before it; empty for the first.
    #[serde(default)]
    pub previous: Option<Previous>,
    /// The catalogue in full.
    pub catalogue: Value,
    /// What the month started from.
    pub opening: OpeningRecord,
    /// How the inputs were read.
    pub options: Value,
    /// Every input, by role and path.
    pub inputs: Vec<InputFile>,
    /// What became of every row.
    pub control_totals: Value,
    /// Accounts whose events share an id with another account's event, which of these stands
    /// (X3); none is named where they are more than 10,000, or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts_sharing_ids: Option<BTreeSet<String>>,
    /// Every output.
    pub outputs: Vec<Output>,
    /// What a reader of the CSV files must know.
    pub csv: String,
}

impl Manifest {
    /// The file's name within the revision.
    pub const FILE: &'static str = "manifest.json";
    /// What a reader of the CSV files must know.
    pub const CSV_NOTE: &'static str = "Text cells of the CSV files that begin with =, +, -, @, \
        tab or carriage return have a leading apostrophe, so that no spreadsheet takes them for \
        formulas; `apostrophes` counts them. The Parquet files hold the text as it is.";

    /// Reads a revision's manifest.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it is not there or not whole.
    pub fn read(revision: &Path) -> Result<Self> {
        let path = revision.join(Manifest::FILE);
        let damaged = |cause: Box<dyn std::error::Error + Send + Sync>| {
            Error::book("the manifest cannot be read")
                .in_file(&path)
                .caused_by(cause)
                .hint("the book may have been changed by hand; restore it from a copy")
        };
        let text = std::fs::read_to_string(&path).map_err(|e| damaged(e.into()))?;
        serde_json::from_str(&text).map_err(|e| damaged(e.into()))
    }

    /// The manifest as it is written.
    pub fn to_text(&self) -> String {
        let mut text = format!("{:#}", serde_json::json!(self));
        text.push('\n');
        text
    }

    /// The tables whose rows differ from another revision's. Content is compared by the CSV
    /// files, which do not depend on the program's version.
    pub fn changed_tables(&self, other: &Manifest) -> Vec<&str> {
        let csv = |file: &&Output| file.file.ends_with(".csv");
        let same = |one: &Output, two: &Output| {
            (&one.file, one.rows, &one.sha256, one.apostrophes)
                == (&two.file, two.rows, &two.sha256, two.apostrophes)
        };
        self.outputs
            .iter()
            .filter(csv)
            .filter(|output| !other.outputs.iter().any(|theirs| same(output, theirs)))
            .map(|output| output.file.trim_end_matches(".csv"))
            .collect()
    }

    /// The accounts that the revision billed anew, and carried all others over; `None` where it
    /// billed all. Its control totals of usage are of these accounts alone.
    pub fn billed_anew(&self) -> Option<BTreeSet<String>> {
        let listed = self.options.get("accounts")?.as_array()?;
        Some(listed.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect())
    }

    /// The digest of one of the outputs.
    pub fn output(&self, file: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.file == file)
    }
}
