//! Which columns of a log are ours: by their names, as far as their values fit.

use std::collections::{BTreeMap, BTreeSet};

use super::conclusion::{Conclusion, Looking, key, quoted};
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

/// Finds the columns of a log, and those `optional` ones that are there.
pub fn find(look: &mut Looking<'_>, wanted: &[Wanted], optional: &[Wanted]) -> Columns {
    let mut columns = Columns::default();
    // What bears our name is ours.
    for ours in wanted.iter().chain(optional) {
        if let Some(at) = look.sample.names.iter().position(|name| name == ours.name) {
            columns.places.insert(ours.name, at);
        }
    }
    wanted.iter().for_each(|ours| columns.find(look, ours, false));
    optional.iter().for_each(|ours| columns.find(look, ours, true));
    columns
}

impl Columns {
    /// Finds a column. One that a log may lack is known by its name alone, since most of its cells may be empty.
    fn find(&mut self, look: &mut Looking<'_>, ours: &Wanted, is_optional: bool) {
        let (sample, name) = (&look.sample, ours.name);
        let evidence = |at: usize| ours.evidence(sample, at, is_optional);
        if let Some(&at) = self.places.get(name) {
            let evidence = format!("column `{name}`, {}", evidence(at));
            return look.told.push(Conclusion::plain(name, evidence));
        }
        let taken: BTreeSet<usize> = self.places.values().copied().collect();
        let free = |at: &usize| !taken.contains(at) && ours.fits(sample, *at, is_optional);
        let mut candidates: Vec<usize> = (0..sample.names.len()).filter(free).collect();
        let by_name = |at: &usize| ours.is_called(&sample.names[*at]);
        let is_by_name = candidates.iter().any(by_name);
        if is_by_name || is_optional {
            candidates.retain(by_name);
        }
        let chosen = match candidates.as_slice() {
            [] if is_optional => return,
            [one] if is_by_name => Some(*one),
            [] => None,
            _ if is_optional => None,
            several => {
                let option = |&at: &usize| format!("{}, {}", sample.names[at], evidence(at));
                let options: Vec<String> = several.iter().map(option).collect();
                let question = format!("Which column of {} is {name}?", sample.file);
                (look.ask)(&question, &options).map(|answer| several[answer])
            }
        };
        look.told.push(match chosen {
            Some(at) => {
                let theirs = sample.names[at].clone();
                let line = map_line(look.log, name, &theirs);
                self.places.insert(name, at);
                self.mapping.insert(name.to_owned(), theirs);
                Conclusion::line(name, line, evidence(at))
            }
            None if name == "event_id" && !is_by_name => Conclusion::line(
                name,
                "no_event_ids = true".to_owned(),
                "no column looks like ids of events: duplicates cannot be found",
            ),
            None => left_open(sample, look.log, name, &candidates),
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
