//! The control totals of a manifest, read back.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::base::calendar::Month;
use crate::billing::rollup::{Count, Outside, UsageControl};
use crate::check::ChangeControl;

/// More rows than any log has; sums of such numbers still fit.
const MOST_ROWS: u64 = 1_000_000_000_000_000;
/// More micro-credits than any log has; sums of such numbers still fit.
const MOST_CREDITS: i128 = 1_000_000_000_000_000_000_000_000_000_000;

/// What became of every row, as the manifest states it; or the entry that cannot be understood.
pub(super) fn read(control_totals: &Value) -> Result<(UsageControl, ChangeControl), String> {
    let usage = &control_totals["usage"];
    let part = |name: &str| count(&usage[name]).ok_or_else(|| format!("usage.{name}"));
    let outside = usage["outside"].as_object().ok_or("usage.outside")?;
    let outside: Option<BTreeMap<Month, Outside>> = outside
        .iter()
        .map(|(month, entry)| {
            let unread_rows = rows(&entry["unread_rows"])?;
            Some((Month::parse(month)?, Outside { read: count(entry)?, unread_rows }))
        })
        .collect();
    // Of the accounts that were not billed anew, where some were not.
    let other_usage = match usage.get("other_accounts") {
        Some(entry) => count(entry).ok_or("usage.other_accounts")?,
        None => Count::default(),
    };
    let usage = UsageControl {
        read: part("read")?,
        used: part("used")?,
        duplicates: part("duplicates")?,
        rejected: part("rejected")?,
        excepted: part("excepted")?,
        outside: outside.ok_or("usage.outside")?,
        other_accounts: other_usage,
        ..UsageControl::default()
    };
    let changes = &control_totals["changes"];
    let part = |name: &str| rows(&changes[name]).ok_or_else(|| format!("changes.{name}"));
    let changes = ChangeControl {
        read: part("read")?,
        applied: part("applied")?,
        duplicates: part("duplicates")?,
        rejected: part("rejected")?,
        excepted: part("excepted")?,
        outside: part("outside")?,
        other_accounts: match changes.get("other_accounts") {
            Some(_) => part("other_accounts")?,
            None => 0,
        },
    };
    Ok((usage, changes))
}

fn rows(value: &Value) -> Option<u64> {
    value.as_u64().filter(|rows| *rows <= MOST_ROWS)
}

fn count(value: &Value) -> Option<Count> {
    Some(Count { rows: rows(&value["rows"])?, credits: credits(value["credits"].as_str()?)? })
}

/// Micro-credits of digits with six decimals.
fn credits(text: &str) -> Option<i128> {
    let (whole, decimals) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() != 6 {
        return None;
    }
    let micros: i128 = format!("{whole}{decimals}").parse().ok()?;
    (micros <= MOST_CREDITS).then_some(micros)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn control_totals_read_back_or_are_refused() {
        let count = json!({ "rows": 2, "credits": "12.500000" });
        let mut totals = json!({
            "usage": {
                "read": count, "used": count, "duplicates": count, "rejected": count,
                "excepted": count,
                "outside": { "2026-03": { "rows": 1, "credits": "0.000001", "unread_rows": 7 } },
            },
            "changes": { "read": 1, "applied": 1, "duplicates": 0, "rejected": 0, "excepted": 0,
                "outside": 0 },
        });
        let (usage, changes) = read(&totals).unwrap();
        assert_eq!(usage.used, Count { rows: 2, credits: 12_500_000 });
        assert_eq!(usage.outside.values().map(|o| o.read.credits).sum::<i128>(), 1);
        assert_eq!((changes.read, changes.applied), (1, 1));
        for wrong in ["1", "1.5", "-1.000000", "1e6.000000", "", &"9".repeat(60)] {
            totals["usage"]["used"]["credits"] = wrong.into();
            assert_eq!(read(&totals), Err("usage.used".to_owned()), "{wrong}");
        }
        assert!(read(&Value::Null).is_err());
    }
}
