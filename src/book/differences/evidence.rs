//! The causes of an account's differences, from evidence: the account's rows in both revisions,
//! and what the two manifests say. The inputs themselves may be gone.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod cases_of_logs;
#[cfg(test)]
mod cases_of_terms;
mod catalogue;
mod opening;
mod usage;

use super::account_month::AccountMonth;
use super::account_pairs::AccountPair;
use super::areas::{Areas, changes_set_aside, differing, unbilled};
use super::cause::{Cause, Causes};
use super::context::RunContext;
use crate::base::exceptions::ExceptionKind;
use crate::billing::rules::overage::Unbilled;
use crate::catalog::Catalog;

/// Why an account's month differs; at least one cause.
///
/// The catalogue and the opening state come first: what they explain needs no other cause. What
/// is left of the account's plans is a plan change, what is left of its overage is the switch.
/// Usage is counted by itself. A log that is the same in both runs is no cause.
pub(super) fn causes(pair: &AccountPair, context: &RunContext) -> Causes {
    let AccountPair { account, before, after } = pair;
    let differing = differing(before, after);
    let catalogue = catalogue::explained(pair, context);
    let opening = opening::explained(pair, context, catalogue);
    let left = differing.without(catalogue | opening);
    let of_changes = OF_PLANS | Areas::SWITCH | Areas::GRANTS | Areas::LIMIT;
    // Where the states are not at hand, and nothing else can have said otherwise.
    let changes_may_differ = context.changes_may_differ(account);
    let unseen = left.has(of_changes) && !changes_may_differ;
    let by_opening = !opening.is_empty()
        || (unseen && opening::is_unseen(pair, context))
        || (!context.same_recent_ids && usage::is_billed_before_otherwise(pair));
    let by_limit = is_unbilled_otherwise(pair, Unbilled::OverageLimit);
    let limited = left.has(Areas::LIMIT) || (left.has(Areas::SPLIT) && by_limit);
    let (plan_change, switch) = match changes_may_differ {
        true => of_change_log(pair, context, left, catalogue | opening),
        false => (false, false),
    };
    let causes = Causes::default()
        .and_if(differing.has(catalogue), Cause::Catalogue)
        .and_if(by_opening, Cause::OpeningState)
        .and_if(plan_change, Cause::PlanChange)
        .and_if(switch, Cause::Switch)
        .and_if(changes_may_differ && left.has(Areas::GRANTS), Cause::Grant)
        .and_if(changes_may_differ && limited, Cause::OverageLimit)
        .and_if(differing.has(Areas::ADJUSTMENTS), Cause::Adjustment)
        .and_all(usage::causes(pair, context));
    let other_usage = context.usage_may_differ(account) && usage::is_drawn_otherwise(pair);
    match (causes.is_empty(), other_usage) {
        (false, _) => causes,
        (true, true) => causes.and(Cause::CorrectedUsage),
        (true, false) if context.versions_differ => causes.and(Cause::RuleVersion),
        (true, false) => causes.and(Cause::Unexplained),
    }
}

/// What plans alone decide.
const OF_PLANS: Areas = Areas::SIGNUP.and(Areas::PLANS).and(Areas::FEES).and(Areas::POOLS);

/// Whether there is a plan change, and whether the switch was on at other times, given what is
/// left to explain and what is explained already.
fn of_change_log(
    pair: &AccountPair,
    context: &RunContext,
    left: Areas,
    explained: Areas,
) -> (bool, bool) {
    // Usage that is unbilled for want of overage is another part of the same usage only where a
    // plan came into force at another instant; else the switch parts it otherwise.
    let parted = left.has(Areas::SPLIT);
    let by_plan = is_unbilled_otherwise(pair, Unbilled::PlanWithoutOverage);
    let by_limit = is_unbilled_otherwise(pair, Unbilled::OverageLimit);
    let plan_change = left.has(OF_PLANS) || (parted && by_plan);
    let moves_usage = Areas::SPLIT | Areas::POOLS | Areas::TRIAL;
    let by_others = by_limit || left.has(Areas::GRANTS | Areas::LIMIT);
    let against =
        !plan_change && !by_others && !explained.has(moves_usage) && usage::is_against(pair);
    let flipped = left.has(Areas::SWITCH) && !(plan_change && follows_plan(pair, context));
    (plan_change, flipped || (parted && !by_plan && !by_limit) || against)
}

/// Whether the switch is off on one side for what the plan does there: P4, or since it was asked
/// for before the plan offered it (O2).
fn follows_plan(pair: &AccountPair, context: &RunContext) -> bool {
    let follows = |month: &AccountMonth, catalog: &Catalog| {
        let is_on = month.state.as_ref().is_some_and(|state| state.overage_on);
        let goes_on_with = month.statement.as_ref().and_then(|row| catalog.rank(&row.next_plan));
        let mut refusals = changes_set_aside(month);
        let refused = refusals.any(|row| row.kind == ExceptionKind::OverageUnavailable);
        !is_on && (refused || !goes_on_with.is_some_and(|plan| catalog.offers_overage(plan)))
    };
    follows(&pair.before, &context.before) || follows(&pair.after, &context.after)
}

fn is_unbilled_otherwise(pair: &AccountPair, reason: Unbilled) -> bool {
    let credits = |month| unbilled(month).get(reason.name()).copied();
    credits(&pair.before) != credits(&pair.after)
}
