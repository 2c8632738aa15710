//! What a verification came to: for people, month by month, and for machines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::finding::{Audit, Finding, FindingCode, Note, Place};
use crate::base::answer::Answer;
use crate::base::digits::{counted, with_thousands};
use crate::base::error::Kind;
use crate::base::printable::on_one_line;
use crate::base::text_table::TextTable;

/// Findings that are printed for a month; more are counted.
const PRINTED: usize = 20;

/// A month of the book, as `--json` prints it and `--since` reads it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MonthReport {
    pub month: String,
    /// What `CURRENT` names, if it names a revision.
    pub in_force: Option<String>,
    /// Whether it is archived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    pub revisions: Vec<RevisionReport>,
}

/// A revision.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RevisionReport {
    pub revision: String,
    /// The digest of its manifest, where that can be read.
    pub manifest_sha256: Option<String>,
}

/// The whole.
#[derive(Debug)]
pub(super) struct Report {
    pub book: String,
    pub months: Vec<MonthReport>,
    pub audit: Audit,
}

/// The whole for `--json`.
#[derive(Serialize)]
struct ReportJson<'a> {
    status: &'static str,
    exit_code: u8,
    book: &'a str,
    months: &'a [MonthReport],
    /// How many findings there are of each code.
    codes: BTreeMap<&'static str, u64>,
    findings: &'a [Finding],
    notes: &'a [Note],
}

impl Report {
    /// As an answer.
    pub fn answer(&self) -> Answer {
        let (status, exit_code) = match &self.audit {
            audit if audit.findings.is_empty() => ("sound", 0),
            audit if audit.is_unfinished() => ("unverified", Kind::System.exit_code()),
            _ => ("findings", Kind::Conservation.exit_code()),
        };
        let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
        for finding in &self.audit.findings {
            *codes.entry(finding.code.name()).or_insert(0) += 1;
        }
        let count = |code: FindingCode| (code.name(), codes.get(code.name()).copied().unwrap_or(0));
        let findings = FindingCode::ALL.map(count).to_vec();
        let result = json!(ReportJson {
            status,
            exit_code,
            book: &self.book,
            months: &self.months,
            codes,
            findings: &self.audit.findings,
            notes: &self.audit.notes,
        });
        Answer { text: self.text(), result, exit_code, findings }
    }

    fn text(&self) -> String {
        let revisions: usize = self.months.iter().map(|month| month.revisions.len()).sum();
        let said = match self.audit.findings.len() {
            0 => "all is well".to_owned(),
            findings => counted(findings as u64, "finding"),
        };
        let (months, revisions) =
            (counted(self.months.len() as u64, "month"), counted(revisions as u64, "revision"));
        let mut text = format!("{}: {months}, {revisions}: {said}\n", self.book);
        let mut by_month: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::new();
        for finding in &self.audit.findings {
            by_month.entry(finding.place.month.as_deref()).or_default().push(finding);
        }
        if let Some(findings) = by_month.remove(&None) {
            text.push_str("the book\n");
            print(&findings, &mut text);
        }
        // Months that are only missed have findings, too.
        let mut named: BTreeMap<&str, Option<&MonthReport>> =
            by_month.keys().flatten().map(|month| (*month, None)).collect();
        named.extend(self.months.iter().map(|month| (month.month.as_str(), Some(month))));
        for (name, month) in named {
            let findings = by_month.remove(&Some(name)).unwrap_or_default();
            let said = match findings.len() {
                0 => "sound".to_owned(),
                count => counted(count as u64, "finding"),
            };
            let revisions = month.map_or("not in the book".to_owned(), MonthReport::in_words);
            line(&mut text, &format!("{name}  {revisions}: {said}"));
            print(&findings, &mut text);
        }
        if !self.audit.notes.is_empty() {
            text.push_str("to be known\n");
        }
        for note in self.audit.notes.iter().take(PRINTED) {
            let place =
                [&note.month, &note.revision].map(|part| part.as_deref().unwrap_or_default());
            let place = place.join(" ");
            let separator = if place.trim_end().is_empty() { "" } else { ": " };
            line(&mut text, &format!("  {}{separator}{}", place.trim_end(), note.what));
        }
        more(self.audit.notes.len(), &mut text);
        text
    }
}

impl MonthReport {
    fn in_words(&self) -> String {
        let name = |RevisionReport { revision, .. }: &RevisionReport| match &self.in_force {
            Some(in_force) if in_force == revision => format!("{revision} in force"),
            _ => revision.clone(),
        };
        let mut words: Vec<String> = self.revisions.iter().map(name).collect();
        words.extend(self.archived.then(|| "archived".to_owned()));
        words.join(", ")
    }
}

fn more(count: usize, text: &mut String) {
    if count > PRINTED {
        line(
            text,
            &format!("  … and {} more: --json has all", with_thousands((count - PRINTED) as u64)),
        );
    }
}

fn print(findings: &[&Finding], text: &mut String) {
    let mut table = TextTable::labelled(15);
    for finding in findings.iter().take(PRINTED) {
        let place = in_words(&finding.place);
        let place = if place.is_empty() { place } else { format!("{place}: ") };
        let rule = finding.rule.map_or(String::new(), |rule| format!("{rule}, "));
        table.entry(finding.code.name(), format!("{rule}{place}{}", finding.what));
        if let Some(expected) = &finding.expected {
            table.entry("", format!("expected: {expected}"));
        }
    }
    table.lines().iter().for_each(|told| line(text, &format!("  {told}")));
    more(findings.len(), text);
}

/// A place within a month, such as `r001/documents.csv, row 3, account ann`.
fn in_words(place: &Place) -> String {
    let file = [&place.revision, &place.file].into_iter().flatten();
    let file = file.map(String::as_str).collect::<Vec<_>>().join("/");
    let parts = [
        Some(file).filter(|file| !file.is_empty()),
        place.row.map(|row| format!("row {row}")),
        place.column.map(|column| format!("column `{column}`")),
        place.account.as_ref().map(|account| format!("account {account}")),
        place.document.clone(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A line for a terminal: names and cells that were tampered with must not play with it.
fn line(text: &mut String, words: &str) {
    text.push_str(&on_one_line(words));
    text.push('\n');
}
