//! Lines of late invoices and of notes.

use std::collections::BTreeMap;

use super::basis::IssueContext;
use crate::base::calendar::Instant;
use crate::base::credits::{Credits, MICROS};
use crate::base::digits::plain_decimal;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::{Money, RATE_SCALE, Rate};
use crate::billing::rules::Line;
use crate::tables::{LinePart, LineRow, LineType, decimal};

/// A line of an account's month as a row; its document and number come later.
pub(super) fn invoice_line(
    line: &Line,
    account: &AccountId,
    context: &IssueContext<'_>,
) -> Result<LineRow> {
    let IssueContext { catalog, month, .. } = *context;
    let plan = |rank| catalog.plan(rank).id.clone();
    Ok(LineRow {
        document_id: String::new(),
        line_number: 0,
        account_id: account.clone(),
        line_type: line.line_type().into(),
        plan: plan(line.plan),
        from_plan: line.from_plan().map(plan),
        charged_on: line.charged_on,
        service_start: line.service_start,
        service_end: line.service_end,
        quantity: line.quantity,
        grant: line.grant().map(|kind| catalog.grant_kind(kind).id.clone()),
        adjustment_id: line.adjustment_id().map(str::to_owned),
        unit_price: decimal("unit_price", line.unit_price, Rate::of_table)?,
        proration: line.proration().map(|fraction| fraction.to_string()),
        amount: line.amount,
        explanation: line.explanation(catalog, month),
    })
}

/// What is charged, in the order in which lines stand. A line's credits are all of one rate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ChargedItem {
    line_type: LineType,
    /// The plan; grants and adjustments are what they are whatever the plan.
    plan: Option<String>,
    /// The kind of a grant.
    grant: Option<String>,
    /// An adjustment's id (A4).
    adjustment_id: Option<String>,
    /// The price of a credit of overage or a grant; fees and adjustments have none.
    rate: Option<Rate>,
}

impl ChargedItem {
    fn of(line: &LineRow) -> Result<Self> {
        let line_type = line.line_type.known().ok_or_else(|| {
            Error::new(Code::REVISION_DAMAGED, "an earlier document has a line of an unknown type")
                .with_value(line.line_type.name())
                .hint("a newer version of the program may have issued it; use that one")
        })?;
        let (of_plan, of_credits) = match line_type.part() {
            LinePart::Subscription => (true, false),
            LinePart::Grants => (false, true),
            LinePart::Adjustments => (false, false),
            LinePart::Overage => (true, true),
        };
        Ok(ChargedItem {
            line_type,
            plan: of_plan.then(|| line.plan.clone()),
            grant: line.grant.clone(),
            adjustment_id: line.adjustment_id.clone(),
            rate: of_credits.then_some(line.unit_price),
        })
    }
}

/// What lines of one item come to.
#[derive(Debug, Default)]
struct ItemSum {
    amount: i128,
    quantity: i128,
}

impl ItemSum {
    fn add(&mut self, line: &LineRow) {
        self.amount += i128::from(line.amount);
        self.quantity += i128::from(line.quantity);
    }
}

/// An item in the earlier documents, and in the month as it comes out now.
struct ItemChange<'a> {
    was: ItemSum,
    is: ItemSum,
    service_start: Instant,
    service_end: Instant,
    /// The last line of those that there are now, or else the first of the earlier ones.
    example: &'a LineRow,
}

impl<'a> ItemChange<'a> {
    /// An item of a first line, which is not added yet.
    fn new(line: &'a LineRow) -> Self {
        let (was, is) = (ItemSum::default(), ItemSum::default());
        let LineRow { service_start, service_end, .. } = *line;
        ItemChange { was, is, service_start, service_end, example: line }
    }

    fn extend_service(&mut self, line: &LineRow) {
        self.service_start = self.service_start.min(line.service_start);
        self.service_end = self.service_end.max(line.service_end);
    }
}

/// One line for each type, plan and rate, kind of grant, and adjustment (A4) whose amount differs
/// between the earlier documents and the month as it comes out now.
pub(super) fn note_lines(
    earlier: &[LineRow],
    now: &[LineRow],
    context: &IssueContext<'_>,
) -> Result<Vec<LineRow>> {
    let mut items: BTreeMap<ChargedItem, ItemChange<'_>> = BTreeMap::new();
    for line in earlier {
        let item = items.entry(ChargedItem::of(line)?).or_insert_with(|| ItemChange::new(line));
        item.was.add(line);
        item.extend_service(line);
    }
    for line in now {
        let item = items.entry(ChargedItem::of(line)?).or_insert_with(|| ItemChange::new(line));
        item.is.add(line);
        item.extend_service(line);
        item.example = line;
    }
    let changed = items.iter().filter(|(_, change)| change.was.amount != change.is.amount);
    changed.map(|(item, change)| note_line(item, change, context)).collect()
}

fn note_line(
    item: &ChargedItem,
    change: &ItemChange<'_>,
    context: &IssueContext<'_>,
) -> Result<LineRow> {
    let amount = change.is.amount - change.was.amount;
    // For overage and grants the credits more or less, at their rate; else one charge more or less.
    let (quantity, unit_price) = match item.rate {
        Some(rate) => (change.is.quantity - change.was.quantity, rate.scaled()),
        None => {
            let in_units = amount.abs() * 10_i128.pow(RATE_SCALE);
            let currency = context.catalog.currency;
            (i128::from(MICROS) * amount.signum(), in_units / currency.minor_units())
        }
    };
    Ok(LineRow {
        from_plan: None,
        charged_on: context.notes_on,
        service_start: change.service_start,
        service_end: change.service_end,
        quantity: decimal("quantity", quantity, Credits::of_table)?,
        unit_price: decimal("unit_price", unit_price, Rate::of_table)?,
        proration: None,
        amount: decimal("amount", amount, Money::of_table)?,
        explanation: explanation(item, change, context),
        ..change.example.clone()
    })
}

/// A sentence such as "Kiro Pro, overage for May 2025 at 0.04 a credit: 40.66 instead of 46.66,
/// 6.00 less (O4)".
fn explanation(item: &ChargedItem, change: &ItemChange<'_>, context: &IssueContext<'_>) -> String {
    let catalog = context.catalog;
    let LineRow { plan, explanation, .. } = change.example;
    let (was, is) = (change.was.amount, change.is.amount);
    let name = match (&item.grant, &item.adjustment_id) {
        (_, Some(_)) if was == 0 => return explanation.clone(), // A1: its description
        (_, Some(id)) => id,
        (Some(grant), None) => {
            catalog.grant_place(grant).map_or(grant.as_str(), |at| &catalog.grant_kind(at).name)
        }
        (None, None) => catalog.rank(plan).map_or(plan, |rank| &catalog.plan(rank).name),
    };
    let plain = |amount: i128| plain_decimal(amount, u32::from(catalog.currency.decimals()));
    format!(
        "{name}, {} for {}{}: {} instead of {}, {} {} ({})",
        item.line_type.in_words(),
        context.month.in_words(),
        item.rate.map(|rate| format!(" at {rate} a credit")).unwrap_or_default(),
        plain(is),
        plain(was),
        plain((is - was).abs()),
        if is < was { "less" } else { "more" },
        rule(item.line_type, change.example)
    )
}

/// The number of the rule that a line follows. A note's line is known by what it says: it has
/// no proration.
fn rule(line_type: LineType, line: &LineRow) -> &'static str {
    match line_type {
        LineType::Subscription => "F1",
        LineType::FirstUpgrade => "F2",
        LineType::Upgrade if line.explanation.ends_with("(F3)") => "F3",
        LineType::Upgrade => "F4",
        LineType::Grant => "G4",
        LineType::Adjustment => "A1",
        LineType::Overage => "O4",
    }
}
