//! The journal: every revision of the book has its line, and every line its revision.

use std::collections::BTreeMap;

use super::finding::{Audit, FindingCode, Place};
use super::revision::CheckedRevision;
use crate::base::calendar::Month;
use crate::book::{JOURNAL, JournalEntry};

/// Checks the text of the journal, where there is one, against the revisions, or those before a month.
pub(super) fn check(
    text: Option<&[u8]>,
    revisions: &[CheckedRevision],
    before: Option<Month>,
    audit: &mut Audit,
) {
    let Some(text) = text else {
        // The first version kept no journal. A book that it alone has published needs none.
        if !revisions.iter().all(|revision| revision.is_unsealed) {
            let place = Place::book().file(JOURNAL);
            audit.add(FindingCode::Missing, place, "is not there, or cannot be read");
            audit.is_underway = true;
        }
        return;
    };
    let mut noted = read(&String::from_utf8_lossy(text), audit);
    noted.retain(|(month, _), _| before.is_none_or(|before| *month < before));
    for revision in revisions {
        let entry = noted.remove(&(revision.month, revision.name.clone()));
        of_revision(revision, entry.as_ref(), audit);
    }
    for entry in noted.into_values() {
        let place = Place::month(entry.month).revision(&entry.revision);
        audit.add(FindingCode::Journal, place, "was published, and is no more");
    }
}

/// The lines, by month and revision.
fn read(text: &str, audit: &mut Audit) -> BTreeMap<(Month, String), JournalEntry> {
    let place = |row| Place::book().file(JOURNAL).row(row);
    let mut noted = BTreeMap::new();
    for (line, row) in text.split_inclusive('\n').zip(1..) {
        match line.strip_suffix('\n').and_then(JournalEntry::parse) {
            Some(entry) => {
                let said = format!("{} {} has a line already", entry.month, entry.revision);
                if noted.insert((entry.month, entry.revision.clone()), entry).is_some() {
                    audit.add(FindingCode::Journal, place(row), said);
                }
            }
            None if is_torn(line.trim_end(), text) => {
                audit.note("torn", &place(row), format!("line {row} of {JOURNAL} is cut short"));
            }
            None => {
                let expected = "a month, a revision and the SHA-256 of its manifest";
                let what = format!("the line is `{}`", line.escape_debug());
                audit.add_expected(FindingCode::Journal, place(row), what, expected);
            }
        }
    }
    noted
}

/// Whether a line was cut short by a crash: it was then written again, whole.
fn is_torn(line: &str, text: &str) -> bool {
    let mut whole = text.lines().filter(|whole| JournalEntry::parse(whole).is_some());
    !line.is_empty() && whole.any(|whole| whole.starts_with(line))
}

fn of_revision(revision: &CheckedRevision, entry: Option<&JournalEntry>, audit: &mut Audit) {
    match (entry, &revision.manifest_sha256) {
        (None, _) if revision.is_unsealed => {}
        (None, _) => {
            let what = "has no line in the journal";
            let expected = "one; after a crash of the run that published it, the next run of the month adds it";
            audit.add_expected(FindingCode::Journal, revision.place(), what, expected);
            audit.is_underway = true;
        }
        (Some(entry), Some(is)) if entry.manifest_sha256 != *is => {
            let what = format!("is not the revision of the journal: its manifest's sha256 is {is}");
            let expected = entry.manifest_sha256.as_str();
            audit.add_expected(FindingCode::Journal, revision.place(), what, expected);
        }
        _ => {}
    }
}
