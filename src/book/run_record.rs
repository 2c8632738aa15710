//! `run.json` of a revision: the facts that depend on the clock and the machine.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::base::error::{Code, Error, Result};
use crate::base::storage;

/// The file's name within the revision.
pub const RUN_FILE: &str = "run.json";

/// What `run.json` says. It is sealed, and holds the digest of the manifest: so it seals both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// When the run started, in UTC.
    pub started_at: String,
    /// Until the manifest was written.
    pub seconds: Number,
    /// The stages, in order.
    pub stages: Vec<StageRecord>,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Its threads.
    pub threads: usize,
    /// Rows of usage for each second of the rollup.
    pub usage_rows_per_second: Option<u64>,
    /// Rows of usage in row groups that were passed over unread, since all of them are another month's.
    #[serde(default)]
    pub rows_passed_over: u64,
    /// The process's peak memory, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    /// What might be held in memory of all that grows with events; not noted by version 0.1.0.
    pub memory_budget_bytes: Option<u64>,
    /// How much of that went to the disk meanwhile.
    #[serde(default)]
    pub spilled_bytes: u64,
    /// What was read of logs and kept on the disk from one pass to the other: rows of text, and ids
    /// that memory had no room for.
    #[serde(default)]
    pub kept_bytes: u64,
    /// The folder that relative paths of the manifest lead from.
    #[serde(default)]
    pub inputs_folder: Option<String>,
    /// When each input had been changed last, by name.
    #[serde(default)]
    pub inputs_modified: BTreeMap<String, String>,
    /// The SHA-256 of the manifest; not noted by version 0.1.0.
    pub manifest_sha256: Option<String>,
    /// The seal, once it is written; version 0.1.0 sealed nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
}

/// How long a stage took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRecord {
    /// The stage.
    pub stage: String,
    /// How long it took.
    pub seconds: Number,
}

impl RunRecord {
    /// Reads that of a revision.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it is not there or not whole. Whether it is as it
    /// was sealed is not looked at.
    pub fn read(revision: &Path) -> Result<Self> {
        let path = revision.join(RUN_FILE);
        let damaged = |cause: Box<dyn std::error::Error + Send + Sync>| {
            Error::new(Code::REVISION_DAMAGED, "does not tell how the revision was made")
                .in_file(&path)
                .caused_by(cause)
                .changed_by_hand()
        };
        let text = storage::read(&path).map_err(|e| damaged(e.into()))?;
        serde_json::from_slice(&text).map_err(|e| damaged(e.into()))
    }
}
