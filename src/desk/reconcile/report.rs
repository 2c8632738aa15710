//! What a reconciliation came to: all that is said of it, and JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::breaks::Code;
use super::items::{MatchInput, Matched};
use super::payments::Export;
use super::totals::{Sum, Totals};
use crate::base::calendar::Month;

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
    month: String,
    revision: &'a str,
    currency: &'static str,
    tolerance: String,
    files: &'a [String],
    rows: u64,
    duplicate_rows: u64,
    documents: DocumentsJson,
    payments: PaymentsJson<'a>,
    breaks: BTreeMap<Code, BreaksJson>,
    all_breaks: u64,
    difference: String,
    tolerated: SumJson,
    folder: Option<&'a str>,
    tables: Map<String, Value>,
}

#[derive(Serialize)]
struct DocumentsJson {
    all: SumJson,
    matched: SumJson,
    in_breaks: SumJson,
}

#[derive(Serialize)]
struct PaymentsJson<'a> {
    all: SumJson,
    matched: SumJson,
    in_breaks: SumJson,
    other_months: BTreeMap<String, SumJson>,
    set_aside: BTreeMap<&'a str, SumJson>,
    other_currencies: BTreeMap<&'static str, SumJson>,
}

#[derive(Serialize)]
struct SumJson {
    count: u64,
    amount: String,
}

#[derive(Serialize)]
struct BreaksJson {
    count: u64,
    difference: String,
}

impl Report<'_> {
    /// 0 where all agrees, 4 where there are breaks.
    pub fn exit_code(&self) -> u8 {
        if self.totals.breaks.is_empty() { 0 } else { 4 }
    }

    /// The result as one JSON object.
    pub fn to_json(&self) -> Value {
        let Report { input, export, totals, .. } = *self;
        let sum = |Sum { count, amount }: Sum| SumJson { count, amount: input.plain(amount) };
        let breaks = |code| {
            let Sum { count, amount } = totals.breaks.get(&code).copied().unwrap_or_default();
            (code, BreaksJson { count, difference: input.plain(amount) })
        };
        let months = totals.other_months.iter().map(|(month, of)| (month.to_string(), sum(*of)));
        let kinds = totals.set_aside.iter().map(|(kind, of)| (kind.as_str(), sum(*of)));
        let currencies = totals.other_currencies.iter().map(|(code, (count, amount))| {
            (*code, SumJson { count: *count, amount: amount.clone() })
        });
        let tables = self.tables.iter().flat_map(|written| &written.rows);
        let all_breaks = totals.all_breaks().count;
        json!(ReportJson {
            status: if all_breaks == 0 { "agrees" } else { "breaks" },
            exit_code: self.exit_code(),
            month: self.month.to_string(),
            revision: self.revision,
            currency: input.currency.code(),
            tolerance: input.plain(input.tolerance),
            files: &export.files,
            rows: export.rows,
            duplicate_rows: export.duplicate_rows,
            documents: DocumentsJson {
                all: sum(totals.documents()),
                matched: sum(totals.documents_matched),
                in_breaks: sum(totals.documents_broken),
            },
            payments: PaymentsJson {
                all: sum(totals.payments()),
                matched: sum(totals.payments_matched),
                in_breaks: sum(totals.payments_broken),
                other_months: months.collect(),
                set_aside: kinds.collect(),
                other_currencies: currencies.collect(),
            },
            breaks: Code::ALL.map(breaks).into(),
            all_breaks,
            difference: input.plain(totals.of_month().amount - totals.documents().amount),
            tolerated: sum(totals.tolerated),
            folder: self.tables.map(|written| written.folder.as_str()),
            tables: tables.map(|(name, rows)| (name.clone(), json!(rows))).collect(),
        })
    }
}
