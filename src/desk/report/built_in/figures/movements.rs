//! How monthly recurring revenue moved, and accounts between plans.

use std::collections::BTreeMap;

use super::super::frames::{Frame, MONTH};
use super::super::model::{Cell, Picture, Section, columns, in_order};
use super::source::Source;
use crate::base::calendar::{Instant, Month};
use crate::base::error::Result;
use crate::tables::Table;

/// Between the opening and the closing, as the section's columns have them.
const STEPS: [&str; 6] = ["new", "expansion", "contraction", "churn", "return", "price"];

/// Places among them.
const NEW: usize = 0;
const EXPANSION: usize = 1;
const CONTRACTION: usize = 2;
const CHURN: usize = 3;
const RETURN: usize = 4;
const PRICE: usize = 5;

/// A month's movements.
#[derive(Debug, Clone, Copy, Default)]
struct Movements {
    opening: i128,
    steps: [i128; STEPS.len()],
    closing: i128,
}

pub(super) fn section(source: &Source) -> Result<Section> {
    let months = of_months(source)?;
    let row = |month: Month| {
        let Movements { opening, steps, closing } = months.get(&month).copied().unwrap_or_default();
        let figures = std::iter::once(opening).chain(steps).chain([closing]).map(Cell::Number);
        std::iter::once(Cell::Month(month)).chain(figures).collect()
    };
    Ok(Section {
        id: "movements",
        title: "Movements of recurring revenue",
        question: "How did monthly recurring revenue move?",
        columns: columns![
            month: Month, opening: Money, new: Money, expansion: Money, contraction: Money,
            churn: Money, return: Money, price: Money, closing: Money,
        ],
        rows: source.months().map(row).collect(),
        picture: Picture::Waterfall { from: "opening", steps: &STEPS, to: "closing" },
    })
}

fn of_months(source: &Source) -> Result<BTreeMap<Month, Movements>> {
    let columns = "account_id first_paid_at";
    let first_paid = Frame::read(&source.span.revisions, Table::State, columns)?;
    let on = [MONTH, "account_id"];
    let accounts = source.moved.beside(&first_paid, &on)?;
    let mut months: BTreeMap<Month, Movements> = BTreeMap::new();
    let (was, now) = (accounts.numbers("amount_right")?, accounts.numbers("amount")?);
    let plans = accounts.texts("plan")?.zip(accounts.numbers("first_paid_at")?);
    for (((month, plans), was), now) in accounts.texts(MONTH)?.zip(plans).zip(was).zip(now) {
        let Some(month) = month.and_then(|month| source.shown(month)) else { continue };
        let (plan, first_paid) = plans;
        let (was, now) = (was.unwrap_or_default(), now.unwrap_or_default());
        let movements = months.entry(month).or_default();
        movements.opening += was;
        movements.closing += now;
        if was > 0 && now > 0 {
            let price_before = plan.and_then(|plan| source.plan_before(month, plan));
            let before = price_before.map_or(now, |plan| plan.price.into());
            movements.steps[EXPANSION] += (before - was).max(0);
            movements.steps[CONTRACTION] += (before - was).min(0);
            movements.steps[PRICE] += now - before;
        } else if now > 0 {
            let is_new = first_paid.is_some_and(|micros| lies_in(micros, month));
            movements.steps[if is_new { NEW } else { RETURN }] += now;
        } else {
            movements.steps[CHURN] -= was;
        }
    }
    Ok(months)
}

fn lies_in(micros: i128, month: Month) -> bool {
    let instant = i64::try_from(micros).ok().and_then(Instant::from_micros);
    instant.is_some_and(|instant| month.contains(instant))
}

/// Accounts by plan.
pub(super) fn plans(source: &Source) -> Result<Section> {
    let groups = source.moved.sums(&[MONTH, "plan_right", "plan"], &["amount_right", "amount"])?;
    let mut rows = Vec::new();
    for (key, sums) in groups {
        let [month, from, to] = &key[..] else { continue };
        let Some(month) = source.shown(month) else { continue };
        // All accounts of a group pay the same.
        let [before, now] = [sums.of[0] / sums.rows, sums.of[1] / sums.rows];
        let order = (month, before, from.clone(), to.is_empty(), now, to.clone());
        let row = vec![month.into(), from.clone().into(), to.clone().into(), sums.rows.into()];
        rows.push((order, row));
    }
    Ok(Section {
        id: "plans",
        title: "Accounts by plan",
        question: "How many accounts are on each plan, and how did they move?",
        columns: columns![month: Month, from_plan: Text, to_plan: Text, accounts: Integer],
        rows: in_order(rows),
        picture: Picture::Stacked { by: "to_plan", of: "accounts" },
    })
}
