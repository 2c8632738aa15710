//! The job file that is shipped, `jobs/job.toml`, has every key that there is, each with a comment, and no other.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::dialects::CsvSettings;
use super::settings::{BoundSettings, ExpectSettings, PaymentSettings, Settings};

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
