//! What a population has in it: a property that holds of nothing proves nothing.

use super::oracle::{bill, standing};
use crate::months::population::Population;

/// The corners, and whether the population is in them.
pub fn corners(population: &Population) -> Vec<(&'static str, bool)> {
    let bill = bill(population);
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
