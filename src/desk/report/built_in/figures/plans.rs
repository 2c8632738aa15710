//! How many accounts are on each plan, and how they moved.

use super::super::frames::MONTH;
use super::super::model::{Cell, Picture, Section, columns};
use super::source::Source;
use crate::base::error::Result;

pub(super) fn section(source: &Source) -> Result<Section> {
    let groups = source.moved.sums(&[MONTH, "plan_right", "plan"], &["amount_right", "amount"])?;
    let mut rows = Vec::new();
    for (key, sums) in groups {
        let [month, from, to] = &key[..] else { continue };
        let Some(month) = source.shown(month) else { continue };
        // All accounts of a group pay the same.
        let order = (
            month,
            sums.of[0] / sums.rows,
            from.clone(),
            to.is_empty(),
            sums.of[1] / sums.rows,
            to.clone(),
        );
        let row = vec![
            Cell::Month(month),
            from.clone().into(),
            to.clone().into(),
            Cell::Number(sums.rows),
        ];
        rows.push((order, row));
    }
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Section {
        id: "plans",
        title: "Accounts by plan",
        question: "How many accounts are on each plan, and how did they move?",
        columns: columns![month: Month, from_plan: Text, to_plan: Text, accounts: Integer],
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        picture: Picture::Stacked { by: "to_plan", of: "accounts" },
    })
}
