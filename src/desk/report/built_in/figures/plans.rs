//! How many accounts are on each plan, and how they moved.

use super::super::frames::MONTH;
use super::super::model::{Picture, Section, columns, in_order};
use super::source::Source;
use crate::base::error::Result;

pub(super) fn section(source: &Source) -> Result<Section> {
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
