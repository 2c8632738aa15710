//! Who made a rollup that was not made here.

use serde::{Deserialize, Serialize};

/// Which engine made a rollup, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledUpBy {
    /// The engine.
    pub engine: String,
    /// Its version.
    pub version: String,
    /// The SHA-256 of the request.
    pub request_sha256: String,
}
