//! The job file that is shipped, `jobs/job.toml`, has every key that there is, each with a comment, and no other.

use std::collections::BTreeSet;

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use super::dialects::CsvSettings;
use super::settings::{BoundSettings, ExpectSettings, Settings};

/// Notes the keys of the struct that is read.
struct KeysOf<'a>(&'a mut BTreeSet<&'static str>);

impl<'de> Deserializer<'de> for KeysOf<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0.extend(keys);
        Err(Error::custom("its keys are all that is asked for"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn keys<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    let mut keys = BTreeSet::new();
    assert!(T::deserialize(KeysOf(&mut keys)).is_err());
    assert!(!keys.is_empty());
    keys
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
    let names = |keys: BTreeSet<&str>| keys.into_iter().map(str::to_owned).collect();
    assert_eq!(of(&toml::Value::Table(all.clone())), names(keys::<Settings>()));
    assert_eq!(of(&all["expect"]), names(keys::<ExpectSettings>()));
    assert_eq!(of(&all["csv"]), names(keys::<CsvSettings>()));
    for figure in ["events", "total", "accounts"] {
        assert_eq!(of(&all["expect"][figure]), names(keys::<BoundSettings>()), "{figure}");
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
