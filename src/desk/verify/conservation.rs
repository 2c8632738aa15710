//! K1 to K5 from the book alone: the check of the runs, given what the manifest and the tables
//! say instead of the inputs.

use std::collections::BTreeSet;

use super::finding::{Audit, Finding, FindingCode};
use super::openings::HeldOpening;
use super::revision::CheckedRevision;
use crate::base::accounts::Accounts;
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::billing::timeline::Opening;
use crate::book::{Controls, Manifest, rows_by_month};
use crate::catalog::{Catalog, PlanRank};
use crate::check::{self, Breach, Inputs};
use crate::tables::opening::{State, TrialLeft};
use crate::tables::{ByAccount, StateRow, StatementRow, Table, TableRows, records};

/// Checks the sums of a revision.
pub(super) fn check(
    revision: &CheckedRevision,
    manifest: &Manifest,
    catalog: &Catalog,
    held: HeldOpening,
    before: Option<&CheckedRevision>,
    audit: &mut Audit,
) {
    if !revision.are_sound(&Table::ALL) {
        return; // What is wrong with them is told; sums of damaged tables would say nothing.
    }
    let scope = manifest.scope();
    if !scope.is_all() && !before.is_some_and(|before| before.are_sound(&Table::ALL)) {
        return; // The accounts that were carried over can be held against nothing.
    }
    let Controls { usage, changes, adjustments } = match manifest.control_totals.controls() {
        Ok(totals) => totals,
        Err(entry) => {
            let place = revision.place().file(Manifest::FILE);
            let what = format!("`control_totals` cannot be understood: {entry}");
            return audit.add(FindingCode::Manifest, place, what);
        }
    };
    let (opening, billed_before) = match held {
        HeldOpening::InBook(opening, billed_before) => (Ok(opening), billed_before),
        HeldOpening::Elsewhere => (of_tables(revision, catalog).map(Opening::States), None),
    };
    let breaches = opening.and_then(|opening| {
        let mut ids = accounts(revision, &opening)?;
        ids.retain(|id| scope.includes(id));
        let accounts = Accounts::of(ids.iter().map(AccountId::as_str).collect());
        let inputs = Inputs {
            month: revision.month,
            revision: &revision.name,
            catalog,
            opening: &opening,
            accounts: &accounts,
            usage: &usage,
            rows_by_month: rows_by_month(&manifest.inputs),
            changes,
            adjustments: &adjustments,
            recent_hours: manifest.options.recent_hours.filter(|_| manifest.has(Table::RecentIds)),
            billed_before: billed_before.as_deref(),
            before: before.map(|before| before.folder.as_path()),
            has_plans: manifest.has(Table::Plans),
            has_grants: manifest.has(Table::Grants),
            scope,
            spill: None,
        };
        check::breaches(&inputs, &revision.folder)
    });
    match breaches {
        Ok(breaches) => audit.findings.extend(breaches.into_iter().map(|b| finding(revision, b))),
        Err(error) => audit.add_failure(FindingCode::Table, revision.place(), &error),
    }
}

fn finding(revision: &CheckedRevision, breach: Breach) -> Finding {
    let Breach { rule, account, what, left, right } = breach;
    Finding {
        code: FindingCode::Conservation,
        rule: Some(rule),
        place: revision.place().account(account.as_deref().unwrap_or_default()),
        what: format!("{what}: {left} is not {right}"),
        expected: None,
    }
}

/// The accounts of the month: those that it began with, and those that it closes with.
fn accounts(revision: &CheckedRevision, opening: &Opening) -> Result<BTreeSet<AccountId>> {
    let mut ids = BTreeSet::new();
    if let Opening::States(states) = opening {
        ids.extend(states.iter().map(|state| state.account.clone()));
    }
    for row in records::<StateRow>(&revision.folder)? {
        ids.insert(row?.account_id);
    }
    Ok(ids)
}

/// An opening state made up from what the month says of it, where the book does not hold the one
/// that it began with. So what rests on it alone is taken as said, and all else is checked.
fn of_tables(revision: &CheckedRevision, catalog: &Catalog) -> Result<Vec<State>> {
    let mut closings = ByAccount::<TableRows<StateRow>>::open(&revision.folder, &Scope::All)?;
    let mut states = Vec::new();
    for statement in records::<StatementRow>(&revision.folder)? {
        let statement = statement?;
        let account = &statement.account_id;
        let closing = closings.take_up_to(account)?.pop().filter(|row| row.account_id == *account);
        let plan = statement.opening_plan.as_deref().and_then(|plan| catalog.rank(plan));
        if let (Some(plan), Some(closing)) = (plan, closing) {
            states.push(state(revision, plan, &statement, &closing));
        }
    }
    Ok(states)
}

fn state(
    revision: &CheckedRevision,
    plan: PlanRank,
    statement: &StatementRow,
    closing: &StateRow,
) -> State {
    let (start, end) = (revision.month.start(), revision.month.end());
    let left = statement.trial_opening.max(Credits::ZERO);
    let runs = closing.trial_ends_at.is_some() || !left.is_zero();
    State {
        account: statement.account_id.clone(),
        plan,
        overage_on: closing.overage_on,
        signed_up_at: closing.signed_up_at,
        first_paid_at: closing.first_paid_at.filter(|at| *at < start),
        overage_limit: closing.overage_limit,
        grants: Box::default(),
        trial: runs.then(|| TrialLeft { ends_at: closing.trial_ends_at.unwrap_or(end), left }),
    }
}
