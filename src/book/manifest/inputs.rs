//! The files that went in.
#![expect(
    clippy::disallowed_types,
    reason = "serde's derive names floats where entries are flattened; no field here is one"
)]

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::calendar::Month;
use crate::base::file_digest::FileDigest;
use crate::base::scope::Scope;

/// What a file was read for. In the order of the names, which is that of the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Adjustments.
    Adjustments,
    /// The catalogue.
    Catalogue,
    /// The change log.
    Changes,
    /// Events that are left out.
    DropEvents,
    /// The state that the month began with.
    Opening,
    /// The grants that came with it.
    OpeningGrants,
    /// The usage log.
    Usage,
}

impl Role {
    /// The name in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Role::Adjustments => "adjustments",
            Role::Catalogue => "catalogue",
            Role::Changes => "changes",
            Role::DropEvents => "drop-events",
            Role::Opening => "opening",
            Role::OpeningGrants => "opening-grants",
            Role::Usage => "usage",
        }
    }

    /// Whether it is a log, to which rows are added at the end.
    pub fn is_log(self) -> bool {
        matches!(self, Role::Adjustments | Role::Changes | Role::Usage)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The folder of a revision with copies of what was given by hand.
pub const INPUTS_FOLDER: &str = "inputs";

/// A file that went in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InputFile {
    /// What it was read for.
    pub role: Role,
    /// The path as the job named it.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// The digest of its bytes.
    #[serde(flatten)]
    pub digest: FileDigest,
    /// Where the revision keeps a copy of what was given by hand, from which it is read ever
    /// after: such as `inputs/late.csv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// The revision that a list of events was given to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The accounts that a list of events is for.
    #[serde(default, skip_serializing_if = "Scope::is_all")]
    pub accounts: Scope,
    /// Of usage: its rows by the month that their instants lie in (L2), whether they were billed or
    /// not; rows whose instants cannot be read are in none. `None` where that is not known.
    #[serde(default, rename = "rows", skip_serializing_if = "Option::is_none")]
    pub rows_by_month: Option<BTreeMap<Month, u64>>,
}

impl InputFile {
    /// A file that is read where it lies, for all accounts.
    pub fn of(role: Role, file: String, bytes: u64, digest: FileDigest) -> Self {
        InputFile {
            role,
            file,
            bytes,
            digest,
            kept: None,
            since: None,
            accounts: Scope::All,
            rows_by_month: None,
        }
    }

    /// How many rows it has of a month; `None` where that is not known.
    pub fn rows_of(&self, month: Month) -> Option<u64> {
        let rows = self.rows_by_month.as_ref()?;
        Some(rows.get(&month).copied().unwrap_or(0))
    }
}

/// How many rows of each month all usage files among inputs have; `None` where one was not counted.
pub fn rows_by_month(inputs: &[InputFile]) -> Option<BTreeMap<Month, i128>> {
    let mut all = BTreeMap::new();
    for usage in inputs.iter().filter(|input| input.role == Role::Usage) {
        for (month, rows) in usage.rows_by_month.as_ref()? {
            *all.entry(*month).or_insert(0) += i128::from(*rows);
        }
    }
    Some(all)
}
