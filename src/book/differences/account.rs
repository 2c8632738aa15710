//! One account in both revisions: what differs, column by column and line by line.

use std::collections::BTreeSet;

use super::account_month::{AccountMonth, LineKey};
use super::account_pairs::AccountPair;
use super::context::RunContext;
use super::evidence::causes;
use super::outcome::{AccountDifference, LineDifference};
use super::tables::FIGURES;
use crate::tables::{ChargeRow, Record, column};

/// What differs of an account; `None` where nothing does.
pub(super) fn difference(
    pair: &AccountPair,
    context: &RunContext,
) -> Option<(AccountDifference, Vec<LineDifference>)> {
    let AccountPair { account, before, after } = pair;
    let (figures_differ, in_statement) = match (&before.statement, &after.statement) {
        (Some(one), Some(other)) => {
            let names = one.differing(other);
            let (figures, others): (Vec<_>, Vec<_>) =
                names.into_iter().partition(|name| FIGURES.contains(name));
            (!figures.is_empty(), others)
        }
        (one, other) => (one.is_some() || other.is_some(), Vec::new()),
    };
    let mut also: Vec<String> = in_statement.into_iter().map(str::to_owned).collect();
    also.extend(beside_statements(before, after));
    if !figures_differ && also.is_empty() {
        return None;
    }
    let causes = causes(pair, context);
    let keys: BTreeSet<&LineKey> = before.lines.keys().chain(after.lines.keys()).collect();
    let line = |key: &LineKey| {
        let [one, other] = [before, after].map(|m| m.lines.get(key).copied().unwrap_or_default());
        let of_line = causes.of_line(key.part());
        (one != other).then(|| LineDifference {
            account_id: account.clone(),
            line_type: key.line_type.clone(),
            plan: key.plan.clone(),
            item: key.item.clone(),
            quantity_before: one.quantity,
            quantity_after: other.quantity,
            amount_before: one.amount,
            amount_after: other.amount,
            causes: if of_line.is_empty() { causes } else { of_line },
        })
    };
    let lines = keys.into_iter().filter_map(line).collect();
    let statements = [before, after].map(|month| month.statement.clone());
    let [before, after] = statements;
    Some((AccountDifference { account_id: account.clone(), before, after, also, causes }, lines))
}

/// What differs beside the statement, by name.
fn beside_statements(before: &AccountMonth, after: &AccountMonth) -> Vec<String> {
    let mut names = match (&before.state, &after.state) {
        (Some(one), Some(other)) => {
            one.differing(other).iter().map(|name| format!("state.{name}")).collect()
        }
        (None, None) => Vec::new(),
        _ => vec!["state".to_owned()],
    };
    let tables = [
        ("invoice_lines", before.lines != after.lines),
        ("overage_charges", !same_charges(&before.charges, &after.charges)),
        ("expired_credits", before.expired != after.expired),
        ("grants", before.grants != after.grants),
        ("exceptions", before.exceptions != after.exceptions),
    ];
    names.extend(tables.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()));
    names
}

/// Whether overage is charged alike. A document's number is no difference: it depends on how many
/// accounts come before.
fn same_charges(one: &[ChargeRow], other: &[ChargeRow]) -> bool {
    let number = column::overage_charges::document_id.name;
    let same = |(one, other): (&ChargeRow, &ChargeRow)| {
        one.differing(other).iter().all(|name| *name == number)
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}
