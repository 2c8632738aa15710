//! A catalogue from a manifest, which records it in full.

use serde_json::Value;
use toml::Table;

use super::Catalog;
use crate::base::error::{Error, Result};

impl Catalog {
    /// The catalogue that [`Catalog::to_json`] wrote; `file` is the manifest, for messages.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it is no catalogue; the manifest was changed.
    pub fn from_json(recorded: &Value, file: &str) -> Result<Self> {
        let damaged = || {
            Error::book("the catalogue in the manifest cannot be read")
                .in_file(file)
                .hint("the book may have been changed by hand; restore it from a copy")
        };
        let text = as_toml(recorded).ok_or_else(damaged)?;
        super::parse(&text, file).map_err(|e| damaged().caused_by(e))
    }
}

/// The recorded catalogue as the text of a catalogue file.
fn as_toml(recorded: &Value) -> Option<String> {
    let mut table = Table::new();
    for (key, value) in recorded.as_object()? {
        let value = match key.as_str() {
            "in_force_from" => toml::Value::Datetime(value.as_str()?.parse().ok()?),
            _ => match plain(value)? {
                Some(value) => value,
                None => continue,
            },
        };
        table.insert(if key == "plans" { "plan".to_owned() } else { key.clone() }, value);
    }
    toml::to_string(&table).ok()
}

/// A JSON value as TOML's; `Some(None)` for null, which TOML leaves out.
fn plain(value: &Value) -> Option<Option<toml::Value>> {
    Some(Some(match value {
        Value::Null => return Some(None),
        Value::Bool(value) => toml::Value::Boolean(*value),
        Value::Number(number) => toml::Value::Integer(number.as_i64()?),
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Array(values) => {
            let values: Option<Vec<_>> = values.iter().map(plain).collect();
            toml::Value::Array(values?.into_iter().flatten().collect())
        }
        Value::Object(entries) => {
            let mut table = Table::new();
            for (key, value) in entries {
                table.extend(plain(value)?.map(|value| (key.clone(), value)));
            }
            toml::Value::Table(table)
        }
    }))
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Catalog, parse};

    #[test]
    fn what_a_manifest_records_reads_back_the_same() {
        let text = r#"
            name = "Three \"tiers\""
            in_force_from = 2025-11-15
            currency = "KWD"
            rounding = "half-even"
            proration = "seconds"
            [trial]
            credits = "0.5"
            days = 30
            [[plan]]
            id = "free"
            price = "0.000"
            credits = 50
            [[plan]]
            id = "pro"
            name = "Pro"
            price = "20.125"
            credits = "1000.25"
            overage_rate = "0.0375"
        "#;
        let catalog = parse(text, "catalog.toml").unwrap();
        let again = Catalog::from_json(&catalog.to_json(), "manifest.json").unwrap();
        assert_eq!(again, catalog);
        assert!(Catalog::from_json(&serde_json::json!({"plans": 1}), "manifest.json").is_err());
    }
}
