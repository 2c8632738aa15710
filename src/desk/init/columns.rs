//! Which columns of a log are ours: by their names, as far as their values fit.

use std::collections::{BTreeMap, BTreeSet};

use super::conclusion::{Conclusion, key, quoted};
use super::request::Ask;
use super::wanted::Wanted;
use crate::input::logs::{Mapping, Sample};

/// Which columns of a log are ours, by our names.
#[derive(Debug, Default)]
pub struct Columns {
    /// Places in the sample.
    pub places: BTreeMap<&'static str, usize>,
    /// The names that differ.
    pub mapping: Mapping,
}

/// Finds the columns in a sample, and those `optional` ones that are there: `log` is the ending of the key
/// that maps them.
pub fn find(
    sample: &Sample,
    log: &str,
    wanted: &[Wanted],
    optional: &[Wanted],
    ask: &mut Ask<'_>,
    told: &mut Vec<Conclusion>,
) -> Columns {
    let mut columns = Columns::default();
    // What bears our name is ours.
    for ours in wanted.iter().chain(optional) {
        if let Some(at) = sample.names.iter().position(|name| name == ours.name) {
            columns.places.insert(ours.name, at);
        }
    }
    columns.find_wanted(sample, log, wanted, ask, told);
    for ours in optional {
        columns.find_optional(sample, log, ours, told);
    }
    columns
}

impl Columns {
    fn find_wanted(
        &mut self,
        sample: &Sample,
        log: &str,
        wanted: &[Wanted],
        ask: &mut Ask<'_>,
        told: &mut Vec<Conclusion>,
    ) {
        for ours in wanted {
            let name = ours.name;
            if let Some(&at) = self.places.get(name) {
                let evidence = format!("column `{name}`, {}", ours.evidence(sample, at));
                told.push(Conclusion::plain(name, evidence));
                continue;
            }
            let taken: BTreeSet<usize> = self.places.values().copied().collect();
            let free = || {
                (0..sample.names.len()).filter(|at| !taken.contains(at) && ours.fits(sample, *at))
            };
            let by_name = |at: &usize| ours.is_called(&sample.names[*at]);
            let mut candidates: Vec<usize> = free().filter(by_name).collect();
            let is_by_name = !candidates.is_empty();
            if !is_by_name {
                candidates = free().collect();
            }
            let chosen = match candidates.as_slice() {
                [one] if is_by_name => Some(*one),
                [] => None,
                several => {
                    let options: Vec<String> = several
                        .iter()
                        .map(|&at| format!("{}, {}", sample.names[at], ours.evidence(sample, at)))
                        .collect();
                    let question = format!("Which column of {} is {name}?", sample.file);
                    ask(&question, &options).map(|answer| several[answer])
                }
            };
            told.push(match chosen {
                Some(at) => {
                    let theirs = sample.names[at].clone();
                    let line = map_line(log, name, &theirs);
                    self.places.insert(name, at);
                    self.mapping.insert(name.to_owned(), theirs);
                    Conclusion::line(name, line, ours.evidence(sample, at))
                }
                None if name == "event_id" && !is_by_name => Conclusion::line(
                    name,
                    "no_event_ids = true".to_owned(),
                    "no column looks like ids of events: duplicates cannot be found",
                ),
                None => left_open(sample, log, name, &candidates),
            });
        }
    }

    /// Finds a column that a log may lack: by its name alone, since most of its cells may be empty.
    fn find_optional(
        &mut self,
        sample: &Sample,
        log: &str,
        ours: &Wanted,
        told: &mut Vec<Conclusion>,
    ) {
        let name = ours.name;
        let taken: Vec<usize> = self.places.values().copied().collect();
        let by_name = |at: &usize| ours.is_called(&sample.names[*at]);
        let free = (0..sample.names.len()).filter(|at| !taken.contains(at));
        let candidates: Vec<usize> =
            free.filter(by_name).filter(|at| ours.fits_filled(sample, *at)).collect();
        told.push(match (self.places.get(name), candidates.as_slice()) {
            (Some(&at), _) => {
                let evidence = format!("column `{name}`, {}", ours.evidence_of_filled(sample, at));
                Conclusion::plain(name, evidence)
            }
            (None, []) => return,
            (None, [at]) => {
                let theirs = sample.names[*at].clone();
                let line = map_line(log, name, &theirs);
                self.places.insert(name, *at);
                self.mapping.insert(name.to_owned(), theirs);
                Conclusion::line(name, line, ours.evidence_of_filled(sample, *at))
            }
            (None, several) => left_open(sample, log, name, several),
        });
    }
}

fn map_line(log: &str, name: &str, theirs: &str) -> String {
    format!("map_{log}.{name} = {}", quoted(theirs))
}

/// That it cannot be told which of several columns is ours, or that none fits.
fn left_open(sample: &Sample, log: &str, name: &str, candidates: &[usize]) -> Conclusion {
    let names: Vec<&str> = candidates.iter().map(|at| sample.names[*at].as_str()).collect();
    let evidence = match names.as_slice() {
        [] => format!("no column fits; the file has {}", sample.names.join(", ")),
        names => format!("which of {}?", names.join(", ")),
    };
    Conclusion::open(name, map_line(log, name, "…"), evidence)
}

/// The line of the job file that says what a word of theirs means.
pub fn value_line(table: &str, theirs: &str, ours: &str) -> String {
    format!("{table}.{} = {}", key(theirs), quoted(ours))
}
