//! What another catalogue explains of an account's month.

use std::collections::BTreeSet;

use crate::base::exceptions::ExceptionKind;
use crate::book::differences::aspects::{Aspects, changes_set_aside};
use crate::book::differences::context::Ground;
use crate::book::differences::merge::Pair;
use crate::catalog::{Catalog, Plan, PlanRank};
use crate::tables::LineType;

/// The aspects that terms move which differ between the catalogues and bind this account: those
/// of the plans that it opens with, is billed with or goes on with, of a trial that it was granted
/// by them, and of what was rounded or prorated.
pub(super) fn explained(pair: &Pair, ground: &Ground) -> Aspects {
    let (before, after) = (&ground.before, &ground.after);
    if before == after {
        return Aspects::NONE;
    }
    let plans = plans(pair, ground);
    let mut found = Aspects::NONE;
    for &id in &plans {
        found |= match (plan(before, id), plan(after, id)) {
            (None, None) => Aspects::NONE,
            (Some(one), Some(other)) => of_plan(one, other),
            _ => of_missing_plan(),
        };
    }
    found |= Aspects::PLANS.only_if(order(before, after, &plans) != order(after, before, &plans));
    let unknown = ExceptionKind::UnknownPlan;
    let refused =
        |view| changes_set_aside(view).filter(|row| row.kind == unknown).collect::<Vec<_>>();
    let other_refusals = refused(&pair.before) != refused(&pair.after);
    found |= of_missing_plan().only_if(other_refusals && ids(before) != ids(after));
    found |= Aspects::TRIAL.only_if(before.trial != after.trial && is_granted(pair, ground));
    let has_fraction = has_line(pair, LineType::FirstUpgrade);
    found |= Aspects::FEES.only_if(before.proration != after.proration && has_fraction);
    if before.rounding != after.rounding {
        found |= Aspects::FEES.only_if(has_fraction);
        found |= Aspects::RATE.only_if(has_line(pair, LineType::Overage));
    }
    found
}

fn plan<'a>(catalog: &'a Catalog, id: &str) -> Option<&'a Plan> {
    catalog.rank(id).map(|rank| catalog.plan(rank))
}

fn ids(catalog: &Catalog) -> BTreeSet<&str> {
    catalog.plans().iter().map(|plan| plan.id.as_str()).collect()
}

/// The plans that bind the account in either revision.
fn plans<'a>(pair: &'a Pair, ground: &'a Ground) -> BTreeSet<&'a str> {
    let mut plans = BTreeSet::new();
    for (view, catalog) in [(&pair.before, &ground.before), (&pair.after, &ground.after)] {
        let Some(statement) = &view.statement else { continue };
        // Who signs up within the month starts on the lowest plan (T3).
        let lowest = catalog.plan(PlanRank::LOWEST).id.as_str();
        let opening = statement.opening_plan.as_deref();
        plans.extend([opening.unwrap_or(lowest), &statement.billed_plan, &statement.next_plan]);
        plans.extend(view.lines.keys().map(|line| line.plan.as_str()));
    }
    plans
}

fn of_plan(one: &Plan, other: &Plan) -> Aspects {
    let offers = |plan: &Plan| plan.overage_rate.is_some();
    Aspects::FEES.only_if(one.price != other.price)
        | Aspects::POOLS.only_if(one.credits != other.credits)
        | Aspects::RATE.only_if(one.overage_rate != other.overage_rate)
        | (Aspects::SWITCH | Aspects::SPLIT).only_if(offers(one) != offers(other))
}

/// What a plan moves that only one of the catalogues has.
fn of_missing_plan() -> Aspects {
    Aspects::ALL.without(Aspects::SIGNUP | Aspects::TRIAL)
}

/// The plans that both catalogues have, in the order of one of them: it tells upgrades from
/// downgrades.
fn order<'a>(of: &'a Catalog, other: &Catalog, plans: &BTreeSet<&str>) -> Vec<&'a str> {
    let ids = of.plans().iter().map(|plan| plan.id.as_str());
    ids.filter(|id| plans.contains(id) && other.rank(id).is_some()).collect()
}

/// Whether the catalogue's trial was granted to the account: it signed up within the month, or
/// there is no state that says what was left of it.
fn is_granted(pair: &Pair, ground: &Ground) -> bool {
    let sides = [(&pair.before, ground.genesis[0]), (&pair.after, ground.genesis[1])];
    sides.into_iter().any(|(view, genesis)| {
        view.statement.as_ref().is_some_and(|row| genesis || row.opening_plan.is_none())
    })
}

fn has_line(pair: &Pair, line_type: LineType) -> bool {
    let lines = pair.before.lines.keys().chain(pair.after.lines.keys());
    lines.into_iter().any(|line| line.is(line_type))
}
