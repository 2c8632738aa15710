//! How the inputs were read.
#![expect(
    clippy::disallowed_types,
    reason = "serde's derive names floats where entries are flattened; no field here is one"
)]

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::expectations::Expectations;
use crate::base::calendar::PaymentTerm;
use crate::base::scope::Scope;
use crate::input::logs::{Dialect, Mapping, Words};

/// How the inputs were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// The opening that was asked for.
    pub opening: OpeningOption,
    /// Whether usage has event ids.
    pub event_ids: bool,
    /// Names of the usage log's columns.
    pub map_usage: Mapping,
    /// Names of the change log's columns.
    pub map_changes: Mapping,
    /// How the usage log is written.
    #[serde(default, skip_serializing_if = "Dialect::is_usual")]
    pub dialect_usage: Dialect,
    /// How the change log is written.
    #[serde(default, skip_serializing_if = "Dialect::is_usual")]
    pub dialect_changes: Dialect,
    /// Words of the change log that mean another one.
    #[serde(flatten)]
    pub words: Words,
    /// The largest share of rows that may be unreadable.
    #[serde(with = "rust_decimal::serde::str")]
    pub max_reject_share: Decimal,
    /// Of how many hours before E the revision keeps the ids of the usage that it bills (L1);
    /// `None` in those of versions that kept none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recent_hours: Option<u32>,
    /// The payment term of the documents that the revision issued; `None` where there was none.
    #[serde(rename = "payment_term_days", default, skip_serializing_if = "Option::is_none")]
    pub payment_term: Option<PaymentTerm>,
    /// The accounts that the revision billed anew; it carried all others over.
    #[serde(rename = "accounts", default, skip_serializing_if = "Scope::is_all")]
    pub scope: Scope,
    /// What was expected of the month.
    #[serde(default, skip_serializing_if = "Expectations::are_none")]
    pub expect: Expectations,
    /// What a later version of the program says besides.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// The opening that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum OpeningOption {
    /// What the book has: the closing state of the month before, or an imported state.
    Book,
    /// No history.
    Genesis,
    /// A state file.
    File(String),
}

const BOOK: &str = "book";
const GENESIS: &str = "genesis";

impl From<String> for OpeningOption {
    fn from(text: String) -> Self {
        match text.as_str() {
            BOOK => OpeningOption::Book,
            GENESIS => OpeningOption::Genesis,
            _ => OpeningOption::File(text),
        }
    }
}

impl fmt::Display for OpeningOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OpeningOption::Book => BOOK,
            OpeningOption::Genesis => GENESIS,
            OpeningOption::File(path) => path,
        })
    }
}

impl From<OpeningOption> for String {
    fn from(option: OpeningOption) -> Self {
        option.to_string()
    }
}
