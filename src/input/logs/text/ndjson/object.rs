//! Values picked out of an object of NDJSON, at the keys that columns are read from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::input::logs::schema::{Column, LogSchema};

/// Picks the schema's columns out of an object, as they are written.
pub(super) struct ColumnValues<'t> {
    pub schema: &'t LogSchema,
}

impl<'de> DeserializeSeed<'de> for ColumnValues<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ColumnValues<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let columns = &self.schema.columns;
        let mut values: Self::Value = vec![None; columns.len()];
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            let named = |column: &Column| column.in_file == key && !key.is_empty();
            let found: Vec<(usize, &RawValue)> = match columns.iter().position(named) {
                Some(at) => vec![(at, object.next_value()?)],
                None if columns.iter().any(|column| below(column, &key).is_some()) => {
                    inner(object.next_value()?, columns, &key)
                }
                None => {
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            for (at, value) in found {
                if values[at].replace(value).is_some() {
                    let message = format!("the key `{}` stands there twice", columns[at].in_file);
                    return Err(serde::de::Error::custom(message));
                }
            }
        }
        Ok(values)
    }
}

/// The key within the object at `key` that a column is read from: `id` of `metadata.id`.
fn below<'c>(column: &'c Column, key: &str) -> Option<&'c str> {
    column.in_file.strip_prefix(key)?.strip_prefix('.').filter(|_| !key.is_empty())
}

/// What the object at `key` holds of the columns that are read from within it.
fn inner<'de>(raw: &'de RawValue, columns: &[Column], key: &str) -> Vec<(usize, &'de RawValue)> {
    let wanted = columns.iter().enumerate();
    let wanted = wanted.filter_map(|(at, column)| Some((at, below(column, key)?)));
    wanted.filter_map(|(at, path)| Some((at, at_path(raw, path)?))).collect()
}

/// The value at a path of keys, such as `customer.id`.
fn at_path<'de>(raw: &'de RawValue, path: &str) -> Option<&'de RawValue> {
    let object: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(raw.get()).ok()?;
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (key, rest) = path.split_once('.')?;
    at_path(object.get(key)?, rest)
}
