//! Which usage was charged nothing, why, and what it would have cost; and what someone should look at: rows that could
//! not be billed or read.

use std::collections::BTreeMap;

use super::super::frames::{Frame, MONTH};
use super::super::model::{Cell, Picture, Section, columns};
use super::source::Source;
use crate::base::calendar::Month;
use crate::base::credits::MICROS;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::money::{RATE_SCALE, Rounding};
use crate::tables::Table;

/// What is charged nothing for a reason.
#[derive(Debug, Default)]
struct Unbilled {
    accounts: i128,
    credits: i128,
    cost: i128,
    without_rate: i128,
}

/// The section, of the exceptions of all months.
pub(super) fn leakage(source: &Source, exceptions: &Frame) -> Result<Section> {
    let is_unbilled =
        exceptions.texts("kind")?.map(|kind| kind == Some(ExceptionKind::UnbilledUsage.name()));
    let plans = source.statements.only(&[MONTH, "account_id", "billed_plan"])?;
    let unbilled = exceptions.kept(is_unbilled)?.with_those_of(&plans, &[MONTH, "account_id"])?;
    let (unit, parts) =
        (source.newest()?.currency.minor_units(), i128::from(MICROS) * 10_i128.pow(RATE_SCALE));
    let mut groups: BTreeMap<(Month, String), Unbilled> = BTreeMap::new();
    let texts =
        unbilled.texts(MONTH)?.zip(unbilled.texts("detail")?).zip(unbilled.texts("billed_plan")?);
    for (((month, reason), plan), credits) in texts.zip(unbilled.numbers("credits")?) {
        let Some(shown) = month.and_then(|month| source.shown(month)) else { continue };
        let plan = month.zip(plan).and_then(|(month, plan)| source.plan(month, plan));
        let credits = credits.unwrap_or_default();
        let group = groups.entry((shown, reason.unwrap_or_default().to_owned())).or_default();
        group.accounts += 1;
        group.credits += credits;
        match plan.and_then(|plan| plan.overage_rate) {
            Some(rate) => {
                group.cost += Rounding::HalfUp.divide(credits * rate.scaled() * unit, parts)
            }
            None => group.without_rate += credits,
        }
    }
    let rows = groups.into_iter().map(|((month, reason), of)| {
        let figures = [of.accounts, of.credits, of.cost, of.without_rate].map(Cell::Number);
        [Cell::Month(month), reason.into()].into_iter().chain(figures).collect()
    });
    Ok(Section {
        id: "leakage",
        title: "Usage that was charged nothing",
        question: "Which usage was charged nothing, why, and what would it have cost?",
        columns: columns![
            month: Month, reason: Text, accounts: Integer, unbilled_credits: Credits,
            would_have_cost: Money, without_rate: Credits,
        ],
        rows: rows.collect(),
        picture: Picture::Stacked { by: "reason", of: "unbilled_credits" },
    })
}

/// What rows are called that cannot be read.
const REJECTS: &str = "rejects";

/// What to look at, of the exceptions of all months.
pub(super) fn findings(source: &Source, exceptions: &Frame) -> Result<Section> {
    let mut rows = Vec::new();
    for (key, sums) in exceptions.sums(&[MONTH, "kind"], &["rows", "credits"])? {
        let [month, kind] = &key[..] else { continue };
        let needs_a_look = ExceptionKind::parse(kind).is_none_or(ExceptionKind::needs_a_look);
        if let Some(month) = source.shown(month).filter(|_| needs_a_look) {
            rows.push((month, kind.clone(), sums.rows, sums.of[0], Some(sums.of[1])));
        }
    }
    let rejects = Frame::read(&source.span.revisions, Table::Rejects, "reason")?;
    for (key, sums) in rejects.sums(&[MONTH], &[])? {
        if let Some(month) = source.shown(&key[0]) {
            rows.push((month, REJECTS.to_owned(), sums.rows, sums.rows, None));
        }
    }
    rows.sort();
    let rows = rows.into_iter().map(|(month, kind, groups, rows, credits)| {
        let credits = credits.map_or(Cell::Empty, Cell::Number);
        vec![month.into(), Cell::Text(kind), groups.into(), rows.into(), credits]
    });
    Ok(Section {
        id: "findings",
        title: "What to look at",
        question: "Which rows could not be billed or read?",
        columns: columns![
            month: Month, kind: Text, groups: Integer, rows: Integer, credits: Credits,
        ],
        rows: rows.collect(),
        picture: Picture::None,
    })
}
