//! Where credits came from, and what became of them.

use super::super::frames::{MONTH, Sums};
use super::super::model::{Cell, Picture, Section, columns};
use super::source::Source;
use crate::base::error::Result;

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
