//! What became of every row (K3).
#![expect(
    clippy::disallowed_types,
    reason = "serde's derive names floats where entries are flattened; no field here is one"
)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::base::calendar::Month;
use crate::base::credits::ROUNDED_BY_SCALE;
use crate::base::digits::short_decimal;
use crate::base::scope::Scope;
use crate::billing::rollup::{Count, UsageControl};
use crate::billing::timeline::ChangeControl;
use crate::input::adjustments::AdjustmentControl;

/// More rows than any log has; sums of such numbers still fit.
const MOST_ROWS: u64 = 1_000_000_000_000_000;
/// More micro-credits than any log has; sums of such numbers still fit.
const MOST_CREDITS: i128 = 1_000_000_000_000_000_000_000_000_000_000;

/// What became of every row. Where only some accounts were billed, the rows of all others are
/// counted apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlTotals {
    /// Of the usage log.
    pub usage: UsageTotals,
    /// Of the change log.
    pub changes: ChangeTotals,
    /// Of adjustments, where there are files of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjustments: Option<AdjustmentTotals>,
    /// What a later version of the program says besides.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// What became of the usage log's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageTotals {
    /// All rows; credits but for those of rows outside that drew on no trial.
    pub read: Stated<Count>,
    /// Billed in this month.
    pub used: Stated<Count>,
    /// Dropped as exact duplicates.
    pub duplicates: Stated<Count>,
    /// Not readable.
    pub rejected: Stated<Count>,
    /// Set aside as exceptions.
    pub excepted: Stated<Count>,
    /// Rows of other months.
    pub outside: Stated<BTreeMap<Month, RowsOutside>>,
    /// Of the rows outside: those before the month that reduced a trial.
    pub outside_but_drawn_from_trials: Stated<Count>,
    /// Rows whose credits were rounded.
    pub rounded_rows: Stated<u64>,
    /// What rounding moved in all: rounded less exact.
    pub rounding_moved: Stated<String>,
    /// Of accounts that were not billed, where some were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_accounts: Option<Stated<Count>>,
    /// What a later version of the program says besides.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// Rows of another month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RowsOutside {
    /// As they are counted: read or not.
    Counted(u64),
    /// As they were in manifests of the first two formats, whose `read` counts these rows with their
    /// credits, and no rows of row groups that were passed over.
    Apart {
        /// Rows read.
        rows: u64,
        /// Their credits in micro-credits.
        #[serde(with = "crate::base::six_decimals")]
        credits: i128,
        /// Rows of row groups that were passed over.
        unread_rows: u64,
    },
}

impl RowsOutside {
    /// All of them.
    fn rows(&self) -> u64 {
        match *self {
            RowsOutside::Counted(rows) => rows,
            RowsOutside::Apart { rows, unread_rows, .. } => rows + unread_rows,
        }
    }

    fn may_be(&self) -> bool {
        match *self {
            RowsOutside::Counted(rows) => rows <= MOST_ROWS,
            RowsOutside::Apart { rows, credits, unread_rows } => {
                rows <= MOST_ROWS && unread_rows <= MOST_ROWS && credits <= MOST_CREDITS
            }
        }
    }
}

/// What became of the change log's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeTotals {
    /// All rows.
    pub read: Stated<u64>,
    /// Applied.
    pub applied: Stated<u64>,
    /// Dropped as exact duplicates.
    pub duplicates: Stated<u64>,
    /// Not readable.
    pub rejected: Stated<u64>,
    /// Set aside as exceptions.
    pub excepted: Stated<u64>,
    /// Outside the month.
    pub outside: Stated<u64>,
    /// Rows whose credits were rounded, where there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounded_rows: Option<Stated<u64>>,
    /// Of accounts that were not billed, where some were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_accounts: Option<Stated<u64>>,
    /// What a later version of the program says besides.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// What became of the adjustments' rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdjustmentTotals {
    /// All rows.
    pub read: Stated<u64>,
    /// Billed.
    pub used: Stated<u64>,
    /// What these come to, in minor units of the currency.
    pub amount: Stated<i64>,
    /// Dropped as exact duplicates.
    pub duplicates: Stated<u64>,
    /// Not readable.
    pub rejected: Stated<u64>,
    /// Set aside as exceptions.
    pub excepted: Stated<u64>,
    /// Of other months.
    pub outside: Stated<BTreeMap<Month, u64>>,
    /// Of accounts that were not billed, where some were not.
    pub other_accounts: Stated<u64>,
    /// What a later version of the program says besides.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl AdjustmentTotals {
    /// What a run counted.
    pub fn of(control: &AdjustmentControl) -> Self {
        AdjustmentTotals {
            read: Stated::As(control.read),
            used: Stated::As(control.used),
            amount: i64::try_from(control.amount).map_or_else(|_| Stated::default(), Stated::As),
            duplicates: Stated::As(control.duplicates),
            rejected: Stated::As(control.rejected),
            excepted: Stated::As(control.excepted),
            outside: Stated::As(control.outside.clone()),
            other_accounts: Stated::As(control.other_accounts),
            others: Map::new(),
        }
    }

    /// What the run counted; or the entry that cannot be understood.
    fn control(&self) -> Result<AdjustmentControl, String> {
        let rows = |entry: &Stated<u64>, name| entry.read(name, |rows| *rows <= MOST_ROWS);
        let may_be = |outside: &BTreeMap<Month, u64>| outside.values().all(|n| *n <= MOST_ROWS);
        Ok(AdjustmentControl {
            read: rows(&self.read, "adjustments.read")?,
            used: rows(&self.used, "adjustments.used")?,
            amount: self.amount.read("adjustments.amount", |_| true)?.into(),
            duplicates: rows(&self.duplicates, "adjustments.duplicates")?,
            rejected: rows(&self.rejected, "adjustments.rejected")?,
            excepted: rows(&self.excepted, "adjustments.excepted")?,
            outside: self.outside.read("adjustments.outside", may_be)?,
            other_accounts: rows(&self.other_accounts, "adjustments.other_accounts")?,
        })
    }
}

/// What a run counted, of each log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Controls {
    /// Usage.
    pub usage: UsageControl,
    /// Changes.
    pub changes: ChangeControl,
    /// Adjustments.
    pub adjustments: AdjustmentControl,
}

/// An entry that is understood, or what stands in its place in a manifest that was changed. So
/// the auditor's check can name it, and nobody else is kept from reading the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Stated<T> {
    /// It is understood.
    As(T),
    /// It is not.
    Otherwise(Value),
}

impl<T> Default for Stated<T> {
    fn default() -> Self {
        Stated::Otherwise(Value::Null)
    }
}

impl<T: Clone> Stated<T> {
    /// The entry, where it is understood and may be true; else its name.
    fn read(&self, name: &str, may_be: impl Fn(&T) -> bool) -> Result<T, String> {
        match self {
            Stated::As(entry) if may_be(entry) => Ok(entry.clone()),
            _ => Err(name.to_owned()),
        }
    }
}

impl ControlTotals {
    /// What a run counted that billed these accounts.
    pub fn of(usage: &UsageControl, changes: ChangeControl, scope: &Scope) -> Self {
        ControlTotals {
            usage: UsageTotals {
                read: Stated::As(usage.read),
                used: Stated::As(usage.used),
                duplicates: Stated::As(usage.duplicates),
                rejected: Stated::As(usage.rejected),
                excepted: Stated::As(usage.excepted),
                outside: Stated::As(
                    usage.outside.iter().map(|(m, n)| (*m, RowsOutside::Counted(*n))).collect(),
                ),
                outside_but_drawn_from_trials: Stated::As(usage.before_in_trial),
                rounded_rows: Stated::As(usage.rounded_rows),
                rounding_moved: Stated::As(short_decimal(usage.rounding_moved, ROUNDED_BY_SCALE)),
                other_accounts: (!scope.is_all()).then(|| Stated::As(usage.other_accounts)),
                others: Map::new(),
            },
            changes: ChangeTotals {
                read: Stated::As(changes.read),
                applied: Stated::As(changes.applied),
                duplicates: Stated::As(changes.duplicates),
                rejected: Stated::As(changes.rejected),
                excepted: Stated::As(changes.excepted),
                outside: Stated::As(changes.outside),
                rounded_rows: (changes.rounded > 0).then(|| Stated::As(changes.rounded)),
                other_accounts: (!scope.is_all()).then(|| Stated::As(changes.other_accounts)),
                others: Map::new(),
            },
            adjustments: None,
            others: Map::new(),
        }
    }

    /// What the run counted; or the entry that cannot be understood.
    ///
    /// # Errors
    /// The entry's name, such as `usage.read`.
    pub fn controls(&self) -> Result<Controls, String> {
        let rows = |entry: &Stated<u64>, name| entry.read(name, |rows| *rows <= MOST_ROWS);
        let of_log = |count: &Count| count.rows <= MOST_ROWS && count.credits <= MOST_CREDITS;
        let count = |entry: &Stated<Count>, name| entry.read(name, of_log);
        let ControlTotals { usage, changes, adjustments, .. } = self;
        let adjustments = adjustments.as_ref().map(AdjustmentTotals::control).transpose()?;
        let outside =
            usage.outside.read("usage.outside", |all| all.values().all(RowsOutside::may_be))?;
        let in_trial = "usage.outside_but_drawn_from_trials";
        let before_in_trial = match &usage.outside_but_drawn_from_trials {
            Stated::Otherwise(Value::Null) => Count::default(),
            entry => count(entry, in_trial)?,
        };
        let usage = UsageControl {
            read: read_now(count(&usage.read, "usage.read")?, &outside, before_in_trial),
            before_in_trial,
            used: count(&usage.used, "usage.used")?,
            duplicates: count(&usage.duplicates, "usage.duplicates")?,
            rejected: count(&usage.rejected, "usage.rejected")?,
            excepted: count(&usage.excepted, "usage.excepted")?,
            outside: outside.iter().map(|(month, outside)| (*month, outside.rows())).collect(),
            other_accounts: match &usage.other_accounts {
                Some(entry) => count(entry, "usage.other_accounts")?,
                None => Count::default(),
            },
            ..UsageControl::default()
        };
        let changes = ChangeControl {
            read: rows(&changes.read, "changes.read")?,
            applied: rows(&changes.applied, "changes.applied")?,
            duplicates: rows(&changes.duplicates, "changes.duplicates")?,
            rejected: rows(&changes.rejected, "changes.rejected")?,
            excepted: rows(&changes.excepted, "changes.excepted")?,
            outside: rows(&changes.outside, "changes.outside")?,
            other_accounts: match &changes.other_accounts {
                Some(entry) => rows(entry, "changes.other_accounts")?,
                None => 0,
            },
            rounded: match &changes.rounded_rows {
                Some(entry) => rows(entry, "changes.rounded_rows")?,
                None => 0,
            },
        };
        Ok(Controls { usage, changes, adjustments: adjustments.unwrap_or_default() })
    }
}

/// What was read, as it is counted now, where it may be counted as before.
fn read_now(read: Count, outside: &BTreeMap<Month, RowsOutside>, in_trial: Count) -> Count {
    let mut now = read;
    for outside in outside.values() {
        if let RowsOutside::Apart { credits, unread_rows, .. } = *outside {
            now.rows += unread_rows;
            now.credits -= credits;
        }
    }
    let is_before = outside.values().any(|outside| matches!(outside, RowsOutside::Apart { .. }));
    now.credits += if is_before { in_trial.credits } else { 0 };
    now
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(totals: &Value) -> Result<Controls, String> {
        let totals = ControlTotals::deserialize(totals).map_err(|e| e.to_string())?;
        totals.controls()
    }

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
        let Controls { usage, changes, .. } = read(&totals).unwrap();
        assert_eq!(usage.used, Count { rows: 2, credits: 12_500_000 });
        assert_eq!(usage.read, Count { rows: 2 + 7, credits: 12_500_000 - 1 });
        assert_eq!(usage.rows_outside(), 1 + 7);
        totals["usage"]["outside"] = json!({ "2026-03": 9 });
        let Controls { usage, .. } = read(&totals).unwrap();
        assert_eq!((usage.read.rows, usage.rows_outside()), (2, 9));
        assert_eq!((changes.read, changes.applied), (1, 1));
        for wrong in ["1", "1.5", "-1.000000", "1e6.000000", "", &"9".repeat(60)] {
            totals["usage"]["used"]["credits"] = wrong.into();
            assert_eq!(read(&totals), Err("usage.used".to_owned()), "{wrong}");
        }
        totals["usage"].as_object_mut().unwrap().remove("read");
        assert_eq!(read(&totals), Err("usage.read".to_owned()));
        assert!(serde_json::from_value::<ControlTotals>(Value::Null).is_err());
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let text = json!({
            "usage": {
                "read": 1, "used": null, "duplicates": null, "rejected": null, "excepted": null,
                "outside": { "2026-03": { "rows": 1, "credits": "0.000001", "unread_rows": 7 } },
                "outside_but_drawn_from_trials": { "rows": 0, "credits": "0.000000" },
                "rounded_rows": 0, "rounding_moved": "0", "late": 3,
            },
            "changes": { "read": 1, "applied": 1, "duplicates": 0, "rejected": 0, "excepted": 0,
                "outside": 0, "other_accounts": 7 },
            "seats": {},
        });
        let totals: ControlTotals = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_string(&totals).unwrap(), text.to_string());
    }
}
