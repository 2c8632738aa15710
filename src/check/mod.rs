//! The second opinion: conservation (K1 to K5), from inputs and finished tables.
//!
//! It reads the tables back from the disk as they were written, and derives again what must
//! hold of them. It does not know `rules` or `replay`: where it needs a fraction or a rounding,
//! it has its own.

mod account;
mod accounts;
mod carried_over;
mod earlier_documents;
mod read;
mod rows;
mod states;
mod totals;
mod window;

use std::collections::BTreeSet;
use std::path::Path;

use crate::base::accounts::Accounts;
use crate::base::calendar::Month;
use crate::base::error::{Error, Kind, Result};
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
    /// The accounts that were billed, where they are not all: the others were carried over.
    pub only: Option<&'a BTreeSet<String>>,
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

/// A sum that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The rule's number.
    pub rule: &'static str,
    /// Whose sum it is; `None` for the run's.
    pub account: Option<String>,
    /// What should be equal.
    pub what: String,
    /// The first of the two sums, in micro-credits, minor units, microseconds or pieces.
    pub left: i128,
    /// The other one.
    pub right: i128,
}

/// Collects the sums that do not agree.
pub(crate) struct Breaches {
    first: Vec<Breach>,
    count: u64,
    /// How many are kept; more are counted.
    kept: usize,
}

/// Breaches that a message names; more are counted.
const NAMED: usize = 5;

impl Breaches {
    fn keeping(kept: usize) -> Self {
        Breaches { first: Vec::new(), count: 0, kept }
    }

    /// Notes a breach where the two sums differ.
    fn expect(
        &mut self,
        rule: &'static str,
        account: Option<&str>,
        what: &str,
        left: i128,
        right: i128,
    ) {
        if left == right {
            return;
        }
        self.count += 1;
        if self.first.len() < self.kept {
            let (account, what) = (account.map(str::to_owned), what.to_owned());
            self.first.push(Breach { rule, account, what, left, right });
        }
    }

    /// Adds breaches that were found after those so far.
    fn merge(&mut self, later: Breaches) {
        self.count += later.count;
        let room = self.kept - self.first.len();
        self.first.extend(later.first.into_iter().take(room));
    }

    fn into_result(self) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let lines: Vec<String> = self.first.iter().map(Breach::to_string).collect();
        let more = match self.count - self.first.len() as u64 {
            0 => String::new(),
            more => format!("\n  … and {more} more"),
        };
        let message = format!(
            "the conservation check failed, nothing was published:\n  {}{more}",
            lines.join("\n  ")
        );
        Err(Error::new(Kind::Conservation, message)
            .hint("this is a fault of the program or of the disk, not of the logs: keep the inputs and report it"))
    }
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Breach { rule, what, left, right, .. } = self;
        match &self.account {
            Some(account) => write!(f, "{rule}, account {account}: ")?,
            None => write!(f, "{rule}, the run: ")?,
        }
        write!(f, "{what}: {left} is not {right}")
    }
}

/// Checks the tables in `folder`.
///
/// # Errors
/// [`Kind::Conservation`], naming accounts and sums, where anything does not agree.
pub fn check(inputs: &Inputs<'_>, folder: &Path) -> Result<()> {
    let mut standing = Breaches::keeping(NAMED);
    let (found, stands) = rayon::join(
        || sums(inputs, folder, NAMED),
        || earlier_documents::check(inputs, folder, &mut standing),
    );
    let mut breaches = found?;
    stands?;
    breaches.merge(standing);
    breaches.into_result()
}

/// All sums of the tables in `folder` that do not agree. Whether earlier documents stand is not
/// asked here.
///
/// # Errors
/// [`Kind::Conservation`] where a table cannot be read.
pub fn breaches(inputs: &Inputs<'_>, folder: &Path) -> Result<Vec<Breach>> {
    Ok(sums(inputs, folder, usize::MAX)?.first)
}

fn sums(inputs: &Inputs<'_>, folder: &Path, kept: usize) -> Result<Breaches> {
    let mut breaches = Breaches::keeping(kept);
    let totals = accounts::check(inputs, folder, &mut breaches)?;
    totals::check(inputs, folder, &totals, &mut breaches)?;
    carried_over::check(inputs, folder, &mut breaches)?;
    Ok(breaches)
}
