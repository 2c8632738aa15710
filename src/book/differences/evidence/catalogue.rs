//! What another catalogue explains of an account's month.

use std::collections::BTreeSet;

use crate::base::exceptions::ExceptionKind;
use crate::book::differences::account_pairs::AccountPair;
use crate::book::differences::areas::{Areas, changes_set_aside};
use crate::book::differences::context::RunContext;
use crate::catalog::{Catalog, Plan};
use crate::tables::LineType;

/// The areas that terms move which differ between the catalogues and bind this account: those
/// of the plans that it opens with, is billed with or goes on with, of a trial that it was granted
/// by them, and of what was rounded or prorated.
pub(super) fn explained(pair: &AccountPair, context: &RunContext) -> Areas {
    let (before, after) = (&context.before, &context.after);
    if before == after {
        return Areas::NONE;
    }
    let plans = plans(pair, context);
    let mut found = Areas::NONE;
    for &id in &plans {
        found |= match (plan(before, id), plan(after, id)) {
            (None, None) => Areas::NONE,
            (Some(one), Some(other)) => of_plan(one, other),
            _ => of_missing_plan(),
        };
    }
    found |= Areas::PLANS.only_if(order(before, after, &plans) != order(after, before, &plans));
    let by_catalogue = [ExceptionKind::UnknownPlan, ExceptionKind::RetiredPlan];
    let refused = |month| {
        let rows = changes_set_aside(month);
        rows.filter(|row| by_catalogue.iter().any(|kind| row.kind == *kind)).collect::<Vec<_>>()
    };
    let other_refusals = refused(&pair.before) != refused(&pair.after);
    found |= of_missing_plan().only_if(other_refusals && entrances(before) != entrances(after));
    found |= Areas::TRIAL.only_if(before.trial != after.trial && is_granted(pair, context));
    found |= Areas::GRANTS.only_if(before.grant_kinds() != after.grant_kinds());
    found |= (Areas::LIMIT | Areas::SPLIT).only_if(before.overage_limit != after.overage_limit);
    let has_fraction = has_line(pair, LineType::FirstUpgrade);
    found |= Areas::FEES.only_if(before.proration != after.proration && has_fraction);
    if before.rounding != after.rounding {
        found |= Areas::FEES.only_if(has_fraction);
        found |= Areas::RATE.only_if(has_line(pair, LineType::Overage));
    }
    found
}

fn plan<'a>(catalog: &'a Catalog, id: &str) -> Option<&'a Plan> {
    catalog.rank(id).map(|rank| catalog.plan(rank))
}

/// What a change may name, the plan that it means, and whether that is retired (V1, V2).
fn entrances(catalog: &Catalog) -> BTreeSet<(&str, &str, bool)> {
    let names = catalog.plans().iter().flat_map(|plan| {
        let own = std::iter::once(&plan.id).chain(&plan.formerly);
        own.map(move |name| (name.as_str(), plan.id.as_str(), plan.retired))
    });
    names.collect()
}

/// The plans that bind the account in either revision.
fn plans<'a>(pair: &'a AccountPair, context: &'a RunContext) -> BTreeSet<&'a str> {
    let mut plans = BTreeSet::new();
    for (month, catalog) in [(&pair.before, &context.before), (&pair.after, &context.after)] {
        let Some(statement) = &month.statement else { continue };
        // Who signs up within the month starts on the lowest plan that is not retired (T3, V1).
        let lowest = catalog.plan(catalog.starting_plan()).id.as_str();
        let opening = statement.opening_plan.as_deref();
        plans.extend([opening.unwrap_or(lowest), &statement.billed_plan, &statement.next_plan]);
        plans.extend(month.lines.keys().filter_map(|line| line.plan.as_deref()));
    }
    plans
}

fn of_plan(one: &Plan, other: &Plan) -> Areas {
    let offers = |plan: &Plan| plan.overage_rate.is_some();
    Areas::FEES.only_if(one.price != other.price)
        | Areas::POOLS.only_if(one.credits != other.credits)
        | Areas::RATE.only_if(one.overage_rate != other.overage_rate)
        | (Areas::SWITCH | Areas::SPLIT).only_if(offers(one) != offers(other))
}

/// What a plan moves that only one of the catalogues has.
fn of_missing_plan() -> Areas {
    Areas::ALL.without(Areas::SIGNUP | Areas::TRIAL)
}

/// The plans that both catalogues have, in the order of one of them: it tells upgrades from
/// downgrades.
fn order<'a>(of: &'a Catalog, other: &Catalog, plans: &BTreeSet<&str>) -> Vec<&'a str> {
    let ids = of.plans().iter().map(|plan| plan.id.as_str());
    ids.filter(|id| plans.contains(id) && other.rank(id).is_some()).collect()
}

/// Whether the catalogue's trial was granted to the account: it signed up within the month, or
/// there is no state that says what was left of it.
fn is_granted(pair: &AccountPair, context: &RunContext) -> bool {
    let sides = [(&pair.before, context.genesis[0]), (&pair.after, context.genesis[1])];
    sides.into_iter().any(|(month, genesis)| {
        month.statement.as_ref().is_some_and(|row| genesis || row.opening_plan.is_none())
    })
}

fn has_line(pair: &AccountPair, line_type: LineType) -> bool {
    let lines = pair.before.lines.keys().chain(pair.after.lines.keys());
    lines.into_iter().any(|line| line.is(line_type))
}
