//! What was written, for people and for machines.

use std::collections::BTreeMap;

use serde::Serialize;

use super::entry::{Journal, Kind};
use super::grants::Movement;
use super::request::Request;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::with_thousands;
use crate::base::money::{Amount, Currency};
use crate::base::text_table::TextTable;
use crate::tables::Output;

/// Entries of one kind of a revision.
#[derive(Debug, Serialize)]
struct Group<'a> {
    revision: &'a str,
    kind: Kind,
    entries: u64,
    debits: Amount,
}

/// What bought grants owe.
#[derive(Debug, Serialize)]
struct Owed {
    opening: Amount,
    sold: Amount,
    drawn: Amount,
    lapsed: Amount,
    closing: Amount,
}

/// The answer for machines.
#[derive(Debug, Serialize)]
struct JournalResult<'a> {
    month: Month,
    folder: &'a str,
    currency: Currency,
    revisions: &'a [String],
    entries: usize,
    kinds: &'a [Group<'a>],
    grants_owed: Owed,
    table: &'a [Output],
    files: &'a [String],
}

/// The answer; `table` are the table's files, `files` the names of those beside it.
pub(super) fn answer(
    request: &Request,
    journal: &Journal,
    table: &[Output],
    files: &[String],
) -> Answer {
    let Journal { entries, currency, revisions, owed } = journal;
    let groups = groups(journal);
    let amount = |minor| Amount { minor, currency: *currency };
    let Movement { opening, sold, drawn, lapsed, closing } = *owed;
    let [opening, sold, drawn, lapsed, closing] =
        [opening, sold, drawn, lapsed, closing].map(amount);
    let folder = request.out.display().to_string();
    let result = JournalResult {
        month: request.month,
        folder: &folder,
        currency: *currency,
        revisions,
        entries: entries.len(),
        kinds: &groups,
        grants_owed: Owed { opening, sold, drawn, lapsed, closing },
        table,
        files,
    };
    let code = currency.code();
    let mut lines = TextTable::labelled(11);
    for Group { revision, kind, entries, debits } in &groups {
        let entries = counted(*entries);
        lines.entry(revision, format!("{}: {entries}, {debits} {code}", kind.in_words()));
    }
    if [opening, sold, closing].iter().any(|amount| amount.minor != 0) {
        let owed = format!(
            "{opening} owed before, {sold} sold, {drawn} drawn, {lapsed} expired, {closing} owed \
             after {code}"
        );
        lines.entry("grants", owed);
    }
    let of_table = table.iter().map(|output| output.file.as_str());
    let names: Vec<&str> = of_table.chain(files.iter().map(String::as_str)).collect();
    lines.entry("files", names.join(", "));
    let (month, entries) = (request.month, counted(entries.len() as u64));
    let text = format!("{month} as {entries} in {folder}\n{}", lines.text("  "));
    Answer::new(text, &result, 0)
}

fn groups(journal: &Journal) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(&str, Kind), Group<'_>> = BTreeMap::new();
    for entry in &journal.entries {
        let (revision, kind) = (entry.revision.as_str(), entry.kind);
        let debits = Amount { minor: 0, currency: journal.currency };
        let group = groups.entry((revision, kind));
        let group = group.or_insert(Group { revision, kind, entries: 0, debits });
        group.entries += 1;
        let debits = entry.postings.iter().map(|(_, amount)| *amount).filter(|it| *it > 0);
        group.debits.minor += debits.sum::<i128>();
    }
    groups.into_values().collect()
}

fn counted(entries: u64) -> String {
    let noun = if entries == 1 { "entry" } else { "entries" };
    format!("{} {noun}", with_thousands(entries))
}
