//! How the logs are written, as it is typed or as it stands in a job file.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::base::calendar::EpochUnit;
use crate::base::error::{Code, Error, Result};
use crate::base::nearest::nearest;
use crate::input::logs::CsvDialect;

/// A log of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogName {
    Usage,
    Changes,
}

impl LogName {
    /// Its key in tables that say something of each log.
    pub fn name(self) -> &'static str {
        match self {
            LogName::Usage => "usage",
            LogName::Changes => "changes",
        }
    }
}

/// What is said of the logs: of both alike, or of each.
#[derive(Debug, Clone)]
pub enum PerLog<T> {
    /// Of each, or of one.
    Each(EachLog<T>),
    /// Of both.
    Both(T),
}

/// What is said of each log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, bound = "T: Deserialize<'de>")]
pub struct EachLog<T> {
    /// Of the usage log.
    #[serde(default = "Option::default")]
    pub usage: Option<T>,
    /// Of the change log.
    #[serde(default = "Option::default")]
    pub changes: Option<T>,
}

/// How CSV is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CsvSettings {
    /// What stands between cells.
    pub delimiter: Option<String>,
    /// What stands before a number's decimals.
    pub decimal: Option<String>,
}

impl<T> Default for PerLog<T> {
    fn default() -> Self {
        PerLog::Each(EachLog { usage: None, changes: None })
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for PerLog<T> {
    /// A table that names logs is what is said of each.
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let value = toml::Value::deserialize(from)?;
        let names_logs = |table: &toml::Table| {
            ["usage", "changes"].into_iter().any(|log| table.contains_key(log))
        };
        match value.as_table().is_some_and(names_logs) {
            true => value.try_into().map(PerLog::Each),
            false => value.try_into().map(PerLog::Both),
        }
        .map_err(|e: toml::de::Error| serde::de::Error::custom(e.message()))
    }
}

impl<T> PerLog<T> {
    /// What is said of a log.
    pub(super) fn of(&self, log: LogName) -> Option<&T> {
        match (self, log) {
            (PerLog::Both(said), _) => Some(said),
            (PerLog::Each(each), LogName::Usage) => each.usage.as_ref(),
            (PerLog::Each(each), LogName::Changes) => each.changes.as_ref(),
        }
    }
}

/// What was typed of the logs: `VALUE`, `usage=VALUE` or `changes=VALUE`, as often as one likes.
pub fn per_log(values: &[String]) -> PerLog<String> {
    let (mut usage, mut changes) = (None, None);
    for value in values {
        match value.split_once('=') {
            Some(("usage", value)) => usage = Some(value.to_owned()),
            Some(("changes", value)) => changes = Some(value.to_owned()),
            _ => (usage, changes) = (Some(value.clone()), Some(value.clone())),
        }
    }
    PerLog::Each(EachLog { usage, changes })
}

/// What was typed of CSV.
pub fn csv(delimiter: &[String], decimal: &[String]) -> PerLog<CsvSettings> {
    let (delimiter, decimal) = (per_log(delimiter), per_log(decimal));
    let of = |log| {
        let [delimiter, decimal] = [&delimiter, &decimal].map(|said| said.of(log).cloned());
        Some(CsvSettings { delimiter, decimal })
    };
    PerLog::Each(EachLog { usage: of(LogName::Usage), changes: of(LogName::Changes) })
}

/// The logs whose times without offset were typed to be in UTC.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: there is no such log.
pub fn assume_utc(logs: &[String]) -> Result<PerLog<bool>> {
    let mut each = EachLog { usage: None, changes: None };
    for log in logs {
        match log.as_str() {
            "usage" => each.usage = Some(true),
            "changes" => each.changes = Some(true),
            "all" => (each.usage, each.changes) = (Some(true), Some(true)),
            _ => {
                return Err(Error::new(Code::DIALECT, format!("--assume-utc={log} names no log"))
                    .expected("--assume-utc, --assume-utc=usage or --assume-utc=changes"));
            }
        }
    }
    Ok(PerLog::Each(each))
}

/// The unit of numbers that are instants.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: there is no such unit.
pub(super) fn epoch_unit(text: &str) -> Result<EpochUnit> {
    text.parse().map_err(|()| {
        let names = EpochUnit::ALL.map(EpochUnit::name);
        let near = nearest(text, names).map(|near| format!(", did you mean `{near}`?"));
        let near = near.unwrap_or_default();
        Error::new(Code::DIALECT, format!("--instants {text} is no unit of numbers{near}"))
            .expected(format!("one of {}, since 1970-01-01T00:00:00Z", names.join(", ")))
    })
}

/// How CSV is written, by what stands between cells and before decimals.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: it cannot stand there.
pub fn csv_dialect(between: Option<&str>, before: Option<&str>) -> Result<CsvDialect> {
    let usual = CsvDialect::default();
    Ok(CsvDialect {
        delimiter: between.map_or(Ok(usual.delimiter), delimiter)?,
        decimal: before.map_or(Ok(usual.decimal), decimal)?,
    })
}

/// What stands between cells of CSV.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: it cannot.
pub(super) fn delimiter(text: &str) -> Result<u8> {
    let is_delimiter = |&byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
    let is_part_of_cells = |byte: u8| b"\"\n\r. ".contains(&byte);
    match text.as_bytes() {
        b"\\t" | b"tab" => Ok(b'\t'),
        [byte] if is_delimiter(byte) && !is_part_of_cells(*byte) => Ok(*byte),
        _ => Err(Error::new(
            Code::DIALECT,
            format!("--csv-delimiter {text} cannot stand between cells"),
        )
        .expected("one character, such as ; or |, or tab")),
    }
}

/// What stands before the decimals of a number in CSV.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: it cannot.
pub(super) fn decimal(text: &str) -> Result<u8> {
    match text.as_bytes() {
        [byte @ (b'.' | b',')] => Ok(*byte),
        _ => Err(Error::new(
            Code::DIALECT,
            format!("--csv-decimal {text} cannot stand before decimals"),
        )
        .expected("a point or a comma")),
    }
}
