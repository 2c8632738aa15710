//! What a month started from.

use serde::{Deserialize, Serialize};

use crate::base::calendar::Month;

/// What a month started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OpeningRecord {
    /// No history: the change log's.
    Genesis,
    /// The closing state of a revision.
    Book {
        /// The month before.
        month: Month,
        /// Its revision.
        revision: String,
        /// The SHA-256 of its `state.parquet`.
        sha256: String,
        /// That of its `recent_ids.parquet`; `None` where it has none, and what was billed before is
        /// not known (L1).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recent_ids_sha256: Option<String>,
        /// That of its `grants.parquet`; `None` where no grant goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grants_sha256: Option<String>,
    },
    /// A state that was imported into the book.
    Imported {
        /// The SHA-256 of the imported `state.parquet`.
        sha256: String,
        /// That of the imported `recent_ids.parquet`, if ids were imported.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recent_ids_sha256: Option<String>,
        /// That of the imported `grants.parquet`, if grants were imported.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grants_sha256: Option<String>,
    },
    /// A file; it is among the inputs.
    File {
        /// The path as the job named it.
        file: String,
        /// The SHA-256 of its bytes.
        sha256: String,
    },
}

impl OpeningRecord {
    /// The SHA-256 of the ids that were billed before; `None` where none are known.
    pub fn recent_ids_sha256(&self) -> Option<&str> {
        match self {
            OpeningRecord::Genesis | OpeningRecord::File { .. } => None,
            OpeningRecord::Book { recent_ids_sha256, .. }
            | OpeningRecord::Imported { recent_ids_sha256, .. } => recent_ids_sha256.as_deref(),
        }
    }

    /// The SHA-256 of the grants that go on; `None` where none do.
    pub fn grants_sha256(&self) -> Option<&str> {
        match self {
            OpeningRecord::Genesis | OpeningRecord::File { .. } => None,
            OpeningRecord::Book { grants_sha256, .. }
            | OpeningRecord::Imported { grants_sha256, .. } => grants_sha256.as_deref(),
        }
    }

    /// The SHA-256 of the state; `None` where there was none.
    pub fn sha256(&self) -> Option<&str> {
        match self {
            OpeningRecord::Genesis => None,
            OpeningRecord::Book { sha256, .. }
            | OpeningRecord::Imported { sha256, .. }
            | OpeningRecord::File { sha256, .. } => Some(sha256),
        }
    }
}
