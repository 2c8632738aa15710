//! What went into the run, as far as the check needs it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::accounts::Accounts;
use crate::base::calendar::Month;
use crate::base::scope::Scope;
use crate::billing::rollup::UsageControl;
use crate::billing::timeline::{ChangeControl, Opening};
use crate::catalog::Catalog;
use crate::input::adjustments::AdjustmentControl;

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
    /// How many rows of each month all usage files have; `None` where that is not known.
    pub rows_by_month: Option<BTreeMap<Month, i128>>,
    /// What became of every change.
    pub changes: ChangeControl,
    /// What became of every adjustment.
    pub adjustments: &'a AdjustmentControl,
    /// Of how many hours before E the revision keeps ids (L1); `None` where it does not have the
    /// table.
    pub recent_hours: Option<u32>,
    /// The folder with the ids that the month before keeps, where they are known.
    pub billed_before: Option<&'a Path>,
    /// The folder of the revision that this one follows.
    pub before: Option<&'a Path>,
    /// Whether the revision has the table `plans`, which earlier versions did not write.
    pub has_plans: bool,
    /// Whether it has the table `grants`, which earlier versions did not write either.
    pub has_grants: bool,
    /// The accounts that were billed; where they are not all, the others were carried over.
    pub scope: &'a Scope,
    /// Where hashes of ids lie meanwhile that are more than memory is to hold; without it, it holds them.
    pub spill: Option<&'a Path>,
}
