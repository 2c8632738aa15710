//! What usage has to do with it that an account's month differs.

use std::collections::BTreeMap;

use crate::base::exceptions::ExceptionKind;
use crate::book::differences::account_month::AccountMonth;
use crate::book::differences::account_pairs::AccountPair;
use crate::book::differences::cause::{Cause, Causes};
use crate::book::differences::context::RunContext;

/// An account's rows of usage, and their credits in micro-credits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    rows: i128,
    credits: i128,
}

impl Sum {
    fn minus(self, other: Sum) -> Sum {
        Sum { rows: self.rows - other.rows, credits: self.credits - other.credits }
    }
}

/// All usage of the account that the run read, wherever it went: used, dropped, or set aside as
/// before the signup, of no account, or in conflict. So it makes no difference which of these it
/// is, which signups and plans decide.
fn read(month: &AccountMonth) -> Sum {
    let mut sum = month.statement.as_ref().map_or_else(Sum::default, |row| Sum {
        rows: row.events.into(),
        credits: row.usage_credits.into(),
    });
    for row in &month.exceptions {
        if let (Some(rows), Some(credits)) = (row.rows, row.credits) {
            sum.rows += i128::from(rows);
            sum.credits += i128::from(credits);
        }
    }
    sum
}

/// Dropped usage, by the reason given.
fn dropped(month: &AccountMonth) -> BTreeMap<&str, Sum> {
    let rows = month.exceptions.iter().filter(|row| row.kind == ExceptionKind::DroppedUsage);
    rows.map(|row| {
        let (rows, credits) = (row.rows.map_or(0, i128::from), row.credits.map_or(0, i128::from));
        (row.detail.as_str(), Sum { rows, credits })
    })
    .collect()
}

/// Whether other usage was billed in the month before, as the runs knew it.
pub(super) fn is_billed_before_otherwise(pair: &AccountPair) -> bool {
    let billed_before = |month: &AccountMonth| {
        let rows = month.exceptions.iter().filter(|row| row.kind == ExceptionKind::BilledBefore);
        rows.map(|row| (row.rows, row.credits)).collect::<Vec<_>>()
    };
    billed_before(&pair.before) != billed_before(&pair.after)
}

/// The causes that lie with the usage: what the run read of it, and what was taken out.
pub(super) fn causes(pair: &AccountPair, context: &RunContext) -> Causes {
    let (logs, drops) =
        (context.usage_may_differ(&pair.account), context.drops_may_differ(&pair.account));
    let mut causes = Causes::default();
    if !logs && !drops {
        return causes;
    }
    let (one, other) = (dropped(&pair.before), dropped(&pair.after));
    for reason in one.keys().chain(other.keys()) {
        if one.get(reason) != other.get(reason) {
            let is_duplicate = reason.to_lowercase().contains("duplicate");
            let cause = if is_duplicate { Cause::DuplicateRemoved } else { Cause::DroppedUsage };
            causes = causes.and(cause);
        }
    }
    let more = read(&pair.after).minus(read(&pair.before));
    // Rows that were duplicates for the one run and not for the other came no later: where no
    // duplicates are looked for, or where their event is left out with all its copies, of which
    // one was used.
    let copies = (sum(&other).minus(sum(&one)).rows - 1).clamp(0, context.fewer_duplicates.into());
    match more.rows {
        0 => causes.and_if(logs && more.credits != 0, Cause::CorrectedUsage),
        1.. if !logs || context.duplicates_kept => causes,
        rows @ 1.. => causes.and_if(rows > copies, Cause::LateUsage),
        _ if context.more_duplicates => causes.and(Cause::DuplicateRemoved),
        _ => causes.and(Cause::DroppedUsage),
    }
}

fn sum(parts: &BTreeMap<&str, Sum>) -> Sum {
    parts.values().fold(Sum::default(), |sum, part| Sum {
        rows: sum.rows + part.rows,
        credits: sum.credits + part.credits,
    })
}

/// Whether as much usage as before draws on other pools, or is set aside otherwise.
pub(super) fn is_drawn_otherwise(pair: &AccountPair) -> bool {
    let draws = |month: &AccountMonth| {
        month.statement.as_ref().map(|row| {
            let drawn = (row.trial_drawn, row.plan_drawn);
            (drawn, row.trial_carried, row.overage_credits, row.unbilled_credits)
        })
    };
    let set_aside = |month: &AccountMonth| {
        let rows = month.exceptions.iter().filter(|row| row.credits.is_some());
        rows.cloned().collect::<Vec<_>>()
    };
    let otherwise = draws(&pair.before) != draws(&pair.after)
        || set_aside(&pair.before) != set_aside(&pair.after)
        || pair.before.expired != pair.after.expired
        || pair.before.grants != pair.after.grants;
    otherwise && read(&pair.before) == read(&pair.after)
}

/// Whether usage over the cap moved as no usage alone can move it: more usage takes nothing away
/// from what is billed, nor from what is not, and less usage adds to neither.
pub(super) fn is_against(pair: &AccountPair) -> bool {
    let (Some(one), Some(other)) = (&pair.before.statement, &pair.after.statement) else {
        return false;
    };
    let same_drops = dropped(&pair.before) == dropped(&pair.after);
    let overage = other.overage_credits.cmp(&one.overage_credits);
    let unbilled = other.unbilled_credits.cmp(&one.unbilled_credits);
    match read(&pair.after).minus(read(&pair.before)).rows {
        1.. => same_drops && (overage.is_lt() || unbilled.is_lt()),
        0 => false,
        _ => same_drops && (overage.is_gt() || unbilled.is_gt()),
    }
}
