//! What a reconciliation came to: all that is said of it, and JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::totals::{DocumentTotals, PaymentTotals, Sum, Totals};
use crate::base::calendar::{Month, MonthRange};
use crate::base::money::{Amount, Currency};
use crate::desk::payments::{Age, Ageing, BreakCode, MatchInput, PayoutOutcome, Reconciled};
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

#[derive(Serialize)]
struct ReportJson<'a> {
    status: &'static str,
    exit_code: u8,
    month: Month,
    revision: &'a str,
    months: Vec<MonthJson<'a>>,
    as_of: String,
    currency: Currency,
    tolerance: Amount,
    files: &'a [String],
    passed_over: &'a [PassedOver],
    rows: u64,
    duplicate_rows: u64,
    documents: &'a DocumentTotals,
    payments: &'a PaymentTotals,
    breaks: BTreeMap<BreakCode, BreaksJson>,
    all_breaks: u64,
    difference: Amount,
    tolerated: Sum,
    ageing: AgeingJson,
    payouts: BTreeMap<PayoutOutcome, Sum>,
    folder: Option<&'a str>,
    tables: Map<String, Value>,
}

/// A month whose documents were matched.
#[derive(Serialize)]
struct MonthJson<'a> {
    month: Month,
    revision: &'a str,
}

/// What is open.
#[derive(Serialize)]
struct AgeingJson {
    by_age: BTreeMap<Age, Sum>,
    documents: Amount,
    unapplied: Amount,
    balance: Amount,
}

/// The breaks of a code.
#[derive(Serialize)]
struct BreaksJson {
    count: u64,
    difference: Amount,
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
        let breaks = |code| {
            let Sum { count, amount } = totals.breaks.get(&code).copied().unwrap_or(nothing);
            (code, BreaksJson { count, difference: amount })
        };
        let payouts = |outcome| (outcome, totals.payouts.get(&outcome).copied().unwrap_or(nothing));
        let months = reconciled.revisions.iter();
        let months: Vec<MonthJson<'_>> = months
            .map(|revision| MonthJson { month: revision.manifest.month, revision: &revision.name })
            .collect();
        let tables = self.tables.iter().flat_map(|written| &written.rows);
        json!(ReportJson {
            status: if self.agrees() { "agrees" } else { "breaks" },
            exit_code: self.exit_code(),
            month: self.months.last(),
            revision: months.last().map(|month| month.revision).unwrap_or_default(),
            months,
            as_of: input.as_of.to_string(),
            currency: input.currency,
            tolerance: input.amount(input.tolerance),
            files: &export.files,
            passed_over: &export.passed_over,
            rows: export.rows,
            duplicate_rows: export.duplicate_rows,
            documents: &totals.documents,
            payments: &totals.payments,
            breaks: BreakCode::ALL.map(breaks).into(),
            all_breaks: totals.all_breaks.count,
            difference: totals.difference(),
            tolerated: totals.tolerated,
            ageing: ageing_json(&reconciled.ageing, input),
            payouts: PayoutOutcome::ALL.map(payouts).into(),
            folder: self.tables.map(|written| written.folder.as_str()),
            tables: tables.map(|(name, rows)| (name.clone(), json!(rows))).collect(),
        })
    }
}

fn ageing_json(ageing: &Ageing, input: &MatchInput) -> AgeingJson {
    AgeingJson {
        by_age: Age::ALL.map(|age| (age, Sum::open(ageing, age, input))).into(),
        documents: input.amount(ageing.all.documents()),
        unapplied: input.amount(ageing.all.unapplied),
        balance: input.amount(ageing.all.balance()),
    }
}
