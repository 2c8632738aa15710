//! What differs beside the accounts: rejects, rows of accounts that nobody signed up, and what
//! the two runs were.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Sink, Write as _, sink};
use std::path::Path;

use serde_json::{Value, json};

use super::merge::Pair;
use super::side::Side;
use crate::base::digest::Hashing;
use crate::base::error::Result;
use crate::base::named::named_enum;
use crate::book::{InputFile, Manifest};
use crate::tables::{ExceptionRow, RejectRow, records};

/// Differences that belong to no account of either revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Beside {
    /// Rejected rows by file, before and after; files whose rejects are the same are left out.
    pub rejects: BTreeMap<String, [u64; 2]>,
    /// Rows set aside of accounts that neither revision knows, before and after, by kind; only of
    /// accounts where they differ.
    pub set_aside: BTreeMap<String, [SetAside; 2]>,
    /// What the manifests say otherwise; no difference of the month by itself.
    facts: Vec<Fact>,
}

/// Rows set aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SetAside {
    pub rows: i128,
    /// In micro-credits.
    pub credits: i128,
}

/// A fact that the two manifests state differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub about: About,
    /// The fact, such as `usage.read.rows`; empty where `about` says it all.
    pub what: String,
    /// Its value before; null where the manifest has none.
    pub before: Value,
    /// Its value after.
    pub after: Value,
}

named_enum! {
    /// What a fact is about.
    pub(super) enum About {
        /// A file that went in, by role and name; its value is its digest.
        Inputs = "inputs",
        /// The catalogue's terms.
        Catalogue = "catalogue",
        /// Where the opening state came from.
        Opening = "opening",
        /// How the inputs were read.
        Options = "options",
        /// The program's version.
        Version = "version",
        /// What became of all rows.
        ControlTotals = "control_totals",
    }
}

impl Beside {
    pub fn of(before: &Side<'_>, after: &Side<'_>) -> Result<Self> {
        let (one, other) = (before.manifest, after.manifest);
        let says = |manifest: &Manifest| {
            [
                (About::Catalogue, json!(manifest.catalogue)),
                (About::Opening, json!(manifest.opening)),
                (About::Options, json!(manifest.options)),
                (About::Version, json!(manifest.version)),
                (About::ControlTotals, json!(manifest.control_totals)),
            ]
        };
        let mut facts = inputs(one, other);
        for ((about, one), (_, other)) in says(one).iter().zip(says(other)) {
            compare(*about, "", one, &other, &mut facts);
        }
        // A partial rerun's control totals are of some accounts only.
        if one.billed_anew().is_some() != other.billed_anew().is_some() {
            facts.retain(|fact| fact.about != About::ControlTotals);
        }
        let (rejects, set_aside) = (rejects(before.folder, after.folder)?, BTreeMap::new());
        Ok(Beside { rejects, set_aside, facts })
    }

    /// The facts about something.
    pub fn facts_about(&self, about: About) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.about == about)
    }

    /// Takes note of an account that neither revision knows.
    pub fn note(&mut self, pair: &Pair) {
        let sides = [&pair.before.exceptions, &pair.after.exceptions];
        if sides[0] == sides[1] {
            return;
        }
        for (side, rows) in sides.into_iter().enumerate() {
            for row in rows {
                let ExceptionRow { kind, rows, credits, .. } = row;
                let sums = self.set_aside.entry(kind.to_string()).or_default();
                sums[side].rows += rows.map_or(0, i128::from);
                sums[side].credits += credits.map_or(0, i128::from);
            }
        }
    }

    /// Whether no row differs.
    pub fn is_empty(&self) -> bool {
        self.rejects.is_empty() && self.set_aside.is_empty()
    }
}

/// Inputs that only one of the runs had, or that have another digest now.
fn inputs(before: &Manifest, after: &Manifest) -> Vec<Fact> {
    let known: [BTreeSet<&InputFile>; 2] = [before, after].map(|m| m.inputs.iter().collect());
    let mut facts: BTreeMap<String, [Value; 2]> = BTreeMap::new();
    for side in [0, 1] {
        for input in known[side].difference(&known[1 - side]) {
            let name = format!("{} {}", input.role, input.file);
            facts.entry(name).or_default()[side] = input.sha256.as_str().into();
        }
    }
    let fact = |(what, [before, after]): (String, [Value; 2])| Fact {
        about: About::Inputs,
        what,
        before,
        after,
    };
    facts.into_iter().map(fact).collect()
}

/// Adds what differs between two JSON values. Entries of an array that have ids are known by them.
fn compare(about: About, at: &str, before: &Value, after: &Value, facts: &mut Vec<Fact>) {
    let (one, other) = (entries(before), entries(after));
    if one.is_none() && other.is_none() {
        if before != after {
            let (before, after) = (before.clone(), after.clone());
            facts.push(Fact { about, what: at.to_owned(), before, after });
        }
        return;
    }
    let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for name in names {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let value =
            |of: &BTreeMap<String, &Value>| of.get(name).map_or(Value::Null, |v| (*v).clone());
        compare(about, &at, &value(&one), &value(&other), facts);
    }
}

/// The entries of an object by name, of an array by id; `None` of a plain value, as which an array
/// without ids counts.
fn entries(value: &Value) -> Option<BTreeMap<String, &Value>> {
    match value {
        Value::Object(entries) => Some(entries.iter().map(|(name, v)| (name.clone(), v)).collect()),
        Value::Array(values) => {
            let named = values.iter().map(|value| Some((value["id"].as_str()?.to_owned(), value)));
            named.collect()
        }
        _ => None,
    }
}

/// A revision's rejects by file: how many, and the digest of all.
fn digests(folder: &Path) -> Result<BTreeMap<String, (u64, String)>> {
    let mut files: BTreeMap<String, (u64, Hashing<Sink>)> = BTreeMap::new();
    for row in records::<RejectRow>(folder)? {
        let RejectRow { file, row, column, value, reason } = row?;
        let text = format!("{:?}", (row, column, value, reason));
        let of_file = files.entry(file).or_insert_with(|| (0, Hashing::new(sink())));
        of_file.0 += 1;
        // A sink takes everything.
        let _ = writeln!(of_file.1, "{text}");
    }
    Ok(files.into_iter().map(|(file, (rows, all))| (file, (rows, all.finish().2))).collect())
}

/// Rejects by file, before and after, of the files where they differ.
fn rejects(before: &Path, after: &Path) -> Result<BTreeMap<String, [u64; 2]>> {
    let (before, after) = (digests(before)?, digests(after)?);
    let files: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = files.into_iter().filter(|&file| before.get(file) != after.get(file));
    let rows =
        |of: &BTreeMap<String, (u64, String)>, file| of.get(file).map_or(0, |(rows, _)| *rows);
    Ok(differ.map(|file| (file.clone(), [rows(&before, file), rows(&after, file)])).collect())
}
