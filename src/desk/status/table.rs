//! The months of a book as a table for people.

use std::fmt::Write as _;

use super::findings::Finding;
use super::inputs::Condition;
use super::months::{Entry, Published, Standing};
use crate::base::calendar::Month;
use crate::base::digits::{plain_decimal, with_thousands};
use crate::book::Book;

/// A column: its head, whether it is set to the right, and whether it is left out where no month
/// has anything in it.
type Head = (&'static str, bool, bool);

const HEADS: [Head; 12] = [
    ("month", false, false),
    ("revision", false, false),
    ("published", false, false),
    ("accounts", true, false),
    ("invoices", true, false),
    ("notes", true, true),
    ("subscription", true, false),
    ("overage", true, false),
    ("total", true, false),
    ("", false, false),
    ("to look at", true, false),
    ("rejects", true, false),
];

/// The table, and below it what there is to say.
pub(super) fn text(book: &Book, entries: &[Entry], findings: &[Finding]) -> String {
    let mut text = format!("{}: {}\n", book.folder().display(), extent(entries));
    if !entries.is_empty() {
        text.push('\n');
        push_table(&mut text, &entries.iter().map(row).collect::<Vec<_>>());
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

fn row(entry: &Entry) -> [String; HEADS.len()] {
    let mut cells: [String; HEADS.len()] = Default::default();
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

fn fill(cells: &mut [String; HEADS.len()], published: &Published, stale: bool) {
    let number = |n: u64| with_thousands(i64::try_from(n).unwrap_or(i64::MAX));
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
    cells[3] = number(published.accounts);
    let invoices = documents.counts.values().sum::<u64>() - documents.notes();
    cells[4] = number(invoices);
    if documents.notes() > 0 {
        cells[5] = number(documents.notes());
    }
    for (at, sum) in documents.sums.into_iter().enumerate() {
        cells[6 + at] = amount(sum, u32::from(published.currency.decimals()));
    }
    cells[9] = published.currency.code().to_owned();
    cells[10] = number(published.to_look_at());
    cells[11] = number(published.rejects);
}

/// An amount with commas between thousands.
fn amount(minor: i128, decimals: u32) -> String {
    let plain = plain_decimal(minor, decimals);
    let (whole, rest) = plain.split_once('.').map_or((plain.as_str(), ""), |(w, r)| (w, r));
    let sign = if minor < 0 { "-" } else { "" };
    let grouped = whole.trim_start_matches('-').parse().map(with_thousands);
    let whole = grouped.map_or_else(|_| whole.to_owned(), |grouped| format!("{sign}{grouped}"));
    if rest.is_empty() { whole } else { format!("{whole}.{rest}") }
}

/// Adds the table to a text, each column as wide as it needs.
fn push_table(text: &mut String, rows: &[[String; HEADS.len()]]) {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let shown = |at: &usize| !HEADS[*at].2 || width(*at) > 0;
    let columns: Vec<(usize, usize)> = (0..HEADS.len())
        .filter(shown)
        .map(|at| (at, width(at).max(HEADS[at].0.chars().count())))
        .collect();
    let mut line = |cells: &dyn Fn(usize) -> String| {
        let mut line = String::new();
        for &(at, width) in &columns {
            let (head, to_the_right, _) = HEADS[at];
            let cell = cells(at);
            // The currency belongs to the amount before it.
            line.push_str(if head.is_empty() { " " } else { "  " });
            line += &match to_the_right {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            };
        }
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}", line.trim_end());
    };
    line(&|at| HEADS[at].0.to_owned());
    for row in rows {
        line(&|at| row[at].clone());
    }
}
