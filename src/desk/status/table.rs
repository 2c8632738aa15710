//! The months of a book as a table for people.

use std::fmt::Write as _;

use super::findings::Finding;
use super::inputs::Condition;
use super::months::{Entry, Published, Standing};
use crate::base::calendar::Month;
use crate::base::digits::{decimal_with_thousands, with_thousands};
use crate::base::text_table::{Column, TextTable};
use crate::book::Book;

const COLUMNS: [Column; 12] = [
    Column::text("month"),
    Column::text("revision"),
    Column::text("published"),
    Column::numbers("accounts"),
    Column::numbers("invoices"),
    Column::numbers("notes").optional(),
    Column::numbers("subscription"),
    Column::numbers("overage"),
    Column::numbers("total"),
    // The currency belongs to the amount before it.
    Column::text("").gap(1),
    Column::numbers("to look at"),
    Column::numbers("rejects"),
];

type Cells = [String; COLUMNS.len()];

/// The table, and below it what there is to say.
pub(super) fn text(book: &Book, entries: &[Entry], findings: &[Finding]) -> String {
    let mut text = format!("{}: {}\n", book.folder().display(), extent(entries));
    if !entries.is_empty() {
        let mut table = TextTable::new(COLUMNS);
        entries.iter().for_each(|entry| table.row(row(entry)));
        let _ = write!(text, "\n{}", table.text("  "));
    }
    let mut notes: Vec<(Month, String)> = entries
        .iter()
        .filter_map(|entry| Some((entry.month, history(entry)?)))
        .chain(findings.iter().map(|finding| (finding.month, finding.words.clone())))
        .collect();
    // A month's lines stand together.
    notes.sort_by_key(|(month, _)| *month);
    let mut lines: Vec<String> =
        notes.into_iter().map(|(month, words)| format!("{month} {words}")).collect();
    let inputs: Vec<_> =
        entries.iter().filter_map(|entry| entry.inputs.as_ref()).flatten().collect();
    if !inputs.is_empty() && inputs.iter().all(|input| input.condition == Condition::Same) {
        lines.push(format!("all {} recorded inputs are as they were billed", inputs.len()));
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    for line in lines {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Why a month has a later revision, and when its documents were issued, where not all on the
/// first of the next month.
fn history(entry: &Entry) -> Option<String> {
    let Standing::Published(published) = &entry.standing else { return None };
    let reason = published.manifest.reason.as_ref().map(|reason| format!("for `{reason}`"));
    let issued = published.documents.issued.filter(|(first, last)| {
        let usual = entry.month.next().first_day();
        (*first, *last) != (usual, usual)
    });
    let issued = issued.map(|(first, last)| match first == last {
        true => format!("documents issued {first}"),
        false => format!("documents issued {first} to {last}"),
    });
    let parts: Vec<String> = reason.into_iter().chain(issued).collect();
    let revision = &published.manifest.revision;
    (!parts.is_empty()).then(|| format!("{revision} {}", parts.join(", ")))
}

fn extent(entries: &[Entry]) -> String {
    let missing = entries.iter().filter(|e| matches!(e.standing, Standing::Missing)).count();
    let there = entries.len() - missing;
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return "no month is published".to_owned();
    };
    match there {
        1 => format!("one month, {}", first.month),
        _ => format!("{there} months, {} to {}", first.month, last.month),
    }
}

fn row(entry: &Entry) -> Cells {
    let mut cells: Cells = Default::default();
    cells[0] = entry.month.to_string();
    match &entry.standing {
        Standing::Missing => cells[1] = "missing".to_owned(),
        Standing::Damaged(_) => cells[1] = "damaged".to_owned(),
        Standing::Published(published) => {
            let stale = matches!(entry.stale, Ok(Some(_)));
            fill(&mut cells, published, stale);
        }
    }
    cells
}

fn fill(cells: &mut Cells, published: &Published, stale: bool) {
    let (manifest, documents) = (&published.manifest, &published.documents);
    cells[1] = match published.revisions.len() {
        1 => manifest.revision.clone(),
        all => format!("{} of {all}", manifest.revision),
    };
    if stale {
        cells[1].push_str(", stale");
    }
    // To the minute: 2026-05-01T06:00:12Z.
    cells[2] = published.started_at.get(..16).unwrap_or(&published.started_at).replace('T', " ");
    cells[3] = with_thousands(published.accounts);
    let invoices = documents.counts.values().sum::<u64>() - documents.notes();
    cells[4] = with_thousands(invoices);
    if documents.notes() > 0 {
        cells[5] = with_thousands(documents.notes());
    }
    for (at, sum) in documents.sums.into_iter().enumerate() {
        cells[6 + at] = decimal_with_thousands(sum, u32::from(published.currency.decimals()));
    }
    cells[9] = published.currency.code().to_owned();
    cells[10] = with_thousands(published.to_look_at());
    cells[11] = with_thousands(published.rejects);
}
