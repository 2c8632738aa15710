//! Where credits came from, and what became of them; which of them expired unused, and what those were worth.

use super::super::frames::{Frame, MONTH, Sums};
use super::super::model::{Cell, Picture, Section, columns, in_order};
use super::source::Source;
use crate::base::error::Result;
use crate::tables::PoolKind;

/// The pools of the statements, each with its columns: what there was, and what was drawn, expired and carried.
const POOLS: [(&str, &[&str]); 3] = [
    ("trial", &["trial_opening", "trial_drawn", "trial_expired", "trial_carried"]),
    ("grants", &["grants_opening", "grants_drawn", "grants_expired", "grants_carried"]),
    ("plan", &["plan_granted", "plan_drawn", "plan_expired"]),
];

pub(super) fn section(source: &Source) -> Result<Section> {
    let mut rows = Vec::new();
    let pools = POOLS.map(|(pool, columns)| Ok((pool, source.statements.sums(&[MONTH], columns)?)));
    let pools = pools.into_iter().collect::<Result<Vec<_>>>()?;
    for month in source.months() {
        for (pool, months) in &pools {
            let sums = months.get(&vec![month.to_string()]).cloned().unwrap_or_else(|| Sums::of(3));
            let figure = |at: usize| Cell::Number(sums.of.get(at).copied().unwrap_or_default());
            let named = [Cell::Month(month), Cell::Text((*pool).to_owned())];
            rows.push(named.into_iter().chain((0..4).map(figure)).collect());
        }
    }
    Ok(Section {
        id: "credits",
        title: "Credits by pool",
        question: "Where did credits come from, and what became of them?",
        columns: columns![
            month: Month, pool: Text, opening: Credits, drawn: Credits, expired: Credits,
            carried: Credits,
        ],
        rows,
        picture: Picture::Stacked { by: "pool", of: "drawn" },
    })
}

/// The section, of the rows of [`super::worth::expired`].
pub(super) fn expired(source: &Source, expired: &Frame) -> Result<Section> {
    let by = [MONTH, "pool", "source", "reason"];
    let mut rows = Vec::new();
    for (key, sums) in expired.sums(&by, &["accounts", "expired", "worth"])? {
        let [month, pool, from, reason] = &key[..] else { continue };
        let Some(month) = source.shown(month) else { continue };
        let place = PoolKind::ALL.iter().position(|kind| kind.name() == pool);
        let order = (month, place, source.rank(month, from), from.clone(), reason.clone());
        let named = [pool, from, reason].map(|text| Cell::from(text.clone()));
        let figures = sums.of.into_iter().map(Cell::Number);
        let row = std::iter::once(Cell::Month(month)).chain(named).chain(figures).collect();
        rows.push((order, row));
    }
    Ok(Section {
        id: "expired",
        title: "Credits that expired, and their worth",
        question: "Which credits expired unused, and what were they worth?",
        columns: columns![
            month: Month, pool: Text, source: Text, reason: Text, accounts: Integer,
            expired: Credits, worth: Money,
        ],
        rows: in_order(rows),
        picture: Picture::Stacked { by: "pool", of: "worth" },
    })
}
