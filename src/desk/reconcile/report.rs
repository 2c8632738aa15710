//! What a reconciliation came to: all that is said of it, and JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::breaks::BreakCode;
use super::items::{MatchInput, Matched};
use super::payments::Export;
use super::totals::{DocumentTotals, PaymentTotals, Sum, Totals};
use crate::base::calendar::Month;
use crate::base::money::{Amount, Currency};
use crate::input::logs::PassedOver;

/// What was reconciled, and what it came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report<'a> {
    pub month: Month,
    /// The revision in force.
    pub revision: &'a str,
    pub export: &'a Export,
    pub input: &'a MatchInput<'a>,
    pub matched: &'a Matched,
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
    folder: Option<&'a str>,
    tables: Map<String, Value>,
}

/// The breaks of a code.
#[derive(Serialize)]
struct BreaksJson {
    count: u64,
    difference: Amount,
}

impl Report<'_> {
    /// 0 where all agrees, 4 where there are breaks, 3 where there are none but something was not
    /// read.
    pub fn exit_code(&self) -> u8 {
        match (self.totals.breaks.is_empty(), self.export.passed_over.is_empty()) {
            (true, true) => 0,
            (true, false) => 3,
            (false, _) => 4,
        }
    }

    /// How many breaks there are of each code, and files that were not read.
    pub fn findings(&self) -> Vec<(&'static str, u64)> {
        let breaks = &self.totals.breaks;
        let count = |code: BreakCode| (code.name(), breaks.get(&code).map_or(0, |sum| sum.count));
        let mut findings = BreakCode::ALL.map(count).to_vec();
        findings.push((PassedOver::KIND, self.export.passed_over.len() as u64));
        findings
    }

    /// The result as one JSON object.
    pub fn to_json(self) -> Value {
        let Report { input, export, totals, .. } = self;
        let breaks = |code| {
            let sum = totals.breaks.get(&code);
            let (count, difference) =
                sum.map_or((0, input.amount(0)), |sum| (sum.count, sum.amount));
            (code, BreaksJson { count, difference })
        };
        let tables = self.tables.iter().flat_map(|written| &written.rows);
        json!(ReportJson {
            status: if totals.breaks.is_empty() { "agrees" } else { "breaks" },
            exit_code: self.exit_code(),
            month: self.month,
            revision: self.revision,
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
            folder: self.tables.map(|written| written.folder.as_str()),
            tables: tables.map(|(name, rows)| (name.clone(), json!(rows))).collect(),
        })
    }
}
