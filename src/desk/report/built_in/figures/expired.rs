//! Which credits expired unused, and what they were worth.

use super::super::frames::{Frame, MONTH};
use super::super::model::{Cell, Picture, Section, columns, in_order};
use super::source::Source;
use crate::base::error::Result;
use crate::tables::PoolKind;

/// The section, of the rows of [`super::worth::expired`].
pub(super) fn section(source: &Source, expired: &Frame) -> Result<Section> {
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
