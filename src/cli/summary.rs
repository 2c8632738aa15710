//! What a run comes to, told to people: each month, and of a dry run all of them.

use std::cmp::Reverse;
use std::time::Duration;

use crate::base::calendar::Month;
use crate::base::digits::{counted, with_thousands};
use crate::base::text_table::{Column, TextTable, fit};
use crate::book::{OverWaived, Unmet};
use crate::run::{DIFFERENCES_TOLD, Report, Status};

/// What is said stands so many characters to the right, behind its label.
const VALUES_AT: usize = 14;

/// A short summary of a month, no wider than `width`.
pub(super) fn summary(report: &Report, width: usize) -> String {
    let number = |number: u64| with_thousands(number);
    let mut table = TextTable::labelled(11);
    let all = number(report.accounts);
    let accounts = match report.billed_anew {
        None => all,
        Some(anew) => format!("{all}: {} billed anew, the others as before", number(anew)),
    };
    table.entry("accounts", accounts);
    let duplicates = match report.duplicates {
        Some(duplicates) => counted(duplicates, "duplicate"),
        None => "0 duplicates (no event ids: not looked for)".to_owned(),
    };
    let (events, outside) = (number(report.events), number(report.outside));
    table.entry("events", format!("{events} billed, {duplicates}, {outside} of other months"));
    table.entry("documents", format!("{}: {}", number(report.documents), sums(report)));
    if report.is_later {
        table.entry("new", format!("{} of these documents", number(report.new_documents)));
    }
    add_each(&mut table, "waivers", over_waived(report));
    table.entry("rejects", number(report.rejects));
    let exceptions = report.exceptions.iter();
    let exceptions =
        exceptions.map(|(kind, groups)| format!("{} {}", number(*groups), kind.name()));
    table.entry("exceptions", listed(exceptions).unwrap_or_else(|| "0".to_owned()));
    let to_look_at = report.to_look_at();
    add_each(&mut table, "look at", to_look_at.by_table);
    add_each(&mut table, "late usage", to_look_at.late_by_month);
    add_each(&mut table, "not met", report.unmet.iter().map(Unmet::in_words));
    if let Some(accepted) = &report.accepted {
        table.entry("accepted", accepted.in_words());
    }
    let rows = report.tables.iter().map(|t| format!("{} {}", t.table, number(t.rows)));
    table.entry("tables", listed(rows).unwrap_or_default());
    table.entry("time", times(report));
    if let Some(months) = listed(report.stale_after.iter().map(Month::to_string)) {
        let why = "opened with another closing state; --cascade bills again";
        table.entry("stale", format!("{months}: {why}"));
    }
    if let Some(months) = listed(report.touched.iter().map(Month::to_string)) {
        let why = "has rows in these files, too; --cascade bills it again";
        table.entry("touched", format!("{months}: {why}"));
    }
    if let (Some(first), Some(months)) =
        (report.earlier.first(), listed(report.earlier.iter().map(Month::to_string)))
    {
        let why = "billed from what is replaced here, too; the same command with";
        table.entry("earlier", format!("{months}: {why} --month {first} bills it again"));
    }
    report.warnings.iter().for_each(|warning| table.entry("warning", warning.clone()));
    let differences = report.differences.as_ref().map(|found| found.summary(DIFFERENCES_TOLD));
    let rest = table.text("  ") + &differences.unwrap_or_default();
    fit(&report.headline(), width, 2) + &fit(&rest, width, VALUES_AT)
}

/// Adds entries of which the first one has the label.
fn add_each(table: &mut TextTable<2>, label: &str, values: impl IntoIterator<Item = String>) {
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    labels.zip(values).for_each(|(label, value)| table.entry(label, value));
}

/// What the documents come to, part by part.
fn sums(report: &Report) -> String {
    format!(
        "{} subscription{}{}{} = {} {}",
        report.subscription_amount,
        report.grants_amount.as_term_if_any("grants"),
        report.adjustments_amount.as_term_if_any("adjustments"),
        report.overage_amount.as_term("overage"),
        report.total_amount,
        report.currency
    )
}

/// Accounts that were given back more than their overage, the first of them one by one.
fn over_waived(report: &Report) -> Vec<String> {
    let told = report.over_waived.iter().take(DIFFERENCES_TOLD).map(OverWaived::in_words);
    let more = report.over_waived.len().saturating_sub(DIFFERENCES_TOLD);
    let more = (more > 0).then(|| format!("and {} more accounts", with_thousands(more as u64)));
    told.chain(more).collect()
}

/// How long it took in all, and the stages that took longest; `run.json` has all of them.
fn times(report: &Report) -> String {
    const TOLD: usize = 3;
    let all: Duration = report.stages.iter().map(|stage| stage.took).sum();
    let mut longest: Vec<_> = report.stages.iter().collect();
    longest.sort_by_key(|stage| Reverse(stage.took));
    longest.truncate(TOLD);
    let told = longest.iter().map(|t| format!("{} {}", t.stage, seconds(t.took)));
    format!("{}: {}", seconds(all), listed(told).unwrap_or_default())
}

fn listed(items: impl Iterator<Item = String>) -> Option<String> {
    let items: Vec<String> = items.collect();
    (!items.is_empty()).then(|| items.join(", "))
}

/// Seconds to the hundredth, such as `1.23 s`.
fn seconds(took: Duration) -> String {
    format!("{}.{:02} s", took.as_secs(), took.subsec_millis() / 10)
}

/// The months of a plan, where they are several, and the digest by which it is approved; no wider
/// than `width`.
pub(super) fn plan(reports: &[Report], digest: &str, width: usize) -> String {
    let months = match reports {
        [first, .., last] => {
            let title = format!("plan: {} to {}, in {}\n", first.month, last.month, last.currency);
            let table = table_of(reports);
            let causes_at = table.find("causes").unwrap_or(0);
            title + &fit(&table, width, causes_at)
        }
        _ => String::new(),
    };
    let mut told = TextTable::labelled(11);
    told.entry("digest", digest);
    if reports.iter().any(|report| !matches!(report.status, Status::Unchanged { .. })) {
        let is_later = reports.iter().any(|report| report.is_later);
        let with = if is_later { " --reason TEXT" } else { "" };
        let how = "instead of --dry-run publishes this, and nothing else";
        told.entry("", format!("--only-if DIGEST{with} {how}"));
    }
    months + &fit(&told.text("  "), width, VALUES_AT)
}

fn table_of(reports: &[Report]) -> String {
    let mut table = TextTable::new([
        Column::text("month"),
        Column::text("revision"),
        Column::numbers("before"),
        Column::numbers("after"),
        Column::numbers("change"),
        Column::text("causes"),
    ]);
    for report in reports {
        let after = report.total_amount.to_string();
        let [revision, before, difference, causes] = match (&report.differences, &report.status) {
            (Some(found), _) => [
                format!("{} to {}", found.from_revision, found.to_revision),
                found.told(found.before.total_amount),
                found.signed(found.total_delta()),
                found.causes().join(", "),
            ],
            (None, Status::Unchanged { revision }) => {
                [revision.clone(), after.clone(), String::new(), "nothing to change".to_owned()]
            }
            (None, Status::WouldDiffer { revision, .. }) => {
                let causes = "other inputs or another opening state, the same result".to_owned();
                [revision.clone(), after.clone(), String::new(), causes]
            }
            (None, Status::WouldPublish { revision } | Status::Published { revision }) => {
                [revision.clone(), String::new(), String::new(), "not published yet".to_owned()]
            }
            (None, Status::Checked) => std::array::from_fn(|_| String::new()),
        };
        table.row([report.month.to_string(), revision, before, after, difference, causes]);
    }
    table.text("  ")
}
