//! One account in both revisions: what differs, column by column and line by line.

use std::collections::BTreeSet;

use super::account_month::{LineKey, View};
use super::context::Ground;
use super::evidence::causes;
use super::merge::Pair;
use super::outcome::{AccountDifference, Figures, LineDifference};
use crate::tables::{ChargeRow, StateRow, StatementRow};

/// What differs of an account; `None` where nothing does.
pub(super) fn difference(
    pair: &Pair,
    ground: &Ground,
) -> Option<(AccountDifference, Vec<LineDifference>)> {
    let Pair { account, before, after } = pair;
    let figures = [before, after].map(|view| view.statement.as_ref().map(Figures::of));
    let also = also(before, after);
    let [one, other] = figures;
    if one == other && also.is_empty() {
        return None;
    }
    let causes = causes(pair, ground);
    let keys: BTreeSet<&LineKey> = before.lines.keys().chain(after.lines.keys()).collect();
    let line = |key: &LineKey| {
        let [one, other] = [before, after].map(|v| v.lines.get(key).copied().unwrap_or_default());
        let of_line = causes.of_line(key.is_overage());
        (one != other).then(|| LineDifference {
            account_id: account.clone(),
            line_type: key.line_type.to_string(),
            plan: key.plan.clone(),
            quantity_before: one.quantity,
            quantity_after: other.quantity,
            amount_before: one.amount,
            amount_after: other.amount,
            causes: if of_line.is_empty() { causes } else { of_line },
        })
    };
    let lines = keys.into_iter().filter_map(line).collect();
    let account_id = account.clone();
    Some((AccountDifference { account_id, before: one, after: other, also, causes }, lines))
}

/// The names of the fields of two rows that differ.
macro_rules! differing {
    ($one:ident, $other:ident, $prefix:literal, $($field:ident),*) => {
        [$(($one.$field != $other.$field).then_some(concat!($prefix, stringify!($field)))),*]
            .into_iter()
            .flatten()
    };
}

/// What differs beside the figures, by name.
fn also(before: &View, after: &View) -> Vec<&'static str> {
    let mut names = Vec::new();
    if let (Some(one), Some(other)) = (&before.statement, &after.statement) {
        names.extend(in_statement(one, other));
    }
    match (&before.state, &after.state) {
        (Some(one), Some(other)) => names.extend(in_state(one, other)),
        (None, None) => {}
        _ => names.push("state"),
    }
    let tables = [
        ("invoice_lines", before.lines != after.lines),
        ("overage_charges", !same_charges(&before.charges, &after.charges)),
        ("expired_credits", before.expired != after.expired),
        ("exceptions", before.exceptions != after.exceptions),
    ];
    names.extend(tables.into_iter().filter_map(|(name, differs)| differs.then_some(name)));
    names
}

/// All columns but those of [`Figures`], and the account and month, which are the same.
fn in_statement(one: &StatementRow, other: &StatementRow) -> impl Iterator<Item = &'static str> {
    differing!(one, other, "", opening_plan, trial_opening, trial_expired, plan_expired, currency)
}

fn in_state(one: &StateRow, other: &StateRow) -> impl Iterator<Item = &'static str> {
    differing!(
        one,
        other,
        "state.",
        plan,
        overage_on,
        signed_up_at,
        first_paid_at,
        trial_ends_at,
        trial_left
    )
}

/// Whether overage is charged alike. A document's number is no difference: it depends on how many
/// accounts come before.
fn same_charges(one: &[ChargeRow], other: &[ChargeRow]) -> bool {
    let of = |row: &ChargeRow| {
        (row.plan.clone(), row.overage_credits, row.rate, row.amount, row.charged_on)
    };
    one.iter().map(of).eq(other.iter().map(of))
}
