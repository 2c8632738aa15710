//! What each month comes to.

use super::super::frames::{Groups, MONTH, Sums};
use super::super::model::{Cell, Picture, Section, columns};
use super::source::Source;
use crate::base::error::Result;

/// The section's id.
pub(in super::super) const HEADLINE: &str = "headline";

/// Sums of the statements, in the order of the section's columns.
const SUMS: [&str; 6] = [
    "subscription_amount",
    "grants_amount",
    "adjustments_amount",
    "overage_amount",
    "total_amount",
    "usage_credits",
];

/// The place of the total among them.
const TOTAL: usize = 4;

pub(super) fn section(source: &Source) -> Result<Section> {
    let statements = source.statements.sums(&[MONTH], &SUMS)?;
    let recurring = &source.recurring;
    let is_paying = recurring.numbers("amount")?.map(|amount| amount > Some(0));
    let paying = recurring.kept(is_paying)?.sums(&[MONTH], &[])?;
    let documents = source.documents.sums(&[MONTH], &[])?;
    let mut rows = Vec::new();
    let mut total_before = None;
    for month in source.all_months() {
        let key = vec![month.to_string()];
        let of =
            |groups: &Groups| groups.get(&key).cloned().unwrap_or_else(|| Sums::of(SUMS.len()));
        let sums = of(&statements);
        let change =
            total_before.map_or(Cell::Empty, |before| Cell::Number(sums.of[TOTAL] - before));
        total_before = Some(sums.of[TOTAL]);
        if source.months().any(|shown| shown == month) {
            let counts = [sums.rows, of(&paying).rows, of(&documents).rows].map(Cell::Number);
            let row = std::iter::once(Cell::Month(month)).chain(counts);
            rows.push(row.chain(sums.of.into_iter().map(Cell::Number)).chain([change]).collect());
        }
    }
    Ok(Section {
        id: HEADLINE,
        title: "The months side by side",
        question: "What does each month come to?",
        columns: columns![
            month: Month, accounts: Integer, paying_accounts: Integer, documents: Integer,
            subscription_amount: Money, grants_amount: Money, adjustments_amount: Money,
            overage_amount: Money, total_amount: Money, usage_credits: Credits,
            change_amount: Money,
        ],
        rows,
        picture: Picture::Lines { of: &["total_amount", "subscription_amount", "overage_amount"] },
    })
}
