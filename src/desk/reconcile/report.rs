//! What a reconciliation came to: all that is said of it, and JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::totals::{Sum, Totals};
use crate::base::calendar::MonthRange;
use crate::desk::payments::{Age, BreakCode, PayoutOutcome, Reconciled};
use crate::input::logs::PassedOver;

/// The word of payouts that are not what they should be, among the findings.
pub(super) const PAYOUT: &str = "payout-difference";

/// What was reconciled, and what it came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report<'a> {
    pub months: MonthRange,
    pub reconciled: &'a Reconciled,
    pub totals: &'a Totals,
    /// The tables, where they were asked for.
    pub tables: Option<&'a Written>,
}

/// Tables that were written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub folder: String,
    /// The tables, and how many rows each has.
    pub rows: Vec<(String, u64)>,
}

impl Report<'_> {
    /// 0 where all agrees, 4 where there are breaks or payouts differ, 3 where there are none but
    /// something was not read.
    pub fn exit_code(&self) -> u8 {
        match (self.agrees(), self.reconciled.export.passed_over.is_empty()) {
            (true, true) => 0,
            (true, false) => 3,
            (false, _) => 4,
        }
    }

    /// Whether there are neither breaks nor payouts that differ.
    pub fn agrees(&self) -> bool {
        self.totals.breaks.is_empty() && self.totals.payouts_that_differ() == 0
    }

    /// How many breaks there are of each code, payouts that differ, and files that were not read.
    pub fn findings(&self) -> Vec<(&'static str, u64)> {
        let breaks = &self.totals.breaks;
        let count = |code: BreakCode| (code.name(), breaks.get(&code).map_or(0, |sum| sum.count));
        let mut findings = BreakCode::ALL.map(count).to_vec();
        findings.push((PAYOUT, self.totals.payouts_that_differ()));
        findings.push((PassedOver::KIND, self.reconciled.export.passed_over.len() as u64));
        findings
    }

    /// The result as one JSON object.
    pub fn to_json(self) -> Value {
        let Report { reconciled, totals, .. } = self;
        let (input, export) = (&reconciled.input, &reconciled.export);
        let nothing = Sum { count: 0, amount: input.amount(0) };
        let breaks = BreakCode::ALL.map(|code| {
            let Sum { count, amount } = totals.breaks.get(&code).copied().unwrap_or(nothing);
            (code, json!({ "count": count, "difference": amount }))
        });
        let payouts = PayoutOutcome::ALL
            .map(|outcome| (outcome, totals.payouts.get(&outcome).copied().unwrap_or(nothing)));
        let months = reconciled
            .revisions
            .iter()
            .map(|revision| json!({ "month": revision.manifest.month, "revision": revision.name }));
        let revision = reconciled.revisions.last().map(|last| last.name.as_str());
        let ageing = &reconciled.ageing;
        let by_age = Age::ALL.map(|age| (age, Sum::open(ageing, age, input)));
        let tables = self.tables.iter().flat_map(|written| written.rows.iter().cloned());
        json!({
            "status": if self.agrees() { "agrees" } else { "breaks" },
            "exit_code": self.exit_code(),
            "month": self.months.last(),
            "revision": revision.unwrap_or_default(),
            "months": months.collect::<Vec<_>>(),
            "as_of": input.as_of.to_string(),
            "currency": input.currency,
            "tolerance": input.amount(input.tolerance),
            "files": export.files,
            "passed_over": export.passed_over,
            "rows": export.rows,
            "duplicate_rows": export.duplicate_rows,
            "documents": totals.documents,
            "payments": totals.payments,
            "breaks": BTreeMap::from(breaks),
            "all_breaks": totals.all_breaks.count,
            "difference": totals.difference(),
            "tolerated": totals.tolerated,
            "ageing": {
                "by_age": BTreeMap::from(by_age),
                "documents": input.amount(ageing.all.documents()),
                "unapplied": input.amount(ageing.all.unapplied),
                "balance": input.amount(ageing.all.balance()),
            },
            "payouts": BTreeMap::from(payouts),
            "folder": self.tables.map(|written| written.folder.as_str()),
            "tables": tables.map(|(name, rows)| (name, rows.into())).collect::<Map<_, Value>>(),
        })
    }
}
