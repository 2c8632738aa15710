//! What an export is said to hold.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::book::Export;
use super::columns::FOCUS_VERSION;
use super::request::Request;
use super::row::{COST_DECIMALS, Row};
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::{plain_decimal, with_thousands};
use crate::base::money::Currency;
use crate::base::text_table::TextTable;
use crate::tables::Output;

/// Rows of one category, class and currency.
#[derive(Debug)]
struct Group {
    category: &'static str,
    correction: bool,
    currency: Currency,
    rows: u64,
    billed: i128,
    effective: i128,
    list: i128,
    contracted: i128,
    consumed: i128,
}

/// The answer for people and for machines.
pub(super) fn answer(request: &Request, export: &Export, outputs: &[Output]) -> Answer {
    let groups = groups(&export.rows);
    Answer {
        text: text(request, export, &groups),
        result: result(request, export, &groups, outputs),
        exit_code: 0,
    }
}

fn groups(rows: &[Row]) -> Vec<Group> {
    let mut groups = BTreeMap::new();
    for row in rows {
        let (category, correction) = (row.charge.category(), row.basis.correction);
        let currency = row.basis.currency();
        let group = groups.entry((correction, category, currency.code())).or_insert(Group {
            category,
            correction,
            currency,
            rows: 0,
            billed: 0,
            effective: 0,
            list: 0,
            contracted: 0,
            consumed: 0,
        });
        group.rows += 1;
        group.billed += row.billed;
        group.effective += row.effective;
        group.list += row.list_cost();
        group.contracted += row.contracted_cost();
        group.consumed += row.consumed().unwrap_or(0);
    }
    groups.into_values().collect()
}

impl Group {
    fn money(&self, minor: i128) -> String {
        plain_decimal(minor, u32::from(self.currency.decimals()))
    }
}

/// An exact cost without the zeros at its end, but with the currency's decimals.
fn cost(value: i128, currency: Currency) -> String {
    let text = plain_decimal(value, COST_DECIMALS);
    let least = text.len() - (COST_DECIMALS as usize - usize::from(currency.decimals()));
    let (keep, rest) = text.split_at(least);
    format!("{keep}{}", rest.trim_end_matches('0')).trim_end_matches('.').to_owned()
}

fn text(request: &Request, export: &Export, groups: &[Group]) -> String {
    let month = request.month;
    let mut text = format!("{month} as FOCUS {FOCUS_VERSION}: {}/focus.parquet, focus.csv\n", {
        request.out.display()
    });
    let mut table = TextTable::labelled(11);
    let mut line = |label: &str, value: String| table.entry(label, value);
    if !export.published {
        line("month", "not published: only corrections of earlier months".to_owned());
    }
    line("documents", with_thousands(export.documents));
    for group in groups {
        let class = if group.correction { ", Correction" } else { "" };
        let rows = with_thousands(group.rows);
        let costs = format!(
            "billed {}, effective {}, list {}, contracted {} {}",
            group.money(group.billed),
            group.money(group.effective),
            cost(group.list, group.currency),
            cost(group.contracted, group.currency),
            group.currency.code()
        );
        line("rows", format!("{rows} {}{class}: {costs}", group.category));
    }
    let used = groups.iter().map(|group| group.consumed).sum();
    line("credits", format!("{} used", plain_decimal(used, 6)));
    for (other, documents) in &export.elsewhere {
        let documents = with_thousands(*documents);
        line(
            "later",
            format!("{documents} documents that correct {month} are in {other}'s export"),
        );
    }
    text.push_str(&table.text("  "));
    text
}

#[derive(Serialize)]
struct AnswerJson<'a> {
    month: Month,
    focus_version: &'static str,
    published: bool,
    folder: String,
    rows: usize,
    documents: u64,
    totals: Vec<GroupJson>,
    corrections_elsewhere: &'a BTreeMap<Month, u64>,
    files: &'a [Output],
}

#[derive(Serialize)]
struct GroupJson {
    charge_category: &'static str,
    charge_class: Option<&'static str>,
    currency: &'static str,
    rows: u64,
    billed_cost: String,
    effective_cost: String,
    list_cost: String,
    contracted_cost: String,
    consumed_credits: String,
}

fn result(request: &Request, export: &Export, groups: &[Group], outputs: &[Output]) -> Value {
    let totals = groups.iter().map(|group| GroupJson {
        charge_category: group.category,
        charge_class: group.correction.then_some("Correction"),
        currency: group.currency.code(),
        rows: group.rows,
        billed_cost: group.money(group.billed),
        effective_cost: group.money(group.effective),
        list_cost: plain_decimal(group.list, COST_DECIMALS),
        contracted_cost: plain_decimal(group.contracted, COST_DECIMALS),
        consumed_credits: plain_decimal(group.consumed, 6),
    });
    json!(AnswerJson {
        month: request.month,
        focus_version: FOCUS_VERSION,
        published: export.published,
        folder: request.out.display().to_string(),
        rows: export.rows.len(),
        documents: export.documents,
        totals: totals.collect(),
        corrections_elsewhere: &export.elsewhere,
        files: outputs,
    })
}
