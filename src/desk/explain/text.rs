//! An account's month as text.

use super::explanation::Explanation;
use super::sections::Sections;
use super::words::{moment, plan_name, state_in_words};
use super::{changes, documents, events, exceptions, proof_text, segments};
use crate::base::calendar::date_in_words;
use crate::base::text_table::{Column, TextTable};
use crate::billing::account_rows::state_cells;
use crate::book::OpeningRecord;
use crate::tables::ExpiryReason;

/// The whole text.
pub fn text(explanation: &Explanation<'_>) -> String {
    let Explanation { request, published, evidence, .. } = explanation;
    let mut text = Sections::default();
    text.lines.extend(header(explanation));
    text.section("Opening", opening(explanation));
    text.section("Changes", changes::lines(explanation));
    text.section("Credits", segments::lines(explanation));
    if request.events {
        text.section("Events", events::lines(explanation));
    }
    text.section("Documents", documents::lines(published, evidence.catalog.currency));
    text.section("Expired", expired(explanation));
    text.section("Closing", closing(explanation));
    text.section("Exceptions", exceptions::lines(&published.exceptions, request.month));
    text.section("Check", proof_text::lines(explanation));
    text.finish()
}

fn header(explanation: &Explanation<'_>) -> Vec<String> {
    let (catalog, statement) = (&explanation.evidence.catalog, explanation.statement);
    let (account, month) = (&explanation.request.account, explanation.request.month.in_words());
    let mut lines = vec![format!(
        "{account}, {month} ({}, billed with \"{}\" in force from {})",
        explanation.published.place(),
        catalog.name,
        catalog.in_force_from
    )];
    let amount = |amount| catalog.currency.plain(amount);
    lines.push(format!(
        "{}: {} subscription and upgrades + {} overage = {} {}; instants are in UTC",
        plan_name(catalog, &statement.billed_plan),
        amount(statement.subscription_amount),
        amount(statement.overage_amount),
        amount(statement.total_amount),
        catalog.currency.code()
    ));
    lines.extend(explanation.published.about_revision());
    lines
}

fn opening(explanation: &Explanation<'_>) -> Vec<String> {
    let evidence = explanation.evidence;
    let from = match &evidence.opening {
        OpeningRecord::Genesis => "from all changes before the month".to_owned(),
        OpeningRecord::Book { month, revision, .. } => format!("from {month} {revision}"),
        OpeningRecord::Imported { .. } => "from the state that was imported".to_owned(),
        OpeningRecord::File { file, .. } => format!("from {file}"),
    };
    let catalog = &evidence.catalog;
    let mut lines = match &evidence.effects.opening {
        Some(state) => {
            let state = state_in_words(&state_cells(state, catalog), catalog);
            state.map(|state| format!("{from}: {state}")).into_iter().collect()
        }
        None => vec!["none: the account signed up within the month (T3)".to_owned()],
    };
    let before = explanation.draws.segments.iter().filter(|segment| segment.before_month);
    lines.extend(before.filter_map(|segment| {
        let (used, left) = (segment.trial_drawn, segment.trial_after?);
        Some(format!("of the trial, {used} were used before the month: {left} are left"))
    }));
    lines.extend(explanation.stale.as_ref().map(|stale| format!("stale: {}", stale.in_words())));
    lines
}

fn expired(explanation: &Explanation<'_>) -> Vec<String> {
    let catalog = &explanation.evidence.catalog;
    let mut table = TextTable::new([Column::text(""), Column::numbers(""), Column::text("")]);
    for row in &explanation.published.expired {
        let pool = row.plan.as_deref().map_or("the trial", |plan| plan_name(catalog, plan));
        let why = match row.reason.known() {
            Some(ExpiryReason::TrialEnded) => "when it ended (C2)",
            Some(ExpiryReason::FirstUpgrade) => "with the first upgrade (C4, C5)",
            Some(ExpiryReason::MonthEnded) => "with the month (C5)",
            None => row.reason.name(),
        };
        table.row([
            moment(row.expired_at, explanation.request.month),
            row.expired.to_string(),
            format!("of {pool}'s {}, {why}", row.granted),
        ]);
    }
    table.lines()
}

fn closing(explanation: &Explanation<'_>) -> Vec<String> {
    let state = explanation.published.state.as_ref();
    let state = state.and_then(|row| state_in_words(&row.cells(), &explanation.evidence.catalog));
    let next = date_in_words(explanation.request.month.next().first_day());
    state.map(|state| format!("from {next}: {state}")).into_iter().collect()
}
