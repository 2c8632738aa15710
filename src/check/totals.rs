//! What must hold over the run (K3, K4).

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::breaches::{Breaches, Expected};
use super::inputs::Inputs;
use super::rows::{self, batches};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::scope::Scope;
use crate::billing::rollup::Count;
use crate::billing::timeline::Opening;
use crate::tables::{Table, view};

view! {
    /// A group of rows that could not be billed.
    struct ExceptionGroup of Exceptions.exceptions { kind, rows, credits }
}

/// Checks the run's sums.
pub(super) fn check(
    inputs: &Inputs<'_>,
    folder: &Path,
    sums: &RunSums,
    breaches: &mut Breaches,
) -> Result<()> {
    let mut expect = breaches.of(None);
    let usage = inputs.usage;
    let outside = Count { rows: usage.rows_outside(), credits: usage.before_in_trial.credits };
    let parts = [
        usage.used,
        usage.duplicates,
        usage.rejected,
        usage.excepted,
        usage.other_accounts,
        outside,
    ];
    let rows: u64 = parts.iter().map(|part| part.rows).sum();
    let credits: i128 = parts.iter().map(|part| part.credits).sum();
    expect.equal("K3", "usage rows read = rows accounted for", usage.read.rows, rows);
    expect.equal("K3", "credits read = credits accounted for", usage.read.credits, credits);
    expect.equal("K3", "usage rows used = events of the statements", usage.used.rows, sums.events);
    expect.equal("K3", "credits used = usage of the statements", usage.used.credits, sums.usage);
    let changes = inputs.changes;
    let known = changes.applied
        + changes.duplicates
        + changes.rejected
        + changes.excepted
        + changes.outside
        + changes.other_accounts;
    expect.equal("K3", "changes read = changes accounted for", changes.read, known);
    let adjustments = inputs.adjustments;
    let outside: u64 = adjustments.outside.values().sum();
    let known = adjustments.used
        + adjustments.duplicates
        + adjustments.rejected
        + adjustments.excepted
        + outside
        + adjustments.other_accounts;
    expect.equal("K3", "adjustments read = adjustments accounted for", adjustments.read, known);
    let what = "adjustments billed = those of the statements, in minor units";
    expect.equal("K3", what, adjustments.amount, sums.adjustments);
    let late = exceptions(inputs, folder, &mut expect)?;
    rows_by_month(inputs, late, &mut expect);
    let mut rejected = 0;
    for batch in batches(folder, Table::Rejects, &["row"], &Scope::All)? {
        rejected += batch?.len() as i128;
    }
    let rows = usage.rejected.rows + changes.rejected + adjustments.rejected;
    // Rejects are of files: those that were carried over, this run has not counted.
    if inputs.scope.is_all() {
        expect.equal("K3", "rows rejected = rows of the table", rows, rejected);
    }
    expect.equal("K4", "sum of invoices = sum of statements", sums.documents, sums.statements);
    expect.equal("K4", "sum of lines = sum of invoices", sums.lines, sums.documents);
    Ok(())
}

/// Checks the groups of exceptions; gives the rows of those of late usage.
fn exceptions(inputs: &Inputs<'_>, folder: &Path, expect: &mut Expected<'_>) -> Result<i128> {
    let (mut usage, mut credits, mut changes, mut late) = (0_i128, 0_i128, 0_i128, 0_i128);
    for batch in batches(folder, ExceptionGroup::TABLE, ExceptionGroup::COLUMNS, inputs.scope)? {
        for group in rows::of(&batch?, ExceptionGroup::rows)? {
            let rows = i128::from(group.rows.unwrap_or(0));
            match (group.rows, group.credits) {
                // They are of another month, and counted as outside (L2).
                _ if group.kind == ExceptionKind::LateUsage => late += rows,
                // They are in force, and counted as applied (G7).
                _ if group.kind == ExceptionKind::GrantHistoryUnknown => {}
                (Some(_), None) => changes += rows,
                (Some(_), Some(of_group)) => {
                    usage += rows;
                    credits += i128::from(of_group);
                }
                (None, _) => {
                    let of_unbilled = group.kind == ExceptionKind::UnbilledUsage;
                    expect.equal("O5", "a group without rows is of unbilled usage", of_unbilled, 1);
                }
            }
        }
    }
    let excepted = inputs.usage.excepted;
    expect.equal("K3", "usage rows excepted = the exceptions' rows", excepted.rows, usage);
    let what = "credits excepted = the exceptions' credits";
    expect.equal("K3", what, excepted.credits, credits);
    let what = "changes and adjustments excepted = the exceptions' rows";
    let excepted = inputs.changes.excepted + inputs.adjustments.excepted;
    expect.equal("K3", what, excepted, changes);
    Ok(late)
}

/// What the accounts' rows add up to.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct RunSums {
    /// Events of the statements.
    #[serde(with = "crate::base::number_text")]
    pub(super) events: i128,
    /// Their credits.
    #[serde(with = "crate::base::number_text")]
    pub(super) usage: i128,
    /// What the statements come to.
    #[serde(with = "crate::base::number_text")]
    pub(super) statements: i128,
    /// Their adjustments.
    #[serde(with = "crate::base::number_text")]
    pub(super) adjustments: i128,
    /// What the documents come to.
    #[serde(with = "crate::base::number_text")]
    pub(super) documents: i128,
    /// What their lines come to.
    #[serde(with = "crate::base::number_text")]
    pub(super) lines: i128,
    /// Rows without a statement, by what they are; of rows that were published there are none.
    #[serde(skip)]
    pub(super) strays: [i128; STRAYS.len()],
}

/// What has no statement, though it should.
pub(super) const STRAYS: [&str; 6] = [
    "openings without a statement",
    "states without a statement",
    "overage charges without a statement",
    "expired credits without a statement",
    "unbilled usage without a statement",
    "grants without a statement",
];

impl RunSums {
    /// Adds those of other accounts.
    pub fn add(&mut self, other: &RunSums) {
        self.events += other.events;
        self.usage += other.usage;
        self.statements += other.statements;
        self.adjustments += other.adjustments;
        self.documents += other.documents;
        self.lines += other.lines;
        self.strays.iter_mut().zip(other.strays).for_each(|(sum, own)| *sum += own);
    }
}

/// What the usage files have of each month, where it was counted, is what became of every row (K3): late
/// usage (L2) is told from the one, and the other is what was billed. Rows that are told to be late are among
/// those of earlier months.
fn rows_by_month(inputs: &Inputs<'_>, late: i128, expect: &mut Expected<'_>) {
    let Some(files) = inputs.rows_by_month.as_ref().filter(|_| inputs.scope.is_all()) else {
        return; // Where some accounts were billed, the totals are of these.
    };
    let usage = inputs.usage;
    let count = |rows: u64| i128::from(rows);
    let outside: BTreeMap<Month, i128> =
        usage.outside.iter().map(|(month, rows)| (*month, count(*rows))).collect();
    let of = |rows: &BTreeMap<Month, i128>, month: &Month| rows.get(month).copied().unwrap_or(0);
    // Before the first month of a book there may be rows that were looked at, as those of trials.
    let looks_before = matches!(inputs.opening, Opening::Genesis);
    for month in files.keys().chain(outside.keys()).filter(|month| **month != inputs.month) {
        let (held, counted) = (of(files, month), of(&outside, month));
        let what = format!("rows of {month} in the files = rows outside");
        match looks_before && *month < inputs.month {
            true => expect.equal("K3", &what, held.max(counted), held),
            false => expect.equal("K3", &what, held, counted),
        }
    }
    let readable = count(usage.read.rows) - count(usage.rejected.rows);
    let held: i128 = files.values().sum();
    // The instants of rejected rows may be readable or not.
    let due = held.clamp(readable, readable + count(usage.rejected.rows));
    expect.equal("K3", "rows in the files by month = rows that can be read", held, due);
    let earlier: i128 = files.range(..inputs.month).map(|(_, rows)| rows).sum();
    expect.equal("L2", "rows that are late = rows of earlier months", late.min(earlier), late);
}
