//! The journal: every revision of the book has its line, and every line its revision.

use std::collections::BTreeMap;

use super::finding::{Code, Found, Place};
use super::revision::Facts;
use crate::book::{Entry, JOURNAL};

/// Checks the text of the journal, where there is one, against the revisions.
pub(super) fn check(text: Option<&[u8]>, revisions: &[Facts], found: &mut Found) {
    let place = || Place::book().file(JOURNAL);
    let text = match text {
        Some(bytes) => String::from_utf8_lossy(bytes),
        // The first version kept no journal. A book that it alone has published needs none.
        None if revisions.iter().all(|facts| facts.is_unsealed) => return,
        None => return found.add(Code::Missing, place(), "is not there, or cannot be read"),
    };
    let mut noted: BTreeMap<(String, String), Entry> = BTreeMap::new();
    for (line, row) in text.split_inclusive('\n').zip(1..) {
        let Some(entry) = line.strip_suffix('\n').and_then(Entry::parse) else {
            let is_torn =
                |whole: &str| !line.trim_end().is_empty() && whole.starts_with(line.trim_end());
            // What a crash has cut short is written anew, whole.
            match text.lines().filter(|whole| Entry::parse(whole).is_some()).any(is_torn) {
                true => {
                    found.note("torn", &place(), format!("line {row} of {JOURNAL} is cut short"))
                }
                false => {
                    let expected = "a month, a revision and the SHA-256 of its manifest";
                    let what = format!("the line is `{}`", line.escape_debug());
                    found.add_expected(Code::Journal, place().row(row), what, expected);
                }
            }
            continue;
        };
        let key = (entry.month.to_string(), entry.revision.clone());
        if noted.insert(key, entry.clone()).is_some() {
            let what = format!("{} {} has a line already", entry.month, entry.revision);
            found.add(Code::Journal, place().row(row), what);
        }
    }
    for facts in revisions {
        let entry = noted.remove(&(facts.month.to_string(), facts.name.clone()));
        of_revision(facts, entry.as_ref(), found);
    }
    for entry in noted.into_values() {
        let place = Place::month(entry.month).revision(&entry.revision);
        found.add(Code::Journal, place, "was published, and is no more");
    }
}

fn of_revision(facts: &Facts, entry: Option<&Entry>, found: &mut Found) {
    match (entry, &facts.manifest_sha256) {
        (None, _) if facts.is_unsealed => {}
        (None, _) => {
            let what = "has no line in the journal";
            let expected = "one; after a crash of the run that published it, the next run of the month adds it";
            found.add_expected(Code::Journal, facts.place(), what, expected);
        }
        (Some(entry), Some(is)) if entry.manifest_sha256 != *is => {
            let what = format!("is not the revision of the journal: its manifest's sha256 is {is}");
            let expected = entry.manifest_sha256.as_str();
            found.add_expected(Code::Journal, facts.place(), what, expected);
        }
        _ => {}
    }
}
