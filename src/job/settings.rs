//! What can be said of a run, as it is typed or as it stands in a job file.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use super::dialects::{CsvSettings, PerLog};
use crate::base::calendar::Month;
use crate::base::storage::Reached;
use crate::book::{Book, Whereabouts};
use crate::input::logs::Mapping;
use crate::run::request::Purpose;

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

/// What can be said of a rerun.
#[derive(Debug, Clone)]
pub struct RerunSettings {
    /// The month.
    pub month: Month,
    /// The book.
    pub book: Book,
    /// Where recorded inputs are now.
    pub whereabouts: Whereabouts,
    /// How the revision is published.
    pub correction: CorrectionSettings,
    /// The last of the months that are billed again: a month, or `last`.
    pub through: Option<String>,
    /// Usage files, folders or globs to add.
    pub add_usage: Vec<PathBuf>,
    /// Change logs to add.
    pub add_changes: Vec<PathBuf>,
    /// Adjustments to add.
    pub add_adjustments: Vec<PathBuf>,
    /// The folder that the command wrote files of its own into, if it did.
    pub written: Option<PathBuf>,
    /// Usage files to read instead of recorded ones: pairs `OLD=NEW`.
    pub replace_usage: Vec<String>,
    /// Change logs to read instead of recorded ones.
    pub replace_changes: Vec<String>,
    /// A list of events to leave out.
    pub drop_events: Option<PathBuf>,
    /// Another catalogue.
    pub catalog: Option<PathBuf>,
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

impl RerunSettings {
    /// A month billed again as it is recorded.
    pub fn as_recorded(month: Month, book: Book, whereabouts: Whereabouts) -> Self {
        RerunSettings {
            month,
            book,
            whereabouts,
            correction: CorrectionSettings::default(),
            through: None,
            add_usage: Vec::new(),
            add_changes: Vec::new(),
            add_adjustments: Vec::new(),
            written: None,
            replace_usage: Vec::new(),
            replace_changes: Vec::new(),
            drop_events: None,
            catalog: None,
            accounts: Vec::new(),
            opening: None,
            max_reject_share: None,
            purpose: Purpose::Publish,
            threads: None,
            memory_budget: None,
            findings_exit_code: 0,
        }
    }
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
