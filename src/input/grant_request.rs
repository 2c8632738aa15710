//! A grant as it is asked for, and the change log that it becomes a row of.

use std::path::PathBuf;

use super::logs::{LogSchema, Mapping, Words};
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::ids::AccountId;
use crate::catalog::Catalog;

/// A grant as it is asked for.
pub struct GrantRequest {
    /// The catalogue in force in the month of the grant.
    pub catalog: Catalog,
    /// The account.
    pub account: AccountId,
    /// The kind.
    pub kind: String,
    /// Credits, where they are not the kind's.
    pub credits: Option<Credits>,
    /// When they expire, where it is not the kind's.
    pub expires_at: Option<Instant>,
    /// When they are given.
    pub at: Instant,
    /// Whether that was said.
    pub is_at_said: bool,
    /// Why.
    pub reason: String,
    /// The change's id, where it was said.
    pub id: Option<String>,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// The folder of grants.
    pub folder: PathBuf,
    /// The job's change log.
    pub log: WrittenLog,
}

/// How a change log is written, and where it is.
pub struct WrittenLog {
    /// How it is read.
    pub schema: LogSchema,
    /// Names of the columns, where they differ.
    pub columns: Mapping,
    /// Words that mean others.
    pub words: Words,
    /// Files, folders or globs of the grant's month.
    pub paths: Vec<PathBuf>,
    /// Those of the months since the last one in the book, that month among them.
    pub since: Vec<PathBuf>,
    /// The folder that relative paths lead from.
    pub working: PathBuf,
}
