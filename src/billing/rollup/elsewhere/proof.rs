//! What must hold of a rollup made elsewhere: all that was read is accounted for, by file, by bucket and before S.

use std::collections::BTreeMap;

use super::control::{self, Control, OfFile, Tally};
use super::finished::disagrees;
use crate::base::calendar::Month;
use crate::base::digits::plain_decimal;
use crate::base::error::{Error, Faults, Result};
use crate::input::logs::Source;

/// What was found in the tables that come from what was moved, sorted and joined.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By bucket.
    pub buckets: Vec<Tally>,
    /// Of the segments.
    pub sums: Tally,
    /// Exceptions of rows before S.
    pub excepted_before: Tally,
    /// The ids that are kept.
    pub recent: Tally,
}

/// Holds what an engine found against what it has read.
///
/// # Errors
/// [`crate::base::error::Code::ROLLUP_DISAGREES`]: all that does not hold.
pub(super) fn check(
    sources: &[Source],
    month: Month,
    genesis: bool,
    control: &Control,
    found: &Found,
) -> Result<()> {
    let mut faults = Faults::default();
    for (source, of_file) in sources.iter().zip(&control.files) {
        file(source, of_file, month, genesis).into_iter().for_each(|fault| faults.add(fault));
    }
    let mut equal = |what: &str, is: Tally, due: Tally| {
        if is != due {
            faults.add(differ(what, is, due));
        }
    };
    let by_month = control.read_by_month();
    let read: Tally = by_month.values().sum();
    equal("rows read by file and by bucket", control.read_by_bucket.iter().sum(), read);
    let in_trial: Tally = control.in_trial.values().sum();
    let mut used = found.sums;
    used -= in_trial;
    equal("rows used = sums less what lies before the month", control.used, used.uncounted_check());
    let mut recent = found.recent;
    recent += control.recent_aside;
    equal("rows of the last hours = ids kept and rows set aside", recent, control.recent_read);
    let before = |months: &BTreeMap<Month, Tally>| months.range(..month).map(|(_, t)| t).sum();
    let [nowhere, duplicates] = [&control.nowhere, &control.duplicates].map(control::by_month);
    let [in_trial, lost, twice] = [&control.in_trial, &nowhere, &duplicates].map(before);
    let known: Tally = [in_trial, lost, twice, found.excepted_before].iter().sum();
    let read_before: Tally = before(&by_month);
    equal("rows before the month", known.uncounted_check(), read_before.uncounted_check());
    for (of, tally) in [("in-trial", &control.in_trial), ("nowhere", &nowhere)] {
        for (of_month, tally) in tally {
            let read = by_month.get(of_month).copied().unwrap_or_default();
            if *of_month >= month || tally.rows > read.rows || tally.credits > read.credits {
                equal(&format!("`{of}` of {of_month}"), *tally, read);
            }
        }
    }
    buckets(control, found).into_iter().for_each(|fault| faults.add(fault));
    faults.check("the rollup does not add up")
}

/// What does not hold of a file.
fn file(source: &Source, of: &OfFile, month: Month, genesis: bool) -> Vec<Error> {
    let fault = |what: String, is: i128, due: i128| {
        let fault = disagrees(what).in_file(&source.file.name);
        fault.with_value(is.to_string()).expected(format!("{due}"))
    };
    let mut faults = Vec::new();
    let of_read: Tally = of.read.values().sum();
    let of_rejected: Tally = of.rejected.values().sum();
    let rows = of_read.rows + of_rejected.rows + of.outside.values().sum::<i128>();
    let due = i128::from(source.rows().unwrap_or_default());
    if rows != due {
        faults.push(fault("rows accounted for are not those of the footer".to_owned(), rows, due));
    }
    if of.rounded > of_read.rows {
        faults.push(fault("more rows rounded than read".to_owned(), of.rounded, of_read.rows));
    }
    let is_of_run = |of: Month| of == month || genesis && of < month;
    let strays = of.read.iter().filter(|(of, _)| !is_of_run(**of)).map(|(of, t)| (*of, t.rows));
    let outside =
        of.outside.iter().filter(|(of, _)| is_of_run(**of)).map(|(of, rows)| (*of, *rows));
    for (of, rows) in strays.chain(outside) {
        faults.push(fault(format!("rows of {of} that are not of that kind"), rows, 0));
    }
    faults
}

/// Buckets in which what was read is not what was found.
fn buckets(control: &Control, found: &Found) -> Vec<Error> {
    let gone = control.gone_by_bucket();
    let all = control.read_by_bucket.iter().zip(&gone).zip(&found.buckets);
    let all = all.enumerate().filter_map(|(bucket, ((read, gone), found))| {
        let mut known = *gone;
        known += *found;
        (known != *read).then(|| differ(&format!("bucket {bucket} of accounts"), known, *read))
    });
    all.collect()
}

fn differ(what: &str, is: Tally, due: Tally) -> Error {
    let in_words = |tally: Tally| {
        let Tally { rows, credits, check } = tally;
        format!("{rows} rows, {} credits, check {check:016x}", plain_decimal(credits, 6))
    };
    disagrees(format!("{what}: does not add up")).with_value(in_words(is)).expected(in_words(due))
}
