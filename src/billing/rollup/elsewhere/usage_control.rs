//! What became of every row of a rollup that was made elsewhere.

use std::collections::BTreeMap;

use super::control::{self, Control, OfFile, Tally};
use crate::base::calendar::Month;
use crate::base::part::Part;
use crate::billing::rollup::control::{Count, UsageControl};

/// What became of every row (K3), given those that are set aside.
pub(super) fn of_all(control: &Control, month: Month, excepted: Count) -> UsageControl {
    let nowhere = control::by_month(&control.nowhere);
    let in_trial: Tally = control.in_trial.values().sum();
    let before = nowhere.iter().chain(&control.in_trial);
    let (read, rejected) = (read(control), control.rejected());
    let read_in_all = in_all(control, nowhere.values().sum());
    let of_concern = u64::try_from(read.rows + rejected.rows).unwrap_or_default();
    let rounded: i128 = control.files.iter().map(|file| file.rounded).sum();
    UsageControl {
        read: read_in_all.count(),
        used: control.used.count(),
        duplicates: control.duplicates.values().sum::<Tally>().count(),
        rejected: rejected.count(),
        excepted,
        other_accounts: Count::default(),
        outside: outside(control, before.map(|(of, tally)| (*of, tally.rows))),
        passed_over: 0,
        before_in_trial: in_trial.count(),
        last_used: control.last_used.filter(|last| Month::of(*last) == month),
        of_concern,
        rounded_rows: u64::try_from(rounded).unwrap_or_default(),
        rounding_moved: control.files.iter().map(|file| file.moved).sum(),
    }
}

/// What becomes of the rows of some accounts.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// Those of the month that stand in a segment.
    pub used: Count,
    /// Those before S that do.
    pub in_trial: Count,
    /// Those that are set aside.
    pub excepted: Count,
}

/// As [`of_all`], for a part of the accounts: the rows of all others are those of other accounts.
pub(super) fn of_part(control: &Control, part: Part, own: &Own) -> UsageControl {
    let of_part = |gone: &BTreeMap<(Month, usize), Tally>| {
        let own = gone.iter().filter(|((_, bucket), _)| part.has_bucket(*bucket));
        own.map(|(place, tally)| (*place, *tally)).collect::<BTreeMap<_, _>>()
    };
    let (nowhere, duplicates) = (of_part(&control.nowhere), of_part(&control.duplicates));
    let nowhere = control::by_month(&nowhere);
    let buckets = control.read_by_bucket.iter().enumerate();
    let others = buckets.filter(|(bucket, _)| !part.has_bucket(*bucket)).map(|(_, tally)| tally);
    // Of what reduced a trial it is known by account how much it was, and not of which months.
    let in_trial = control.in_trial.keys().next().map(|of| (*of, i128::from(own.in_trial.rows)));
    let before = nowhere.iter().map(|(of, tally)| (*of, tally.rows)).chain(in_trial);
    UsageControl {
        read: in_all(control, nowhere.values().sum()).count(),
        used: own.used,
        duplicates: duplicates.values().sum::<Tally>().count(),
        rejected: control.rejected().count(),
        excepted: own.excepted,
        other_accounts: others.sum::<Tally>().count(),
        outside: outside(control, before),
        before_in_trial: own.in_trial,
        of_concern: u64::try_from(read(control).rows + control.rejected().rows).unwrap_or_default(),
        ..UsageControl::default()
    }
}

/// All rows that were read.
fn read(control: &Control) -> Tally {
    control.read_by_month().values().sum()
}

/// All rows of all files; their credits, but for those of rows that lie nowhere.
fn in_all(control: &Control, nowhere: Tally) -> Tally {
    let (read, rejected) = (read(control), control.rejected());
    let outside: i128 = control.files.iter().flat_map(|file| file.outside.values()).sum();
    let rows = read.rows + rejected.rows + outside;
    Tally { rows, credits: read.credits + rejected.credits - nowhere.credits, check: 0 }
}

/// Rows of other months, by month: those that were not looked at, and those `before` the month.
fn outside(control: &Control, before: impl Iterator<Item = (Month, i128)>) -> BTreeMap<Month, u64> {
    let unseen = control.files.iter().flat_map(|file| &file.outside);
    let mut by_month = BTreeMap::new();
    for (of, rows) in unseen.map(|(of, rows)| (*of, *rows)).chain(before) {
        *by_month.entry(of).or_default() += u64::try_from(rows).unwrap_or_default();
    }
    by_month
}

/// Each file's rows by month (L2).
pub(super) fn rows_by_month(control: &Control) -> Vec<BTreeMap<Month, u64>> {
    let of_file = |file: &OfFile| {
        let read = file.read.iter().map(|(month, tally)| (*month, tally.rows));
        let outside = file.outside.iter().map(|(month, rows)| (*month, *rows));
        let rejected = file.rejected.iter().filter_map(|(month, t)| Some(((*month)?, t.rows)));
        let mut rows = BTreeMap::new();
        for (month, of_month) in read.chain(outside).chain(rejected) {
            *rows.entry(month).or_default() += u64::try_from(of_month).unwrap_or_default();
        }
        rows.retain(|_, rows| *rows > 0);
        rows
    };
    control.files.iter().map(of_file).collect()
}
