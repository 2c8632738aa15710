//! What can be said of a run, as it is typed or as it stands in a job file.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use super::dialects::{CsvSettings, PerLog};
use crate::base::calendar::Month;
use crate::base::storage::Reached;
use crate::book::Book;
use crate::input::logs::Mapping;
use crate::run::request::{Corrections, Purpose};

/// The keys of a job file, all of them optional, and what was typed of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The month, or `previous`.
    pub month: Option<String>,
    /// The last month of several, or `previous`.
    pub through: Option<String>,
    /// The catalogue: a file, or a folder of dated ones.
    #[serde(deserialize_with = "path")]
    pub catalog: Option<PathBuf>,
    /// The change log: files, folders or globs.
    #[serde(deserialize_with = "paths")]
    pub changes: Vec<PathBuf>,
    /// The usage log: files, folders or globs.
    #[serde(deserialize_with = "paths")]
    pub usage: Vec<PathBuf>,
    /// Adjustments: files, folders or globs.
    #[serde(deserialize_with = "paths")]
    pub adjustments: Vec<PathBuf>,
    /// The folder that `grant` writes into.
    #[serde(deserialize_with = "path")]
    pub grants: Option<PathBuf>,
    /// The book's folder.
    #[serde(deserialize_with = "path")]
    pub book: Option<PathBuf>,
    /// The folder of a rollup that was made elsewhere.
    #[serde(deserialize_with = "path")]
    pub rollup: Option<PathBuf>,
    /// What the month starts from: a word, or the path of a state file.
    pub opening: Option<String>,
    /// Names of the usage log's columns, where they differ.
    pub map_usage: Mapping,
    /// Names of the change log's columns, where they differ.
    pub map_changes: Mapping,
    /// Words in the change log's column `change`, with what they mean.
    pub change_values: Mapping,
    /// Plans as the change log names them, with their ids in the catalogue.
    pub plan_values: Mapping,
    /// Whether the usage log has no event ids.
    pub no_event_ids: bool,
    /// The logs whose times without offset are in UTC.
    pub assume_utc: PerLog<bool>,
    /// What numbers mean as instants.
    pub instants: PerLog<String>,
    /// How CSV is written.
    pub csv: PerLog<CsvSettings>,
    /// The largest share of rows that may be unreadable.
    #[serde(deserialize_with = "number")]
    pub max_reject_share: Option<String>,
    /// Of how many hours before the month's end ids are kept for the next month.
    pub recent_hours: Option<u32>,
    /// How many days after its issue a document is to be paid.
    pub payment_term_days: Option<u32>,
    /// Threads.
    pub threads: Option<usize>,
    /// The memory budget, with its unit.
    pub memory_budget: Option<String>,
    /// The exit code where there are findings.
    pub findings_exit_code: Option<u8>,
    /// Where it is written how the command went, for Prometheus.
    #[serde(deserialize_with = "path")]
    pub metrics_file: Option<PathBuf>,
    /// What was made of what is added to it, as OpenLineage has it.
    #[serde(deserialize_with = "path")]
    pub lineage_file: Option<PathBuf>,
    /// How object storage is reached.
    pub storage: Option<Reached>,
    /// What a sound month looks like.
    pub expect: ExpectSettings,
    /// What a provider exports of payments.
    pub payments: PaymentSettings,
}

impl Settings {
    /// Whether it is said what words of the change log mean.
    pub(super) fn has_words(&self) -> bool {
        !self.change_values.is_empty() || !self.plan_values.is_empty()
    }
}

/// The table `[payments]` of a job file, and what was typed of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PaymentSettings {
    /// The exports: files, folders or globs.
    #[serde(deserialize_with = "paths")]
    pub paths: Vec<PathBuf>,
    /// Names of their columns, where they differ.
    pub map: Mapping,
    /// How CSV is written.
    pub csv: CsvSettings,
    /// Words of rows that count as they are signed.
    pub kinds: Vec<String>,
    /// Words of rows that went back to the customer.
    pub refund_kinds: Vec<String>,
    /// Words of rows that no customer paid.
    pub other_kinds: Vec<String>,
    /// Words of rows that are payouts.
    pub payout_kinds: Vec<String>,
    /// Whether amounts are in the currency's minor unit.
    pub minor_units: bool,
    /// Differences up to this amount are no breaks.
    #[serde(deserialize_with = "number")]
    pub tolerance: Option<String>,
}

/// The table `[expect]` of a job file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectSettings {
    /// How long before the month's end its last event may lie.
    pub complete_until: Option<String>,
    /// Bounds of the number of events.
    pub events: Option<BoundSettings>,
    /// Bounds of what the statements come to.
    pub total: Option<BoundSettings>,
    /// Bounds of the number of accounts.
    pub accounts: Option<BoundSettings>,
}

/// Bounds of a figure.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoundSettings {
    /// At least.
    #[serde(deserialize_with = "number")]
    pub min: Option<String>,
    /// At most.
    #[serde(deserialize_with = "number")]
    pub max: Option<String>,
    /// At most so much more or less than in the month before, as a share.
    #[serde(deserialize_with = "number")]
    pub change: Option<String>,
}

/// As an opening: the book's, though it is stale.
pub(super) const STALE_OK: &str = "stale-ok";

/// How a later revision is published, as it is typed.
#[derive(Debug, Clone, Default)]
pub struct CorrectionSettings {
    /// Why there is another revision.
    pub reason: Option<String>,
    /// Why a month is published that does not meet what is expected.
    pub accept: Option<String>,
    /// The date of new documents.
    pub issued_on: Option<String>,
    /// Whether later months are billed again that are stale then, or that the correction touches.
    pub cascade: bool,
    /// Where the tables of what differs are written.
    pub differences: Option<PathBuf>,
    /// The digest of the result that was approved.
    pub only_if: Option<String>,
    /// Where a dry run writes the tables.
    pub out: Option<PathBuf>,
}

/// What can be said of a rerun, and of which month.
#[derive(Debug, Clone)]
pub struct RerunSettings {
    /// The month.
    pub month: Month,
    /// The book.
    pub book: Book,
    /// How it departs from what is recorded.
    pub options: RerunOptions,
}

/// What can be said of a rerun; as it stands, the month is billed again as it is recorded.
#[derive(Debug, Clone, Default)]
pub struct RerunOptions {
    /// How the revision is published.
    pub correction: CorrectionSettings,
    /// Corrections of the logs, as far as they need no manifest to be understood.
    pub corrections: Corrections,
    /// The last of the months that are billed again: a month, or `last`.
    pub through: Option<String>,
    /// Usage files to read instead of recorded ones: pairs `OLD=NEW`.
    pub replace_usage: Vec<String>,
    /// Change logs to read instead of recorded ones.
    pub replace_changes: Vec<String>,
    /// Accounts, or `@FILE` with one a line; all where there is none.
    pub accounts: Vec<String>,
    /// Another opening: a word, or the path of a state file.
    pub opening: Option<String>,
    /// The largest share of rows that may be unreadable.
    pub max_reject_share: Option<String>,
    /// What becomes of the result.
    pub purpose: Purpose,
    /// Threads.
    pub threads: Option<usize>,
    /// The memory budget, with its unit.
    pub memory_budget: Option<String>,
    /// The exit code where there are findings.
    pub findings_exit_code: u8,
}

/// A path as a text, and a message that says so where it is none.
fn path<'de, D: Deserializer<'de>>(value: D) -> Result<Option<PathBuf>, D::Error> {
    String::deserialize(value).map(|text| Some(text.into()))
}

fn paths<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "is no path; expected a path, or a list of paths")]
    enum OneOrMany {
        One(PathBuf),
        Many(Vec<PathBuf>),
    }
    Ok(match OneOrMany::deserialize(value)? {
        OneOrMany::One(path) => vec![path],
        OneOrMany::Many(paths) => paths,
    })
}

/// A number as it stands, or a text.
fn number<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    Ok(Some(match toml::Value::deserialize(value)? {
        toml::Value::String(text) => text,
        number => number.to_string(),
    }))
}

#[cfg(test)]
mod tests {
    //! The job file that is shipped, `jobs/job.toml`, has every key that there is, each with a comment, and no other.

    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::*;

    /// The keys of a table, as the refusal of another one names them.
    fn keys<T: DeserializeOwned>() -> BTreeSet<String> {
        let refused = toml::from_str::<T>("no-such-key = 0").err().unwrap();
        let (_, expected) = refused.message().split_once("expected").unwrap();
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    fn shipped() -> String {
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/jobs/job.toml")).unwrap()
    }

    /// The key that a line says, or shows behind `#`.
    fn key_of(line: &str) -> Option<&str> {
        let (key, _) = line.strip_prefix('#').unwrap_or(line).split_once(" = ")?;
        let is_key = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        is_key.then_some(key)
    }

    #[test]
    fn it_has_every_key_and_no_other() {
        let shown: Vec<String> = shipped()
            .lines()
            .map(|line| key_of(line).map_or(line, |_| line.trim_start_matches('#')).to_owned())
            .collect();
        let all: toml::Table = toml::from_str(&shown.join("\n")).unwrap();
        let of = |table: &toml::Value| -> BTreeSet<String> {
            table.as_table().unwrap().keys().cloned().collect()
        };
        assert_eq!(of(&toml::Value::Table(all.clone())), keys::<Settings>());
        assert_eq!(of(&all["expect"]), keys::<ExpectSettings>());
        assert_eq!(of(&all["payments"]), keys::<PaymentSettings>());
        for csv in [&all["csv"], &all["payments"]["csv"]] {
            assert_eq!(of(csv), keys::<CsvSettings>());
        }
        for figure in ["events", "total", "accounts"] {
            assert_eq!(of(&all["expect"][figure]), keys::<BoundSettings>(), "{figure}");
        }
        toml::from_str::<Settings>(&shown.join("\n")).unwrap();
    }

    #[test]
    fn each_key_has_a_comment() {
        let text = shipped();
        let mut explained = false;
        for line in text.lines() {
            if key_of(line).is_some() {
                assert!(explained, "no comment above `{line}`");
            } else {
                explained = line.starts_with("# ") && !line.starts_with("# ---");
            }
        }
    }
}
