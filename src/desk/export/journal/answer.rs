//! What was written, for people and for machines.

use std::collections::BTreeMap;

use serde::Serialize;

use super::entry::{Entry, Kind};
use super::grants::Movement;
use super::request::Request;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::with_thousands;
use crate::base::money::{Amount, Currency};
use crate::base::text_table::TextTable;
use crate::tables::Output;

/// What was written.
pub(super) struct Written<'a> {
    pub entries: &'a [Entry],
    pub currency: Currency,
    /// Those that were looked at.
    pub revisions: Vec<String>,
    pub owed: Movement,
    /// The table's files.
    pub table: Vec<Output>,
    /// The names of the files beside it.
    pub files: Vec<String>,
}

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

#[derive(Debug, Serialize)]
struct JournalResult<'a> {
    month: Month,
    folder: String,
    currency: Currency,
    revisions: &'a [String],
    entries: usize,
    kinds: Vec<Group<'a>>,
    grants_owed: Owed,
    table: &'a [Output],
    files: &'a [String],
}

impl Written<'_> {
    /// The answer.
    pub fn answer(&self, request: &Request) -> Answer {
        let amount = |minor| Amount { minor, currency: self.currency };
        let Movement { opening, sold, drawn, lapsed, closing } = self.owed;
        let result = JournalResult {
            month: request.month,
            folder: request.out.display().to_string(),
            currency: self.currency,
            revisions: &self.revisions,
            entries: self.entries.len(),
            kinds: self.groups(),
            grants_owed: Owed {
                opening: amount(opening),
                sold: amount(sold),
                drawn: amount(drawn),
                lapsed: amount(lapsed),
                closing: amount(closing),
            },
            table: &self.table,
            files: &self.files,
        };
        Answer::new(result.text(), &result, 0)
    }

    fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: BTreeMap<(&str, Kind), Group<'_>> = BTreeMap::new();
        for entry in self.entries {
            let (revision, kind) = (entry.revision.as_str(), entry.kind);
            let debits = Amount { minor: 0, currency: self.currency };
            let group = groups.entry((revision, kind)).or_insert(Group {
                revision,
                kind,
                entries: 0,
                debits,
            });
            group.entries += 1;
            let debits = entry.postings.iter().map(|(_, amount)| *amount).filter(|it| *it > 0);
            group.debits.minor += debits.sum::<i128>();
        }
        groups.into_values().collect()
    }
}

fn counted(entries: u64) -> String {
    let noun = if entries == 1 { "entry" } else { "entries" };
    format!("{} {noun}", with_thousands(entries))
}

impl JournalResult<'_> {
    fn text(&self) -> String {
        let entries = counted(self.entries as u64);
        let code = self.currency.code();
        let mut table = TextTable::labelled(11);
        for Group { revision, kind, entries, debits } in &self.kinds {
            let entries = counted(*entries);
            table.entry(revision, format!("{}: {entries}, {debits} {code}", kind.in_words()));
        }
        let Owed { opening, sold, drawn, lapsed, closing } = &self.grants_owed;
        if [opening, sold, closing].iter().any(|amount| amount.minor != 0) {
            let owed = format!(
                "{opening} owed before, {sold} sold, {drawn} drawn, {lapsed} expired, {closing} owed \
                 after {code}"
            );
            table.entry("grants", owed);
        }
        let mut files: Vec<&str> = self.table.iter().map(|output| output.file.as_str()).collect();
        files.extend(self.files.iter().map(String::as_str));
        table.entry("files", files.join(", "));
        format!("{} as {entries} in {}\n{}", self.month, self.folder, table.text("  "))
    }
}
