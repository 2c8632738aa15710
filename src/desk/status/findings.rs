//! What is to be told of a book beside its table, and whether it deserves a look.

use super::inputs::{Condition, InputNow};
use super::months::{Entry, Standing};
use crate::base::calendar::Month;
use crate::base::digits::with_thousands;
use crate::base::error::{Error, Result};
use crate::book::{Book, StateInBook};

/// Something to be told of a month.
pub(super) struct Finding {
    pub month: Month,
    /// Which kind it is, for machines.
    pub code: &'static str,
    /// Whether it deserves a look.
    pub look: bool,
    /// What there is to say, with the month left out.
    pub words: String,
}

/// All findings, by month.
pub(super) fn of(book: &Book, entries: &[Entry]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for entry in entries {
        let mut add = |code, look, words| {
            findings.push(Finding { month: entry.month, code, look, words });
        };
        of_standing(entry, &mut add);
        if !matches!(entry.standing, Standing::Damaged(_)) {
            of_opening(entry, &mut add);
        }
        of_inputs(entry.inputs.as_deref().unwrap_or_default(), &mut add);
    }
    findings.extend(of_imports(book, entries)?);
    findings.sort_by_key(|finding| finding.month);
    Ok(findings)
}

fn of_standing(entry: &Entry, add: &mut impl FnMut(&'static str, bool, String)) {
    let month = entry.month;
    match &entry.standing {
        Standing::Missing => {
            let words = format!(
                "is missing: a month after it is published; monthend run --month {month} …"
            );
            add("missing-month", true, words);
        }
        Standing::Damaged(error) => {
            add("damaged-month", true, format!("is damaged: {}", in_one_line(error)));
        }
        Standing::Published(published) => {
            let unfinished = published.unfinished();
            if !unfinished.is_empty() {
                let words = format!(
                    "has {}, but {} is in force: a publication was cut short, or is under way; \
                     the month's next run puts it in force",
                    unfinished.join(", "),
                    published.manifest.revision
                );
                add("unfinished-publication", true, words);
            }
        }
    }
}

fn of_opening(entry: &Entry, add: &mut impl FnMut(&'static str, bool, String)) {
    match &entry.stale {
        Ok(None) => {}
        Ok(Some(stale)) => {
            let words = if stale.month.next() == entry.month {
                format!(
                    "is stale: {}; monthend rerun --month {} --cascade --reason '…'",
                    stale.in_words(),
                    entry.month
                )
            } else {
                format!("is stale, too: it rests on {}", stale.month.next())
            };
            add("stale-opening", true, words);
        }
        Err(error) => {
            let words = format!("may be stale: {}", in_one_line(error));
            add("opening-unknown", true, words);
        }
    }
}

fn of_inputs(inputs: &[InputNow], add: &mut impl FnMut(&'static str, bool, String)) {
    let mut tell = |code, look, which: fn(&Condition) -> bool, [one, many]: [&str; 2], hint| {
        let found: Vec<&InputNow> = inputs.iter().filter(|i| which(&i.condition)).collect();
        let Some(first) = found.first() else { return };
        let (said, more) = if found.len() > 1 { (many, " and others") } else { (one, "") };
        let why = match &first.condition {
            Condition::Unreadable(why) => format!(" ({why})"),
            Condition::Grown { bytes } => {
                format!(" ({} bytes more)", with_thousands(bytes - first.recorded.bytes))
            }
            _ => String::new(),
        };
        let (all, place) = (inputs.len(), first.path.display());
        let words = format!(
            "was billed from {all} inputs; {} {said}: {place}{why}{more}{hint}",
            found.len()
        );
        add(code, look, words);
    };
    let changed = |c: &Condition| *c == Condition::Changed;
    let missing = |c: &Condition| *c == Condition::Missing;
    let unreadable = |c: &Condition| matches!(c, Condition::Unreadable(_));
    let grown = |c: &Condition| matches!(c, Condition::Grown { .. });
    tell("changed-input", true, changed, ["has changed since", "have changed since"], "");
    let moved = "; if moved, say --moved OLD=NEW";
    tell("missing-input", true, missing, ["is not there", "are not there"], moved);
    tell("unreadable-input", true, unreadable, ["cannot be read", "cannot be read"], "");
    let stands = "; what was billed is still its beginning";
    tell("grown-input", false, grown, ["has grown since", "have grown since"], stands);
}

/// Imported openings of months that are not billed yet.
fn of_imports(book: &Book, entries: &[Entry]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for month in book.imports()? {
        let there = entries.iter().find(|entry| entry.month == month);
        if there.is_some_and(|entry| !matches!(entry.standing, Standing::Missing)) {
            continue;
        }
        let imported = book.imported(month).and_then(|imported| match imported {
            Some(imported) => {
                StateInBook::imported(&imported)?.check()?;
                Ok(Some(imported))
            }
            None => Ok(None),
        });
        findings.extend(match imported {
            Ok(None) => None,
            Ok(Some(imported)) => {
                let accounts = with_thousands(imported.record.accounts);
                let words = format!(
                    "has an imported opening of {accounts} accounts, and is not billed yet"
                );
                Some(Finding { month, code: "imported-opening", look: false, words })
            }
            Err(error) => {
                let words = format!("has a damaged imported opening: {}", in_one_line(&error));
                Some(Finding { month, code: "damaged-import", look: true, words })
            }
        });
    }
    Ok(findings)
}

/// A failure on one line.
fn in_one_line(error: &Error) -> String {
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("; ")
}
