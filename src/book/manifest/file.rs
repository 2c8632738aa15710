//! The manifest of a revision, read and written.
#![expect(
    clippy::disallowed_types,
    reason = "serde's derive names floats where entries are flattened; no field here is one"
)]

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::control_totals::ControlTotals;
use super::expectations::Accepted;
#[cfg(test)]
use super::expectations::Expectations;
use super::inputs::{InputFile, Role};
use super::opening::OpeningRecord;
#[cfg(test)]
use super::options::OpeningOption;
use super::options::Options;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::base::storage;
use crate::billing::rollup::RolledUpBy;
use crate::catalog::{Catalog, RecordedCatalog};
use crate::input::logs::PassedOver;
use crate::tables::{Content, Output, Table};

/// The revision that a later one follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Its name.
    pub revision: String,
    /// The SHA-256 of its `manifest.json`.
    pub manifest_sha256: String,
}

fn first_format() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_first_format(format: &u32) -> bool {
    *format == first_format()
}

/// `manifest.json` of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its format: [`Manifest::FORMAT`], or an earlier one.
    #[serde(default = "first_format", skip_serializing_if = "is_first_format")]
    pub format: u32,
    /// The program's version.
    pub version: String,
    /// The month.
    pub month: Month,
    /// The revision's name.
    pub revision: String,
    /// Why there is this revision; empty for the first.
    pub reason: Option<String>,
    /// What was expected and not met, and why it was published all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// The revision before it; empty for the first.
    #[serde(default)]
    pub previous: Option<Previous>,
    /// The catalogue in full.
    pub catalogue: RecordedCatalog,
    /// What the month started from.
    pub opening: OpeningRecord,
    /// How the inputs were read.
    pub options: Options,
    /// Every input, by role and path.
    pub inputs: Vec<InputFile>,
    /// Who added up the usage, where it was not the run itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_up_by: Option<RolledUpBy>,
    /// What was come upon where the logs are, and not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// What became of every row.
    pub control_totals: ControlTotals,
    /// Accounts whose events share an id with another account's event, which of these stands
    /// (X3); none is named where they are more than 10,000, or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts_sharing_ids: Option<BTreeSet<AccountId>>,
    /// Every output.
    pub outputs: Vec<Output>,
    /// What a reader of the CSV files must know.
    pub csv: String,
    /// What a later version of the program says besides.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// Why a text is no manifest.
#[derive(Debug)]
pub enum ManifestFault {
    /// It is no JSON, or not what a manifest must say.
    Damaged(serde_json::Error),
    /// It is of a format that this program does not know.
    Newer {
        /// The format.
        format: u32,
        /// The version of the program that wrote it.
        version: String,
    },
}

impl fmt::Display for ManifestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ManifestFault::Damaged(fault) => fault.fmt(f),
            ManifestFault::Newer { format, version } => write!(
                f,
                "is of format {format}, written by version {version}; this program reads format {}",
                Manifest::FORMAT
            ),
        }
    }
}

impl Manifest {
    /// The format that this program writes, and the newest that it reads: the third, which counts usage
    /// outside the month in rows, read or not; inputs of the second may have BLAKE3 digests. A manifest
    /// says its format only where it is another than the first. More entries are no new format: one is
    /// for what this program would misunderstand.
    pub const FORMAT: u32 = 3;
    /// The file's name within the revision.
    pub const FILE: &'static str = "manifest.json";
    /// What a reader of the CSV files must know.
    pub const CSV_NOTE: &'static str = "Text cells of the CSV files that begin with =, +, -, @, \
        tab or carriage return, or with apostrophes before one of these, have one more apostrophe, so \
        that no spreadsheet takes them for formulas; `apostrophes` counts them. The Parquet files hold \
        the text as it is.";

    /// Reads a revision's manifest.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it is not there, not whole, or newer than this
    /// program.
    pub fn read(revision: &Path) -> Result<Self> {
        let path = revision.join(Manifest::FILE);
        let damaged = |cause: Box<dyn std::error::Error + Send + Sync>| {
            Error::new(Code::MANIFEST_UNREADABLE, "the manifest cannot be read")
                .in_file(&path)
                .caused_by(cause)
                .changed_by_hand()
        };
        let text = storage::read(&path).map_err(|e| damaged(e.into()))?;
        Manifest::parse(&text).map_err(|fault| match fault {
            ManifestFault::Damaged(fault) => damaged(fault.into()),
            ManifestFault::Newer { .. } => {
                Error::new(Code::MANIFEST_NEWER, format!("the manifest {fault}"))
                    .in_file(&path)
                    .hint("use the version of the program that wrote it, or a later one")
            }
        })
    }

    /// The manifest that a text is.
    ///
    /// # Errors
    /// It is none, or one that this program would misunderstand.
    pub fn parse(text: &[u8]) -> std::result::Result<Self, ManifestFault> {
        #[derive(Deserialize)]
        struct Written {
            #[serde(default = "first_format")]
            format: u32,
            #[serde(default)]
            version: String,
        }
        let written = serde_json::from_slice(text).map_err(ManifestFault::Damaged)?;
        match written {
            Written { format, version } if format > Manifest::FORMAT => {
                Err(ManifestFault::Newer { format, version })
            }
            Written { .. } => serde_json::from_slice(text).map_err(ManifestFault::Damaged),
        }
    }

    /// The manifest as it is written.
    ///
    /// # Errors
    /// It cannot be: never, for all that it is made of has a form in JSON.
    pub fn to_text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n")
            .map_err(|e| Error::new(Code::IMPOSSIBLE, "no manifest").caused_by(e))
    }

    /// The catalogue that billed the month; `revision` is the manifest's folder, for messages.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it is no catalogue; the manifest was changed.
    pub fn catalog(&self, revision: &Path) -> Result<Catalog> {
        self.catalogue.read(&revision.join(Manifest::FILE).display().to_string())
    }

    /// The inputs of a role.
    pub fn inputs_of(&self, role: Role) -> impl Iterator<Item = &InputFile> {
        self.inputs.iter().filter(move |input| input.role == role)
    }

    /// Whether the revision has a table: it does, unless an earlier version of the program wrote
    /// it, which did not know the table.
    pub fn has(&self, table: Table) -> bool {
        let is_listed = |file: String| self.output(&file).is_some();
        !table.came_later() || table.files().into_iter().any(is_listed)
    }

    /// The tables whose rows differ from another revision's. Of a table that the other revision does
    /// not have nothing is known: it is no difference.
    pub fn changed_tables(&self, other: &Manifest) -> Vec<&str> {
        let known = Table::ALL.into_iter().filter(|table| other.has(*table));
        let contents = known.map(|table| (self.content(table), other.content(table)));
        let changed = contents.filter(|(own, theirs)| own != theirs);
        changed.filter_map(|(own, _)| Some(own?.table)).collect()
    }

    /// The accounts that the revision billed: where not all, it carried the others over, and its
    /// control totals are of these accounts alone.
    pub fn scope(&self) -> &Scope {
        &self.options.scope
    }

    /// What a table's rows are, whatever version wrote them; `None` where the revision does not have
    /// the table.
    pub fn content(&self, table: Table) -> Option<Content<'_>> {
        let mut contents = self.outputs.iter().filter_map(Output::content);
        contents.find(|content| content.table == table.name())
    }

    /// One of the outputs.
    pub fn output(&self, file: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.file == file)
    }
}

#[cfg(test)]
impl Manifest {
    /// A manifest of a month without inputs, outputs and history, for tests.
    pub(crate) fn of_nothing(month: &str, revision: &str) -> Self {
        let catalog = "in_force_from = 2025-11-15\ncurrency = \"USD\"\n[[plan]]\nid = \"free\"\n\
            price = \"0.00\"\ncredits = 50";
        Manifest {
            format: Manifest::FORMAT,
            version: "0".to_owned(),
            month: Month::parse(month).unwrap(),
            revision: revision.to_owned(),
            reason: None,
            accepted: None,
            previous: None,
            catalogue: (&crate::catalog::parse(catalog, "catalog.toml").unwrap()).into(),
            opening: OpeningRecord::Genesis,
            options: Options {
                opening: OpeningOption::Genesis,
                event_ids: true,
                map_usage: Default::default(),
                map_changes: Default::default(),
                dialect_usage: Default::default(),
                dialect_changes: Default::default(),
                words: Default::default(),
                max_reject_share: Default::default(),
                recent_hours: None,
                payment_term: None,
                scope: Scope::All,
                expect: Expectations::default(),
                others: Map::new(),
            },
            inputs: Vec::new(),
            rolled_up_by: None,
            passed_over: Vec::new(),
            control_totals: ControlTotals::default(),
            accounts_sharing_ids: None,
            outputs: Vec::new(),
            csv: String::new(),
            others: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_program_says_besides_is_kept() {
        let manifest = Manifest::of_nothing("2026-04", "r001");
        let text = manifest.to_text().unwrap();
        assert_eq!(Manifest::parse(text.as_bytes()).unwrap(), manifest);
        let mut newer: Value = serde_json::from_str(&text).unwrap();
        newer["options"]["currency"] = "EUR".into();
        newer["signature"] = serde_json::json!({ "by": "ann" });
        let newer = format!("{newer:#}\n");
        let read = Manifest::parse(newer.as_bytes()).unwrap();
        assert_eq!(read.to_text().unwrap(), newer);
    }

    #[test]
    fn a_table_that_a_revision_does_not_have_is_no_difference() {
        let with = |tables: &[(Table, &str)]| {
            let output = |&(table, sha256): &(Table, &str)| Output {
                file: format!("{}.csv", table.name()),
                rows: 1,
                bytes: 1,
                sha256: sha256.to_owned(),
                apostrophes: Some(0),
                rows_sha256: None,
            };
            let outputs = tables.iter().map(output).collect();
            Manifest { outputs, ..Manifest::of_nothing("2026-04", "r001") }
        };
        let now = with(&[(Table::State, "a"), (Table::Plans, "b")]);
        let earlier = with(&[(Table::State, "a")]);
        assert!(!earlier.has(Table::Plans) && now.has(Table::Plans));
        assert_eq!(now.changed_tables(&earlier), [""; 0]);
        assert_eq!(earlier.changed_tables(&now), [""; 0]);
        assert_eq!(
            now.changed_tables(&with(&[(Table::State, "a"), (Table::Plans, "c")])),
            ["plans"]
        );
        // Every version wrote the others.
        assert_eq!(now.changed_tables(&with(&[(Table::Plans, "b")])), ["state"]);
    }

    #[test]
    fn a_newer_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let newer = r#"{ "format": 4, "version": "9.1.0", "months": [] }"#;
        std::fs::write(folder.path().join(Manifest::FILE), newer).unwrap();
        let error = Manifest::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("the manifest is of format 4, written by version 9.1.0"), "{error}");
        let first = Manifest { format: 1, ..Manifest::of_nothing("2026-04", "r001") };
        let first = first.to_text().unwrap();
        assert!(!first.contains("format"), "{first}");
        let said = first.replacen('{', "{ \"format\": 1,", 1);
        assert_eq!(Manifest::parse(said.as_bytes()).unwrap().to_text().unwrap(), first);
    }
}
