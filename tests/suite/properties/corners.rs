//! What a population has in it: a property that holds of nothing proves nothing.

use std::collections::BTreeMap;

use super::oracle::{Expected, bill, standing};
use crate::months::population::{Change, Population};

/// The corners, and whether the population is in them.
pub fn corners(population: &Population) -> Vec<(&'static str, bool)> {
    let bill = bill(population);
    let mut corners = of_plans(population, &bill);
    corners.extend(of_grants(population, &bill));
    corners.extend(of_limits_and_adjustments(population, &bill));
    corners
}

fn of_plans(population: &Population, bill: &Expected) -> Vec<(&'static str, bool)> {
    let some = |column: &str| {
        let mut cells = bill.statements.iter().map(|row| &row[column]);
        cells.any(|cell| cell.bytes().any(|digit| matches!(digit, b'1'..=b'9')))
    };
    let expired = |reason: &str| bill.expired_credits.iter().any(|row| row["reason"] == reason);
    let unbilled = |reason: &str| bill.unbilled.iter().any(|(_, detail, _)| detail == reason);
    let state = |column: &str, cell: &str| bill.state.iter().any(|row| row[column] == cell);
    let (start, end) = (population.month.start().micros(), population.month.end().micros());
    let event_at = |at: i64| population.usage.iter().any(|event| event.at == at);
    let with_change = population.usage.iter().any(|event| {
        let own = population.changes.iter().filter(|change| change.account == event.account);
        own.into_iter().any(|change| change.at == event.at)
    });
    let mut states = bill.state.iter().filter(|row| !row["trial_ends_at"].is_empty());
    let spent = states.any(|row| row["trial_left"] == "0.000000");
    let twin_event = standing(&population.usage, |event| &event.id).len() < population.usage.len();
    let twin_change =
        standing(&population.changes, |change| &change.id).len() < population.changes.len();
    let known = |account: &str| bill.statements.iter().any(|row| row["account_id"] == account);
    vec![
        ("genesis", population.states.is_none()),
        ("a file of states", population.states.as_ref().is_some_and(|states| !states.is_empty())),
        ("fees", some("subscription_amount")),
        ("overage", some("overage_amount")),
        ("unbilled: overage-off", unbilled("overage-off")),
        ("unbilled: plan-without-overage", unbilled("plan-without-overage")),
        ("drawn from a trial", some("trial_drawn")),
        ("drawn from a plan", some("plan_drawn")),
        ("a trial that goes on", some("trial_carried")),
        ("a trial that ended", expired("trial-ended")),
        ("a first upgrade with an earlier pool", expired("first-upgrade")),
        ("a switch that stays on", state("overage_on", "true")),
        ("a spent trial that goes on", spent),
        ("a downgrade", bill.statements.iter().any(|row| row["next_plan"] < row["billed_plan"])),
        ("an event at S", event_at(start)),
        ("an event at E", event_at(end)),
        ("an event just before E", event_at(end - 1)),
        ("an event with a change", with_change),
        ("an event's id again", twin_event),
        ("a change's id again", twin_change),
        ("an unknown account", population.usage.iter().any(|event| !known(&event.account))),
        ("a large month", population.usage.len() > 40),
    ]
}

fn of_grants(population: &Population, bill: &Expected) -> Vec<(&'static str, bool)> {
    let Population { month, terms, changes, .. } = population;
    let (start, end) = (month.start().micros(), month.end().micros());
    let (expired, open) = (&bill.expired_credits, &bill.grants);
    let is_after = |id: &str| terms.grants.iter().any(|kind| kind.id == id && kind.after_plan);
    let half_drawn = |reason: &str| {
        expired.iter().any(|row| row["reason"] == reason && row["drawn"] != "0.000000")
    };
    let of_place = |after: bool| {
        let mut drawn = expired.iter().filter(|row| row["drawn"] != "0.000000");
        drawn.any(|row| row["pool"] == "grant" && is_after(&row["grant"]) == after)
    };
    // Grants and voids that are made in the month, by account.
    let mut given: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes.iter().filter(|change| start <= change.at && change.at < end) {
        given.entry(&change.account).or_default().push(change);
    }
    let of = |own: &[&Change], what: &str| -> Vec<Change> {
        own.iter().filter(|change| change.change == what).map(|&own| own.clone()).collect()
    };
    let grants: Vec<Vec<Change>> = given.values().map(|own| of(own, "grant")).collect();
    let ends = |own: &[Change]| -> Vec<i64> {
        let mut ends: Vec<i64> = own.iter().filter_map(|grant| grant.expires_at).collect();
        ends.sort_unstable();
        ends
    };
    let twice = |ends: Vec<i64>| ends.windows(2).any(|pair| pair[0] == pair[1]);
    let both = |own: &[Change]| {
        let after = own.iter().filter(|grant| is_after(&grant.grant)).count();
        after > 0 && after < own.len()
    };
    let at_an_end = population.usage.iter().any(|event| {
        let mut own = expired.iter().filter(|row| row["account_id"] == event.account);
        let at = crate::months::population::text_of(event.at);
        own.any(|row| row["pool"] == "grant" && row["expired_at"] == at)
    });
    let at_once = given.values().any(|own| {
        let (grants, voids) = (of(own, "grant"), of(own, "grant_void"));
        voids.iter().any(|void| grants.iter().any(|g| g.id == void.grant && g.at == void.at))
    });
    let brought = population.states.iter().flatten();
    let told = |kind: &str| bill.of_grants.iter().any(|(_, own, _)| *own == kind);
    vec![
        ("four grants of an account", grants.iter().any(|own| own.len() >= 4)),
        ("grants of both places", grants.iter().any(|own| both(own))),
        ("grants that end at one instant", grants.iter().any(|own| twice(ends(own)))),
        ("a grant drawn before the plan", of_place(false)),
        ("a grant drawn after the plan", of_place(true)),
        ("a half-drawn grant that expires", half_drawn("grant-expired")),
        ("a half-drawn grant that is voided", half_drawn("grant-voided")),
        ("a grant that is voided at its instant", at_once),
        ("a grant that ends at an event's instant", at_an_end),
        ("a half-drawn grant that goes on", open.iter().any(|row| row["left"] < row["granted"])),
        ("a grant that never ends", open.iter().any(|row| row["expires_at"].is_empty())),
        (
            "a grant that is brought along",
            brought.into_iter().any(|state| !state.grants.is_empty()),
        ),
        ("a grant that is bought", bill.lines.iter().any(|line| line[1] == "grant")),
        ("a grant or void without effect", told("invalid-grant")),
        ("a grant from before genesis", told("grant-history-unknown")),
    ]
}

fn of_limits_and_adjustments(
    population: &Population,
    bill: &Expected,
) -> Vec<(&'static str, bool)> {
    let limited = |account: &str| {
        bill.unbilled.iter().any(|(own, why, _)| own == account && why == "overage-limit")
    };
    let billed = |row: &crate::months::revision::Row| row["overage_credits"] != "0.000000";
    let mut of_limits: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in population.changes.iter().filter(|own| own.change == "overage_limit") {
        of_limits.entry(&change.account).or_default().push(change);
    }
    let lowered = of_limits.iter_mut().any(|(account, own)| {
        own.sort_by_key(|change| (change.at, &change.id));
        let lower = |pair: &[&Change]| pair[1].credits.is_some_and(|to| pair[0].credits > Some(to));
        limited(account) && own.windows(2).any(lower)
    });
    let zero = of_limits.iter().any(|(account, own)| {
        limited(account) && own.iter().any(|change| change.credits == Some(0))
    });
    let amounts = |sign: bool| {
        let mut own = bill.lines.iter().filter(|line| line[1] == "adjustment");
        own.any(|line| line[8].starts_with('-') == sign)
    };
    let rows = &bill.statements;
    let of_nobody = population
        .adjustments
        .iter()
        .any(|own| !rows.iter().any(|row| row["account_id"] == own.account));
    let twin = standing(&population.adjustments, |own| &own.id).len();
    vec![
        ("a limit that is reached", rows.iter().any(|row| limited(&row["account_id"]))),
        (
            "overage up to a limit",
            rows.iter().any(|row| limited(&row["account_id"]) && billed(row)),
        ),
        ("a limit of 0", zero),
        ("a limit that is lowered", lowered),
        ("a limit of all accounts", population.terms.overage_limit.is_some()),
        ("a limit that goes on", bill.state.iter().any(|row| !row["overage_limit"].is_empty())),
        ("an amount that is charged", amounts(false)),
        ("an amount that is given back", amounts(true)),
        ("a total below zero", rows.iter().any(|row| row["total_amount"].starts_with('-'))),
        ("an adjustment of nobody", of_nobody),
        ("an adjustment's id again", twin < population.adjustments.len()),
    ]
}
