//! Control totals as the manifest states them (K3).

use serde_json::{Value, json};

use crate::base::credits::MOVED_SCALE;
use crate::base::digits::plain_decimal;
use crate::billing::rollup::{Count, UsageControl};
use crate::check::ChangeControl;

/// What became of every row, with credits in plain digits. Where only some accounts were billed,
/// the rows of all others are counted apart.
pub(super) fn to_json(
    usage: &UsageControl,
    changes: ChangeControl,
    of_some_accounts: bool,
) -> Value {
    let outside: serde_json::Map<String, Value> = usage
        .outside
        .iter()
        .map(|(month, outside)| {
            let mut entry = count(outside.read);
            entry["unread_rows"] = outside.unread_rows.into();
            (month.to_string(), entry)
        })
        .collect();
    let mut totals = json!({
        "usage": {
            "read": count(usage.read),
            "used": count(usage.used),
            "duplicates": count(usage.duplicates),
            "rejected": count(usage.rejected),
            "excepted": count(usage.excepted),
            "outside": outside,
            "outside_but_drawn_from_trials": count(usage.before_in_trial),
            "rounded_rows": usage.rounded_rows,
            "rounding_moved": moved(usage.rounding_moved),
        },
        "changes": {
            "read": changes.read,
            "applied": changes.applied,
            "duplicates": changes.duplicates,
            "rejected": changes.rejected,
            "excepted": changes.excepted,
            "outside": changes.outside,
        },
    });
    if of_some_accounts {
        totals["usage"]["other_accounts"] = count(usage.other_accounts);
        totals["changes"]["other_accounts"] = changes.other_accounts.into();
    }
    totals
}

fn count(count: Count) -> Value {
    json!({ "rows": count.rows, "credits": plain_decimal(count.credits, 6) })
}

/// What rounding moved, without trailing zeros.
fn moved(sum: i128) -> String {
    let text = plain_decimal(sum, MOVED_SCALE);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
