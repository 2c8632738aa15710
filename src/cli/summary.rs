//! A run's result, told to people.

use std::time::Duration;

use crate::base::calendar::Month;
use crate::base::digits::with_thousands;
use crate::base::text_table::TextTable;
use crate::run::{Counts, DIFFERENCES_TOLD, Report, StageTime, TableRows};

/// A short summary of a month.
pub(super) fn summary(report: &Report) -> String {
    let mut table = TextTable::labelled(11);
    table.entry("accounts", accounts(&report.counts));
    table.entry("events", events(report));
    table.entry("documents", documents(report));
    if let Some(new) = report.counts.new_notes {
        table.entry("new", format!("{} of these documents", with_thousands(new)));
    }
    table.entry("rejects", with_thousands(report.counts.rejects));
    table.entry("exceptions", exceptions(report));
    let rows = |table: &TableRows| format!("{} {}", table.table, with_thousands(table.rows));
    table.entry("tables", listed(report.tables.iter().map(rows)));
    let time = |time: &StageTime| format!("{} {}", time.stage, seconds(time.took));
    table.entry("time", listed(report.stages.iter().map(time)));
    if !report.stale_after.is_empty() {
        let months = listed(report.stale_after.iter().map(Month::to_string));
        let why = "opened with another closing state; --cascade bills again";
        table.entry("stale", format!("{months}: {why}"));
    }
    let differences = report.differences.as_ref().map(|found| found.summary(DIFFERENCES_TOLD));
    [report.headline(), table.text("  "), differences.unwrap_or_default()].concat()
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

fn accounts(counts: &Counts) -> String {
    let all = with_thousands(counts.accounts);
    match counts.billed_anew {
        None => all,
        Some(anew) => format!("{all}: {} billed anew, the others as before", with_thousands(anew)),
    }
}

fn events(report: &Report) -> String {
    let Counts { events, duplicates, outside, .. } = report.counts;
    let ids = if report.event_ids { "" } else { " (no event ids: not looked for)" };
    format!(
        "{} billed, {} duplicates{ids}, {} of other months",
        with_thousands(events),
        with_thousands(duplicates),
        with_thousands(outside)
    )
}

fn documents(report: &Report) -> String {
    format!(
        "{}: {} subscription + {} overage = {} {}",
        with_thousands(report.counts.documents),
        report.plain(report.amounts.subscription),
        report.plain(report.amounts.overage),
        report.plain(report.amounts.total),
        report.currency.code()
    )
}

fn exceptions(report: &Report) -> String {
    if report.exceptions.is_empty() {
        return "0".to_owned();
    }
    let kinds = report.exceptions.iter();
    listed(kinds.map(|(kind, groups)| format!("{} {}", with_thousands(*groups), kind.name())))
}

/// Seconds to the hundredth, such as `1.23 s`.
fn seconds(took: Duration) -> String {
    format!("{}.{:02} s", took.as_secs(), took.subsec_millis() / 10)
}
