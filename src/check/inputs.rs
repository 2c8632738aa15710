//! What went into the run, as far as the check needs it.

use std::path::Path;

use crate::base::accounts::Accounts;
use crate::base::calendar::Month;
use crate::base::scope::Scope;
use crate::billing::rollup::UsageControl;
use crate::billing::timeline::Opening;
use crate::catalog::Catalog;

/// What went into the run, as far as the check needs it.
pub struct Inputs<'a> {
    /// The month.
    pub month: Month,
    /// The revision's name.
    pub revision: &'a str,
    /// The catalogue.
    pub catalog: &'a Catalog,
    /// What the month started from.
    pub opening: &'a Opening,
    /// The accounts that exist in the month.
    pub accounts: &'a Accounts,
    /// What became of every usage row.
    pub usage: &'a UsageControl,
    /// What became of every change.
    pub changes: ChangeControl,
    /// The folder of the revision that this one follows.
    pub before: Option<&'a Path>,
    /// The accounts that were billed; where they are not all, the others were carried over.
    pub scope: &'a Scope,
}

/// What became of every row of the change log (K3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeControl {
    /// All rows.
    pub read: u64,
    /// Applied.
    pub applied: u64,
    /// Dropped as exact duplicates.
    pub duplicates: u64,
    /// Not readable.
    pub rejected: u64,
    /// Set aside as exceptions, conflicting duplicates included.
    pub excepted: u64,
    /// Outside the month.
    pub outside: u64,
    /// Of accounts that are not billed in this run.
    pub other_accounts: u64,
}
