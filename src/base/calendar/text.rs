//! Months as JSON has them: `2026-04`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::instant::Month;

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Month::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no month")))
    }
}
