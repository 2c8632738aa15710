//! The months of a book as a table for people.

use super::findings::Finding;
use super::month::{BookMonth, Condition, MonthStatus};
use crate::base::calendar::Month;
use crate::base::digits::with_thousands;
use crate::base::money::Amount;
use crate::base::text_table::{Column, TextTable, fit};
use crate::book::Book;
use crate::tables::DocumentType;

const COLUMNS: [Column; 14] = [
    Column::text("month"),
    Column::text("revision"),
    Column::text("published"),
    Column::numbers("accounts"),
    Column::numbers("invoices"),
    Column::numbers("notes").optional(),
    Column::numbers("subscription"),
    Column::numbers("grants").optional(),
    Column::numbers("adjustments").optional(),
    Column::numbers("overage"),
    Column::numbers("total"),
    // The currency belongs to the amount before it.
    Column::text("").gap(1),
    Column::numbers("to look at"),
    Column::numbers("rejects"),
];

type Cells = [String; COLUMNS.len()];

/// The table, and below it what there is to say.
pub(super) fn text(
    book: &Book,
    months: &[BookMonth],
    findings: &[Finding],
    width: usize,
) -> String {
    let mut text = format!("{}: {}\n", book.folder().display(), extent(months));
    if !months.is_empty() {
        let mut table = TextTable::new(COLUMNS);
        months.iter().for_each(|month| table.row(cells(month)));
        text.push_str(&format!("\n{}", table.text_within("  ", width)));
    }
    let history = months.iter().filter_map(|month| Some((month.month, history(month)?)));
    let findings = findings.iter().map(|finding| (finding.month, finding.message.clone()));
    let mut notes: Vec<(Month, String)> = history.chain(findings).collect();
    // A month's lines stand together.
    notes.sort_by_key(|(month, _)| *month);
    let mut lines: Vec<String> =
        notes.into_iter().map(|(month, message)| format!("{month} {message}")).collect();
    let published = months.iter().filter_map(BookMonth::published);
    let inputs: Vec<_> = published.filter_map(|month| month.inputs.as_ref()).flatten().collect();
    if !inputs.is_empty() && inputs.iter().all(|input| input.condition == Condition::Same) {
        lines.push(format!("all {} recorded inputs are as they were billed", inputs.len()));
    }
    if !lines.is_empty() {
        text.push_str(&fit(&format!("\n{}\n", lines.join("\n")), width, 2));
    }
    text
}

/// Why a month has a later revision, when its documents were issued, where not all on the first of
/// the next month, and what was accepted of it.
fn history(entry: &BookMonth) -> Option<String> {
    let month = entry.published()?;
    let accepted = month.accepted.as_ref();
    let accepted = accepted.map(|accepted| format!("accepted for {}", accepted.in_words()));
    let reason = month.reason.as_ref().map(|reason| format!("for `{reason}`"));
    let first_of_next = entry.month.next().first_day();
    let issued = month.totals.issued_first.zip(month.totals.issued_last);
    let issued = issued.filter(|issued| *issued != (first_of_next, first_of_next));
    let issued = issued.map(|(first, last)| match first == last {
        true => format!("documents issued {first}"),
        false => format!("documents issued {first} to {last}"),
    });
    let parts: Vec<String> = reason.into_iter().chain(issued).chain(accepted).collect();
    (!parts.is_empty()).then(|| format!("{} {}", month.revision, parts.join(", ")))
}

fn extent(months: &[BookMonth]) -> String {
    let missing = months.iter().filter(|month| matches!(month.status, MonthStatus::Missing));
    let there = months.len() - missing.count();
    let (Some(first), Some(last)) = (months.first(), months.last()) else {
        return "no month is published".to_owned();
    };
    match there {
        1 => format!("one month, {}", first.month),
        _ => format!("{there} months, {} to {}", first.month, last.month),
    }
}

fn cells(entry: &BookMonth) -> Cells {
    let mut cells: Cells = Default::default();
    cells[0] = entry.month.to_string();
    let month = match &entry.status {
        MonthStatus::Published(month) | MonthStatus::Archived(month) => month,
        MonthStatus::Missing => {
            cells[1] = "missing".to_owned();
            return cells;
        }
        MonthStatus::Damaged { .. } => {
            cells[1] = "damaged".to_owned();
            return cells;
        }
    };
    let of_all = match month.revisions.len() {
        1 => String::new(),
        all => format!(" of {all}"),
    };
    let standing = match entry.status {
        MonthStatus::Archived(_) => ", archived",
        _ if matches!(month.stale, Ok(Some(_))) => ", stale",
        _ => "",
    };
    // To the minute: 2026-05-01T06:00:12Z.
    let started_at = month.started_at.get(..16).unwrap_or(&month.started_at).replace('T', " ");
    let totals = &month.totals;
    let invoices = totals.count(&[DocumentType::Invoice]);
    let notes = totals.count(&[DocumentType::CreditNote, DocumentType::DebitNote]);
    let if_any = |amount: Amount| match amount.minor {
        0 => String::new(),
        _ => amount.to_string(),
    };
    [
        entry.month.to_string(),
        format!("{}{of_all}{standing}", month.revision),
        started_at,
        with_thousands(totals.accounts),
        with_thousands(invoices),
        if notes > 0 { with_thousands(notes) } else { String::new() },
        totals.subscription_amount.to_string(),
        if_any(totals.grants_amount),
        if_any(totals.adjustments_amount),
        totals.overage_amount.to_string(),
        totals.total_amount.to_string(),
        totals.currency.code().to_owned(),
        with_thousands(totals.to_look_at),
        with_thousands(totals.rejects),
    ]
}
