//! What differs beside the accounts: rejects, rows of accounts that nobody signed up, and what
//! the two runs were.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Sink, Write as _, sink};
use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::account_pairs::AccountPair;
use super::side::Side;
use crate::base::digest::Hashing;
use crate::base::digits::plain_decimal;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::named::named_enum;
use crate::book::manifest::{InputFile, Manifest};
use crate::tables::{ExceptionRow, RejectRow, records};

/// Differences that belong to no account of either revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RunDifferences {
    /// Rejected rows by file, before and after; files whose rejects are the same are left out.
    pub rejects: Vec<FileRejects>,
    /// Rows set aside of accounts that neither revision knows, before and after, by kind; only of
    /// accounts where they differ.
    pub set_aside: BTreeMap<String, [SetAside; 2]>,
    /// What the manifests say otherwise; no difference of the month by itself.
    differences: Vec<ManifestDifference>,
}

/// How many rows of a file were rejected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FileRejects {
    pub file: String,
    pub before: u64,
    pub after: u64,
}

/// Rows set aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct SetAside {
    pub rows: u64,
    /// In micro-credits.
    #[serde(serialize_with = "as_credits")]
    pub credits: i128,
}

fn as_credits<S: Serializer>(micros: &i128, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&plain_decimal(*micros, 6))
}

/// What the two manifests say differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ManifestDifference {
    #[serde(skip)]
    pub part: ManifestPart,
    /// The entry, such as `usage.read.rows`; empty where it is the whole part.
    pub what: String,
    /// Its value before; null where the manifest has none.
    pub before: Value,
    /// Its value after.
    pub after: Value,
}

named_enum! {
    /// A part of a manifest.
    pub(super) enum ManifestPart {
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

impl RunDifferences {
    pub fn of(before: &Side<'_>, after: &Side<'_>) -> Result<Self> {
        let (one, other) = (before.manifest, after.manifest);
        let says = |manifest: &Manifest| {
            [
                (ManifestPart::Catalogue, json!(manifest.catalogue)),
                (ManifestPart::Opening, json!(manifest.opening)),
                (ManifestPart::Options, json!(manifest.options)),
                (ManifestPart::Version, json!(manifest.version)),
                (ManifestPart::ControlTotals, json!(manifest.control_totals)),
            ]
        };
        let mut differences = inputs(one, other);
        for ((part, one), (_, other)) in says(one).iter().zip(says(other)) {
            compare(*part, "", one, &other, &mut differences);
        }
        // A partial rerun's control totals are of some accounts only.
        if one.scope().is_all() != other.scope().is_all() {
            differences.retain(|difference| difference.part != ManifestPart::ControlTotals);
        }
        let (rejects, set_aside) = (rejects(before.folder, after.folder)?, BTreeMap::new());
        Ok(RunDifferences { rejects, set_aside, differences })
    }

    /// What differs of a part.
    pub fn in_manifests(&self, part: ManifestPart) -> impl Iterator<Item = &ManifestDifference> {
        self.differences.iter().filter(move |difference| difference.part == part)
    }

    /// Takes note of an account that neither revision knows.
    pub fn note(&mut self, pair: &AccountPair) {
        let sides = [&pair.before.exceptions, &pair.after.exceptions];
        if sides[0] == sides[1] {
            return;
        }
        for (side, rows) in sides.into_iter().enumerate() {
            // Late usage follows from how other months stand (L2).
            for row in rows.iter().filter(|row| row.kind != ExceptionKind::LateUsage) {
                let ExceptionRow { kind, rows, credits, .. } = row;
                let sums = self.set_aside.entry(kind.to_string()).or_default();
                sums[side].rows += rows.unwrap_or(0);
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
fn inputs(before: &Manifest, after: &Manifest) -> Vec<ManifestDifference> {
    // Where a copy is kept makes no difference, nor that rows are counted by now.
    let says = |input: &'_ InputFile| InputFile {
        kept: None,
        since: None,
        rows_by_month: None,
        ..input.clone()
    };
    let known: [BTreeSet<InputFile>; 2] =
        [before, after].map(|m| m.inputs.iter().map(says).collect());
    let mut differences: BTreeMap<String, [Value; 2]> = BTreeMap::new();
    for side in [0, 1] {
        for input in known[side].difference(&known[1 - side]) {
            let name = format!("{} {}", input.role, input.file);
            differences.entry(name).or_default()[side] = input.digest.to_string().into();
        }
    }
    let difference = |(what, [before, after]): (String, [Value; 2])| ManifestDifference {
        part: ManifestPart::Inputs,
        what,
        before,
        after,
    };
    differences.into_iter().map(difference).collect()
}

/// Adds what differs between two JSON values. Entries of an array that have ids are known by them.
fn compare(
    part: ManifestPart,
    at: &str,
    before: &Value,
    after: &Value,
    differences: &mut Vec<ManifestDifference>,
) {
    let (one, other) = (entries(before), entries(after));
    if one.is_none() && other.is_none() {
        if before != after {
            let (before, after) = (before.clone(), after.clone());
            differences.push(ManifestDifference { part, what: at.to_owned(), before, after });
        }
        return;
    }
    let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for name in names {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let value =
            |of: &BTreeMap<String, &Value>| of.get(name).map_or(Value::Null, |v| (*v).clone());
        compare(part, &at, &value(&one), &value(&other), differences);
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

/// The rejects of the files where they differ.
fn rejects(before: &Path, after: &Path) -> Result<Vec<FileRejects>> {
    let (before, after) = (digests(before)?, digests(after)?);
    let files: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = files.into_iter().filter(|&file| before.get(file) != after.get(file));
    let rows = |of: &BTreeMap<String, (u64, String)>, file| of.get(file).map_or(0, |of| of.0);
    let of_file = |file| FileRejects {
        file: String::clone(file),
        before: rows(&before, file),
        after: rows(&after, file),
    };
    Ok(differ.map(of_file).collect())
}
