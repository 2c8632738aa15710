//! What the usage files have of each month, held against what became of every row (K3): late usage
//! (L2) is told from the one, and the other is what was billed.

use std::collections::BTreeMap;

use super::breaches::Expected;
use super::inputs::Inputs;
use crate::base::calendar::Month;
use crate::billing::timeline::Opening;

/// Checks the rows by month of all files, where they were counted; and those that are told to be
/// late, which are among them.
pub(super) fn check(inputs: &Inputs<'_>, late: i128, expect: &mut Expected<'_>) {
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
