//! What bought grants still owe, in money.

use std::collections::BTreeMap;

use super::super::frames::{Frame, MONTH};
use super::super::model::{Cell, Picture, Section, columns};
use super::source::Source;
use crate::base::error::Result;
use crate::desk::worth::worth;
use crate::tables::PoolKind;

/// What the grants that go on from a month are still worth.
#[derive(Debug, Clone, Copy, Default)]
struct Owed {
    closing: i128,
    /// Of it, what was given before the month.
    from_before: i128,
}

/// The section, of the rows of [`super::worth::expired`].
pub(super) fn section(source: &Source, expired: &Frame) -> Result<Section> {
    let owed = owed(source)?;
    let sold = source.statements.sums(&[MONTH], &["grants_amount"])?;
    let lapsed = expired.sums(&[MONTH, "pool"], &["worth"])?;
    let mut rows = Vec::new();
    let mut closing_before = None;
    for month in source.all_months() {
        let of = owed.get(&month.to_string()).copied().unwrap_or_default();
        let sum = |sums: Option<&super::super::frames::Sums>| sums.map_or(0, |sums| sums.of[0]);
        let sold = sum(sold.get(&vec![month.to_string()]));
        let lapsed = sum(lapsed.get(&vec![month.to_string(), PoolKind::Grant.name().to_owned()]));
        let opening = closing_before.unwrap_or(of.from_before);
        closing_before = Some(of.closing);
        if source.months().any(|shown| shown == month) {
            let drawn = opening + sold - lapsed - of.closing;
            let figures = [opening, sold, drawn, lapsed, of.closing].map(Cell::Number);
            rows.push(std::iter::once(Cell::Month(month)).chain(figures).collect());
        }
    }
    Ok(Section {
        id: "grants_owed",
        title: "What bought grants still owe",
        question: "What do bought grants still owe, in money?",
        columns: columns![
            month: Month, opening: Money, sold: Money, drawn: Money, expired: Money, closing: Money,
        ],
        rows,
        picture: Picture::Lines { of: &["sold", "drawn", "expired", "closing"] },
    })
}

/// By month, as tables write it.
fn owed(source: &Source) -> Result<BTreeMap<String, Owed>> {
    let grants = &source.grants;
    let mut months: BTreeMap<String, Owed> = BTreeMap::new();
    let starts: BTreeMap<String, i128> = source
        .all_months()
        .map(|month| (month.to_string(), month.start().micros().into()))
        .collect();
    let numbers =
        grants.numbers("price")?.zip(grants.numbers("left")?).zip(grants.numbers("granted")?);
    for ((month, at), ((price, left), granted)) in
        grants.texts(MONTH)?.zip(grants.numbers("granted_at")?).zip(numbers)
    {
        let month = month.unwrap_or_default();
        let value =
            worth(price.unwrap_or_default(), left.unwrap_or_default(), granted.unwrap_or_default());
        let owed = months.entry(month.to_owned()).or_default();
        owed.closing += value;
        if at < starts.get(month).copied() {
            owed.from_before += value;
        }
    }
    Ok(months)
}
