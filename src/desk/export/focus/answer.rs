//! What an export is said to hold.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::book::Export;
use super::columns::FOCUS_VERSION;
use super::request::Request;
use super::row::{COST_DECIMALS, Row};
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::{
    counted, decimal_with_thousands, plain_decimal, short_with_thousands, with_thousands,
};
use crate::base::money::{Amount, Currency};
use crate::base::text_table::TextTable;
use crate::tables::Output;

/// Rows of one category, class and currency.
#[derive(Debug, Serialize)]
struct Group {
    charge_category: &'static str,
    charge_class: Option<&'static str>,
    currency: Currency,
    rows: u64,
    billed_cost: Amount,
    effective_cost: Amount,
    list_cost: Exact<COST_DECIMALS>,
    contracted_cost: Exact<COST_DECIMALS>,
    consumed_credits: Exact<6>,
}

/// A sum in units of the last of so many decimals; JSON has it in plain digits.
#[derive(Debug, Clone, Copy)]
struct Exact<const DECIMALS: u32>(i128);

impl<const DECIMALS: u32> Serialize for Exact<DECIMALS> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&plain_decimal(self.0, DECIMALS))
    }
}

/// The answer for people and for machines.
pub(super) fn answer(request: &Request, export: &Export, outputs: &[Output]) -> Answer {
    let groups = groups(&export.rows);
    let result = result(request, export, &groups, outputs);
    Answer::new(text(request, export, &groups), &result, 0)
}

fn groups(rows: &[Row]) -> Vec<Group> {
    let mut groups = BTreeMap::new();
    for row in rows {
        let (category, class) = (row.charge.category(), row.basis.class());
        let currency = row.basis.currency();
        let nothing = Amount { minor: 0, currency };
        let group = groups.entry((class, category, currency.code())).or_insert(Group {
            charge_category: category,
            charge_class: class,
            currency,
            rows: 0,
            billed_cost: nothing,
            effective_cost: nothing,
            list_cost: Exact(0),
            contracted_cost: Exact(0),
            consumed_credits: Exact(0),
        });
        group.rows += 1;
        group.billed_cost.minor += row.billed;
        group.effective_cost.minor += row.effective;
        group.list_cost.0 += row.list_cost();
        group.contracted_cost.0 += row.contracted_cost();
        group.consumed_credits.0 += row.consumed().unwrap_or(0);
    }
    groups.into_values().collect()
}

/// An exact cost without the zeros at its end, but with the currency's decimals.
fn cost(Exact(value): Exact<COST_DECIMALS>, currency: Currency) -> String {
    let text = decimal_with_thousands(value, COST_DECIMALS);
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
    if !export.published {
        table.entry("month", "not published: only corrections of earlier months".to_owned());
    }
    table.entry("documents", with_thousands(export.documents));
    for group in groups {
        let class = group.charge_class.map_or(String::new(), |class| format!(", {class}"));
        let rows = with_thousands(group.rows);
        let costs = format!(
            "billed {}, effective {}, list {}, contracted {} {}",
            group.billed_cost,
            group.effective_cost,
            cost(group.list_cost, group.currency),
            cost(group.contracted_cost, group.currency),
            group.currency.code()
        );
        table.entry("rows", format!("{rows} {}{class}: {costs}", group.charge_category));
    }
    let used = groups.iter().map(|group| group.consumed_credits.0).sum();
    table.entry("credits", format!("{} used", short_with_thousands(used, 6)));
    for (other, documents) in &export.elsewhere {
        let documents = counted(*documents, "document");
        table.entry("later", format!("{month} is corrected by {documents} in {other}'s export"));
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
    totals: &'a [Group],
    corrections_elsewhere: &'a BTreeMap<Month, u64>,
    files: &'a [Output],
}

fn result(request: &Request, export: &Export, groups: &[Group], outputs: &[Output]) -> Value {
    json!(AnswerJson {
        month: request.month,
        focus_version: FOCUS_VERSION,
        published: export.published,
        folder: request.out.display().to_string(),
        rows: export.rows.len(),
        documents: export.documents,
        totals: groups,
        corrections_elsewhere: &export.elsewhere,
        files: outputs,
    })
}
