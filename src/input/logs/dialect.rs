//! What of a log's files may be written in several ways, or in other words, and how it is meant.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::log_file::Format;
use crate::base::calendar::{EpochUnit, Instant, InstantFault, InstantForms};
use crate::base::credits::{Credits, CreditsFault, ParsedCredits};

/// How a log's files write what they could write in several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dialect {
    /// Whether a time without offset is in UTC; it is unreadable otherwise.
    pub assume_utc: bool,
    /// What a number means as an instant; it is unreadable otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instants: Option<EpochUnit>,
    /// How CSV is written.
    #[serde(skip_serializing_if = "CsvDialect::is_usual")]
    pub csv: CsvDialect,
}

/// How CSV is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CsvDialect {
    /// What stands between cells: a byte of ASCII.
    #[serde(serialize_with = "write_byte", deserialize_with = "read_byte")]
    pub delimiter: u8,
    /// What stands before a number's decimals: a point or a comma.
    #[serde(serialize_with = "write_byte", deserialize_with = "read_byte")]
    pub decimal: u8,
}

impl Default for CsvDialect {
    fn default() -> Self {
        CsvDialect { delimiter: b',', decimal: b'.' }
    }
}

impl CsvDialect {
    fn is_usual(&self) -> bool {
        *self == CsvDialect::default()
    }
}

impl Dialect {
    /// Whether nothing is written otherwise than usual.
    pub fn is_usual(&self) -> bool {
        *self == Dialect::default()
    }

    /// What cells mean in files of a format.
    pub(super) fn cells(self, format: Format) -> CellForms {
        let instants = InstantForms { assume_utc: self.assume_utc, numbers: self.instants };
        CellForms { instants, decimal_comma: format == Format::Csv && self.csv.decimal == b',' }
    }
}

/// What cells of text mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CellForms {
    /// What is taken for an instant.
    pub instants: InstantForms,
    /// Whether a comma stands before a number's decimals.
    decimal_comma: bool,
}

impl CellForms {
    /// The instant that a cell holds.
    #[inline]
    pub fn instant(self, cell: &str) -> Result<Instant, InstantFault> {
        Instant::parse_as(cell, self.instants)
    }

    /// The credits that a cell holds.
    #[inline]
    pub fn credits(self, cell: &str) -> Result<ParsedCredits, CreditsFault> {
        match self.decimal_comma {
            false => Credits::parse(cell),
            true => Credits::parse(&with_point(cell)),
        }
    }

    /// A number's text with a point before its decimals.
    pub(super) fn number(self, cell: String) -> String {
        if self.decimal_comma { with_point(&cell) } else { cell }
    }
}

/// A number that is written with a comma before its decimals, with a point there; a point, which
/// would be one between thousands, becomes a comma, so that it is no number.
fn with_point(cell: &str) -> String {
    let other = |character| match character {
        ',' => '.',
        '.' => ',',
        same => same,
    };
    cell.chars().map(other).collect()
}

fn write_byte<S: Serializer>(byte: &u8, to: S) -> Result<S::Ok, S::Error> {
    char::from(*byte).serialize(to)
}

fn read_byte<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    let character = char::deserialize(from)?;
    let byte = u8::try_from(character).ok().filter(u8::is_ascii);
    byte.ok_or_else(|| serde::de::Error::custom(format!("`{character}` is no character of ASCII")))
}

/// Names or words that stand for others: of columns, ours → the files' (`at=timestamp`).
pub type Mapping = BTreeMap<String, String>;

/// Words of the change log, with what they mean. Any other word means itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// In the column `change`.
    #[serde(default, skip_serializing_if = "Mapping::is_empty")]
    pub change_values: Mapping,
    /// In the column `plan`, with the ids of the catalogue; empty for no plan.
    #[serde(default, skip_serializing_if = "Mapping::is_empty")]
    pub plan_values: Mapping,
}

impl Words {
    /// The meanings of the words in a column.
    pub(super) fn of_column(&self, name: &str) -> Mapping {
        match name {
            "change" => self.change_values.clone(),
            "plan" => self.plan_values.clone(),
            _ => Mapping::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_is_read_where_it_is_told() {
        let csv = CsvDialect { decimal: b',', ..CsvDialect::default() };
        let told = Dialect { csv, ..Dialect::default() };
        let cells = told.cells(Format::Csv);
        assert_eq!(cells.credits("6,70"), Credits::parse("6.70"));
        assert_eq!(cells.credits("5"), Credits::parse("5"));
        for bad in ["6.70", "1.234,5", "1,2,3", ","] {
            assert_eq!(cells.credits(bad), Err(CreditsFault::NotANumber), "{bad}");
        }
        assert_eq!(told.cells(Format::Ndjson).credits("6.70"), Credits::parse("6.70"));
        assert_eq!(
            Dialect::default().cells(Format::Csv).credits("6,70"),
            Err(CreditsFault::NotANumber)
        );
    }

    #[test]
    fn what_a_manifest_says_reads_back() {
        let csv = CsvDialect { delimiter: b'\t', decimal: b',' };
        let told = Dialect { assume_utc: true, instants: Some(EpochUnit::Millis), csv };
        let text = serde_json::to_string(&told).unwrap();
        assert_eq!(
            text,
            r#"{"assume_utc":true,"instants":"epoch-ms","csv":{"delimiter":"\t","decimal":","}}"#
        );
        assert_eq!(serde_json::from_str::<Dialect>(&text).unwrap(), told);
        assert!(serde_json::from_str::<Dialect>("{}").unwrap().is_usual());
    }
}
