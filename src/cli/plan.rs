//! What a dry run comes to over all its months, told to people.

use crate::base::text_table::{Column, TextTable, fit};
use crate::run::{Report, Status};

/// What is said stands so many characters to the right, behind its label.
const VALUES_AT: usize = 14;

/// The months of a plan, where they are several, and the digest by which it is approved; no wider
/// than `width`.
pub(super) fn plan(reports: &[Report], digest: &str, width: usize) -> String {
    let months = match reports {
        [first, .., last] => {
            let title = format!("plan: {} to {}, in {}\n", first.month, last.month, last.currency);
            let table = table(reports);
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

fn table(reports: &[Report]) -> String {
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
