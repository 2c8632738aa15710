//! What must hold over the run (K3, K4).

use std::path::Path;

use super::accounts::Totals;
use super::read::{finished, finished_of};
use super::{Breaches, Inputs};
use crate::base::error::Result;
use crate::billing::rollup::Count;
use crate::tables::Table;

/// Checks the run's sums.
pub(super) fn check(
    inputs: &Inputs<'_>,
    folder: &Path,
    totals: &Totals,
    breaches: &mut Breaches,
) -> Result<()> {
    let mut expect = |rule: &'static str, what: &str, left: i128, right: i128| {
        breaches.expect(rule, None, what, left, right);
    };
    let usage = inputs.usage;
    let outside: Vec<Count> = usage.outside.values().map(|outside| outside.read).collect();
    let parts =
        [usage.used, usage.duplicates, usage.rejected, usage.excepted, usage.other_accounts];
    let rows: u64 = parts.iter().chain(&outside).map(|part| part.rows).sum();
    let credits: i128 = parts.iter().chain(&outside).map(|part| part.credits).sum();
    expect("K3", "usage rows read = rows accounted for", usage.read.rows.into(), rows.into());
    expect("K3", "credits read = credits accounted for", usage.read.credits, credits);
    expect(
        "K3",
        "usage rows used = events of the statements",
        usage.used.rows.into(),
        totals.events,
    );
    expect("K3", "credits used = usage of the statements", usage.used.credits, totals.usage);
    let changes = inputs.changes;
    let known = changes.applied
        + changes.duplicates
        + changes.rejected
        + changes.excepted
        + changes.outside
        + changes.other_accounts;
    expect("K3", "changes read = changes accounted for", changes.read.into(), known.into());
    let (mut usage_rows, mut usage_credits, mut change_rows) = (0, 0, 0);
    let columns = ["kind", "rows", "credits"];
    for batch in finished_of(folder, Table::Exceptions, &columns, inputs.only)? {
        let batch = batch?;
        let kind = batch.text("kind");
        let (rows, credits) = (batch.integer("rows"), batch.decimal("credits"));
        let of_changes = batch.is_null("credits");
        for row in 0..batch.len() {
            match rows(row) {
                Some(rows) if of_changes(row) => change_rows += rows,
                Some(rows) => {
                    usage_rows += rows;
                    usage_credits += credits(row);
                }
                None => {
                    let of_unbilled = i128::from(kind(row) == "unbilled-usage");
                    expect("O5", "a group without rows is of unbilled usage", of_unbilled, 1);
                }
            }
        }
    }
    expect(
        "K3",
        "usage rows excepted = the exceptions' rows",
        usage.excepted.rows.into(),
        usage_rows,
    );
    expect(
        "K3",
        "credits excepted = the exceptions' credits",
        usage.excepted.credits,
        usage_credits,
    );
    expect("K3", "changes excepted = the exceptions' rows", changes.excepted.into(), change_rows);
    let mut rejected = 0;
    for batch in finished(folder, Table::Rejects, &["row"])? {
        rejected += batch?.len() as i128;
    }
    let rows = usage.rejected.rows + changes.rejected;
    // Rejects are of files: those that were carried over, this run has not counted.
    if inputs.only.is_none() {
        expect("K3", "rows rejected = rows of the table", rows.into(), rejected);
    }
    expect("K4", "sum of invoices = sum of statements", totals.documents, totals.statements);
    expect("K4", "sum of lines = sum of invoices", totals.lines, totals.documents);
    Ok(())
}
