//! Lines of late invoices and of notes.

use std::collections::BTreeMap;

use super::issue::Terms;
use crate::base::credits::{Credits, MICROS};
use crate::base::digits::plain_decimal;
use crate::base::error::Result;
use crate::base::money::{Money, RATE_SCALE, Rate};
use crate::billing::rules::Line;
use crate::catalog::Catalog;
use crate::tables::{LineRow, LineType, decimal};

/// A line of an outcome as a row; its document and number come later.
pub(super) fn invoice_line(line: &Line, account: &str, terms: &Terms<'_>) -> Result<LineRow> {
    let Terms { catalog, month, .. } = *terms;
    let plan = |rank| catalog.plan(rank).id.clone();
    Ok(LineRow {
        document_id: String::new(),
        line_number: 0,
        account_id: account.into(),
        line_type: line.line_type.into(),
        plan: plan(line.plan),
        from_plan: line.from_plan.map(plan),
        charged_on: line.charged_on,
        service_start: line.service_start,
        service_end: line.service_end,
        quantity: line.quantity,
        unit_price: decimal("unit_price", line.unit_price, Rate::of_table)?,
        proration: line.proration.map(|fraction| fraction.to_string()),
        amount: line.amount,
        explanation: line.explanation(catalog, month),
    })
}

/// What is charged, in the order in which lines stand: type, plan, and the rate of overage, so
/// that a line's credits are all of one rate. Fees have none.
type Item = (LineType, String, i128);

/// What lines of one item come to.
#[derive(Debug, Default)]
struct Sum<'a> {
    amount: i128,
    quantity: i128,
    lines: Vec<&'a LineRow>,
}

fn items(lines: &[LineRow]) -> BTreeMap<Item, Sum<'_>> {
    let mut items: BTreeMap<Item, Sum<'_>> = BTreeMap::new();
    for line in lines {
        let Some(line_type) = line.line_type.known() else { continue };
        let rate = if line_type == LineType::Overage { line.unit_price.scaled() } else { 0 };
        let sum = items.entry((line_type, line.plan.clone(), rate)).or_default();
        sum.amount += i128::from(line.amount);
        sum.quantity += i128::from(line.quantity);
        sum.lines.push(line);
    }
    items
}

/// One line for each type, plan and rate whose amount differs between the earlier documents and the
/// month as it comes out now.
pub(super) fn note_lines(
    before: &[LineRow],
    now: &[LineRow],
    terms: &Terms<'_>,
) -> Result<Vec<LineRow>> {
    let (mut before, mut now) = (items(before), items(now));
    let mut all: Vec<Item> = before.keys().chain(now.keys()).cloned().collect();
    all.sort();
    all.dedup();
    let both = all.into_iter().map(|item| {
        let (was, is) = (before.remove(&item), now.remove(&item));
        (item, was.unwrap_or_default(), is.unwrap_or_default())
    });
    both.filter(|(_, was, is)| was.amount != is.amount)
        .filter_map(|(item, was, is)| note_line(&item, &was, &is, terms).transpose())
        .collect()
}

fn note_line(
    item: &Item,
    was: &Sum<'_>,
    is: &Sum<'_>,
    terms: &Terms<'_>,
) -> Result<Option<LineRow>> {
    let lines = || was.lines.iter().chain(&is.lines);
    let service = lines().map(|line| line.service_start).min();
    let service = service.zip(lines().map(|line| line.service_end).max());
    let like = is.lines.first().or(was.lines.first());
    let Some((like, (service_start, service_end))) = like.zip(service) else {
        return Ok(None);
    };
    let amount = is.amount - was.amount;
    let (line_type, plan, _) = item;
    let (quantity, unit_price) = price(item, was, is, terms.catalog);
    Ok(Some(LineRow {
        document_id: String::new(),
        line_number: 0,
        account_id: like.account_id.clone(),
        line_type: (*line_type).into(),
        plan: plan.clone(),
        from_plan: None,
        charged_on: terms.notes_on,
        service_start,
        service_end,
        quantity: decimal("quantity", quantity, Credits::of_table)?,
        unit_price: decimal("unit_price", unit_price, Rate::of_table)?,
        proration: None,
        amount: decimal("amount", amount, Money::of_table)?,
        explanation: explanation(item, was, is, terms),
    }))
}

/// Quantity and unit price: for overage the credits more or less, at their rate; else one charge
/// more or less.
fn price(
    (line_type, _, rate): &Item,
    was: &Sum<'_>,
    is: &Sum<'_>,
    catalog: &Catalog,
) -> (i128, i128) {
    let amount = is.amount - was.amount;
    match line_type {
        LineType::Overage => (is.quantity - was.quantity, *rate),
        _ => (
            i128::from(MICROS) * amount.signum(),
            amount.abs() * 10_i128.pow(RATE_SCALE) / catalog.currency.minor_units(),
        ),
    }
}

/// A sentence such as "Kiro Pro, overage for May 2025 at 0.04 a credit: 40.66 instead of 46.66,
/// 6.00 less (O4)".
fn explanation(
    (line_type, plan, rate): &Item,
    was: &Sum<'_>,
    is: &Sum<'_>,
    terms: &Terms<'_>,
) -> String {
    let catalog = terms.catalog;
    let name = catalog.rank(plan).map_or(plan.as_str(), |rank| catalog.plan(rank).name.as_str());
    let plain = |amount: i128| plain_decimal(amount, u32::from(catalog.currency.decimals()));
    let (delta, way) = match is.amount - was.amount {
        delta if delta < 0 => (-delta, "less"),
        delta => (delta, "more"),
    };
    let rate = Rate::from_scaled(*rate).filter(|_| *line_type == LineType::Overage);
    format!(
        "{name}, {} for {}{}: {} instead of {}, {} {way} ({})",
        line_type.in_words(),
        terms.month.in_words(),
        rate.map(|rate| format!(" at {rate} a credit")).unwrap_or_default(),
        plain(is.amount),
        plain(was.amount),
        plain(delta),
        rule(*line_type, is.lines.last().or(was.lines.first()))
    )
}

/// The number of the rule that the line follows. A note's line is known by what it says: it has
/// no proration.
fn rule(line_type: LineType, line: Option<&&LineRow>) -> &'static str {
    let prorated = |line: &&LineRow| line.explanation.ends_with("(F3)");
    match line_type {
        LineType::Subscription => "F1",
        LineType::FirstUpgrade => "F2",
        LineType::Upgrade if line.is_some_and(prorated) => "F3",
        LineType::Upgrade => "F4",
        LineType::Overage => "O4",
    }
}
